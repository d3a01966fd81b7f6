import { serveBatches } from '../../src/workers/index.ts';
import type { Feeds } from '../../src/index.ts';
import { blobs } from './blobs.ts';

export interface BlobSettings {
  /** Sizes of the batches of every epoch. */
  readonly sizes: readonly number[];
  /** [epoch, batch] that gets a NaN. */
  readonly nan?: readonly [number, number];
  /** [epoch, batch] that cannot be made. */
  readonly broken?: readonly [number, number];
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
