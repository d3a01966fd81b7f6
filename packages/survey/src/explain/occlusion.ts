import type { MapSize } from './placement.ts';
import type { ScoreInputs } from './score-cam.ts';

export const occlusionFills = ['median', 'zero'] as const;
export type OcclusionFill = (typeof occlusionFills)[number];

export interface OcclusionOptions {
  /** Side of the patch in pixels. */
  readonly patch: number;
  /** Pixels from patch to patch; at most the patch. */
  readonly stride: number;
  /** What stands in the patch: the median of the sample's channel, or 0. */
  readonly fill: OcclusionFill;
}

/** Inputs made and scored together. */
const together = 32;

/**
 * Occlusion (Zeiler & Fergus 2014, ECCV, section 4.2): a patch slides over the input, and where the class's score falls, evidence for it was
 * hidden. A pixel's heat is the mean fall of the score (before sigmoid or softmax) over the patches that cover it, where it is a fall. Needs
 * no gradient and no layer, and sees only what changes the answer.
 * @param input as the network takes it, [channels, height, width]
 * @param whole the score of the input as it is
 * @returns [height, width] of the input, not negative
 */
export async function occlusion(
  input: Float32Array,
  { height, width }: MapSize,
  whole: number,
  { patch, stride, fill }: OcclusionOptions,
  score: ScoreInputs,
): Promise<Float32Array> {
  const area = height * width;
  const fills = Array.from({ length: input.length / area }, (_, c) =>
    fill === 'zero' ? 0 : median(input.subarray(c * area, (c + 1) * area)),
  );
  const places = starts(height, patch, stride).flatMap((y) =>
    starts(width, patch, stride).map((x) => ({ x, y })),
  );
  const falls = new Float64Array(area);
  const counts = new Uint32Array(area);
  for (let from = 0; from < places.length; from += together) {
    const some = places.slice(from, from + together);
    const inputs = new Float32Array(some.length * input.length);
    some.forEach((place, k) => {
      inputs.set(input, k * input.length);
      fills.forEach((value, c) => {
        for (const i of covered(place, patch, height, width)) inputs[k * input.length + c * area + i] = value;
      });
    });
    const scores = await score(inputs, some.length);
    some.forEach((place, k) => {
      for (const i of covered(place, patch, height, width)) {
        falls[i] += whole - scores[k];
        counts[i]++;
      }
    });
  }
  return Float32Array.from(falls, (fall, i) => Math.max(0, fall / counts[i]));
}

/** First rows or columns of the patches, the last of which ends at the edge. */
function starts(extent: number, patch: number, stride: number): number[] {
  const last = Math.max(0, extent - patch);
  const list: number[] = [];
  for (let at = 0; at < last; at += stride) list.push(at);
  return [...list, last];
}

/** Pixels under a patch. */
function* covered(
  { x, y }: { readonly x: number; readonly y: number },
  patch: number,
  height: number,
  width: number,
): Generator<number> {
  for (let row = y; row < Math.min(height, y + patch); row++)
    for (let column = x; column < Math.min(width, x + patch); column++) yield row * width + column;
}

function median(values: Float32Array): number {
  const sorted = values.slice().sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
