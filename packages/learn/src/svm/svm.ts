import * as z from 'zod';
import { checkTraining } from '../check-training.ts';
import { columnMoments } from '../column-statistics.ts';
import type { Learner, TrainingData } from '../learner.ts';
import { selectRows } from '../matrix.ts';
import type { Matrix } from '../matrix.ts';
import { fitPairs } from './fit-pairs.ts';
import type { KernelFunction } from './kernel.ts';
import { loadSvm, svmModel } from './model.ts';
import { singleRows } from './single-rows.ts';

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
    const single = { values: new Float32Array(buffer), columns: x.columns };
    const machines = await fitPairs(single, { y, weights, classes: data.classes }, kernel, chosen, context);
    const vectors = Array.from(rows.keys()).filter((i) => machines.some((m) => m.coefficients[i] !== 0));
    const coefficients = machines.flatMap((machine) => vectors.map((row) => machine.coefficients[row]));
    return svmModel({
      kernel,
      classes: data.classes,
      center,
      vectors: vectors.map((row) => rows[row]),
      coefficients: Float64Array.from(coefficients),
      biases: Float64Array.from(machines, ({ bias }) => bias),
      sigmoids: machines.map(({ sigmoid }) => sigmoid),
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

function kernelFunction({ kernel, gamma, degree, constant }: SvmOptions, x: Matrix): KernelFunction {
  if (typeof gamma === 'number') return { kind: kernel, gamma, degree, constant };
  const { data, columns } = x;
  const mean = data.reduce((sum, value) => sum + value / data.length, 0);
  const variance = data.reduce((sum, value) => sum + (value - mean) ** 2 / data.length, 0);
  const scaled = gamma === 'auto' || variance === 0 ? 1 / columns : 1 / (columns * variance);
  return { kind: kernel, gamma: scaled, degree, constant };
}
