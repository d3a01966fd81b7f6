import { randomStream } from '@blemish/engine';
import type { FitContext } from '../learner.ts';
import type { KernelFunction } from './kernel.ts';
import { fitSigmoid } from './platt.ts';
import type { Sigmoid } from './platt.ts';
import type { PairResult, PairTask } from './train-pair.ts';
import { trainPairs } from './train-pairs.ts';

/** How the machines of a fit are trained. */
export interface PairOptions {
  /** Cost of a row on the wrong side of the margin. */
  readonly c: number;
  readonly tolerance: number;
  /** Folds on whose decisions the sigmoids are fitted. */
  readonly folds: number;
  /** Megabytes of kernel rows kept by each thread. */
  readonly cache: number;
}

/** Rows to fit on. */
export interface PairRows {
  readonly y: Int32Array;
  readonly weights: Float64Array;
  readonly classes: number;
}

/** What tells two classes apart: Σ coefficient·K(row, x) + bias, larger for the second of them. */
export interface PairMachine {
  /** [rows], 0 where a row is no support vector. */
  readonly coefficients: Float64Array;
  readonly bias: number;
  readonly sigmoid: Sigmoid;
}

/**
 * A machine for each pair of classes in the order 01, 02, …, 12, …, with the sigmoid that makes its decisions probabilities.
 * @param data rows one after the other, on a shared buffer where threads are to see them.
 * @throws DOMException AbortError when the signal fires.
 */
export async function fitPairs(
  data: { readonly values: Float32Array; readonly columns: number },
  { y, weights, classes }: PairRows,
  kernel: KernelFunction,
  options: PairOptions,
  context: FitContext,
): Promise<PairMachine[]> {
  const solver = { kernel, tolerance: options.tolerance, cacheBytes: options.cache * 1e6 };
  const settings = { data: data.values, columns: data.columns, solver };
  const problems = pairs(classes).map(([a, b]) => {
    const uniform = randomStream(context.seed, `svm folds ${a} ${b}`);
    return { b, tasks: pairProblem(a, b, y, weights, options, uniform) };
  });
  const results = await trainPairs(
    settings,
    problems.flatMap(({ tasks }) => tasks),
    context,
  );
  return problems.map(({ b, tasks }) => {
    const [whole, ...folds] = results.splice(0, tasks.length).map((r, i) => ({ ...r, task: tasks[i] }));
    const coefficients = new Float64Array(y.length);
    whole.task.rows.forEach((row, i) => {
      // The solver's signs lead to larger decisions for the first class.
      const value = -whole.solution.coefficients[i];
      if (value !== 0) coefficients[row] = value;
    });
    return { coefficients, bias: -whole.solution.bias, sigmoid: sigmoid(folds, y, b) };
  });
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
  { c, folds }: PairOptions,
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
