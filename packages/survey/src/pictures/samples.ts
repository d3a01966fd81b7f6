import type { MarkedPicture } from './marked-pictures.ts';

/** A picture to learn from. */
export interface PictureSample {
  /** Grey, 0…255. */
  readonly pixels: Uint8Array;
  /** How many of `voters` marked each pixel. */
  readonly votes: Uint8Array;
  readonly voters: number;
}

/** Pictures of an epoch by number: the same whenever asked for again. */
export interface SampleSource {
  readonly length: number;
  sample(epoch: number, index: number): PictureSample;
}

export function markedSamples(pictures: readonly MarkedPicture[]): SampleSource {
  const samples = pictures.map(({ pixels, votes, masks }) => ({ pixels, votes, voters: masks.length }));
  return { length: samples.length, sample: (_, index) => samples[index] };
}
