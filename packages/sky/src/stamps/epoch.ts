import { PsfProfile } from '../psf.ts';
import type { PsfShape } from '../psf.ts';
import type { Rng } from '../rng.ts';
import { ztfCamera } from '../sequences/camera.ts';

/** One of the two images of a patch: conditions under which it was taken. */
export interface Epoch {
  readonly psf: PsfProfile;
  /** Electrons a pixel of one exposure, and its relative slope along x and y over the whole patch. */
  readonly sky: number;
  readonly slopeX: number;
  readonly slopeY: number;
  /** Exposures averaged. */
  readonly exposures: number;
  /** Electrons measured for each that a clear exposure would. */
  readonly throughput: number;
  /** Units of the pixels for each electron. */
  readonly unit: number;
  /** Electrons at which a pixel overflows. */
  readonly well: number;
}

/** Largest distance at which a star's light is followed, pixels. */
const psfReach = 160;

export function profile(shape: PsfShape): PsfProfile {
  return new PsfProfile(shape, psfReach);
}

/** Standard deviation of a pixel of empty sky, electrons of one exposure. */
export function skyRms({ sky, exposures }: Epoch): number {
  return Math.sqrt((sky + ztfCamera.readNoise ** 2) / exposures);
}

/**
 * Science image and reference: a single exposure in any seeing and moonlight, and the mean of 8 to 40 in better ones. One reference of twelve is a
 * little less sharp than the science image, which a kernel cannot mend.
 */
export function drawEpochs(rng: Rng): { readonly science: Epoch; readonly reference: Epoch } {
  const { gain } = ztfCamera;
  const fwhm = Math.min(4.2, Math.max(1.6, 2.15 * Math.exp(rng.normal(0, 0.2))));
  const ratio = rng.chance(1 / 12) ? rng.uniform(1, 1.08) : rng.uniform(0.72, 1);
  const well = rng.uniform(25_000, 36_000) * gain;
  const moon = rng.chance(0.35) ? rng.logUniform(1, 6) : 1;
  const slope = () => rng.normal(0, 0.01);
  const epoch = (fwhmPixels: number, elongation: number) => {
    const angle = rng.uniform(0, 2 * Math.PI);
    const e = Math.min(0.2, Math.abs(rng.normal(0, elongation)));
    return {
      psf: profile({
        fwhmPixels,
        beta: rng.uniform(2.7, 3.6),
        ...{ e1: e * Math.cos(angle), e2: e * Math.sin(angle) },
        ...{ aureole: 0.01, aureoleRadius: 8 },
      }),
      slopeX: slope(),
      slopeY: slope(),
      well,
    };
  };
  return {
    science: {
      ...epoch(fwhm, 0.05),
      sky: 90 * Math.exp(rng.normal(0, 0.25)) * moon * gain,
      exposures: 1,
      throughput: rng.chance(1 / 6) ? rng.uniform(0.5, 0.95) : Math.exp(rng.normal(0, 0.03)),
      // brought to the magnitude zero of the survey's references, with 1.2 to 3 times the noise that the gain alone would give
      unit: rng.logUniform(1.2, 3) / gain,
    },
    reference: {
      ...epoch(Math.max(1.5, fwhm * ratio), 0.025),
      sky: 90 * Math.exp(rng.normal(0, 0.15)) * gain,
      exposures: rng.integer(8, 40),
      throughput: 1,
      unit: rng.logUniform(1.2, 3) / gain,
    },
  };
}
