import * as z from 'zod';
import { cholesky, solveCholesky } from '../algebra/cholesky.ts';
import { dot } from '../algebra/dot.ts';
import { scatter } from '../algebra/scatter.ts';
import { contrast, softmaxRows } from '../bayes/posterior.ts';
import { checkInput, checkTraining } from '../check-training.ts';
import { columnMoments } from '../column-statistics.ts';
import type { Learner, Model, TrainingData } from '../learner.ts';
import { matrix } from '../matrix.ts';
import type { Matrix } from '../matrix.ts';
import { savedNumbers, savedSettings } from '../saved.ts';
import { minimize } from './minimize.ts';
import type { Objective } from './minimize.ts';

const version = 1;
const optionsSchema = z.strictObject({
  c: z
    .number()
    .positive()
    .default(1)
    .describe('weight of the losses against the penalty ½·|w|²; larger fits closer'),
  tolerance: z
    .number()
    .positive()
    .default(1e-6)
    .describe('done when no element of the gradient of the mean loss is larger'),
  iterations: z.int().min(1).default(1000).describe('steps of the minimizer at most'),
});
export type LogisticOptions = z.output<typeof optionsSchema>;
const settingsSchema = z.strictObject({
  columns: z.int(),
  classes: z.int(),
  iterations: z.int(),
  converged: z.boolean(),
});

/**
 * Logistic regression with an L2 penalty on all weights but the intercepts: the minimum of ½·|w|² + c·Σ lossᵢ, with one set of weights for
 * two classes and softmax over one set a class for more (Bishop 2006, 4.3.2 and 4.3.4; scikit-learn's LogisticRegression with `lbfgs`).
 * The penalty sees the columns as they are, so they want a common scale. A fit that ran out of `iterations` says so in its saved settings.
 */
export const logistic: Learner<LogisticOptions> = {
  name: 'logistic',
  title: 'Logistic regression, L2 penalty (Bishop 2006, 4.3)',
  options: optionsSchema,
  missing: 'refused',
  scaleSensitive: true,
  async fit(data, { c, tolerance, iterations }, { signal }) {
    checkTraining(data, 'refused');
    const { columns } = data.x;
    const sets = data.classes === 2 ? 1 : data.classes;
    const { scaled, mean, scale } = standardized(data);
    const start = new Float64Array(sets * (columns + 1));
    const objective = penalizedLoss({ ...data, x: scaled }, sets, c, scale);
    const precondition = curvature(scaled, data.weights, sets, c, scale);
    const minimum = minimize(objective, start, { tolerance, iterations, precondition, signal });
    // Back from standardized columns to those given.
    const weights = new Float64Array(sets * columns);
    const intercepts = new Float64Array(sets);
    for (let s = 0; s < sets; s++) {
      intercepts[s] = minimum.at[sets * columns + s];
      for (let j = 0; j < columns; j++) {
        const weight = minimum.at[s * columns + j] / scale[j];
        weights[s * columns + j] = weight;
        intercepts[s] -= weight * mean[j];
      }
    }
    const { iterations: taken, converged } = minimum;
    return model(columns, data.classes, weights, intercepts, { iterations: taken, converged });
  },
  async load(parts) {
    const { columns, classes, ...run } = savedSettings(parts, 'logistic', version, settingsSchema);
    const sets = classes === 2 ? 1 : classes;
    const weights = savedNumbers(parts, 'weights', sets * columns);
    return model(columns, classes, weights, savedNumbers(parts, 'intercepts', sets), run);
  },
};

/** Centered columns of deviation 1: the same problem in variables in which it is round, so that few steps solve it. */
function standardized({ x, weights }: TrainingData) {
  const { mean, variance } = columnMoments(x, weights);
  const scale = variance.map((value) => (value > 0 ? Math.sqrt(value) : 1));
  const scaled = matrix(x.rows, x.columns);
  for (let at = 0; at < x.data.length; at++) {
    const j = at % x.columns;
    scaled.data[at] = (x.data[at] - mean[j]) / scale[j];
  }
  return { scaled, mean, scale };
}

/**
 * (Σ wᵢ lossᵢ + Σ (v/scale)² / 2c) / Σ wᵢ over [sets · p weights v, sets intercepts]. For one set the class-1 logit is z, for more the
 * logits are softmax's.
 */
