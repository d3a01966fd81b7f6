import type { ArtifactModel } from '../artifact.ts';
import { Rng } from '../rng.ts';
import { drawAmplitude } from './amplitudes.ts';
import { rowFromRegister } from './place.ts';

export interface BadColumnParameters {
  /** First column as a fraction of the width, and number of columns, 1–3. */
  readonly x: number;
  readonly columns: number;
  /** Distance of the offending pixel from the serial register as a fraction of the height; 0: the whole column. */
  readonly from: number;
  readonly kind: 'hot' | 'dead';
  /** Level of the strongest column, sky rms, before the sign of `kind`. */
  readonly peak: number;
  /** Faint dots every 60 rows before the pixel, a trace of the rows read in blocks. */
  readonly dots: boolean;
  readonly seed: number;
}

/**
 * A defect of the silicon that the bad-pixel mask lacks, 1–3 px wide: a trap makes its column dark from there to the end far from the
 * serial register, a shorted gate spoils the whole column, dark or bright. (A hot pixel leaking from some row on is the Exposure
 * Checker's `Column mask`, see there.) 1–20 × sky rms; a dark column loses 95 % of the sky at most, so its peak is smaller where the sky
 * is faint. Fine grain along the column.
 */
export const badColumn: ArtifactModel<BadColumnParameters> = {
  className: 'Bad column',
  stage: 'electrons',
  scope: 'ccd',
  extended: false,
  wholeCcd: false,
  draw(rng) {
    const kind = rng.chance(0.5) ? 'hot' : 'dead';
    const partial = kind === 'dead' && rng.chance(0.65);
    return {
      x: rng.uniform(),
      columns: rng.pick([1, 1, 1, 2, 2, 3]),
      from: partial ? rng.uniform(0.02, 0.95) : 0,
      kind,
      peak: drawAmplitude(rng, 'Bad column'),
      dots: false,
      seed: rng.uint32(),
    };
  },
  render(scene, p, delta) {
    const { width, height } = scene;
    const rng = new Rng(p.seed);
    const level =
      p.kind === 'hot' ? p.peak * scene.skyRms : -Math.min(p.peak * scene.skyRms, 0.95 * scene.skyLevel);
    const first = firstColumn(p, width);
    const strongest = rng.integer(0, p.columns - 1);
    const start = Math.floor(p.from * height);
    for (let c = 0; c < p.columns; c++) {
      const x = first + c;
      const weight = c === strongest ? 1 : rng.uniform(0.3, 0.9);
      const columnStart =
        c === strongest ? start : Math.min(height, start + (start > 0 ? rng.integer(0, 40) : 0));
      let grain = 1;
      for (let row = columnStart; row < height; row++) {
        grain += 0.1 * (rng.uniform(0.7, 1) - grain);
        const value = row === columnStart ? 1 : grain;
        delta[rowFromRegister(scene, row) * width + x] += level * weight * value;
      }
      if (p.dots && c === strongest) {
        for (let row = start - 60; row >= 0; row -= 60) {
          delta[rowFromRegister(scene, row) * width + x] += level * 0.4 * rng.uniform(0.5, 1);
        }
      }
    }
  },
};

/** First column of a defect. */
export function firstColumn({ x, columns }: BadColumnParameters, width: number): number {
  return Math.floor(x * (width - columns));
}
