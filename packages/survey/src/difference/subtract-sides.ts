import {
  dilateMask,
  estimateBackground,
  fitKernel,
  subtractBackground,
  subtractReference,
} from '@blemish/imaging';
import type { FitKernelOptions, KernelFit, NoisyPlane, Plane } from '@blemish/imaging';
import { SurveyError } from '../errors.ts';
import type { GriddedReference } from './bring-onto-grid.ts';
import type { KernelStar } from './kernel-stars.ts';
import { differenceBits as bits } from './mask-values.ts';
import type { Convolved, DifferenceMethod } from './options.ts';
import { subtractProperly } from './subtract-properly.ts';
import type { Side } from './read-side.ts';
import { fwhmOf, psfAbout } from './tile-psf.ts';
import type { PsfTile } from './tile-psf.ts';
import { tilesOf } from './tiles.ts';

/** A difference in units of the science image, and what finding sources on it needs. */
export interface Subtraction {
  readonly image: Plane;
  readonly variance: Plane;
  readonly mask: Uint8Array;
  /** Flux of a star in the science image over that in the reference. */
  readonly fluxRatio: number;
  /** Which image was blurred; `both` for proper subtraction. */
  readonly convolved: 'reference' | 'science' | 'both';
  readonly fit: KernelFit;
  readonly kernel: Plane;
  readonly tiles: readonly PsfTile[];
}

export interface SubtractOptions {
  readonly method: DifferenceMethod;
  readonly convolve: Convolved;
  readonly kernelRadius: number;
  readonly kernelDegree: number | undefined;
}

/** Fewer stars fix no change of the kernel over the image. */
const starsForSlope = 12;

/**
 * Subtracts the gridded reference from the science image. The kernel is fitted for both methods: proper subtraction takes its ratio of fluxes.
 * @throws SurveyError STARS_TOO_FEW
 */
export function subtractSides(
  science: Side,
  reference: Side,
  gridded: GriddedReference,
  stars: readonly KernelStar[],
  options: SubtractOptions,
): Subtraction {
  const { width, height } = science.image;
  const { method, kernelRadius: radius } = options;
  const blurScience =
    options.convolve === 'science' ||
    // the blurrier of the two stays as it is: no kernel sharpens
    (options.convolve === 'auto' && (science.fwhm ?? 0) < (reference.fwhm ?? 0));
  const fwhm = (blurScience ? reference.fwhm : science.fwhm) ?? 4;
  const mask = maskOf(science, gridded, { fwhm, radius, blurScience, method });
  const noValue = (at: number) => (mask[at] & ~bits.kernelReach) !== 0;
  const target = holed(blurScience ? gridded : science, noValue);
  const source: NoisyPlane = blurScience ? science : gridded;
  const kernelDegree = options.kernelDegree ?? (stars.length >= starsForSlope ? 1 : 0);
  const kernelOptions: FitKernelOptions = { radius, kernelDegree };
  const difference = method === 'zogy' ? null : subtractReference(target, source, stars, kernelOptions);
  const fit = method === 'zogy' ? fitKernel(target, source, stars, kernelOptions) : (difference?.fit ?? null);
  if (fit === null || !(fit.fluxRatio > 0)) throw tooFewStars(stars, reference);
  const kernel = kernelPlane(fit, (width - 1) / 2, (height - 1) / 2);
  const fluxRatio = blurScience ? 1 / fit.fluxRatio : fit.fluxRatio;
  const shared = { mask, fluxRatio, fit, kernel };
  if (difference === null) {
    const proper = subtractProperly(science, gridded, stars, { fluxRatio, noValue });
    if (proper === null) throw tooFewStars(stars, reference);
    flatten(proper.image);
    markEdge(mask, proper.image);
    return { ...shared, ...proper, convolved: 'both' };
  }
  // science less reference, and in the science image's units, whichever way it was made
  if (blurScience) {
    const { data } = difference.image;
    for (let i = 0; i < data.length; i++) data[i] *= -fluxRatio;
    for (let i = 0; i < data.length; i++) difference.variance.data[i] *= fluxRatio * fluxRatio;
  }
  flatten(difference.image);
  markEdge(mask, difference.image);
  const sharp = blurScience ? gridded.image : science.image;
  const tiles = tilesOf(width, height).map((tile) => {
    const psf = psfAbout(tile, sharp, stars);
    if (psf === null) throw tooFewStars(stars, reference);
    return { tile, psf, fwhm: fwhmOf(psf) };
  });
  const { image, variance } = difference;
  return { ...shared, image, variance, convolved: blurScience ? 'science' : 'reference', tiles };
}

