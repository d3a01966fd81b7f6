import type { ArtifactModel } from '../artifact.ts';

export interface ShearedRowsParameters {
  /** Pixels that a row is read late after `every` rows more. */
  readonly step: number;
  readonly every: number;
}

/** Rows read out of step: each starts later than the one before, so that the image leans and wraps around. */
export const shearedRows: ArtifactModel<ShearedRowsParameters> = {
  className: 'sheared rows',
  stage: 'readout',
  scope: 'exposure',
  extended: false,
  wholeCcd: true,
  draw: () => {
    throw new RangeError('shearedRows: its parameters are drawn with the exposure');
  },
  render({ width, height, electrons }, { step, every }, delta) {
    for (let y = 0; y < height; y++) {
      const shift = (Math.floor(y / every) * step) % width;
      const base = y * width;
      for (let x = 0; x < width; x++)
        delta[base + x] = electrons[base + ((x + shift) % width)] - electrons[base + x];
    }
  },
};
