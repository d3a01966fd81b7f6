import { setImmediate } from 'node:timers/promises';
import { simulateThumbnail } from '@blemish/sky';
import type { MarkedPicture, MarkedPictures } from './marked-pictures.ts';

/** Seeds of one recipe's pictures follow each other; those of the next recipe seed are this far on. */
const seedsApart = 10_000;
const annotator = 'simulation';

/** Simulated pictures of focal planes, marked by the simulation alone. @throws the abort of `signal` */
export async function simulatedPictures(
  count: number,
  seed: number,
  onPicture: (done: number) => void,
  signal?: AbortSignal,
): Promise<MarkedPictures> {
  const pictures: MarkedPicture[] = [];
  for (let i = 0; i < count; i++) {
    // Lets a signal come through.
    await setImmediate();
    signal?.throwIfAborted();
    const own = (seed * seedsApart + i) >>> 0;
    const { pixels, mask } = simulateThumbnail(own);
    pictures.push({
      name: `thumbnail ${own}`,
      sha256: '',
      pixels,
      masks: [{ annotator, mask }],
      votes: mask,
    });
    onPicture(i + 1);
  }
  return { pictures, annotators: [annotator], failed: [], notes: [] };
}
