import * as z from 'zod';
import type { Transform } from '../transform.ts';
import { fittedAffine, loadAffine } from './affine.ts';
import { checkColumns } from './check-columns.ts';

const optionsSchema = z
  .strictObject({
    low: z.number().default(0).describe('what the smallest training value becomes'),
    high: z.number().default(1).describe('what the largest training value becomes'),
  })
  .refine(({ low, high }) => low < high, { error: 'must be above low', path: ['high'] });
export type MinMaxScaleOptions = z.output<typeof optionsSchema>;

/**
 * Each column's training range onto [low, high], as scikit-learn's MinMaxScaler; later values may lie outside. A constant column becomes
 * `low`. Missing values are skipped in fitting and stay missing; rows of weight 0 are left out.
 */
export const minMaxScale: Transform<MinMaxScaleOptions> = {
  name: 'min-max-scale',
  title: 'Training range onto [low, high], column by column',
  options: optionsSchema,
  missing: 'native',
  async fit(data, { low, high }) {
    const names = checkColumns(data, 'native');
    const { x, weights } = data;
    const least = new Float64Array(x.columns).fill(Infinity);
    const most = new Float64Array(x.columns).fill(-Infinity);
    for (let i = 0; i < x.rows; i++) {
      if (weights?.[i] === 0) continue;
      for (let j = 0, at = i * x.columns; j < x.columns; j++, at++) {
        const value = x.data[at];
        if (value < least[j]) least[j] = value;
        if (value > most[j]) most[j] = value;
      }
    }
    const scale = least.map((value, j) => (most[j] > value ? most[j] - value : 1) / (high - low));
    const shift = least.map((value, j) => value - low * scale[j]);
    return fittedAffine('min-max-scale', names, shift, scale);
  },
  load: loadAffine('min-max-scale'),
};
