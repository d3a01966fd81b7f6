import type { Measure } from './types.ts';

/** Pixel counts of one class of one or more images; add them up over images for a pooled figure. */
export interface MaskOverlap {
  readonly intersection: number;
  readonly union: number;
  readonly truth: number;
  readonly predicted: number;
}

export interface MaskOverlapOptions {
  readonly width: number;
  readonly height: number;
  /** Bit number of each class asked for, the same in both masks. */
  readonly bits: readonly number[];
  /**
   * Pixels a mask may be off and still count, by class (0 by default; 2 for structures 1–3 px wide). A predicted pixel
   * within this distance of truth is no false one, a truth pixel within it of the prediction is no missed one.
   */
  readonly tolerance?: readonly number[];
}

/**
 * Overlap of two bit masks (row-major, height × width), class by class. With F predicted pixels away from truth, M truth
 * pixels away from the prediction and I the mean of the rest of both, intersection = I and union = I + F + M: the plain
 * counts at tolerance 0. Distances are Euclidean.
 */
export function maskOverlap(
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
  { width, height, bits, tolerance }: MaskOverlapOptions,
): MaskOverlap[] {
  const n = width * height;
  for (const [name, mask] of [['truth', truth] as const, ['predicted', predicted] as const]) {
    if (mask.length !== n)
      throw new RangeError(`${name} has ${mask.length} pixels, ${width} × ${height} needs ${n}`);
  }
  const radii = bits.map((_, k) => tolerance?.[k] ?? 0);
  const grown = new Map<number, [Uint32Array, Uint32Array]>();
  for (const radius of new Set(radii)) {
    if (radius > 0)
      grown.set(radius, [dilate(truth, width, height, radius), dilate(predicted, width, height, radius)]);
  }
  const flags = bits.map((bit) => (1 << bit) >>> 0);
  const near = radii.map((radius) => grown.get(radius) ?? ([truth, predicted] as const));
  const counts = bits.map(() => ({ truth: 0, predicted: 0, found: 0, right: 0 }));
  for (let i = 0; i < n; i++) {
    const t = truth[i];
    const p = predicted[i];
    if ((t | p) === 0) continue;
    for (let k = 0; k < flags.length; k++) {
      const flag = flags[k];
      const count = counts[k];
      if ((t & flag) !== 0) {
        count.truth++;
        if ((near[k][1][i] & flag) !== 0) count.found++;
      }
      if ((p & flag) !== 0) {
        count.predicted++;
        if ((near[k][0][i] & flag) !== 0) count.right++;
      }
    }
  }
  return counts.map((count) => {
    const intersection = 0.5 * (count.found + count.right);
    const union = intersection + (count.truth - count.found) + (count.predicted - count.right);
    return { intersection, union, truth: count.truth, predicted: count.predicted };
  });
}

/** Intersection over union (Jaccard); undefined where neither mask has a pixel. */
export function intersectionOverUnion({ intersection, union }: MaskOverlap): Measure {
  return union > 0
    ? { value: intersection / union }
    : { value: null, reason: 'no pixel in truth or prediction' };
}

/** Every bit spread over a disc of `radius` pixels; only set pixels cost anything. */
function dilate(mask: ArrayLike<number>, width: number, height: number, radius: number): Uint32Array {
  const out = new Uint32Array(width * height);
  const reach = Math.floor(radius);
  const half = Array.from({ length: 2 * reach + 1 }, (_, k) =>
    Math.floor(Math.sqrt(radius ** 2 - (k - reach) ** 2)),
  );
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const value = mask[y * width + x];
      if (value === 0) continue;
      for (let dy = -reach; dy <= reach; dy++) {
        const row = y + dy;
        if (row < 0 || row >= height) continue;
        const span = half[dy + reach];
        const last = Math.min(width - 1, x + span);
        for (let column = Math.max(0, x - span); column <= last; column++) out[row * width + column] |= value;
      }
    }
  }
  return out;
}
