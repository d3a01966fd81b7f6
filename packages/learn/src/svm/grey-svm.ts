import * as z from 'zod';
import { cholesky } from '../algebra/cholesky.ts';
import { dot } from '../algebra/dot.ts';
import type { FitContext } from '../learner.ts';
import { savedBytes, savedNumbers, savedSettings } from '../saved.ts';
import type { SavedParts } from '../saved.ts';
import { countVotes, pairProbabilities } from './coupling.ts';
import { fitPairs } from './fit-pairs.ts';
import { GreyRows } from './grey-rows.ts';
import { viewRows } from './single-rows.ts';

export interface GreySvmOptions {
  /** Of levels 0 … 1: x·y, or exp(−gamma |x − y|²). */
  readonly kernel: 'linear' | 'rbf';
  /** Cost of a row on the wrong side of the margin. */
  readonly c: number;
  /** `scale`: 1 / (columns · variance of all numbers), as scikit-learn has it. */
  readonly gamma: 'scale' | number;
  readonly tolerance?: number;
  /** Folds on whose decisions the probabilities are fitted. */
  readonly folds?: number;
}

/** Labelled rows of 8-bit levels, such as images. */
export interface GreyTraining {
  /** [n, columns] */
  readonly rows: Uint8Array;
  readonly columns: number;
  /** Class of each row: 0 … `classes` − 1, each at least once. */
  readonly y: ArrayLike<number>;
  readonly classes: number;
}

export interface GreyAnswers {
  /** [n, K], each row summing to 1: sigmoids of the pairs' decisions, coupled. */
  readonly probabilities: Float64Array;
  /** [n] the class of most votes: as with scikit-learn not always the likeliest. */
  readonly classes: Uint8Array;
  /** [n, pairs] in the order 01, 02, …, 12, …; larger means the second class. */
  readonly decisions: Float64Array;
}

/** A support vector machine over rows of 8-bit levels, far more columns than rows. */
export interface GreySvm {
  /** @param rows [n, columns] */
  predict(rows: Uint8Array): GreyAnswers;
  save(): SavedParts;
}

/** What is added to the kernel matrix's diagonal, over its mean: rows may be alike, and its triangle must have a root. */
const ridge = 1e-10;
const cacheMegabytes = 400;

/**
 * Fits one against one, as the learner `svm` does, on the n × n kernel matrix in place of n rows of very many columns. Inner products of
 * levels are whole numbers and exact. The solver sees the rows of the matrix's Cholesky factor: n numbers each, whose inner products are the
 * kernel's values.
 * @throws RangeError where a class has no row; DOMException AbortError when the signal fires.
 */
export async function fitGreySvm(
  { rows, columns, y, classes }: GreyTraining,
  { kernel, c, gamma, tolerance = 1e-3, folds = 5 }: GreySvmOptions,
  context: FitContext,
): Promise<GreySvm> {
  const grey = new GreyRows(rows, columns);
  const n = grey.count;
  for (let k = 0; k < classes; k++) {
    if (!Array.prototype.includes.call(y, k))
      throw new RangeError(`class ${k} has no row: add some or leave it out`);
  }
  const kernelOf = { kind: kernel, gamma: gamma === 'scale' ? scaledGamma(rows, columns) : gamma };
  const values = grey.gram();
  const norms = Float64Array.from({ length: n }, (_, i) => values[i * n + i]);
  applyKernel(values, norms, norms, kernelOf);
  const centers = factorRows(values, n);
  const single = new Float32Array(new SharedArrayBuffer(4 * n * n));
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) single[i * n + j] = values[i * n + j] - centers[j];
  const machines = await fitPairs(
    { values: single, columns: n },
    { y: Int32Array.from(y), weights: new Float64Array(n).fill(1), classes },
    { kind: 'linear', gamma: 1, constant: 0, degree: 1 },
    { c, tolerance, folds, cache: cacheMegabytes },
    context,
  );
  // What centering took from every decision; the coefficients add up to 0, so that the rest of it cancels.
  const moved = Float64Array.from({ length: n }, (_, i) => dot(values, i * n, centers, 0, n));
  const used = Array.from({ length: n }, (_, i) => i).filter((i) =>
    machines.some(({ coefficients }) => coefficients[i] !== 0),
  );
  const vectors = new Uint8Array(used.length * columns);
  used.forEach((row, at) => vectors.set(rows.subarray(row * columns, (row + 1) * columns), at * columns));
  return greySvm({
    kernel: kernelOf,
    ...{ classes, columns, vectors },
    coefficients: Float64Array.from(machines.flatMap((machine) => used.map((i) => machine.coefficients[i]))),
    biases: Float64Array.from(machines, ({ bias, coefficients }) => bias - dot(coefficients, 0, moved, 0, n)),
    slopes: Float64Array.from(machines, ({ sigmoid }) => sigmoid.a),
    offsets: Float64Array.from(machines, ({ sigmoid }) => sigmoid.b),
  });
}

