import { createHash } from 'node:crypto';
import { open, readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { decodeElements, npyHeaderLength, npyPreamble, parseNpyHeader, toFloat64 } from '../arrays/index.ts';
import type { NpyHeader } from '../arrays/index.ts';
import { readAt } from '../arrays/read-at.ts';
import { openTable } from '../datasets/index.ts';
import type { DataTable } from '../datasets/index.ts';
import { SurveyError } from '../errors.ts';
import { readHdf5Set } from './hdf5-set.ts';
import { stackShape } from './stack-shape.ts';
import type { StackExtents, StampPixels } from './stack-shape.ts';

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

/** Names of the files of a set, in its folder. */
export const stampSetFiles = { stamps: 'stamps.npy', table: 'stamps.csv', truth: 'truth.npy' } as const;

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
  const table = await openTable(join(path, stampSetFiles.table), { text });
  checkRows(array.count, table);
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

function checkRows(count: number, { rows, path }: Pick<DataTable, 'rows' | 'path'>): void {
  if (rows === count) return;
  throw new SurveyError('STAMP_SET_INVALID', `has ${rows} rows where there are ${count} stamps`, { path });
}

/** Bytes read at a time. */
const chunk = 64 << 20;

async function readStampArray(path: string): Promise<StackExtents & Pick<StampSet, 'pixels'>> {
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw new SurveyError('STAMP_SET_INVALID', 'is not there', { path, cause });
  });
  try {
    const head = await readAt(file, 0, npyPreamble);
    const header = parseNpyHeader(await readAt(file, 0, npyHeaderLength(head, path)), path);
    const extents = stackShape(header.shape, path);
    if (header.fortranOrder) {
      throw new SurveyError('ARRAY_INVALID', 'is in Fortran order; save it with numpy.ascontiguousarray', {
        path,
      });
    }
    return { ...extents, pixels: await readPixels(file, header, path) };
  } finally {
    await file.close();
  }
}

/** Some bytes at a time, since a whole set may be larger than one read can be. */
async function readPixels(
  file: Awaited<ReturnType<typeof open>>,
  { type, shape, dataOffset }: NpyHeader,
  path: string,
): Promise<StampPixels> {
  const count = shape.reduce((product, extent) => product * extent, 1);
  const pixels = type.kind === 'u' && type.size === 1 ? new Uint8Array(count) : new Float32Array(count);
  const step = Math.floor(chunk / type.size);
  for (let from = 0; from < count; from += step) {
    const n = Math.min(step, count - from);
    const bytes = await readAt(file, dataOffset + from * type.size, n * type.size);
    if (bytes.length < n * type.size) {
      const had = from * type.size + bytes.length;
      throw new SurveyError('ARRAY_INVALID', `ends after ${had} of ${count * type.size} bytes of data`, {
        path,
      });
    }
    const values = decodeElements(bytes, type);
    const isBig = values instanceof BigInt64Array || values instanceof BigUint64Array;
    pixels.set(isBig ? toFloat64(values) : values, from);
  }
  return pixels;
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
