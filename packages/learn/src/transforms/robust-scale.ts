import * as z from 'zod';
import { columnQuantiles } from '../column-statistics.ts';
import type { Transform } from '../transform.ts';
import { fittedAffine, loadAffine } from './affine.ts';
import { checkColumns } from './check-columns.ts';

const share = z.number().min(0).max(1);
const optionsSchema = z
  .strictObject({
    low: share.default(0.25).describe('quantile at the lower end of the range divided by'),
    high: share.default(0.75).describe('quantile at its upper end'),
  })
  .refine(({ low, high }) => low < high, { error: 'must be above low', path: ['high'] });
export type RobustScaleOptions = z.output<typeof optionsSchema>;

/**
 * Each column minus its median, over the distance between two quantiles (the quartiles, linear between order statistics), as
 * scikit-learn's RobustScaler: outliers do not set the scale. A column whose quantiles coincide is only centered. Missing values are
 * skipped in fitting and stay missing. A row of weight w counts as w rows.
 */
export const robustScale: Transform<RobustScaleOptions> = {
  name: 'robust-scale',
  title: 'Median 0 and interquartile range 1, column by column',
  options: optionsSchema,
  missing: 'native',
  async fit(data, { low, high }) {
    const names = checkColumns(data, 'native');
    const shift = new Float64Array(names.length);
    const scale = new Float64Array(names.length);
    for (let j = 0; j < names.length; j++) {
      const [below, middle, above] = columnQuantiles(data.x, j, [low, 0.5, high], data.weights);
      shift[j] = middle;
      scale[j] = above > below ? above - below : 1;
    }
    return fittedAffine('robust-scale', names, shift, scale);
  },
  load: loadAffine('robust-scale'),
};
