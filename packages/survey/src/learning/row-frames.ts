import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { selectRows, sequences } from '@blemish/learn';
import { decodeNpy, toFloat64 } from '../arrays/index.ts';
import { chosenOrigins } from '../datasets/index.ts';
import { SurveyError } from '../errors.ts';
import type { TableRecipe } from '../table-recipe.ts';
import type { TableRows } from './row-types.ts';

/** Where the frames of rows are, and what becomes of rows without. */
export type FramesReading = NonNullable<TableRecipe['data']['frames']> & {
  /** Numbers of a frame that the model takes; absent: those of the first array that can be read. */
  readonly numbers?: number | undefined;
};

/** Names told of in a note; the rest is counted. */
const named = 10;

/**
 * Gives rows the frames of their arrays `<identifier>.npy` [frames, numbers] in a folder. Frames that hold a value which is not finite, such
 * as those of an encoder for a picture without a pixel, are left out and counted. Of rows without an array, with one that cannot be read,
 * of another width or of too few frames, each is named with its reason and left out, or all is refused, as `missing` says; arrays without a
 * row are counted too, unless `countOthers` is false. The numbers are held in memory, 4 bytes each; never pictures.
 * @throws SurveyError FRAMES_MISSING where no row has frames, or where `missing` is `refuse` and one has none
 */
export async function withFrames(
  rows: TableRows,
  folder: string,
  reading: FramesReading,
  { countOthers = true }: { readonly countOthers?: boolean } = {},
): Promise<TableRows> {
  const ids = rows.ids!;
  const arrays = await arraysIn(folder);
  const kept: number[] = [];
  const parts: Float32Array[] = [];
  const lengths: number[] = [];
  const refused: string[] = [];
  let { numbers } = reading;
  let dropped = 0;
  for (const [row, id] of ids.entries()) {
    const file = join(folder, `${id}.npy`);
    const found = arrays.delete(id) ? await readArray(file, numbers) : 'no array';
    if (typeof found === 'string') {
      refused.push(`${id}: ${found}`);
      continue;
    }
    const { data, width } = found;
    const frames = finiteFrames(data, width);
    const length = frames.length / width;
    const lost = data.length / width - length;
    if (length < reading.at_least) {
      const empty = lost > 0 ? ` (${lost} more without a value)` : '';
      refused.push(`${id}: ${length} frames${empty}, fewer than ${reading.at_least}`);
      continue;
    }
    numbers ??= width;
    dropped += lost;
    kept.push(row);
    parts.push(frames);
    lengths.push(length);
  }
  if (refused.length > 0 && (reading.missing === 'refuse' || kept.length === 0)) {
    throw new SurveyError(
      'FRAMES_MISSING',
      `${refused.length} of ${ids.length} rows have no usable frames in ${folder} (${someOf(refused)}); add them, or leave such rows out with data.frames.missing = "skip"`,
      { path: rows.path },
    );
  }
  const notes = [...rows.notes];
  if (refused.length > 0)
    notes.push(
      `${refused.length} of ${ids.length} rows have no usable frames and are left out: ${someOf(refused)}`,
    );
  if (countOthers && arrays.size > 0)
    notes.push(`${arrays.size} arrays in ${folder} have no row in ${rows.path}: ${someOf([...arrays])}`);
  if (dropped > 0) notes.push(`${dropped} frames without a value are left out`);
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  const pick = (values: readonly string[] | null) => values && kept.map((row) => values[row]);
  return {
    ...rows,
    x: { ...selectRows(rows.x, kept), sequences: sequences(numbers!, lengths, all) },
    originOf: originsOf(rows, kept),
    labels: pick(rows.labels),
    ids: kept.map((row) => ids[row]),
    groups: pick(rows.groups),
    tags: pick(rows.tags),
    notes,
  };
}

function originsOf({ originOf }: TableRows, kept: readonly number[]): TableRows['originOf'] {
  const rows = chosenOrigins((row) => originOf(row), kept);
  return (row, column) => (column == null ? rows(row) : originOf(kept[row], column));
}

/** Identifiers of the arrays in a folder. @throws SurveyError FRAMES_MISSING */
async function arraysIn(folder: string): Promise<Set<string>> {
  if (!existsSync(folder)) {
    throw new SurveyError('FRAMES_MISSING', 'no such folder: `blemish embed` makes it from frames', {
      path: folder,
    });
  }
  const names = await readdir(folder);
  return new Set(names.filter((name) => name.endsWith('.npy')).map((name) => name.slice(0, -4)));
}

/** An array of frames, or what is wrong with it. */
async function readArray(
  file: string,
  numbers: number | undefined,
): Promise<{ readonly data: Float32Array; readonly width: number } | string> {
  try {
    const { shape, data } = decodeNpy(new Uint8Array(await readFile(file)), file);
    if (shape.length !== 2 || shape[1] < 1)
      return `shape [${shape.join(', ')}] where [frames, numbers] is needed`;
    const [, width] = shape;
    if (numbers !== undefined && width !== numbers) return `frames of ${width} numbers, not ${numbers}`;
    return { data: data instanceof Float32Array ? data : Float32Array.from(toFloat64(data)), width };
  } catch (error) {
    return `cannot be read (${(error as Error).message})`;
  }
}

/** The frames all of whose numbers are finite; the same array where these are all. */
function finiteFrames(data: Float32Array, width: number): Float32Array {
  if (data.every(Number.isFinite)) return data;
  const kept: number[] = [];
  for (let at = 0; at < data.length; at += width) {
    const frame = data.subarray(at, at + width);
    if (frame.every(Number.isFinite)) kept.push(...frame);
  }
  return Float32Array.from(kept);
}

function someOf(list: readonly string[]): string {
  return list.length > named
    ? `${list.slice(0, named).join('; ')}; … (${list.length - named} more)`
    : list.join('; ');
}
