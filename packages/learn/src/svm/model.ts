import * as z from 'zod';
import { checkInput } from '../check-training.ts';
import type { Model } from '../learner.ts';
import { matrix } from '../matrix.ts';
import type { Matrix } from '../matrix.ts';
import { savedNumbers, savedSettings } from '../saved.ts';
import type { SavedParts } from '../saved.ts';
import { countVotes, pairProbabilities } from './coupling.ts';
import { KernelExpansion } from './kernel-expansion.ts';
import type { DecisionFunctions } from './kernel-expansion.ts';
import type { KernelFunction } from './kernel.ts';
import type { Sigmoid } from './platt.ts';
import { singleRows, viewRows } from './single-rows.ts';

/** What is fitted: one function for each pair of classes in the order 01, 02, …, 12, …; larger means the second of the pair. */
export interface FittedSvm {
  readonly kernel: KernelFunction;
  readonly classes: number;
  /** [columns] what is taken from rows before the kernel sees them. */
  readonly center: Float64Array;
  readonly vectors: readonly Float32Array[];
  /** [pairs, vectors] */
  readonly coefficients: Float64Array;
  /** [pairs] */
  readonly biases: Float64Array;
  readonly sigmoids: readonly Sigmoid[];
}

const version = 1;
const savedOptions = z.strictObject({
  kernel: z.strictObject({
    kind: z.enum(['linear', 'rbf', 'poly']),
    gamma: z.number(),
    constant: z.number(),
    degree: z.int(),
  }),
  classes: z.int(),
  columns: z.int(),
  vectors: z.int(),
});

export function svmModel(fitted: FittedSvm): Model {
  const { kernel, classes, center, biases, sigmoids } = fitted;
  const columns = center.length;
  const functions = decisionFunctions(fitted);

  /** Calls back with each row's number and the pairs' decisions. */
  const decide = (
    x: Matrix,
    names: readonly string[] | undefined,
    each: (i: number, pairs: Float64Array) => void,
  ) => {
    checkInput(x, columns, 'refused', names);
    const pairs = new Float64Array(biases.length);
    singleRows(x, center, names).forEach((row, i) => {
      functions.at(row, pairs);
      each(i, pairs);
    });
  };

  return {
    kind: 'svm',
    columns,
    classes,

    predictProba: (x, names) =>
      Promise.resolve().then(() => {
        const result = matrix(x.rows, classes);
        decide(x, names, (i, pairs) => {
          const out = result.data.subarray(i * classes, (i + 1) * classes);
          pairProbabilities(pairs, sigmoids, out);
        });
        return result;
      }),

    decisionFunction: (x, names) =>
      Promise.resolve().then(() => {
        const width = classes > 2 ? classes : 1;
        const result = matrix(x.rows, width);
        decide(x, names, (i, pairs) => {
          const out = result.data.subarray(i * width, (i + 1) * width);
          if (classes > 2) countVotes(pairs, out);
          else out[0] = pairs[0];
        });
        return result;
      }),

    save(): SavedParts {
      const { vectors, coefficients } = fitted;
      const rows = new Float64Array(vectors.length * columns);
      vectors.forEach((row, i) => rows.set(row, i * columns));
      const numbers = (data: Float64Array, ...shape: number[]) => ({ shape, data });
      const pairs = biases.length;
      return {
        kind: 'svm',
        version,
        settings: { kernel, classes, columns, vectors: vectors.length },
        arrays: {
          center: numbers(center, columns),
          vectors: numbers(rows, vectors.length, columns),
          coefficients: numbers(coefficients, pairs, vectors.length),
          biases: numbers(biases, pairs),
          slopes: numbers(
            Float64Array.from(sigmoids, ({ a }) => a),
            pairs,
          ),
          offsets: numbers(
            Float64Array.from(sigmoids, ({ b }) => b),
            pairs,
          ),
        },
      };
    },
  };
}

/** @throws RangeError on parts of another kind or version. */
export function loadSvm(parts: SavedParts): Model {
  const { kernel, classes, columns, vectors } = savedSettings(parts, 'svm', version, savedOptions);
  const pairs = (classes * (classes - 1)) / 2;
  const offsets = savedNumbers(parts, 'offsets', pairs);
  const rows = Float32Array.from(savedNumbers(parts, 'vectors', vectors * columns));
  return svmModel({
    kernel,
    classes,
    center: savedNumbers(parts, 'center', columns),
    vectors: viewRows(rows, columns),
    coefficients: savedNumbers(parts, 'coefficients', pairs * vectors),
    biases: savedNumbers(parts, 'biases', pairs),
    sigmoids: Array.from(savedNumbers(parts, 'slopes', pairs), (a, f) => ({ a, b: offsets[f] })),
  });
}

/** Linear functions are summed over the support vectors once. */
function decisionFunctions(fitted: FittedSvm): DecisionFunctions {
  const { kernel, center, vectors, coefficients, biases } = fitted;
  const columns = center.length;
  if (kernel.kind !== 'linear') {
    return new KernelExpansion(kernel, vectors, coefficients, biases, columns);
  }
  const slopes = Array.from(biases, (_, f) => {
    const slope = new Float64Array(columns);
    vectors.forEach((row, i) => {
      const own = coefficients[f * vectors.length + i];
      for (let c = 0; c < columns; c++) slope[c] += own * row[c];
    });
    return slope;
  });
  return {
    at(x, out) {
      slopes.forEach((slope, f) => {
        let sum = biases[f];
        for (let c = 0; c < columns; c++) sum += slope[c] * x[c];
        out[f] = sum;
      });
    },
  };
}
