// Spots at known places along the left and right edges of a CCD that is higher than wide.
import type { Plane } from './plane.ts';

/** Distance of a spot from the long edge, pixels, and how far along the edge it may be from its place, as a share of the height. */
const [nearest, farthest] = [80, 144];
const tolerance = 0.033;
/** Steps of the search, pixels. */
const [stepX, stepY] = [16, 24];
/** Places along the edge as shares of the height … and others, between them, to compare with. */
const places = [1 / 6, 1 / 2, 5 / 6];
const between = [1 / 3, 2 / 3];
/** Radii of discs and rings, and the width of a ring, pixels. */
const radii = [54, 68];
const ringWidth = 20;
/**
 * A bin that deviates by more, in its noise, is left out: most such bins are sources. A strong spot loses its middle and is told by its edge; kept at the
 * limit instead, sources told fewer spots from none (AUC 0.85 against 0.91 on validation CCDs).
 */
const cut = 4;
/** Least share of a template that must have values. */
const leastShare = 0.5;

export interface SpotEvidence {
  /** Mean signal-to-noise of the six spots, of one sign and shape, each where it is highest about its place. */
  readonly spots: number;
  /** The same of four places between them. */
  readonly control: number;
}

/**
 * Tape bumps: six spots of tape under the CCD, three along either long edge, that differ in response by one sign (Flaugher et al. 2015, AJ 150,
 * 150). Each is a matched filter for a disc or a ring on a flat surround.
 * @param plane a background-subtracted CCD in bins of `binPixels` px; NaN takes no part. @param noise of a bin, in units of the plane.
 * Null for a plane too small to have the places apart, or without noise.
 */
export function spotEvidence(plane: Plane, binPixels: number, noise: number): SpotEvidence | null {
  if (plane.width * binPixels < 4 * farthest || plane.height * binPixels < 12 * farthest || !(noise > 0))
    return null;
  const templates = radii.flatMap((radius) => [
    template(radius / binPixels, 0),
    template(radius / binPixels, ringWidth / binPixels),
  ]);
  let best = { spots: -Infinity, control: 0 };
  for (const one of templates) {
    const [up, down] = meansOfBest(plane, places, one, binPixels, noise);
    if (Math.max(up, down) <= best.spots) continue;
    const [controlUp, controlDown] = meansOfBest(plane, between, one, binPixels, noise);
    best = up > down ? { spots: up, control: controlUp } : { spots: down, control: controlDown };
  }
  return best;
}

interface Template {
  /** The square has 2 · reach + 1 bins a side. */
  readonly reach: number;
  readonly values: Float64Array;
}

/** A disc of 1 in a surround of 0 that reaches half as far again; `ring` > 0 hollows it out. All in bins; soft over a bin. */
function template(radius: number, ring: number): Template {
  const reach = Math.ceil(1.5 * radius);
  const size = 2 * reach + 1;
  const inside = (r: number, edge: number) => Math.min(1, Math.max(0, edge - r + 0.5));
  const values = Float64Array.from({ length: size * size }, (_, i) => {
    const r = Math.hypot((i % size) - reach, Math.floor(i / size) - reach);
    if (r > 1.5 * radius) return NaN;
    return inside(r, radius) - (ring > 0 ? 0.85 * inside(r, radius - ring) : 0);
  });
  return { reach, values };
}

/** Over the places on both edges, the mean of the highest signal-to-noise about each: of bright spots, of dark ones. */
function meansOfBest(
  plane: Plane,
  shares: readonly number[],
  shape: Template,
  binPixels: number,
  noise: number,
): [number, number] {
  const { width, height } = plane;
  let [up, down] = [0, 0];
  for (const share of shares) {
    for (const edge of [0, 1]) {
      let [highest, lowest] = [0, 0];
      for (let inset = nearest; inset <= farthest; inset += stepX) {
        const x = edge === 0 ? inset / binPixels : width - 1 - inset / binPixels;
        const reach = tolerance * height;
        for (let y = share * height - reach; y <= share * height + reach; y += stepY / binPixels) {
          const found = signalToNoise(plane, Math.round(x), Math.round(y), shape, noise);
          highest = Math.max(highest, found);
          lowest = Math.min(lowest, found);
        }
      }
      up += highest;
      down -= lowest;
    }
  }
  const n = 2 * shares.length;
  return [up / n, down / n];
}

/** Of a template at a bin, its level and that of the plane under it free; 0 where too little of it has values. */
function signalToNoise(
  { width, height, data }: Plane,
  cx: number,
  cy: number,
  { reach, values }: Template,
  noise: number,
): number {
  let [n, all, sumT, sumTT, sumV, sumVT] = [0, 0, 0, 0, 0, 0];
  for (let j = -reach, k = 0; j <= reach; j++) {
    for (let i = -reach; i <= reach; i++, k++) {
      const t = values[k];
      if (t !== t) continue;
      all++;
      const [x, y] = [cx + i, cy + j];
      if (x < 0 || y < 0 || x >= width || y >= height) continue;
      const v = data[y * width + x] / noise;
      if (!(v > -cut && v < cut)) continue;
      n++;
      sumT += t;
      sumTT += t * t;
      sumV += v;
      sumVT += v * t;
    }
  }
  if (n < leastShare * all) return 0;
  const norm = sumTT - (sumT * sumT) / n;
  return norm > 0 ? (sumVT - (sumV * sumT) / n) / Math.sqrt(norm) : 0;
}