function penalizedLoss(
  { x, y, weights }: TrainingData,
  sets: number,
  c: number,
  scale: Float64Array,
): Objective {
  const { rows, columns: p, data } = x;
  let total = 0;
  for (let i = 0; i < rows; i++) total += weights?.[i] ?? 1;
  const logits = new Float64Array(sets);
  return (at, gradient) => {
    gradient.fill(0);
    let value = 0;
    for (let i = 0; i < rows; i++) {
      const weight = weights?.[i] ?? 1;
      if (weight === 0) continue;
      const from = i * p;
      for (let s = 0; s < sets; s++) {
        logits[s] = at[sets * p + s] + dot(at, s * p, data, from, p);
      }
      value += weight * (sets === 1 ? binaryLoss(logits, y[i]) : softmaxLoss(logits, y[i]));
      // `logits` now holds the loss's derivatives.
      for (let s = 0; s < sets; s++) {
        const slope = weight * logits[s];
        for (let j = 0, k = s * p; j < p; j++, k++) gradient[k] += slope * data[from + j];
        gradient[sets * p + s] += slope;
      }
    }
    for (let k = 0; k < sets * p; k++) {
      const weight = at[k] / scale[k % p];
      value += (weight * weight) / (2 * c);
      gradient[k] += weight / scale[k % p] / c;
    }
    for (let k = 0; k < gradient.length; k++) gradient[k] /= total;
    return value / total;
  };
}

/**
 * The inverse of what the objective's curvature is at most, for every set by itself: a loss has at most ¼ of the scatter of columns (Böhning
 * 1992; ½ for softmax, but the scale of it all does not matter), and the penalty its own. Columns are centered, so intercepts stand apart.
 */
function curvature(
  x: Matrix,
  weights: ArrayLike<number> | undefined,
  sets: number,
  c: number,
  scale: Float64Array,
): (vector: Float64Array) => void {
  const p = x.columns;
  const sums = scatter(x, new Float64Array(p), weights);
  let total = 0;
  for (let i = 0; i < x.rows; i++) total += weights?.[i] ?? 1;
  const bound = sums.map((value) => value / (4 * total));
  for (let j = 0; j < p; j++) bound[j * p + j] += 1e-12 + 1 / (c * total * scale[j] ** 2);
  const solvable = cholesky(bound, p);
  return (vector) => {
    for (let s = 0; s < sets; s++) {
      // Columns that repeat one another exactly, and hardly a penalty: rounding has left no inverse, and none is needed.
      if (solvable) solveCholesky(bound, p, vector.subarray(s * p, (s + 1) * p));
      vector[sets * p + s] *= 4;
    }
  };
}

/** log(1 + e^±z) of the logit in `logits`, which its derivative replaces. */
function binaryLoss(logits: Float64Array, label: number): number {
  const z = logits[0];
  const e = Math.exp(-Math.abs(z));
  logits[0] = (z >= 0 ? 1 : e) / (1 + e) - label;
  return Math.log1p(e) + Math.max(z, 0) - label * z;
}

/** −log softmax of the label's logit; derivatives replace the logits. */
function softmaxLoss(logits: Float64Array, label: number): number {
  let most = -Infinity;
  for (const z of logits) most = Math.max(most, z);
  const own = logits[label];
  let sum = 0;
  for (let s = 0; s < logits.length; s++) sum += logits[s] = Math.exp(logits[s] - most);
  for (let s = 0; s < logits.length; s++) logits[s] = logits[s] / sum - (s === label ? 1 : 0);
  return Math.log(sum) + most - own;
}

function model(
  columns: number,
  classes: number,
  weights: Float64Array,
  intercepts: Float64Array,
  run: { readonly iterations: number; readonly converged: boolean },
): Model {
  const sets = intercepts.length;

  /** [n, K]; for two classes 0 and the logit of class 1. */
  function logits(x: Matrix): Matrix {
    checkInput(x, columns, 'refused');
    const result = matrix(x.rows, classes);
    for (let i = 0; i < x.rows; i++) {
      for (let s = 0; s < sets; s++) {
        const logit = intercepts[s] + dot(weights, s * columns, x.data, i * columns, columns);
        result.data[i * classes + classes - sets + s] = logit;
      }
    }
    return result;
  }

  return {
    kind: 'logistic',
    columns,
    classes,
    predictProba: async (x) => softmaxRows(logits(x)),
    decisionFunction: async (x) => contrast(logits(x)),
    save: () => ({
      kind: 'logistic',
      version,
      settings: { columns, classes, ...run },
      arrays: {
        weights: { shape: [sets, columns], data: weights },
        intercepts: { shape: [sets], data: intercepts },
      },
    }),
  };
}
