import * as z from 'zod';
import { columnMoments } from '../column-statistics.ts';
import type { Transform } from '../transform.ts';
import { checkColumns } from './check-columns.ts';
import { fittedChoice, loadChoice } from './chosen-columns.ts';
import { constantColumns } from './constant-columns.ts';

const optionsSchema = z.strictObject({
  threshold: z
    .number()
    .nonnegative()
    .default(0)
    .describe('columns whose variance in the training rows is not above it are left out'),
});
export type VarianceThresholdOptions = z.output<typeof optionsSchema>;

/**
 * Leaves out columns that vary too little, as scikit-learn's VarianceThreshold; at 0, those with one and the same value in every row.
 * Missing values are skipped. Put it before a scaler: after one all variances are alike. Rows count by their weight.
 */
export const varianceThreshold: Transform<VarianceThresholdOptions> = {
  name: 'variance-threshold',
  title: 'Columns whose variance exceeds a threshold',
  options: optionsSchema,
  missing: 'native',
  async fit(data, { threshold }) {
    const names = checkColumns(data, 'native');
    const { variance } = columnMoments(data.x, data.weights);
    // Rounding can leave a constant column a variance above 0.
    const constant = new Set(constantColumns(data.x));
    const kept = names.flatMap((_, j) => (variance[j] > threshold && !constant.has(j) ? [j] : []));
    if (kept.length === 0) {
      const most = Math.max(...variance);
      throw new RangeError(
        `no column has a variance above ${threshold} (the largest is ${most}): lower the threshold`,
      );
    }
    return fittedChoice('variance-threshold', names, kept);
  },
  load: loadChoice('variance-threshold'),
};
