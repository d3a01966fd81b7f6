import * as z from 'zod';
import { columnMoments } from '../column-statistics.ts';
import type { Transform } from '../transform.ts';
import { fittedAffine, loadAffine } from './affine.ts';
import { checkColumns } from './check-columns.ts';

const optionsSchema = z.strictObject({
  center: z.boolean().default(true).describe('subtract the mean'),
  scale: z.boolean().default(true).describe('divide by the standard deviation'),
});
export type StandardScaleOptions = z.output<typeof optionsSchema>;

/**
 * Each column minus its mean, over its standard deviation (squares divided by the number of rows, not one less), as scikit-learn's
 * StandardScaler. A constant column becomes 0. Missing values are skipped in fitting and stay missing. Rows count by their weight.
 */
export const standardScale: Transform<StandardScaleOptions> = {
  name: 'standard-scale',
  title: 'Mean 0 and standard deviation 1, column by column',
  options: optionsSchema,
  missing: 'native',
  async fit(data, { center, scale }) {
    const names = checkColumns(data, 'native');
    const { weight, mean, variance } = columnMoments(data.x, data.weights);
    const deviation = variance.map((value, j) => {
      // What rounding leaves of a constant column's variance must not be blown up to 1 (scikit-learn's _is_constant_feature).
      const rounding = weight[j] * Number.EPSILON * value + (weight[j] * mean[j] * Number.EPSILON) ** 2;
      return value <= rounding ? 1 : Math.sqrt(value);
    });
    return fittedAffine(
      'standard-scale',
      names,
      center ? mean : mean.map(() => 0),
      scale ? deviation : deviation.map(() => 1),
    );
  },
  load: loadAffine('standard-scale'),
};
