/** Cross-section of a trail: value 1 at its peak, sampled from the axis outwards. */
export interface TrailProfile {
  readonly samplesPerPixel: number;
  /** Distance from the axis, pixels, where the profile is cut. */
  readonly reach: number;
  /** One sample more than `reach` needs, for interpolation. */
  readonly values: Float32Array;
}

/**
 * A line source seen through seeing and defocus: the Moffat PSF (β = 3) projected along the line, (1 + d²/α²)^(1/2 − β), convolved with
 * the projected image of an annular pupil of diameter `blurPixels` and central obstruction 0.4; scaled to a peak of 1 and cut where it
 * falls below `cut` (but not beyond 80 px).
 */
export function trailProfile(fwhmPixels: number, blurPixels: number, cut: number): TrailProfile {
  const samplesPerPixel = 4;
  const beta = 3;
  const alpha = fwhmPixels / (2 * Math.sqrt(2 ** (1 / beta) - 1));
  const radius = blurPixels / 2;
  const weights = projectedAnnulus(radius, 0.4 * radius, samplesPerPixel);
  const half = (weights.length - 1) / 2;
  const n = 80 * samplesPerPixel + 2;
  const values = new Float32Array(n);
  let peak = 0;
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let k = 0; k < weights.length; k++) {
      const d = (i + k - half) / samplesPerPixel / alpha;
      sum += weights[k] * (1 + d * d) ** (0.5 - beta);
    }
    values[i] = sum;
    peak = Math.max(peak, sum);
  }
  let last = 1;
  for (let i = 0; i < n; i++) {
    values[i] /= peak;
    if (values[i] > cut) last = i;
  }
  return { samplesPerPixel, reach: Math.min(80, (last + 1) / samplesPerPixel), values };
}

/** Chord length through an annulus at each sample of the distance from its centre, sum 1; a single sample when it is smaller than that. */
function projectedAnnulus(outer: number, inner: number, samplesPerPixel: number): Float64Array {
  const half = Math.ceil(outer * samplesPerPixel);
  const weights = new Float64Array(2 * half + 1);
  let sum = 0;
  for (let i = -half; i <= half; i++) {
    const d = i / samplesPerPixel;
    const chord =
      Math.sqrt(Math.max(0, outer * outer - d * d)) - Math.sqrt(Math.max(0, inner * inner - d * d));
    weights[i + half] = chord;
    sum += chord;
  }
  if (sum <= 0) return Float64Array.of(1);
  for (let i = 0; i < weights.length; i++) weights[i] /= sum;
  return weights;
}
