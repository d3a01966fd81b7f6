// The kernel that brings a reference image to the PSF of a science image (Alard and Lupton 1998, ApJ 503, 325; Alard 2000, A&AS 144, 363).
import { medianInPlace } from '../median.ts';
import type { Plane } from '../plane.ts';
import { checkInteger, checkPlane } from '../plane.ts';
import { convolveSeparable } from './convolve.ts';
import type { KernelBasis, KernelBasisOptions } from './kernel-basis.ts';
import { kernelBasis, kernelOf } from './kernel-basis.ts';
import { polynomialAt, powersUpTo, termsAt } from './polynomial.ts';
import { solvePositive } from './solve-positive.ts';

export interface FitKernelOptions extends KernelBasisOptions {
  /** Degree of the polynomial in x and y by which the kernel's shape varies (default 1). */
  readonly kernelDegree?: number;
  /** Degree of the difference of the backgrounds (default 1). */
  readonly backgroundDegree?: number;
  /** Half the side of a stamp around a star less one, pixels (default 15). */
  readonly stampRadius?: number;
  /** Stars whose χ² lies this many scatters above the median are left out, and the kernel is fitted again (default 3). */
  readonly clip?: number;
}

/** An image with its noise: variance per pixel, in the square of the image's units. A pixel that is NaN in either takes no part. */
export interface NoisyPlane {
  readonly image: Plane;
  readonly variance: Plane;
}

export interface KernelFit {
  readonly basis: KernelBasis;
  /** Flux of a star in the science image over that in the reference: the sum of the kernel, everywhere the same. */
  readonly fluxRatio: number;
  /** The kernel about a pixel, (2 radius + 1)² values row-major. */
  kernelAt(x: number, y: number): Float64Array;
  /** Background of the science image less that of the reference (in the science image's units) at a pixel. */
  backgroundAt(x: number, y: number): number;
  /** For each star given: whether it took part to the end. */
  readonly used: readonly boolean[];
  /** χ² per pixel of the stars used: near 1 where noise and kernel are right. */
  readonly chi2: number;
}

/** What one star says: sums over its stamp. */
interface Stamp {
  readonly star: number;
  readonly terms: Float64Array;
  readonly backgroundTerms: Float64Array;
  /** Σ w aᵢ aⱼ and Σ w aᵢ s over the columns a: the reference convolved with each basis function, and 1. */
  readonly gram: Float64Array;
  readonly target: Float64Array;
  readonly power: number;
  readonly pixels: number;
}

/** Stamps with a smaller share of usable pixels are not used. */
const leastShare = 0.7;
const mostRounds = 6;

/**
 * Least squares over stamps around stars, weighted by the variance: science = reference ⊗ kernel + background. The reference must be aligned with the
 * science image and the sharper of the two. The kernel's sum is constant over the image, its shape a polynomial of the place.
 * Null where the usable stars cannot tell the coefficients apart (too few, or none).
 * @param stars 0-based pixels of isolated, unsaturated stars.
 * @throws RangeError for planes of different sizes or options that cannot be.
 */
export function fitKernel(
  science: NoisyPlane,
  reference: NoisyPlane,
  stars: readonly { readonly x: number; readonly y: number }[],
  options: FitKernelOptions = {},
): KernelFit | null {
  const { kernelDegree = 1, backgroundDegree = 1, stampRadius = 15, clip = 3 } = options;
  checkSame(science, reference);
  checkInteger(kernelDegree, 0, 'kernelDegree', 'fitKernel');
  checkInteger(backgroundDegree, 0, 'backgroundDegree', 'fitKernel');
  checkInteger(stampRadius, 1, 'stampRadius', 'fitKernel');
  if (!(clip > 0)) throw new RangeError(`fitKernel: clip = ${clip}; it must be above 0`);
  const basis = kernelBasis(options);
  const { width, height } = science.image;
  const shape = powersUpTo(kernelDegree);
  const sky = powersUpTo(backgroundDegree);
  const size: Sizes = { functions: basis.functions.length, shapeTerms: shape.length, skyTerms: sky.length };
  const kernelAt = (solution: Float64Array, x: number, y: number) =>
    kernelOf(basis, localOf(solution, size.functions, termsAt(shape, x, y, width, height)));
  const measure = (share: (x: number, y: number) => number): Stamp[] =>
    stars.flatMap(({ x, y }, star) => {
      const place = { x: Math.round(x), y: Math.round(y), stampRadius };
      const sums = measureStamp(science, reference, share(x, y), place, basis);
      const terms = termsAt(shape, x, y, width, height);
      const backgroundTerms = termsAt(sky, x, y, width, height);
      return sums === null ? [] : [{ ...sums, star, terms, backgroundTerms }];
    });

  // How much of the reference's noise arrives is known once there is a kernel.
  const first = clippedFit(
    measure(() => 0),
    size,
    clip,
  );
  if (first === null) return null;
  const noiseShare = (x: number, y: number) =>
    kernelAt(first.solution, x, y).reduce((sum, value) => sum + value * value, 0);
  const fit = clippedFit(measure(noiseShare), size, clip);
  if (fit === null) return null;
  const { solution, kept, chi2 } = fit;
  const used = new Set(kept.map(({ star }) => star));
  return {
    basis,
    fluxRatio: solution[0],
    kernelAt: (x, y) => kernelAt(solution, x, y),
    backgroundAt: (x, y) => polynomialAt(sky, solution, skyFrom(size), x, y, width, height),
    used: stars.map((_, star) => used.has(star)),
    chi2,
  };
}

