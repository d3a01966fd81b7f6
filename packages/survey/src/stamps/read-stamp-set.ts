import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { toFloat64 } from '../arrays/index.ts';
import type { DataTable } from '../datasets/index.ts';
import { SurveyError } from '../errors.ts';
import { readHdf5Set } from './hdf5-set.ts';
import { openStampArray, stampTable } from './open-stamp-set.ts';
import type { StackExtents, StampPixels } from './stack-shape.ts';
import { stampSetFiles } from './stamp-set.ts';

/** Stamps in memory with the table of what is known of them, one row a stamp. */
export interface StampSet extends StackExtents {
  /** As given. */
  readonly path: string;
  readonly name: string;
  /** [count, height, width, channels] */
  readonly pixels: StampPixels;
  readonly table: DataTable;
  /** Does the set say of itself that it is simulated? */
  readonly simulated: boolean;
}

/** Is this the folder of a set of stamps, or an HDF5 file? */
export async function isStampSet(path: string): Promise<boolean> {
  if (/\.(h5|hdf5)$/i.test(path)) return true;
  return stat(join(path, stampSetFiles.stamps)).then(
    (kind) => kind.isFile(),
    () => false,
  );
}

/**
 * Reads a set of labelled stamps: a folder with `stamps.npy` [N, H, W, C] (or [N, H, W]) and `stamps.csv`, or an HDF5 file with `images`
 * and `classes` or `ans`. NaN stays NaN.
 * @param text columns to read as text whatever stands in them: labels, groups
 * @throws SurveyError INPUT_NOT_FOUND, ARRAY_INVALID, STAMP_SHAPE, STAMP_SET_INVALID; TABLE_…
 */
export async function readStampSet(path: string, text: readonly string[]): Promise<StampSet> {
  const kind = await stat(path).catch((cause: unknown) => {
    throw new SurveyError('INPUT_NOT_FOUND', 'no such folder or file of stamps', { path, cause });
  });
  const name = basename(resolve(path));
  if (kind.isFile()) return { path, name, simulated: false, ...(await readHdf5Set(path, text)) };
  const array = await readStampArray(join(path, stampSetFiles.stamps));
  const table = await stampTable(join(path, stampSetFiles.table), array.count, text);
  return { path, name, ...array, table, simulated: await saysSimulated(path) };
}

/** `stamp-set.json` is what a simulation leaves beside the stamps. */
async function saysSimulated(folder: string): Promise<boolean> {
  const text = await readFile(join(folder, 'stamp-set.json'), 'utf8').catch(() => null);
  if (text === null) return false;
  try {
    return (JSON.parse(text) as { readonly simulated?: unknown }).simulated === true;
  } catch {
    return false;
  }
}

/** Bytes read and hashed at a time. */
const chunk = 64 << 20;

/** @throws SurveyError STAMP_SET_INVALID where it is not there; ARRAY_INVALID, STAMP_SHAPE */
async function readStampArray(path: string): Promise<StackExtents & Pick<StampSet, 'pixels'>> {
  if (!existsSync(path)) throw new SurveyError('STAMP_SET_INVALID', 'is not there', { path });
  const array = await openStampArray(path);
  const { count, height, width, channels, bytes } = array;
  try {
    const values = height * width * channels;
    const pixels = bytes ? new Uint8Array(count * values) : new Float32Array(count * values);
    // Some at a time, since a whole set may be larger than one read can be.
    const step = Math.max(1, Math.floor(chunk / (8 * values)));
    for (let from = 0; from < count; from += step) {
      const part = await array.read(from, Math.min(count, from + step));
      const isBig = part instanceof BigInt64Array || part instanceof BigUint64Array;
      pixels.set(isBig ? toFloat64(part) : part, from * values);
    }
    return { count, height, width, channels, pixels };
  } finally {
    await array.close();
  }
}

/** SHA-256 of all pixels and of the column of labels: the same stamps with other labels are other data. */
export function stampSetHash({ pixels, table }: StampSet, label: string): string {
  const hash = createHash('sha256');
  for (let at = 0; at < pixels.byteLength; at += chunk) {
    const n = Math.min(chunk, pixels.byteLength - at);
    hash.update(new Uint8Array(pixels.buffer, pixels.byteOffset + at, n));
  }
  const column = table.columns.find(({ name }) => name === label);
  if (column !== undefined) hash.update(Array.from(column.values as ArrayLike<unknown>).join('\n'));
  return hash.digest('hex');
}
