// Circles about a point off a corner of the CCD: in a small block they are a wave along the direction to that point.
import { transform } from './fourier.ts';
import { medianInPlace } from './median.ts';
import type { Plane } from './plane.ts';

/** Side of a block, in bins; a power of two. */
const side = 32;
/** Periods looked for, pixels. */
const [shortest, longest] = [20, 64];
/** Where the circles have their centre: pixels beyond both edges of a corner, and how far it may be from there. */
const [beyond, spread] = [350, 250];
/** Directions that count as along the radius, radians: at least what a block's resolution allows. */
const narrowest = 0.14;
/** Power of one wave over the usual, at most: one bad block decides nothing. */
const most = 10;
/** A bin that deviates by more has a source in it, in its noise. */
const cut = 4;

export interface RingEvidence {
  /** Excess power of waves along the radius about the corner where it is largest, in about its standard deviations for white noise (the window makes neighbouring waves alike, which is not counted). */
  readonly significance: number;
  /** The same less that of the corner where it is second largest. */
  readonly lead: number;
}

/**
 * Tree rings: the growth rings of the silicon, circles about the centre of the wafer, which lies off a corner of the CCD (Plazas et al. 2014,
 * PASP 126, 750). In blocks of 32 × 32 bins the power of waves of 20 to 64 px along the direction to a corner is compared with the median
 * power of waves of the same length in all directions, and summed over the blocks; phase, spacing and exact centre need not be known.
 * @param plane a background-subtracted CCD in bins of `binPixels` px; NaN takes no part. @param noise of a bin, in units of the plane.
 * Null for a plane without a block, or without noise.
 */
export function ringEvidence(plane: Plane, binPixels: number, noise: number): RingEvidence | null {
  const { width, height, data } = plane;
  if (width < side || height < side || !(noise > 0)) return null;
  const waves = wavesOf(binPixels);
  const centres = [0, 1, 2, 3].map((corner) => ({
    x: corner % 2 === 0 ? -beyond / binPixels : width + beyond / binPixels,
    y: corner < 2 ? -beyond / binPixels : height + beyond / binPixels,
  }));
  const sums = centres.map(() => ({ excess: 0, n: 0 }));
  const re = new Float64Array(side * side);
  const im = new Float64Array(side * side);
  for (let top = 0; top + side <= height; top += side) {
    for (let left = 0; left + side <= width; left += side) {
      im.fill(0);
      let sum = 0;
      for (let y = 0; y < side; y++) {
        for (let x = 0; x < side; x++) {
          const value = data[(top + y) * width + left + x] / noise;
          const kept = value > -cut && value < cut ? value : 0;
          re[y * side + x] = kept;
          sum += kept;
        }
      }
      const mean = sum / side ** 2;
      for (let i = 0; i < re.length; i++)
        re[i] = (re[i] - mean) * hann[Math.floor(i / side)] * hann[i % side];
      transform(re, im, side, side);
      const radii = centres.map((centre) => {
        const dx = left + side / 2 - centre.x;
        const dy = top + side / 2 - centre.y;
        const halfAngle = Math.max(narrowest, spread / binPixels / Math.hypot(dx, dy));
        return { along: Math.atan2(dy, dx), halfAngle };
      });
      for (const { places, angles, power, sorted } of waves) {
        for (let j = 0; j < places.length; j++)
          sorted[j] = power[j] = re[places[j]] ** 2 + im[places[j]] ** 2;
        // powers of noise are exponential: their mean is the median over ln 2
        const usual = medianInPlace(sorted) / Math.LN2;
        if (!(usual > 0)) continue;
        for (let c = 0; c < radii.length; c++) {
          const { along, halfAngle } = radii[c];
          for (let j = 0; j < places.length; j++) {
            if (betweenLines(angles[j], along) > halfAngle) continue;
            sums[c].excess += Math.min(most, power[j] / usual) - 1;
            sums[c].n++;
          }
        }
      }
    }
  }
  const [first, second] = sums
    .map(({ excess, n }) => (n > 0 ? excess / Math.sqrt(n) : 0))
    .sort((a, b) => b - a);
  return { significance: first, lead: first - second };
}

const hann = Float64Array.from({ length: side }, (_, i) => Math.sin((Math.PI * (i + 0.5)) / side) ** 2);

/** Waves of about one length: where they stand in a transformed block, and their directions. */
interface Waves {
  readonly places: readonly number[];
  readonly angles: readonly number[];
  /** Room for their powers in a block, and for those in order. */
  readonly power: Float64Array;
  readonly sorted: Float64Array;
}

/** Those of half of the plane (the other half repeats them), by cycles in a block, rounded. */
function wavesOf(binPixels: number): Waves[] {
  const byCycles = new Map<number, { places: number[]; angles: number[] }>();
  for (let v = 0; v <= side / 2; v++) {
    for (let u = v === 0 ? 1 : -side / 2 + 1; u < side / 2; u++) {
      const cycles = Math.hypot(u, v);
      const length = (side * binPixels) / cycles;
      if (length < shortest || length > longest) continue;
      const key = Math.round(cycles);
      const group = byCycles.get(key) ?? { places: [], angles: [] };
      byCycles.set(key, group);
      group.places.push(v * side + ((u + side) % side));
      group.angles.push(Math.atan2(v, u));
    }
  }
  return [...byCycles.values()].map(({ places, angles }) => {
    const power = new Float64Array(places.length);
    return { places, angles, power, sorted: power.slice() };
  });
}

/** Angle between two lines, which have no sense of direction, radians. */
function betweenLines(a: number, b: number): number {
  const turn = (((a - b) % Math.PI) + Math.PI) % Math.PI;
  return Math.min(turn, Math.PI - turn);
}