/** Numbers of basis functions, of terms by which their coefficients vary, and of terms of the background. */
interface Sizes {
  readonly functions: number;
  readonly shapeTerms: number;
  readonly skyTerms: number;
}

/** Where the background's coefficients begin. */
function skyFrom({ functions, shapeTerms }: Sizes): number {
  return 1 + (functions - 1) * shapeTerms;
}

/** Fits the stars that have not changed, leaves out those that fit badly, and fits again until none does. */
function clippedFit(
  stamps: readonly Stamp[],
  size: Sizes,
  clip: number,
): { readonly solution: Float64Array; readonly kept: readonly Stamp[]; readonly chi2: number } | null {
  let kept = steadyStamps(stamps, size, clip);
  for (let round = 1; ; round++) {
    const solution = solve(kept, size);
    if (solution === null) return null;
    const chi2 = kept.map((stamp) => chi2Of(stamp, solution, size));
    const middle = medianInPlace(Float64Array.from(chi2));
    const scatter = 1.4826 * medianInPlace(Float64Array.from(chi2, (value) => Math.abs(value - middle)));
    // A few per cent of scatter is what pixels in common and the PSF's own wings make; below it nothing is an outlier.
    const good = kept.filter((_, i) => chi2[i] <= middle + clip * Math.max(scatter, 0.05 * middle));
    if (good.length === kept.length || round === mostRounds) {
      const pixels = kept.reduce((sum, stamp) => sum + stamp.pixels, 0);
      return {
        solution,
        kept,
        chi2: kept.reduce((sum, stamp, i) => sum + chi2[i] * stamp.pixels, 0) / pixels,
      };
    }
    kept = good;
  }
}

/**
 * What is not photon noise of a star's flux, as a share of it: a PSF that varies, alignment, neighbours, and the reference's own noise, which
 * makes faint stars' ratios a few per cent too small.
 */
const fluxFloor = 0.03;

/**
 * The stars that are as much brighter in the science image as the others are. A bright star that varies pulls the common fit so far that every
 * star fits badly and none stands out by its χ², and a kernel that varies over the image bends to it: so it goes before. Fluxes are compared
 * through the first function alone, which no star can bend and which is wrong for all stars alike.
 */
function steadyStamps(stamps: readonly Stamp[], { functions }: Sizes, clip: number): readonly Stamp[] {
  if (stamps.length === 0) return stamps;
  const own = stamps.map((stamp) => firstScale(stamp, functions));
  const middle = medianInPlace(Float64Array.from(own, ({ scale }) => scale));
  const pulls = own.map(
    ({ scale, error }) => Math.abs(scale - middle) / Math.hypot(error, fluxFloor * middle),
  );
  // Where the PSF varies more than that, half of the stars stay.
  const limit = Math.max(clip, medianInPlace(Float64Array.from(pulls)));
  return stamps.filter((_, i) => pulls[i] <= limit);
}

/** Flux of a star in units of that which the first function gives it, the background free, and its error. */
function firstScale(
  { gram, target }: Stamp,
  functions: number,
): { readonly scale: number; readonly error: number } {
  const p = functions + 1;
  const [square, cross, sky] = [gram[0], gram[functions], gram[p * p - 1]];
  const determinant = square * sky - cross * cross;
  return {
    scale: (target[0] * sky - cross * target[functions]) / determinant,
    error: Math.sqrt(sky / determinant),
  };
}

function checkSame(science: NoisyPlane, reference: NoisyPlane): void {
  const { width, height } = science.image;
  for (const plane of [science.image, science.variance, reference.image, reference.variance]) {
    checkPlane(plane, 'fitKernel');
    if (plane.width !== width || plane.height !== height)
      throw new RangeError(
        `fitKernel: planes of ${plane.width}×${plane.height} and ${width}×${height} pixels; align the reference to the science image first`,
      );
  }
}