/** The Cholesky factor of the kernel matrix in its place, zeros above the diagonal; the mean of each of its columns. */
function factorRows(values: Float64Array, n: number): Float64Array {
  let trace = 0;
  for (let i = 0; i < n; i++) trace += values[i * n + i];
  for (let i = 0; i < n; i++) values[i * n + i] += (ridge * trace) / n;
  if (!cholesky(values, n)) {
    throw new RangeError(`the kernel matrix of ${n} rows has no root: leave out rows that are alike`);
  }
  const means = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    values.fill(0, i * n + i + 1, (i + 1) * n);
    for (let j = 0; j <= i; j++) means[j] += values[i * n + j] / n;
  }
  return means;
}

interface GreyKernel {
  readonly kind: 'linear' | 'rbf';
  readonly gamma: number;
}

/** From inner products of levels to values of the kernel, in place: [rows, columns] of squared norms `left` and `right`. */
function applyKernel(
  values: Float64Array,
  left: Float64Array,
  right: Float64Array,
  { kind, gamma }: GreyKernel,
): void {
  const scale = 1 / (255 * 255);
  for (let i = 0, at = 0; i < left.length; i++) {
    for (let j = 0; j < right.length; j++, at++) {
      values[at] =
        kind === 'linear'
          ? values[at] * scale
          : Math.exp(-gamma * scale * (left[i] + right[j] - 2 * values[at]));
    }
  }
}

function scaledGamma(rows: Uint8Array, columns: number): number {
  let sum = 0;
  let squares = 0;
  for (const level of rows) {
    sum += level;
    squares += level * level;
  }
  const mean = sum / rows.length;
  const variance = (squares / rows.length - mean * mean) / (255 * 255);
  return variance > 0 ? 1 / (columns * variance) : 1 / columns;
}

interface FittedGreySvm {
  readonly kernel: GreyKernel;
  readonly classes: number;
  readonly columns: number;
  /** [vectors, columns] */
  readonly vectors: Uint8Array;
  /** [pairs, vectors] */
  readonly coefficients: Float64Array;
  /** [pairs] each; the last two those of the sigmoids. */
  readonly biases: Float64Array;
  readonly slopes: Float64Array;
  readonly offsets: Float64Array;
}

function greySvm(fitted: FittedGreySvm): GreySvm {
  const { kernel, classes, columns, vectors, coefficients, biases, slopes, offsets } = fitted;
  const grey = new GreyRows(vectors, columns);
  const count = grey.count;
  const norms = squaredNorms(vectors, columns);
  const sigmoids = Array.from(slopes, (a, f) => ({ a, b: offsets[f] }));
  return {
    predict(rows) {
      const n = rows.length / columns;
      const values = grey.products(rows);
      applyKernel(values, squaredNorms(rows, columns), norms, kernel);
      const answers: GreyAnswers = {
        probabilities: new Float64Array(n * classes),
        classes: new Uint8Array(n),
        decisions: new Float64Array(n * biases.length),
      };
      const votes = new Float64Array(classes);
      for (let i = 0; i < n; i++) {
        const decisions = answers.decisions.subarray(i * biases.length, (i + 1) * biases.length);
        biases.forEach((bias, f) => {
          decisions[f] = bias + dot(coefficients, f * count, values, i * count, count);
        });
        pairProbabilities(
          decisions,
          sigmoids,
          answers.probabilities.subarray(i * classes, (i + 1) * classes),
        );
        countVotes(decisions, votes.fill(0));
        answers.classes[i] = votes.indexOf(Math.max(...votes));
      }
      return answers;
    },
    save() {
      const pairs = biases.length;
      const numbers = (data: Float64Array, ...shape: number[]) => ({ shape, data });
      return {
        kind: 'grey-svm',
        version,
        settings: { kernel, classes, columns, vectors: count },
        arrays: {
          vectors: { shape: [count, columns], data: vectors },
          coefficients: numbers(coefficients, pairs, count),
          biases: numbers(biases, pairs),
          slopes: numbers(slopes, pairs),
          offsets: numbers(offsets, pairs),
        },
      };
    },
  };
}

function squaredNorms(rows: Uint8Array, columns: number): Float64Array {
  return Float64Array.from(viewRows(rows, columns), (row) =>
    row.reduce((sum, level) => sum + level * level, 0),
  );
}

const version = 1;
const savedOptions = z.strictObject({
  kernel: z.strictObject({ kind: z.enum(['linear', 'rbf']), gamma: z.number() }),
  classes: z.int().min(2),
  columns: z.int().min(1),
  vectors: z.int().min(1),
});

/** @throws RangeError on parts of another kind or version, and on damaged ones. */
export function loadGreySvm(parts: SavedParts): GreySvm {
  const { kernel, classes, columns, vectors } = savedSettings(parts, 'grey-svm', version, savedOptions);
  const pairs = (classes * (classes - 1)) / 2;
  return greySvm({
    ...{ kernel, classes, columns },
    vectors: savedBytes(parts, 'vectors', vectors * columns),
    coefficients: savedNumbers(parts, 'coefficients', pairs * vectors),
    biases: savedNumbers(parts, 'biases', pairs),
    slopes: savedNumbers(parts, 'slopes', pairs),
    offsets: savedNumbers(parts, 'offsets', pairs),
  });
}
