import * as z from 'zod';
import { classShares } from '../baseline/majority.ts';
import { checkInput, checkTraining, columnName } from '../check-training.ts';
import { classMoments, pooledMoments } from '../column-statistics.ts';
import type { Learner, Model } from '../learner.ts';
import { matrix } from '../matrix.ts';
import type { Matrix } from '../matrix.ts';
import { savedNumbers, savedSettings } from '../saved.ts';
import { checkPriors, contrast, softmaxRows } from './posterior.ts';

const version = 1;
const optionsSchema = z.strictObject({
  smoothing: z
    .number()
    .nonnegative()
    .default(1e-9)
    .describe('added to every variance, as a share of the largest variance of a column'),
  priors: z
    .array(z.number().positive())
    .optional()
    .describe('prior probability of each class; their shares of the training rows where absent'),
});
export type NaiveBayesOptions = z.output<typeof optionsSchema>;
const settingsSchema = z.strictObject({ columns: z.int(), classes: z.int() });

/**
 * Gaussian naive Bayes: each class is a product of normal densities, one a column (Hand & Yu 2001), with scikit-learn's smoothing of
 * variances. Its `decisionFunction` is the difference of log posteriors for two classes and the log of prior × density for more:
 * with many columns probabilities round to 0 and 1, and only it still ranks the rows.
 */
export const naiveBayes: Learner<NaiveBayesOptions> = {
  name: 'naive-bayes',
  title: 'Gaussian naive Bayes (Hand & Yu 2001; variance smoothing as in scikit-learn)',
  options: optionsSchema,
  missing: 'refused',
  scaleSensitive: false,
  async fit(data, { smoothing, priors }, { signal }) {
    checkTraining(data, 'refused');
    signal?.throwIfAborted();
    const { classes } = data;
    const { columns } = data.x;
    const moments = classMoments(data);
    for (let k = 0; k < classes; k++) {
      if (moments.weight[k * columns] > 0) continue;
      throw new RangeError(`class ${k}: all its rows have weight 0; leave the class out or give it weight`);
    }
    const largest = Math.max(...pooledMoments(moments, columns).variance);
    const variances = moments.variance.map((variance, at) => {
      const smoothed = variance + smoothing * largest;
      if (smoothed > 0) return smoothed;
      const where = columnName(data.columns, at % columns);
      throw new RangeError(
        `class ${Math.floor(at / columns)} has no spread in ${where}: raise smoothing above ${smoothing}, or leave the column out`,
      );
    });
    const shares = priors === undefined ? classShares(data) : checkPriors(priors, classes);
    return model(columns, shares, moments.mean, variances);
  },
  async load(parts) {
    const { columns, classes } = savedSettings(parts, 'naive-bayes', version, settingsSchema);
    return model(
      columns,
      savedNumbers(parts, 'priors', classes),
      savedNumbers(parts, 'means', classes * columns),
      savedNumbers(parts, 'variances', classes * columns),
    );
  },
};

function model(columns: number, priors: Float64Array, means: Float64Array, variances: Float64Array): Model {
  const classes = priors.length;
  const constants = priors.map((prior, k) => {
    let logs = 0;
    for (let j = 0; j < columns; j++) logs += Math.log(2 * Math.PI * variances[k * columns + j]);
    return Math.log(prior) - 0.5 * logs;
  });

  /** [n, K]: log of prior × density. */
  function logJoint(x: Matrix): Matrix {
    checkInput(x, columns, 'refused');
    const result = matrix(x.rows, classes);
    for (let i = 0; i < x.rows; i++) {
      for (let k = 0; k < classes; k++) {
        let squares = 0;
        for (let j = 0, at = i * columns, c = k * columns; j < columns; j++, at++, c++) {
          const off = x.data[at] - means[c];
          squares += (off * off) / variances[c];
        }
        result.data[i * classes + k] = constants[k] - 0.5 * squares;
      }
    }
    return result;
  }

  return {
    kind: 'naive-bayes',
    columns,
    classes,
    predictProba: async (x) => softmaxRows(logJoint(x)),
    decisionFunction: async (x) => contrast(logJoint(x)),
    save: () => ({
      kind: 'naive-bayes',
      version,
      settings: { columns, classes },
      arrays: {
        priors: { shape: [classes], data: priors },
        means: { shape: [classes, columns], data: means },
        variances: { shape: [classes, columns], data: variances },
      },
    }),
  };
}
