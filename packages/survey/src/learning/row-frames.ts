import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { selectRows, sequences } from '@blemish/learn';
import { decodeNpy, toFloat64 } from '../arrays/index.ts';
import { chosenOrigins } from '../datasets/index.ts';
import { SurveyError } from '../errors.ts';
import type { TableRecipe } from '../table-recipe.ts';
import type { LeftOut, TableRows } from './row-types.ts';

/** Where the frames of rows are, and what becomes of rows without. */
export type FramesReading = NonNullable<TableRecipe['data']['frames']> & {
  /** Numbers of a frame that the model takes; absent: those of most arrays. */
  readonly numbers?: number | undefined;
};

/** Names told of in a note; the rest is counted. */
const named = 10;

/**
 * Gives rows the frames of their arrays `<identifier>.npy` [frames, numbers] in a folder. Frames that hold a value which is not finite are
 * left out and counted. Of rows without an array, with one that cannot be read, of another width than most or of too few frames, each is
 * left out with its reason (`leftOut`), or all is refused, as `missing` says; arrays without a row are counted too. The numbers are held in
 * memory, 4 bytes each; never pictures.
 * @param part the rows are some of those asked for: none of them need have frames, and arrays without a row are no matter
 * @throws SurveyError FRAMES_MISSING where no row has frames, or where `missing` is `refuse` and one has none
 */
export async function withFrames(
  rows: TableRows,
  folder: string,
  reading: FramesReading,
  { part = false }: { readonly part?: boolean } = {},
): Promise<TableRows> {
  const ids = rows.ids!;
  const arrays = await arraysIn(folder);
  const others = new Set(arrays);
  const found: ({ readonly row: number } & FrameArray)[] = [];
  const leftOut: LeftOut[] = [];
  const seen = new Set<string>();
  for (const [row, id] of ids.entries()) {
    const twice = seen.has(id);
    seen.add(id);
    others.delete(id);
    const array = twice
      ? 'the identifier stands in an earlier row too'
      : arrays.has(id)
        ? await readArray(join(folder, `${id}.npy`))
        : 'no array';
    if (typeof array === 'string') leftOut.push({ id, reason: array });
    else found.push({ row, ...array });
  }
  const numbers = reading.numbers ?? commonWidth(found.map(({ width }) => width));
  const kept: typeof found = [];
  let dropped = 0;
  for (const each of found) {
    const { width, count, lost } = each;
    const empty = lost > 0 ? ` (${lost} more without a value)` : '';
    const reason =
      width !== numbers
        ? `frames of ${width} numbers, not ${numbers}`
        : count < reading.at_least
          ? `${count} frames${empty}, fewer than ${reading.at_least}`
          : null;
    if (reason !== null) leftOut.push({ id: ids[each.row], reason });
    else {
      kept.push(each);
      dropped += lost;
    }
  }
  if (leftOut.length > 0 && (reading.missing === 'refuse' || (kept.length === 0 && !part))) {
    throw new SurveyError(
      'FRAMES_MISSING',
      `${leftOut.length} of ${ids.length} rows have no usable frames in ${folder} (${someOf(leftOut)}); add them, or leave such rows out with data.frames.missing = "skip"`,
      { path: rows.path },
    );
  }
  const notes = [...rows.notes];
  // Of a part each is told of by itself (`leftOut`).
  if (leftOut.length > 0 && !part)
    notes.push(
      `${leftOut.length} of ${ids.length} rows have no usable frames and are left out: ${someOf(leftOut)}`,
    );
  if (!part && others.size > 0) {
    const names = someOf([...others].map((id) => ({ id, reason: 'no row' })));
    notes.push(`${others.size} arrays in ${folder} have no row in ${rows.path}: ${names}`);
  }
  if (dropped > 0) notes.push(`${dropped} frames without a value are left out`);
  const all = new Float32Array(kept.reduce((sum, { frames }) => sum + frames.length, 0));
  let at = 0;
  for (const { frames } of kept) {
    all.set(frames, at);
    at += frames.length;
  }
  const own = kept.map(({ row }) => row);
  const pick = (values: readonly string[] | null) => values && own.map((row) => values[row]);
  const lengths = kept.map(({ count }) => count);
  return {
    ...rows,
    x: { ...selectRows(rows.x, own), sequences: sequences(numbers, lengths, all) },
    originOf: originsOf(rows, own),
    labels: pick(rows.labels),
    ids: own.map((row) => ids[row]),
    groups: pick(rows.groups),
    tags: pick(rows.tags),
    leftOut,
    frameNumbers: kept.map((each) => each.numbers),
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

/** The frames of an array all of whose numbers are finite. */
interface FrameArray {
  readonly width: number;
  /** [count, width] */
  readonly frames: Float32Array;
  readonly count: number;
  /** Frames left out. */
  readonly lost: number;
  /** Numbers of the frames in the array; null where they are all. */
  readonly numbers: Int32Array | null;
}

/** An array of frames, or what is wrong with it. */
async function readArray(file: string): Promise<FrameArray | string> {
  try {
    const { shape, data: raw } = decodeNpy(new Uint8Array(await readFile(file)), file);
    if (shape.length !== 2 || shape[1] < 1)
      return `shape [${shape.join(', ')}] where [frames, numbers] is needed`;
    const data = raw instanceof Float32Array ? raw : Float32Array.from(toFloat64(raw));
    const [count, width] = shape;
    if (data.every(Number.isFinite)) return { width, frames: data, count, lost: 0, numbers: null };
    const numbers = Int32Array.from({ length: count }, (_, t) => t).filter((t) =>
      data.subarray(t * width, (t + 1) * width).every(Number.isFinite),
    );
    const frames = new Float32Array(numbers.length * width);
    numbers.forEach((t, k) => frames.set(data.subarray(t * width, (t + 1) * width), k * width));
    return { width, frames, count: numbers.length, lost: count - numbers.length, numbers };
  } catch (error) {
    return `cannot be read (${(error as Error).message})`;
  }
}

/** The most frequent width; 1 where there is none. */
function commonWidth(widths: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const width of widths) counts.set(width, (counts.get(width) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 1;
}

function someOf(list: readonly LeftOut[]): string {
  const texts = list.slice(0, named).map(({ id, reason }) => `${id}: ${reason}`);
  return list.length > named ? `${texts.join('; ')}; … (${list.length - named} more)` : texts.join('; ');
}
