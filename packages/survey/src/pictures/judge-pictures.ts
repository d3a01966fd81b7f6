import { maskOverlap } from '@blemish/evaluate';
import type { MaskOverlap } from '@blemish/evaluate';
import type { MarkedPicture } from './marked-pictures.ts';
import { majority, tileLabels, tileScores } from './tiles.ts';
import type { TileLabel } from './tiles.ts';

/** One way to answer, laid beside what the annotators marked. */
export interface Judged {
  /** Of each tile. */
  readonly tiles: Float64Array;
  /** With the majority of all annotators. */
  readonly overlap: MaskOverlap;
}

/** A picture, the answers to it and how far its annotators agree. */
export interface JudgedPicture {
  readonly name: string;
  readonly labels: readonly TileLabel[];
  readonly network: Judged;
  /** From which probability the network marked its pixels. */
  readonly threshold: number;
  readonly brightness: Judged;
  /** The answer that every pixel is marked. */
  readonly everything: Judged;
  /** Each annotator, and the network, with the majority of the annotators without that one. */
  readonly leftOut: readonly {
    readonly annotator: string;
    readonly own: MaskOverlap;
    readonly network: MaskOverlap;
  }[];
}

export interface JudgeSettings {
  readonly size: number;
  readonly tile: number;
  /** From which a pixel counts as marked: of the network's probability, and of the brightness above the surroundings. */
  readonly threshold: number;
  readonly brightnessThreshold: number;
}

/** @param map probability of each pixel */
export function judgePicture(
  picture: MarkedPicture,
  map: Float32Array,
  { size, tile, threshold, brightnessThreshold }: JudgeSettings,
): JudgedPicture {
  const { name, votes, masks } = picture;
  const truth = majority(votes, masks.length);
  const judge = (scores: Float32Array, from: number): Judged => ({
    tiles: tileScores(scores, size, tile),
    overlap: overlapOf(truth, marked(scores, from), size),
  });
  const predicted = marked(map, threshold);
  return {
    name,
    labels: tileLabels(picture, size, tile),
    network: judge(map, threshold),
    threshold,
    brightness: judge(brightnessAboveSurroundings(picture.pixels, size), brightnessThreshold),
    everything: judge(new Float32Array(size * size), 0),
    // Nobody is left to agree with where one alone has looked.
    leftOut: (masks.length > 1 ? masks : []).map(({ annotator, mask }) => {
      const others = majority(
        votes.map((count, i) => count - mask[i]),
        masks.length - 1,
      );
      return {
        annotator,
        own: overlapOf(others, mask, size),
        network: overlapOf(others, predicted, size),
      };
    }),
  };
}

export function marked(scores: Float32Array, threshold: number): Uint8Array {
  return Uint8Array.from(scores, (score) => (score >= threshold ? 1 : 0));
}

export function overlapOf(truth: Uint8Array, predicted: Uint8Array, size: number): MaskOverlap {
  return maskOverlap(truth, predicted, { width: size, height: size, bits: [0] })[0];
}

/** Sides of the boxes whose means are compared, pixels. */
const [near, far] = [5, 51];

/** What needs no training: the mean grey value of 5×5 pixels less that of 51×51 around them. */
export function brightnessAboveSurroundings(pixels: Uint8Array, size: number): Float32Array {
  const sums = new Float64Array((size + 1) * (size + 1));
  for (let y = 0; y < size; y++) {
    let row = 0;
    for (let x = 0; x < size; x++) {
      row += pixels[y * size + x];
      sums[(y + 1) * (size + 1) + x + 1] = sums[y * (size + 1) + x + 1] + row;
    }
  }
  const boxMean = (x: number, y: number, side: number): number => {
    const reach = (side - 1) / 2;
    const [left, right] = [Math.max(0, x - reach), Math.min(size, x + reach + 1)];
    const [top, bottom] = [Math.max(0, y - reach), Math.min(size, y + reach + 1)];
    const at = (v: number, u: number) => sums[v * (size + 1) + u];
    return (
      (at(bottom, right) - at(top, right) - at(bottom, left) + at(top, left)) /
      ((right - left) * (bottom - top))
    );
  };
  return Float32Array.from({ length: size * size }, (_, i) => {
    const [x, y] = [i % size, Math.floor(i / size)];
    return boxMean(x, y, near) - boxMean(x, y, far);
  });
}
