// What is new, or gone, on a difference image.
import { medianInPlace } from '../median.ts';
import type { Plane } from '../plane.ts';
import { checkInteger, checkPlane } from '../plane.ts';
import type { NoisyPlane } from './fit-kernel.ts';
import { sumOverTaps } from './sum-over-taps.ts';
import type { Tap } from './sum-over-taps.ts';

export interface Candidate {
  /** 0-based pixels, from a parabola through the score. */
  readonly x: number;
  readonly y: number;
  /** Of a point source there, in the image's units, from the same parabola; negative where light is missing. */
  readonly flux: number;
  readonly fluxError: number;
  /** Flux over its error, by the scatter of the score over the image. */
  readonly significance: number;
  /** Share of Σ PSF² that falls on pixels with a value: below 1 at edges and masks. */
  readonly coverage: number;
}

export interface FindCandidatesOptions {
  /** Least |significance| (default 5). */
  readonly threshold?: number;
  /** A candidate is the highest of the square that reaches this many pixels to each side (default 5). */
  readonly separation?: number;
  /** Least coverage (default 0.5). */
  readonly coverage?: number;
}

/**
 * Point sources of either sign by a matched filter: flux f = Σ P D / V over Σ P² / V about each pixel, significance f √(Σ P² / V), over the scatter of
 * the same all over the image (1 for independent noise; more where a convolution has made it correlated). In the order of |significance|. None
 * is a result, not an error.
 * @param psf of sum 1, odd sides, its centre in the middle.
 * @throws RangeError for a variance of another size, a PSF with an even side or a value that is not finite, a threshold or separation that cannot be
 */
export function findCandidates(
  { image, variance }: NoisyPlane,
  psf: Plane,
  options: FindCandidatesOptions = {},
): Candidate[] {
  const { threshold = 5, separation = 5, coverage: least = 0.5 } = options;
  checkPlane(image, 'findCandidates');
  checkPlane(variance, 'findCandidates');
  checkPlane(psf, 'findCandidates');
  checkInteger(separation, 1, 'separation', 'findCandidates');
  if (!(threshold > 0)) throw new RangeError(`findCandidates: threshold = ${threshold}; it must be above 0`);
  if (variance.width !== image.width || variance.height !== image.height)
    throw new RangeError(
      `findCandidates: a variance of ${variance.width}×${variance.height} pixels for an image of ${image.width}×${image.height}; both must be of one size`,
    );
  if (!psf.data.every(Number.isFinite))
    throw new RangeError('findCandidates: the PSF has a value that is not finite');
  if (psf.width % 2 === 0 || psf.height % 2 === 0)
    throw new RangeError(`findCandidates: a PSF of ${psf.width}×${psf.height} pixels; its sides must be odd`);
  const { width, height } = image;
  const { flux, weight, coverage } = matchedFilter(image, variance, psf);
  const score = new Float32Array(width * height);
  for (let i = 0; i < score.length; i++)
    score[i] = coverage[i] >= least ? flux[i] * Math.sqrt(weight[i]) : NaN;
  const scatter = scatterOf(score);
  if (!(scatter > 0)) return [];
  const found: Candidate[] = [];
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++) {
      const significance = score[at] / scatter;
      if (!(Math.abs(significance) >= threshold)) continue;
      if (!isHighest(score, width, height, x, y, separation)) continue;
      const across = vertex(score[at - 1], score[at], score[at + 1], x > 0 && x < width - 1);
      const down = vertex(score[at - width], score[at], score[at + width], y > 0 && y < height - 1);
      const rise = 1 + (across.rise + down.rise) / score[at];
      found.push({
        x: x + across.at,
        y: y + down.at,
        flux: rise * flux[at],
        fluxError: scatter / Math.sqrt(weight[at]),
        significance: rise * significance,
        coverage: coverage[at],
      });
    }
  return found.sort((a, b) => Math.abs(b.significance) - Math.abs(a.significance));
}