function tooFewStars(stars: readonly KernelStar[], reference: Side): SurveyError {
  const what = `${stars.length} stars in common, unsaturated and off the edges, do not fix a kernel`;
  return new SurveyError('STARS_TOO_FEW', what, reference);
}

function kernelPlane(fit: KernelFit, x: number, y: number): Plane {
  const side = 2 * fit.basis.radius + 1;
  return { width: side, height: side, data: Float32Array.from(fit.kernelAt(x, y)) };
}

function holed({ image, variance }: NoisyPlane, noValue: (at: number) => boolean): NoisyPlane {
  const data = new Float32Array(image.data);
  for (let i = 0; i < data.length; i++) if (noValue(i)) data[i] = NaN;
  return { image: { ...image, data }, variance };
}

interface MaskSettings {
  readonly fwhm: number;
  readonly radius: number;
  readonly blurScience: boolean;
  readonly method: DifferenceMethod;
}

/** Bad pixels of an image that is blurred spread as far as its PSF's core; saturated ones, which are filled wrongly, as far as the kernel. */
function maskOf(science: Side, gridded: GriddedReference, settings: MaskSettings): Uint8Array {
  const { width, height } = science.image;
  const { fwhm, radius, blurScience, method } = settings;
  const core = Math.max(2, Math.round(0.8 * fwhm));
  const mask = new Uint8Array(width * height);
  const mark = (bad: Uint8Array, kind: number, reach: number, bit: number) => {
    const chosen = bad.map((value) => (value === kind ? 1 : 0));
    const grown = reach > 0 ? dilateMask(chosen, width, height, { radius: reach }) : chosen;
    for (let i = 0; i < mask.length; i++) if (grown[i] !== 0) mask[i] |= bit;
  };
  const blursScience = blurScience || method === 'zogy';
  const blursReference = !blurScience || method === 'zogy';
  mark(science.bad, 1, blursScience ? core : 0, bits.scienceBad);
  mark(gridded.bad, 1, blursReference ? core : 1, bits.referenceBad);
  mark(science.bad, 2, blursScience ? radius : core, bits.scienceSaturated);
  mark(gridded.bad, 2, blursReference ? radius : core, bits.referenceSaturated);
  mark(gridded.bad, 4, 0, bits.noReference);
  const filled = blurScience ? science.bad : gridded.bad;
  const reached = dilateMask(
    filled.map((value) => (value === 1 || value === 2 ? 1 : 0)),
    width,
    height,
    { radius, shape: 'square' },
  );
  for (let i = 0; i < mask.length; i++) if (reached[i] !== 0) mask[i] |= bits.kernelReach;
  return mask;
}

/** Takes off what the backgrounds of the two images left: each was estimated among sources, and the kernel's own on stamps of stars. */
function flatten(image: Plane): void {
  const background = estimateBackground(image);
  if (background.globalRms > 0) subtractBackground(image, background, image.data);
}

/** What the subtraction could not reach. */
function markEdge(mask: Uint8Array, { data }: Plane): void {
  for (let i = 0; i < mask.length; i++)
    if (data[i] !== data[i] && (mask[i] & ~bits.kernelReach) === 0) mask[i] |= bits.noReference;
}
