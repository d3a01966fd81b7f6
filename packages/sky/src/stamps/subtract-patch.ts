import { alignStars, applyAffine, findCandidates, resample, subtractReference } from '@blemish/imaging';
import type { Affine, Candidate, NoisyPlane, Plane } from '@blemish/imaging';
import type { PsfProfile } from '../psf.ts';
import { findStars, kernelStars, middleOf } from './find-stars.ts';
import type { Observed } from './render-patch.ts';

/** What difference imaging makes of a patch, all on the science image's pixels and in its units. */
export interface SubtractedPatch {
  readonly science: Plane;
  /** The reference resampled, in the science image's flux scale and with its sky level, not convolved. */
  readonly reference: Plane;
  readonly difference: NoisyPlane;
  /** Significant points of the difference, strongest first. */
  readonly candidates: readonly Candidate[];
  /** What a point source looks like in the difference, sum 1, odd side. */
  readonly psf: Plane;
  /** Share of a point source's light that falls on those pixels: candidates' fluxes over it are whole ones. */
  readonly enclosed: number;
  readonly alignment: Affine;
  readonly chi2: number;
}

/** Stars that fix the kernel, at most. */
const mostStars = 24;
/** By which share of a source's light a kernel that fits is wrong. */
const kernelError = 0.03;
/** Detection threshold, standard deviations. */
export const detectionThreshold = 5;

/**
 * Aligns the reference by the stars of both images, resamples it, fits a kernel on isolated stars, subtracts (Alard and Lupton 1998) and looks for what
 * is left. Pixels within `maskReach` of one that saturates in either image lose their value before that, if it is not null. Nothing of it knows the truth but the science image's PSF, with which candidates are looked for. Null where stars are too few.
 */
export function subtractPatch(
  science: Observed,
  reference: Observed,
  psf: PsfProfile,
  maskReach: number | null = null,
): SubtractedPatch | null {
  const { width, height } = science.image;
  const own = findStars(science);
  const theirs = findStars(reference);
  const alignment = alignStars(own, theirs, { reach: 25, tolerance: 1.2, voters: 120 });
  if (alignment === null) return null;
  const { transform } = alignment;
  const moved = resample(reference.image, reference.variance, { width, height }, (x, y) =>
    applyAffine(transform, x, y),
  );
  const aligned: NoisyPlane = { image: moved.image, variance: moved.variance! };
  const stars = kernelStars(
    own,
    alignment.pairs.map(([i]) => i),
    width,
    mostStars,
  );
  const options = { radius: 7, stampRadius: 9, sigmas: [0.6, 1.2, 2.2], degrees: [4, 2, 1] };
  const difference =
    subtractReference(science, aligned, stars, options) ??
    subtractReference(science, aligned, stars, { ...options, kernelDegree: 0, degrees: [2, 1, 0] });
  if (difference === null) return null;
  const { fit } = difference;
  const background = fit.backgroundAt((width - 1) / 2, (height - 1) / 2);
  const shown = aligned.image.data.map((value) => fit.fluxRatio * value + background);
  if (maskReach !== null) {
    const full = saturatedPixels([science, { ...reference, image: aligned.image }]);
    for (const plane of [science.image.data, shown, difference.image.data])
      blank(plane, width, height, full, maskReach);
  }
  const variance = nullVariance(difference, science);
  const filter = pointImage(psf, Math.ceil(1.4 * psf.shape.fwhmPixels));
  const candidates = findCandidates({ image: difference.image, variance }, filter.psf, {
    threshold: detectionThreshold,
    separation: 4,
  });
  return {
    science: science.image,
    reference: { width, height, data: shown },
    difference: { image: difference.image, variance },
    ...{ candidates, ...filter, alignment: transform, chi2: fit.chi2 },
  };
}

/**
 * Variance by which detection weighs: that of the light expected where nothing changed, not of the light that came (else a hot pixel would hide behind
 * its own noise), with what the kernel is wrong by, a share of the light above the sky. Without that every bright star is a candidate, which no survey would hand on.
 */
function nullVariance({ image, variance }: NoisyPlane, science: Observed): Plane {
  const sky = middleOf(science.image.data);
  const data = variance.data.map((value, i) => {
    const change = image.data[i];
    const light = Math.max(0, science.image.data[i] - change - sky);
    return Math.max(value - science.unit * change, 0.1 * value) + (kernelError * light) ** 2;
  });
  return { ...variance, data };
}

/** Pixels of 0.9 of the saturation or more in one of two images. */
function saturatedPixels(images: readonly Observed[]): readonly number[] {
  const full: number[] = [];
  for (const { image, saturation } of images)
    for (let i = 0; i < image.data.length; i++) if (image.data[i] >= 0.9 * saturation) full.push(i);
  return full;
}

/** NaN in the squares about pixels. */
function blank(
  data: Float32Array,
  width: number,
  height: number,
  pixels: readonly number[],
  reach: number,
): void {
  for (const at of pixels) {
    const [x, y] = [at % width, Math.floor(at / width)];
    const [from, to] = [Math.max(0, x - reach), Math.min(width - 1, x + reach)];
    for (let v = Math.max(0, y - reach); v <= Math.min(height - 1, y + reach); v++)
      data.fill(NaN, v * width + from, v * width + to + 1);
  }
}

/** A point source in the middle of (2 radius + 1)² pixels, sum 1, and what that was of its light. */
export function pointImage(
  psf: PsfProfile,
  radius: number,
): { readonly psf: Plane; readonly enclosed: number } {
  const side = 2 * radius + 1;
  const data = new Float32Array(side * side);
  for (let y = -radius, at = 0; y <= radius; y++)
    for (let x = -radius; x <= radius; x++, at++)
      data[at] = psf.at((psf.qa * x + 2 * psf.qb * y) * x + psf.qc * y * y);
  const sum = data.reduce((total, value) => total + value, 0);
  return { psf: { width: side, height: side, data: data.map((value) => value / sum) }, enclosed: sum };
}
