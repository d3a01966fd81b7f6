import { randomStream } from '@blemish/engine';
import * as z from 'zod';
import { checkTraining } from '../check-training.ts';
import { columnMoments } from '../column-statistics.ts';
import type { Learner, TrainingData } from '../learner.ts';
import { selectRows } from '../matrix.ts';
import type { Matrix } from '../matrix.ts';
import type { KernelFunction } from './kernel.ts';
import { loadSvm, svmModel } from './model.ts';
import { fitSigmoid } from './platt.ts';
import type { Sigmoid } from './platt.ts';
import { singleRows } from './single-rows.ts';
import type { PairResult, PairTask } from './train-pair.ts';
import { trainPairs } from './train-pairs.ts';

const options = z.strictObject({
  kernel: z
    .enum(['linear', 'rbf', 'poly'])
    .default('rbf')
    .describe('linear: x·y; rbf: exp(−gamma |x − y|²); poly: (gamma x·y + constant)^degree'),
  c: z.number().positive().default(1).describe('cost of a row on the wrong side of the margin'),
  gamma: z
    .union([z.enum(['scale', 'auto']), z.number().positive()])
    .default('scale')
    .describe('scale: 1 / (columns · variance of all numbers); auto: 1 / columns; or a number'),
  degree: z.int().min(1).default(3).describe('degree of the poly kernel'),
  constant: z.number().default(0).describe('constant term of the poly kernel'),
  tolerance: z.number().positive().default(1e-3).describe('violation of optimality at which fitting stops'),
  folds: z
    .int()
    .min(2)
    .default(5)
    .describe('folds of the training rows whose decision values probabilities are fitted on'),
  cache: z
    .number()
    .positive()
    .default(400)
    .describe('megabytes of kernel rows kept by each thread that fits'),
});
type SvmOptions = z.infer<typeof options>;

export const svm: Learner<SvmOptions> = {
  name: 'svm',
  title:
    'support vector machine (Cortes & Vapnik 1995) by sequential minimal optimization as in LIBSVM (Chang & Lin 2011), one against one, probabilities by Platt (2000)',
  options,
  missing: 'refused',
  scaleSensitive: true,

  async fit(data, chosen, context) {
    checkTraining(data, 'refused');
    const { x, y, weights } = weighing(data);
    const kernel = kernelFunction(chosen, x);
    // A kernel that depends on x − y alone, and the dual of any other whose translation the bias takes up, may be moved to the mean.
    const center = kernel.kind === 'poly' ? new Float64Array(x.columns) : columnMoments(x).mean;
    const buffer = new SharedArrayBuffer(x.data.length * 4);
    const rows = singleRows(x, center, data.columns, buffer);
    const solver = { kernel, tolerance: chosen.tolerance, cacheBytes: chosen.cache * 1e6 };
    const settings = { data: new Float32Array(buffer), columns: x.columns, solver };
    const problems = pairs(data.classes).map(([a, b]) => {
      const name = `svm folds ${a} ${b}`;
      return pairProblem(a, b, y, weights, chosen, randomStream(context.seed, name));
    });
    const results = await trainPairs(settings, problems.flat(), context);
    const machines = problems.map((tasks) =>
      results.splice(0, tasks.length).map((r, i) => ({ ...r, task: tasks[i] })),
    );
    const support = new Set<number>();
    for (const [{ task, solution }] of machines) {
      task.rows.forEach((row, i) => solution.coefficients[i] !== 0 && support.add(row));
    }
    const vectors = [...support].sort((a, b) => a - b);
    const place = new Map(vectors.map((row, i) => [row, i]));
    const coefficients = new Float64Array(machines.length * vectors.length);
    machines.forEach(([{ task, solution }], f) => {
      task.rows.forEach((row, i) => {
        // Larger decisions are to mean the second class of the pair.
        const value = -solution.coefficients[i];
        if (value !== 0) coefficients[f * vectors.length + place.get(row)!] = value;
      });
    });
    return svmModel({
      kernel,
      classes: data.classes,
      center,
      vectors: vectors.map((row) => rows[row]),
      coefficients,
      biases: Float64Array.from(machines, ([{ solution }]) => -solution.bias),
      sigmoids: machines.map(([, ...folds], f) => sigmoid(folds, y, pairs(data.classes)[f][1])),
    });
  },

  load: (parts) => Promise.resolve().then(() => loadSvm(parts)),
};

/** Rows that weigh anything. @throws RangeError where a class has none. */
function weighing({ x, y, weights, classes }: TrainingData): {
  x: Matrix;
  y: Int32Array;
  weights: Float64Array;
} {
  const kept = Array.from({ length: x.rows }, (_, i) => i).filter((i) => weights?.[i] !== 0);
  const labels = Int32Array.from(kept, (i) => y[i]);
  for (let k = 0; k < classes; k++) {
    if (!labels.includes(k))
      throw new RangeError(`all rows of class ${k} weigh 0: leave it out, or weigh some`);
  }
  return { x: selectRows(x, kept), y: labels, weights: Float64Array.from(kept, (i) => weights?.[i] ?? 1) };
}

function pairs(classes: number): [number, number][] {
  const all: [number, number][] = [];
  for (let a = 0; a < classes; a++) for (let b = a + 1; b < classes; b++) all.push([a, b]);
  return all;
}

/** The machine on all rows of two classes, then one for each fold left out. */
function pairProblem(
  a: number,
  b: number,
  y: Int32Array,
  weights: Float64Array,
  { c, folds }: SvmOptions,
  uniform: () => number,
): PairTask[] {
  const all = [a, b].flatMap((label) => Array.from(y.keys()).filter((i) => y[i] === label));
  const task = (rows: readonly number[], heldOut: readonly number[]): PairTask => ({
    rows: Int32Array.from(rows),
    signs: Float64Array.from(rows, (i) => (y[i] === a ? 1 : -1)),
    bounds: Float64Array.from(rows, (i) => c * weights[i]),
    heldOut: Int32Array.from(heldOut),
  });
  const fold = new Map<number, number>();
  const shuffled = [...all];
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = Math.floor(uniform() * (i + 1));
    [shuffled[i], shuffled[j]] = [shuffled[j], shuffled[i]];
  }
  shuffled.forEach((row, i) => fold.set(row, Math.floor((i * folds) / shuffled.length)));
  const parts = Array.from({ length: folds }, (_, f) => f).map((f) =>
    task(
      all.filter((i) => fold.get(i) !== f),
      all.filter((i) => fold.get(i) === f),
    ),
  );
  return [task(all, []), ...parts.filter(({ heldOut, rows }) => heldOut.length > 0 && rows.length > 0)];
}

function sigmoid(
  folds: readonly (PairResult & { readonly task: PairTask })[],
  y: Int32Array,
  b: number,
): Sigmoid {
  const values = Float64Array.from(
    folds.flatMap(({ decisions }) => Array.from(decisions, (value) => -value)),
  );
  return fitSigmoid(
    values,
    folds.flatMap(({ task }) => Array.from(task.heldOut, (row) => y[row] === b)),
  );
}

function kernelFunction({ kernel, gamma, degree, constant }: SvmOptions, x: Matrix): KernelFunction {
  if (typeof gamma === 'number') return { kind: kernel, gamma, degree, constant };
  const { data, columns } = x;
  const mean = data.reduce((sum, value) => sum + value / data.length, 0);
  const variance = data.reduce((sum, value) => sum + (value - mean) ** 2 / data.length, 0);
  const scaled = gamma === 'auto' || variance === 0 ? 1 / columns : 1 / (columns * variance);
  return { kind: kernel, gamma: scaled, degree, constant };
}
