import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Rng } from '@blemish/sky';
import { encodeNpy } from '@blemish/survey/arrays';

export interface BlobSetOptions {
  readonly count: number;
  readonly seed: number;
  /** Side of a stamp: 16. */
  readonly size?: number;
  /** Labels of the two kinds: a point spread over some pixels, and one hot pixel. */
  readonly labels?: readonly [string, string];
  /** Stamps whose pixels all are this. */
  readonly blank?: Readonly<Record<number, number>>;
  /** Further columns by name. */
  readonly columns?: Readonly<Record<string, (index: number) => string | number>>;
}

/**
 * Writes a set of labelled stamps [count, size, size, 2] with a bright spot in the second channel; four neighbours are one group. Even stamps
 * have a hot pixel, odd ones a round spot.
 */
export async function writeBlobSet(folder: string, options: BlobSetOptions): Promise<string> {
  const { count, seed, size: s = 16, labels = ['bogus', 'real'], blank = {}, columns = {} } = options;
  const data = new Float32Array(count * s * s * 2);
  for (let i = 0; i < count; i++) {
    const rng = new Rng(seed, i);
    const [cy, cx] = [s / 2 + rng.uniform(-2, 2), s / 2 + rng.uniform(-2, 2)];
    for (let y = 0; y < s; y++) {
      for (let x = 0; x < s; x++) {
        const at = ((i * s + y) * s + x) * 2;
        const r2 = (y - cy) ** 2 + (x - cx) ** 2;
        data[at] = blank[i] ?? rng.normal();
        data[at + 1] = blank[i] ?? rng.normal() + (i % 2 === 1 ? 8 * Math.exp(-r2 / 5) : 0);
      }
    }
    if (i % 2 === 0 && !(i in blank)) data[((i * s + Math.floor(cy)) * s + Math.floor(cx)) * 2 + 1] += 20;
  }
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'stamps.npy'), encodeNpy({ shape: [count, s, s, 2], data }));
  const names = ['index', 'label', 'group', ...Object.keys(columns)];
  const rows = Array.from({ length: count }, (_, i) =>
    [i, labels[i % 2], `g${Math.floor(i / 4)}`, ...Object.values(columns).map((of) => of(i))].join(','),
  );
  await writeFile(join(folder, 'stamps.csv'), `${[names.join(','), ...rows].join('\n')}\n`);
  await writeFile(join(folder, 'stamp-set.json'), '{ "simulated": true }\n');
  return folder;
}
