import { KernelExpansion } from './kernel-expansion.ts';
import { viewRows } from './single-rows.ts';
import { solve } from './smo.ts';
import type { Solution, SolverOptions } from './smo.ts';

/** What all tasks of a fit share. */
export interface PairSettings {
  /** [rows, columns] */
  readonly data: Float32Array;
  readonly columns: number;
  readonly solver: SolverOptions;
}

/** One machine to fit, and the rows that were kept from it. */
export interface PairTask {
  readonly rows: Int32Array;
  /** 1 for class 0 of the pair, −1 for class 1: libsvm's signs, which lead to its path. */
  readonly signs: Float64Array;
  readonly bounds: Float64Array;
  readonly heldOut: Int32Array;
}

export interface PairResult {
  readonly solution: Solution;
  /** Of the rows held out; larger: class 0 of the pair. */
  readonly decisions: Float64Array;
}

export function trainPair({ data, columns, solver }: PairSettings, task: PairTask): PairResult {
  const all = viewRows(data, columns);
  const { signs, bounds, heldOut } = task;
  const only = [1, -1].find((sign) => signs.every((other) => other === sign));
  if (only !== undefined) {
    // libsvm's answer where a fold left one class only.
    const coefficients = new Float64Array(signs.length);
    return {
      solution: { coefficients, bias: only, iterations: 0 },
      decisions: new Float64Array(heldOut.length).fill(only),
    };
  }
  const rows = Array.from(task.rows, (row) => all[row]);
  const solution = solve({ rows, signs, bounds }, solver);
  const decisions = new Float64Array(heldOut.length);
  if (heldOut.length > 0) {
    const support = Array.from(rows.keys()).filter((i) => solution.coefficients[i] !== 0);
    const expansion = new KernelExpansion(
      solver.kernel,
      support.map((i) => rows[i]),
      Float64Array.from(support, (i) => solution.coefficients[i]),
      Float64Array.of(solution.bias),
      columns,
    );
    const value = new Float64Array(1);
    heldOut.forEach((row, i) => {
      expansion.at(all[row], value);
      decisions[i] = value[0];
    });
  }
  return { solution, decisions };
}