/** Weights of a PSF below this share of its peak are left out, of all sums alike: a fifth of the work of 31 × 31, and less than 1e-3 of Σ P². */
const leastWeight = 3e-3;

/** Flux, Σ P² / V and the share of Σ P² on pixels with a value, about each pixel. */
function matchedFilter(image: Plane, variance: Plane, psf: Plane) {
  const { width, height } = image;
  const size = width * height;
  // 1 / variance and value / variance, 0 where there is no value
  const inverse = new Float32Array(size);
  const weighted = new Float32Array(size);
  const missing = new Float32Array(size);
  // numbers near 1, whatever the units are: the sums are of single precision
  const unit = variance.data.find((value) => value > 0 && value < Infinity) ?? 1;
  let holes = 0;
  for (let i = 0; i < size; i++) {
    if (!(variance.data[i] > 0) || variance.data[i] === Infinity || !Number.isFinite(image.data[i])) {
      missing[i] = 1;
      holes++;
      continue;
    }
    inverse[i] = unit / variance.data[i];
    weighted[i] = image.data[i] * inverse[i];
  }
  const least = leastWeight * psf.data.reduce((most, p) => Math.max(most, Math.abs(p)), 0);
  const taps: Tap[] = [];
  let all = 0;
  const [rx, ry] = [psf.width >> 1, psf.height >> 1];
  psf.data.forEach((p, i) => {
    if (!(Math.abs(p) > least)) return;
    taps.push({ dx: (i % psf.width) - rx, dy: Math.floor(i / psf.width) - ry, weight: p });
    all += p * p;
  });
  const squares = taps.map((tap) => ({ ...tap, weight: tap.weight * tap.weight }));
  const sums = sumOverTaps(weighted, width, height, taps);
  const weight = sumOverTaps(inverse, width, height, squares);
  // what lies past the edge is missing too
  const covered = sumOverTaps(missing, width, height, squares, 1);
  const flux = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    flux[i] = weight[i] > 0 ? sums[i] / weight[i] : NaN;
    weight[i] /= unit;
    covered[i] = all > 0 && holes < size ? Math.max(0, 1 - covered[i] / all) : 0;
  }
  return { flux, weight, coverage: covered };
}

/** Standard deviation of the values from their median deviation, on a sample of them. */
function scatterOf(values: Float32Array): number {
  const step = Math.max(1, Math.floor(values.length / 100_000));
  const sample: number[] = [];
  for (let i = 0; i < values.length; i += step) if (values[i] === values[i]) sample.push(Math.abs(values[i]));
  return sample.length === 0 ? NaN : 1.4826 * medianInPlace(Float64Array.from(sample));
}

/** Whether no pixel within reach has a higher score of the same sign; of equals the first. */
function isHighest(
  score: Float32Array,
  width: number,
  height: number,
  x: number,
  y: number,
  reach: number,
): boolean {
  const here = score[y * width + x];
  const sign = Math.sign(here);
  for (let v = Math.max(0, y - reach); v <= Math.min(height - 1, y + reach); v++)
    for (let u = Math.max(0, x - reach); u <= Math.min(width - 1, x + reach); u++) {
      const other = sign * score[v * width + u];
      if (other > sign * here) return false;
      if (other === sign * here && (v < y || (v === y && u < x))) return false;
    }
  return true;
}

/** Where the parabola through three neighbours has its vertex, −0.5 to 0.5, and by how much that is above the middle one; 0 where it has none. */
function vertex(before: number, here: number, after: number, inside: boolean): { at: number; rise: number } {
  const bend = before - 2 * here + after;
  if (!inside || !Number.isFinite(bend) || bend === 0) return { at: 0, rise: 0 };
  const at = Math.max(-0.5, Math.min(0.5, (before - after) / (2 * bend)));
  return { at, rise: ((after - before) / 2) * at + (bend / 2) * at * at };
}