type Sums = Pick<Stamp, 'gram' | 'target' | 'power' | 'pixels'>;

/**
 * The sums of one stamp; null where it reaches past the edge or too little of it is usable.
 * @param noiseShare of the reference's variance that arrives in the science image: Σ kernel².
 */
function measureStamp(
  { image, variance }: NoisyPlane,
  reference: NoisyPlane,
  noiseShare: number,
  { x: cx, y: cy, stampRadius }: { readonly x: number; readonly y: number; readonly stampRadius: number },
  { radius, functions }: KernelBasis,
): Sums | null {
  const [left, top, side] = [cx - stampRadius, cy - stampRadius, 2 * stampRadius + 1];
  const { width, height } = image;
  if (left < radius || top < radius || left + side > width - radius || top + side > height - radius)
    return null;
  const window = { left, top, width: side, height: side };
  const first = convolveSeparable(reference.image, functions[0].x, functions[0].y, window);
  const columns = functions.map(({ x, y, share }, n) => {
    if (n === 0) return first;
    const column = convolveSeparable(reference.image, x, y, window);
    if (share !== 0) for (let i = 0; i < column.length; i++) column[i] -= share * first[i];
    return column;
  });
  columns.push(new Float64Array(side * side).fill(1));
  const p = columns.length;
  const gram = new Float64Array(p * p);
  const target = new Float64Array(p);
  let [power, pixels] = [0, 0];
  for (let i = 0; i < side * side; i++) {
    const at = (top + Math.floor(i / side)) * width + left + (i % side);
    const value = image.data[at];
    const noise = variance.data[at] + noiseShare * reference.variance.data[at];
    if (!Number.isFinite(value) || !Number.isFinite(first[i]) || !(noise > 0) || noise === Infinity) continue;
    const weight = 1 / noise;
    pixels++;
    power += weight * value * value;
    for (let a = 0; a < p; a++) {
      const weighted = weight * columns[a][i];
      target[a] += weighted * value;
      for (let b = 0; b <= a; b++) gram[a * p + b] += weighted * columns[b][i];
    }
  }
  if (pixels < leastShare * side * side) return null;
  for (let a = 0; a < p; a++) for (let b = 0; b < a; b++) gram[b * p + a] = gram[a * p + b];
  return { gram, target, power, pixels };
}

/** Coefficients: of the first function; of each other, by terms of the place; of the background. */
function solve(stamps: readonly Stamp[], size: Sizes): Float64Array | null {
  const n = skyFrom(size) + size.skyTerms;
  const normal = new Float64Array(n * n);
  const right = new Float64Array(n);
  const local = size.functions + 1;
  for (const stamp of stamps) {
    const places = placesOf(stamp, size);
    for (let a = 0; a < local; a++) {
      for (const { at, term } of places[a]) {
        right[at] += term * stamp.target[a];
        for (let b = 0; b < local; b++)
          for (const other of places[b])
            normal[at * n + other.at] += term * other.term * stamp.gram[a * local + b];
      }
    }
  }
  return solvePositive(normal, right) ? right : null;
}

/** Where the columns of a stamp stand among the coefficients, and with which factor. */
function placesOf({ terms, backgroundTerms }: Stamp, size: Sizes): { at: number; term: number }[][] {
  const { functions, shapeTerms } = size;
  return Array.from({ length: functions + 1 }, (_, a) => {
    if (a === 0) return [{ at: 0, term: 1 }];
    if (a < functions) return Array.from(terms, (term, k) => ({ at: 1 + (a - 1) * shapeTerms + k, term }));
    return Array.from(backgroundTerms, (term, k) => ({ at: skyFrom(size) + k, term }));
  });
}

/** Coefficients of the basis functions at a place. */
function localOf(solution: Float64Array, functions: number, terms: Float64Array): Float64Array {
  return Float64Array.from({ length: functions }, (_, n) => {
    if (n === 0) return solution[0];
    let sum = 0;
    for (let k = 0; k < terms.length; k++) sum += terms[k] * solution[1 + (n - 1) * terms.length + k];
    return sum;
  });
}

/** χ² per pixel of a stamp. */
function chi2Of(stamp: Stamp, solution: Float64Array, size: Sizes): number {
  const { gram, target, power, pixels, terms, backgroundTerms } = stamp;
  const p = size.functions + 1;
  const from = skyFrom(size);
  const sky = backgroundTerms.reduce((sum, term, k) => sum + term * solution[from + k], 0);
  const c = [...localOf(solution, size.functions, terms), sky];
  let sum = power;
  for (let a = 0; a < p; a++) {
    sum -= 2 * c[a] * target[a];
    for (let b = 0; b < p; b++) sum += c[a] * c[b] * gram[a * p + b];
  }
  return sum / pixels;
}
