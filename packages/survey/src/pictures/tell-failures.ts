import type { MarkedPictures } from './marked-pictures.ts';

/** Failures shown one by one; all are in `--json` and in `metrics.json`. */
const shown = 10;

/** Says what was left out of a folder of pictures: the first failures, and how many of each kind there are. */
export function tellFailures({ failed, notes }: MarkedPictures, onNote: (note: string) => void): void {
  notes.forEach(onNote);
  for (const { error } of failed.slice(0, shown)) onNote(`left out: ${error}`);
  if (failed.length > shown) {
    const counts = [...countCodes({ failed })].map(([code, count]) => `${count} × ${code}`);
    onNote(`left out in all: ${counts.join(', ')}`);
  }
}

export function countCodes({ failed }: Pick<MarkedPictures, 'failed'>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { code } of failed) counts.set(code, (counts.get(code) ?? 0) + 1);
  return counts;
}
