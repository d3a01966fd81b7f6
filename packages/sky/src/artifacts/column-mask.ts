import type { ArtifactModel } from '../artifact.ts';
import { maskBits } from '../mask-bits.ts';
import { drawAmplitude } from './amplitudes.ts';
import { badColumn, firstColumn, type BadColumnParameters } from './bad-column.ts';
import { rowFromRegister } from './place.ts';

export interface ColumnMaskParameters extends BadColumnParameters {
  /** What is wrong with the mask: there is none, it ends too soon, or it lies beside the column. */
  readonly fault: 'missing' | 'short' | 'shifted';
  /** Share of the column that a short mask covers, from the hot pixel on. */
  readonly covered: number;
  /** Columns by which a shifted mask misses. */
  readonly shift: number;
}

/**
 * A hot pixel leaking into every row read after it, whose mask the pipeline got wrong: 1 px wide (seldom 2), +1…20 × sky rms from the pixel to
 * the far end, dots every 60 rows before it. Well masked, such a column is no case; what an existing mask covers is not in the truth.
 * Source: `Column mask` of the Exposure Checker (Melchior et al. 2016, Astronomy and Computing 16, 99).
 */
export const columnMask: ArtifactModel<ColumnMaskParameters> = {
  className: 'Column mask',
  stage: 'electrons',
  scope: 'ccd',
  extended: false,
  wholeCcd: false,
  draw(rng) {
    return {
      x: rng.uniform(),
      columns: rng.pick([1, 1, 1, 2]),
      from: rng.uniform(0.02, 0.9),
      kind: 'hot',
      peak: drawAmplitude(rng, 'Column mask'),
      dots: rng.chance(0.7),
      seed: rng.uint32(),
      fault: rng.pick(['missing', 'short', 'shifted'] as const),
      covered: rng.uniform(0.2, 0.7),
      shift: rng.sign() * rng.integer(2, 6),
    };
  },
  render(scene, p, delta) {
    badColumn.render?.(scene, p, delta);
  },
  mask(scene, p, mask) {
    if (p.fault === 'missing') return;
    const { width, height } = scene;
    const start = Math.floor(p.from * height);
    const end = p.fault === 'short' ? start + Math.round(p.covered * (height - start)) : height;
    const first = firstColumn(p, width) + (p.fault === 'shifted' ? p.shift : 0);
    for (let x = Math.max(0, first); x < Math.min(width, first + p.columns); x++)
      for (let row = start; row < end; row++) mask[rowFromRegister(scene, row) * width + x] |= maskBits.BPM;
  },
};
