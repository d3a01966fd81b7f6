import type { Rng } from '../rng.ts';

/** How strong an artifact is drawn: log-uniform in [low, high), in `unit`. */
export interface Amplitude {
  readonly low: number;
  readonly high: number;
  /**
   * `sky rms`: peak of the event over the rms of the sky, both per pixel. `% of sky`: peak over the level of the sky, for errors of the flat
   * field, which are the same fraction of any sky. `px`: size of a convolution kernel, in pixels.
   */
  readonly unit: 'sky rms' | '% of sky' | 'px';
  readonly reason: string;
}

/**
 * The one table of amplitudes, fixed before any training: what a detector is trained on and measured on is not tuned to what it can find.
 * The general rule is a peak log-uniform between 0.3 and 30 × sky rms; a class departs from it only where the cause sets another scale.
 * Peaks are those of the light or charge as it enters the exposure, before the survey's sky subtraction takes its part. Classes that
 * change the shape of stars have no peak of their own: their strength is the size of the kernel.
 */
export const amplitudes = {
  Satellite: {
    low: 0.3,
    high: 100,
    unit: 'sky rms',
    reason: 'debris at the limit of detection up to a bright satellite in a short exposure',
  },
  Airplane: {
    low: 10,
    high: 1000,
    unit: 'sky rms',
    reason: 'landing and strobe lights at 10 km, spread over donuts of 300 px and more',
  },
  'Cosmic ray': {
    low: 20,
    high: 2000,
    unit: 'sky rms',
    reason:
      'a minimum-ionising particle frees some 80 electrons per micrometre of silicon; worms and slanted muons more',
  },
  'Bleed trail': {
    low: 0.3,
    high: 30,
    unit: 'sky rms',
    reason: 'the general rule: what a mask misses is the faint end of a bleed, not its saturated core',
  },
  'Edge-bleed': {
    low: 0.3,
    high: 30,
    unit: 'sky rms',
    reason: 'the general rule: the strip and the overscan error beside the masked part of a flooded register',
  },
  'Column mask': {
    low: 1,
    high: 20,
    unit: 'sky rms',
    reason: 'charge leaking from a hot pixel into each row read after it',
  },
  'Bad column': {
    low: 1,
    high: 20,
    unit: 'sky rms',
    reason: 'charge of a shorted gate in every row; a dead column loses at most the sky',
  },
  'A/B jump': {
    low: 0.05,
    high: 2,
    unit: 'sky rms',
    reason: 'height of the step between the amplifiers: a gain error of 0.1 to 5 % of the sky',
  },
  Ghost: {
    low: 0.05,
    high: 3,
    unit: 'sky rms',
    reason: 'a reflection of a star of 8 mag or brighter spread over 1000 px to the whole focal plane',
  },
  'Bright arc': {
    low: 0.2,
    high: 2,
    unit: 'sky rms',
    reason: 'light of a star past the edge of the filter',
  },
  'Bright spray': {
    low: 1,
    high: 20,
    unit: 'sky rms',
    reason: 'an off-axis star on the wall of the shutter, concentrated in narrow striae',
  },
  'Brush strokes': {
    low: 0.3,
    high: 3,
    unit: 'sky rms',
    reason: 'scattered light weaker than a spray, spread over filaments',
  },
  Shutter: {
    low: 0.3,
    high: 30,
    unit: 'sky rms',
    reason: 'the general rule, for the trail of a star three times too bright for the full well',
  },
  Haze: {
    low: 0.05,
    high: 2,
    unit: 'sky rms',
    reason: 'halo of the brightest star under cirrus, fainter stars in proportion to their flux',
  },
  Fringing: {
    low: 0.1,
    high: 1,
    unit: 'sky rms',
    reason:
      'what remains of fringes of some per cent of the sky after a wrongly scaled fringe frame is taken off',
  },
  'Out of focus': {
    low: 6,
    high: 30,
    unit: 'px',
    reason: 'diameter of the donut, defocus / (2.7 × 15 µm): 0.24 to 1.2 mm; the hole shows above 8 px',
  },
  Guiding: {
    low: 3,
    high: 60,
    unit: 'px',
    reason: 'length of the track of every star: from a barely elongated image to a lost guide star',
  },
  'Readout (hatched edge)': {
    low: 10,
    high: 100,
    unit: 'sky rms',
    reason: 'the electronics settling while the first rows are read: tens of σ',
  },
  'Readout (stripes)': {
    low: 0.3,
    high: 1,
    unit: 'sky rms',
    reason: 'interference picked up through the whole read-out, of the order of the read noise',
  },
  'Cross-talk': {
    low: 0.3,
    high: 7,
    unit: 'sky rms',
    reason: 'a coefficient of 1e-4 to 1e-3 of a saturated pixel',
  },
  'Dark rim': {
    low: 0.2,
    high: 2,
    unit: 'sky rms',
    reason: 'stars too faint to be told from the sky raise its estimate, by up to the rms they add to it',
  },
  'Dark halo': {
    low: 0.1,
    high: 1,
    unit: 'sky rms',
    reason: 'the outskirts of a bright star or galaxy taken for sky by a mesh finer than they are',
  },
  'Quilted sky': {
    low: 0.1,
    high: 0.5,
    unit: 'sky rms',
    reason: 'how well the level of the illumination is known in a block of 512 px',
  },
  'Wavy sky': {
    low: 0.1,
    high: 0.5,
    unit: 'sky rms',
    reason: 'as seen in the Exposure Checker; the cause is not known',
  },
  'Anti-bleed': {
    low: 0.2,
    high: 1,
    unit: 'sky rms',
    reason: 'the sky over-estimated in the rows of a bright star',
  },
  'Tape bump': {
    low: 0.3,
    high: 3,
    unit: '% of sky',
    reason: 'the response over the spots of tape, where the flat was taken in another state or shifted',
  },
  'Tree rings': {
    low: 0.2,
    high: 0.6,
    unit: '% of sky',
    reason: 'change of the effective area of a pixel by the rings; what a flat that is off leaves of it',
  },
  'Vertical jump': {
    low: 0.1,
    high: 0.5,
    unit: '% of sky',
    reason: 'height of the step that bad exposures leave in the median of the flats',
  },
  'Vertical stripes': {
    low: 0.1,
    high: 1,
    unit: 'sky rms',
    reason: 'grain of the rows that shows over the noise once the eye follows a row; the cause is not known',
  },
} as const satisfies Record<string, Amplitude>;

export type AmplitudeName = keyof typeof amplitudes;

/** Draws the strength of one event, in the unit of its row of `amplitudes`. */
export function drawAmplitude(rng: Rng, name: AmplitudeName): number {
  const { low, high } = amplitudes[name];
  return rng.logUniform(low, high);
}
