import * as z from 'zod';
import { cholesky, inverseLower } from '../algebra/cholesky.ts';
import { dot } from '../algebra/dot.ts';
import { rowProduct } from '../algebra/row-product.ts';
import { scatter } from '../algebra/scatter.ts';
import { classShares } from '../baseline/majority.ts';
import { checkInput, checkTraining } from '../check-training.ts';
import { columnMoments } from '../column-statistics.ts';
import type { Learner, Model } from '../learner.ts';
import { matrix, selectRows } from '../matrix.ts';
import type { Matrix } from '../matrix.ts';
import { savedNumbers, savedSettings } from '../saved.ts';
import { checkPriors, contrast, softmaxRows } from './posterior.ts';

const version = 1;
const optionsSchema = z.strictObject({
  regularization: z
    .number()
    .min(0)
    .max(1)
    .default(1e-3)
    .describe('r in (1 − r)·covariance + r·identity; 0 needs more rows than columns in every class'),
  priors: z
    .array(z.number().positive())
    .optional()
    .describe('prior probability of each class; their shares of the training rows where absent'),
});
export type MecOptions = z.output<typeof optionsSchema>;
const settingsSchema = z.strictObject({ columns: z.int(), classes: z.int() });

/**
 * Minimum error classification, as the SDSS real-or-not paper calls it in its comparison (du Buisson et al. 2015, section 5.1, from which
 * its figures come): each class is one multivariate normal density with a covariance of its own, and a row goes to the class with the
 * largest prior × density, which makes the fewest errors if the classes are so (Duda, Hart & Stork 2001, 2.6.3). It is known elsewhere
 * as quadratic discriminant analysis. Each covariance (divided by one less than the class's rows) is drawn toward the identity, so the
 * columns want a common scale (Friedman 1989, eq. 18 with a fixed target; scikit-learn's `reg_param`).
 */
export const mec: Learner<MecOptions> = {
  name: 'mec',
  title:
    'Minimum error classification: normal densities with full covariances (quadratic discriminant analysis)',
  options: optionsSchema,
  missing: 'refused',
  scaleSensitive: true,
  async fit(data, { regularization, priors }, { signal }) {
    checkTraining(data, 'refused');
    const { x, y, classes, weights } = data;
    const { columns } = x;
    const means = new Float64Array(classes * columns);
    const triangles = new Float64Array(classes * columns * columns);
    for (let k = 0; k < classes; k++) {
      signal?.throwIfAborted();
      const rows: number[] = [];
      for (let i = 0; i < y.length; i++) if (y[i] === k && weights?.[i] !== 0) rows.push(i);
      const own = weights === undefined ? undefined : Float64Array.from(rows, (i) => weights[i]);
      if (rows.length < 2) {
        throw new RangeError(`class ${k} has ${rows.length} row of weight above 0: a covariance needs two`);
      }
      const density = normalDensity(selectRows(x, rows), regularization, own);
      if (density === null) {
        throw new RangeError(
          `class ${k}: the covariance of its ${rows.length} rows of ${columns} columns has no inverse; raise regularization above ${regularization}, or put a 'variance-threshold' or 'pca' step before it`,
        );
      }
      means.set(density.mean, k * columns);
      triangles.set(density.triangle, k * columns * columns);
    }
    const shares = priors === undefined ? classShares(data) : checkPriors(priors, classes);
    return model(columns, shares, means, triangles);
  },
  async load(parts) {
    const { columns, classes } = savedSettings(parts, 'mec', version, settingsSchema);
    return model(
      columns,
      savedNumbers(parts, 'priors', classes),
      savedNumbers(parts, 'means', classes * columns),
      savedNumbers(parts, 'triangles', classes * columns * columns),
    );
  },
};

/** Mean and the lower Cholesky triangle of the regularized covariance; null where there is none. */
function normalDensity(
  x: Matrix,
  regularization: number,
  weights: Float64Array | undefined,
): { mean: Float64Array; triangle: Float64Array } | null {
  const p = x.columns;
  const { mean, weight } = columnMoments(x, weights);
  const triangle = scatter(x, mean, weights);
  const factor = (1 - regularization) / Math.max(1, weight[0] - 1);
  for (let at = 0; at < p * p; at++) triangle[at] *= factor;
  const size = Array.from({ length: p }, (_, j) => triangle[j * p + j] + regularization);
  for (let j = 0; j < p; j++) triangle[j * p + j] += regularization;
  if (!cholesky(triangle, p)) return null;
  // What rounding leaves of a singular matrix is positive too, but of rounding's size.
  const singular = size.some((value, j) => triangle[j * p + j] ** 2 <= value * p * Number.EPSILON);
  return singular ? null : { mean, triangle };
}

function model(columns: number, priors: Float64Array, means: Float64Array, triangles: Float64Array): Model {
  const classes = priors.length;
  const p = columns;
  const triangle = Array.from(priors, (_, k) => triangles.subarray(k * p * p, (k + 1) * p * p));
  const constants = priors.map((prior, k) => {
    let logRoot = 0;
    for (let j = 0; j < p; j++) logRoot += Math.log(triangle[k][j * p + j]);
    return Math.log(prior) - logRoot - 0.5 * p * Math.log(2 * Math.PI);
  });
  // With the inverse of a class's triangle, rows become ones whose squared length is the distance in its covariance.
  const whitenings = triangle.map((l, k) =>
    rowProduct(inverseLower(l, p), means.subarray(k * p, (k + 1) * p)),
  );

  /** [n, K]: log of prior × density. */
  function logJoint(x: Matrix): Matrix {
    checkInput(x, columns, 'refused');
    const result = matrix(x.rows, classes);
    for (const [k, whiten] of whitenings.entries()) {
      whiten(x, (white, width, from, count) => {
        for (let i = 0; i < count; i++) {
          const squares = dot(white, i * width, white, i * width, p);
          result.data[(from + i) * classes + k] = constants[k] - 0.5 * squares;
        }
      });
    }
    return result;
  }

  return {
    kind: 'mec',
    columns,
    classes,
    predictProba: async (x) => softmaxRows(logJoint(x)),
    decisionFunction: async (x) => contrast(logJoint(x)),
    save: () => ({
      kind: 'mec',
      version,
      settings: { columns, classes },
      arrays: {
        priors: { shape: [classes], data: priors },
        means: { shape: [classes, columns], data: means },
        triangles: { shape: [classes, columns, columns], data: triangles },
      },
    }),
  };
}
