import {
  haloProfile,
  haloRings,
  ringEvidence,
  rowGrain,
  rowSeries,
  rowStep,
  spotEvidence,
  waveEvidence,
} from '@blemish/imaging';
import type { BinnedStatistics, Plane } from '@blemish/imaging';
import { coarseMean } from './coarse-mean.ts';

const ringNames = (of: string) => haloRings.slice(1).map((outer) => `halo of ${of} to ${outer} px`);

/** What is measured of the CCD as a whole, in the order of `patternsOf`. */
export const patternNames: readonly string[] = [
  'row grain',
  'row grain correlation',
  'row step',
  'row step significance',
  'row step agreement',
  'tree rings',
  'tree rings over other corners',
  'tape spots',
  'tape spots over control',
  'wave',
  'wave prominence',
  'star core',
  ...ringNames('brightest star'),
  ...ringNames('bright stars'),
];

/**
 * Patterns of a whole CCD that neither bins nor a small network's reach hold: grain finer than a bin, a step a tenth of the noise high, rings
 * about a point off the CCD, six faint spots at known places, a wave across the CCD, and halos of a thousand pixels around bright stars. Scaled to
 * about one; 0 where one could not be measured.
 * @param plane background-subtracted. @param bins its statistics. @param highest the highest pixel of each bin, masked or not.
 * @param rms of a pixel; all of one unit.
 */
export function patternsOf(
  plane: Plane,
  mask: Uint8Array | null,
  rms: number,
  bins: BinnedStatistics,
  highest: Float32Array,
): Float32Array {
  const grain = rowGrain(rowSeries(plane, mask, rms));
  const fine = { width: bins.width, height: bins.height, data: bins.mean };
  const noise = rms / bins.factor;
  const step = rowStep(fine, bins.factor, noise);
  const rings = ringEvidence(fine, bins.factor, noise);
  const tape = spotEvidence(fine, bins.factor, noise);
  const wave = waveEvidence(coarseMean(fine, 4, 2 * noise), 4 * bins.factor);
  const inRms = highest.map((value) => value / rms);
  const halo = haloProfile(fine, inRms, bins.factor);
  const ring = (profile: Float32Array | undefined) =>
    haloRings.slice(1).map((_, r) => scaled(((profile?.[r] ?? 0) / rms) * 20));
  return Float32Array.from([
    // 0 where half of the rows are constant: no noise, no grain to compare it with
    grain === null || !(grain.excess > 0) ? 0 : Math.log(grain.excess),
    grain === null ? 0 : 2 * grain.correlation,
    step === null ? 0 : scaled(Math.abs(step.step) * 10),
    step === null ? 0 : scaled(Math.abs(step.significance)),
    step === null ? 0 : scaled(Math.abs(step.agreement)),
    rings === null ? 0 : scaled(rings.significance),
    rings === null ? 0 : scaled(rings.lead),
    tape === null ? 0 : tape.spots / 4,
    tape === null ? 0 : (tape.spots - tape.control) / 2,
    wave === null ? 0 : scaled((wave.amplitude / rms) * 100),
    wave === null ? 0 : Math.log(1 + wave.prominence) / 2,
    halo === null ? 0 : Math.log1p(halo.core) / 3,
    ...ring(halo?.brightest),
    ...ring(halo?.all),
  ]);
}

function scaled(x: number): number {
  return x === x ? Math.asinh(x) / 2 : 0;
}
