import type { Rng } from '../rng.ts';

/** How strong a thing is drawn: log-uniform in [low, high). */
interface Strength {
  readonly low: number;
  readonly high: number;
  readonly unit: string;
  readonly reason: string;
}

/**
 * The one table of how bad bad exposures are, fixed before any training. What makes an exposure bad is seen on it as a whole, so that these are
 * stronger than the artifacts of single CCDs (`artifacts/amplitudes.ts`), down to what an inspector would just notice.
 */
export const exposureAmplitudes = {
  'cloud extinction': {
    low: 0.3,
    high: 3,
    unit: 'mag',
    reason: 'zero points 0.3 to 3 mag below those of a clear night',
  },
  'cloud patchiness': {
    low: 0.08,
    high: 0.5,
    unit: 'of the extinction',
    reason: 'rms over the focal plane: from an even veil to broken cloud',
  },
  'cloud glow': {
    low: 0.003,
    high: 0.05,
    unit: 'of the sky',
    reason: 'moonlight on cloud, rms over the focal plane',
  },
  seeing: { low: 2.05, high: 4, unit: 'arcsec', reason: 'above the limit of 2 arcsec on all CCDs' },
  ellipticity: {
    low: 0.22,
    high: 0.5,
    unit: '1 − b/a',
    reason: 'above the limit of 0.2 on all CCDs',
  },
  trail: { low: 6, high: 25, unit: 'px', reason: 'trailed, yet no image is two' },
  'double image': { low: 4, high: 9, unit: 'px', reason: 'two peaks in one star' },
  'scattered light': {
    low: 0.4,
    high: 8,
    unit: 'sky rms',
    reason: 'seen at a glance at the whole exposure, up to a naked-eye star beside the field',
  },
  'exposure factor': { low: 0.02, high: 0.28, unit: '1', reason: 'below the limit of 0.3' },
  'sky blocks': {
    low: 3,
    high: 20,
    unit: 'sky rms',
    reason: 'a sky that was wrong block by block: detections by the thousand, or none',
  },
  defocus: {
    low: 8,
    high: 40,
    unit: 'px',
    reason: 'diameter of the donut; its hole shows from 8 px on',
  },
  'second image': {
    low: 5,
    high: 500,
    unit: 'px',
    reason: 'the telescope moved while the shutter was open, by one offset for all stars',
  },
  drift: { low: 20, high: 80, unit: 'px', reason: 'it kept moving' },
  banding: { low: 1, high: 5, unit: 'sky rms', reason: 'interference of a whole backplane' },
  'noisy amplifier': { low: 2, high: 30, unit: 'sky rms', reason: 'more noise than sky' },
  'amplifier gain': {
    low: 0.05,
    high: 0.5,
    unit: '1',
    reason: 'its pixels are a share too bright or too dark',
  },
  'twilight sky': { low: 20_000, high: 60_000, unit: 'ADU', reason: 'up to what the converters can tell' },
  'instrument response': {
    low: 0.01,
    high: 0.04,
    unit: 'of the sky',
    reason: 'concentric differences of a bright sky from what the flat was taken of',
  },
  'illumination rings': { low: 0.02, high: 0.05, unit: 'of the sky', reason: 'about the optical axis' },
  'odd pattern': {
    low: 1,
    high: 8,
    unit: 'sky rms',
    reason: 'waves and grain far above those of single CCDs',
  },
} as const satisfies Record<string, Strength>;

export type ExposureAmplitude = keyof typeof exposureAmplitudes;

/** Draws the strength of one thing, in the unit of its row. */
export function drawStrength(rng: Rng, name: ExposureAmplitude): number {
  const { low, high } = exposureAmplitudes[name];
  return rng.logUniform(low, high);
}
