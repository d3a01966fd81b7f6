import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeNpy } from '../arrays/index.ts';
import { SurveyError } from '../errors.ts';

/** Names of the files of a set, in its folder. */
export const stampSetFiles = { stamps: 'stamps.npy', table: 'stamps.csv', truth: 'truth.npy' } as const;

/** A folder of labelled stamps: their array, a table with one row a stamp in its order, and where the labels come from. */
export interface StampSetFiles {
  readonly stamps: string;
  readonly table: string;
  /** [N, H, W], nonzero where the object or artifact is that gave the label; null where there is none. */
  readonly truth: string | null;
}

/** The files of a set of stamps, or null where the path is no folder with `stamps.npy`. */
export function findStampSet(folder: string): StampSetFiles | null {
  const { stamps, table, truth } = stampSetFiles;
  const at = (name: string): string => join(folder, name);
  if (!existsSync(at(stamps))) return null;
  return { stamps: at(stamps), table: at(table), truth: existsSync(at(truth)) ? at(truth) : null };
}

/**
 * The truth of each stamp of a set: [height, width], nonzero inside.
 * @throws SurveyError STAMP_SET_INVALID, ARRAY_INVALID
 */
export async function stampSetTruth(
  { stamps, truth: path }: StampSetFiles,
  size: { readonly count: number; readonly height: number; readonly width: number },
): Promise<Uint8Array[]> {
  if (path === null) {
    throw new SurveyError('STAMP_SET_INVALID', 'has no truth.npy beside it', { path: stamps });
  }
  const { shape, data } = decodeNpy(new Uint8Array(await readFile(path)), path);
  const { count, height, width } = size;
  if (shape.join() !== [count, height, width].join()) {
    const wanted = `[${count}, ${height}, ${width}]`;
    throw new SurveyError('STAMP_SET_INVALID', `holds an array [${shape.join(', ')}], not ${wanted}`, {
      path,
    });
  }
  const area = height * width;
  return Array.from({ length: count }, (_, n) =>
    Uint8Array.from(data.subarray(n * area, (n + 1) * area) as ArrayLike<number>, (value) =>
      Number(value) === 0 ? 0 : 1,
    ),
  );
}
