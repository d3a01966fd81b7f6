import { join } from 'node:path';
import { cutout } from '@blemish/imaging';
import type { Plane } from '@blemish/imaging';
import { encodeNpyHeader } from '../arrays/npy.ts';
import { PartialFile } from '../outputs/partial-file.ts';
import { tableFile } from '../tables/index.ts';
import type { Row } from '../tables/index.ts';
import { differenceStampColumns } from './candidate-columns.ts';

/**
 * A stamp set: `stamps.npy` [N, side, side, 3] float32 of science, reference and difference about each candidate, NaN past the edge, and `stamps.csv`.
 * @param channels of one size, in units of the science image
 */
export async function writeStamps(
  folder: string,
  rows: readonly Row[],
  channels: readonly Plane[],
  side: number,
  group: string,
): Promise<void> {
  const file = new PartialFile(join(folder, 'stamps.npy'));
  const table = tableFile(join(folder, 'stamps.csv'), differenceStampColumns, {});
  try {
    const pixels = side * side;
    await file.append(encodeNpyHeader(new Float32Array(0), [rows.length, side, side, channels.length]));
    for (const [index, row] of rows.entries()) {
      const stamp = new Float32Array(pixels * channels.length);
      const missing = new Uint8Array(pixels);
      channels.forEach((plane, c) => {
        const { data } = cutout(plane, Number(row['x']), Number(row['y']), side);
        for (let i = 0; i < pixels; i++) {
          stamp[i * channels.length + c] = data[i];
          if (data[i] !== data[i]) missing[i] = 1;
        }
      });
      await file.append(new Uint8Array(stamp.buffer));
      const share = missing.reduce((sum, value) => sum + value, 0) / pixels;
      await table.write({ ...row, index, missing: share, group });
    }
    await file.close();
    await table.close();
  } catch (error) {
    await file.abort();
    await table.abort();
    throw error;
  }
}
