import { serveBatches } from '../../src/workers/index.ts';
import type { Feeds } from '../../src/index.ts';

export interface BlobSettings {
  /** Sizes of the batches of every epoch. */
  readonly sizes: readonly number[];
  /** [epoch, batch] that gets a NaN. */
  readonly nan?: readonly [number, number];
  /** [epoch, batch] that cannot be made. */
  readonly broken?: readonly [number, number];
}

/** Noise with a bright 2×2 blob in every other image of 8×8. */
export function blobs(
  epoch: number,
  batch: number,
  size: number,
): { image: Float32Array; label: Float32Array } {
  let state = 7 + 1000 * epoch + batch;
  const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 4294967296;
  for (let k = 0; k < 10; k++) random();
  const image = Float32Array.from({ length: size * 64 }, () => random() - 0.5);
  const label = Float32Array.from({ length: size }, (_, k) => k % 2);
  for (let k = 1; k < size; k += 2) {
    const at = k * 64 + Math.floor(random() * 7) * 8 + Math.floor(random() * 7);
    for (const pixel of [at, at + 1, at + 8, at + 9]) image[pixel] += 1.5;
  }
  return { image, label };
}

serveBatches(({ sizes, nan, broken }: BlobSettings) => async ({ epoch, batch }): Promise<Feeds> => {
  const is = (place: readonly [number, number] | undefined) => place?.[0] === epoch && place[1] === batch;
  if (is(broken)) throw new Error('the disk is gone');
  // Later batches are quicker, so that answers come out of order.
  await new Promise((resolve) => setTimeout(resolve, 5 * (sizes.length - batch)));
  const feeds = blobs(epoch, batch, sizes[batch]);
  if (is(nan)) feeds.image[3] = NaN;
  return feeds;
});
