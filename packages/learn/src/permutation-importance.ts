import { randomStream } from '@blemish/engine';
import { columnNames } from './check-training.ts';
import type { Model } from './learner.ts';
import { matrix } from './matrix.ts';
import type { Matrix } from './matrix.ts';
import { selectSequences } from './sequences/sequences.ts';
import { studentQuantile } from './student-quantile.ts';

export interface PermutationOptions {
  /** Anything fitted: a pipeline, or a learner's model. */
  readonly model: Pick<Model, 'predictProba' | 'columns'>;
  /** Rows the model was not fitted on: on its training rows columns it learned by heart look important. */
  readonly x: Matrix;
  readonly names?: readonly string[];
  /** What is shuffled at once; each column by itself where absent. */
  readonly blocks?: readonly PermutationBlock[];
  /** What predictions of these rows, [n, K] probabilities in their order, are worth: larger is better. */
  readonly score: (probabilities: Matrix) => number;
  /** Permutations of each column; 10. */
  readonly repeats?: number;
  readonly seed: number;
  /** Of the interval; 0.95. */
  readonly confidence?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Parts of the rows that are shuffled together, so that what they tell one another stays. */
export interface PermutationBlock {
  readonly name: string;
  readonly columns: readonly number[];
  /** The frames of the rows too. */
  readonly frames?: boolean;
}

export interface ColumnImportance {
  readonly name: string;
  /** Mean loss of score when the column's values are shuffled; near 0 where the model does without it. */
  readonly importance: number;
  /**
   * Student's interval of that mean over permutations. It holds for these rows and this model: what other rows or another training would give
   * is not in it.
   */
  readonly low: number;
  readonly high: number;
}

/**
 * Importance of each column by how much the score drops when its values are shuffled among the rows (Breiman 2001, section 10; Fisher,
 * Rudin & Dominici 2019). Columns that tell the same cover for one another: each of them alone then looks unimportant.
 * @returns in the order of columns, or of blocks
 * @throws RangeError on fewer than 2 repeats or rows, and where the score is not finite.
 */
export async function permutationImportance(options: PermutationOptions): Promise<ColumnImportance[]> {
  const { model, x, score, repeats = 10, seed, confidence = 0.95, signal, onProgress } = options;
  const blocks: readonly PermutationBlock[] =
    options.blocks ?? columnNames(options.names, x.columns).map((name, j) => ({ name, columns: [j] }));
  if (!(Number.isInteger(repeats) && repeats >= 2)) {
    throw new RangeError(`${repeats} repeats give no interval: take at least 2`);
  }
  if (x.rows < 2) throw new RangeError(`${x.rows} rows cannot be shuffled: give at least 2`);
  if (!(confidence > 0 && confidence < 1)) {
    throw new RangeError(`confidence ${confidence} must lie between 0 and 1`);
  }
  const worth = async (rows: Matrix, what: string) => {
    const value = score(await model.predictProba(rows));
    if (Number.isFinite(value)) return value;
    throw new RangeError(`the score of ${what} is ${value}: choose one that is defined on these rows`);
  };
  const whole = await worth(x, 'the rows as they are');
  const reach = studentQuantile((1 + confidence) / 2, repeats - 1) / Math.sqrt(repeats);
  const result: ColumnImportance[] = [];
  for (const [j, block] of blocks.entries()) {
    const { name } = block;
    const drops: number[] = [];
    for (let r = 0; r < repeats; r++) {
      signal?.throwIfAborted();
      const shuffled = shuffledBlock(x, block, randomStream(seed, `column ${j}, repeat ${r}`));
      drops.push(whole - (await worth(shuffled, `the rows with '${name}' shuffled`)));
      onProgress?.(j * repeats + r + 1, blocks.length * repeats);
    }
    const importance = drops.reduce((sum, drop) => sum + drop, 0) / repeats;
    const squares = drops.reduce((sum, drop) => sum + (drop - importance) ** 2, 0);
    const half = reach * Math.sqrt(squares / (repeats - 1));
    result.push({ name, importance, low: importance - half, high: importance + half });
  }
  return result;
}

/** The rows with the values of a block in random order (Fisher & Yates), the same for all of it. */
function shuffledBlock(
  x: Matrix,
  { columns: chosen, frames = false }: PermutationBlock,
  uniform: () => number,
): Matrix {
  const { rows, columns, data, sequences } = x;
  const order = Int32Array.from({ length: rows }, (_, i) => i);
  for (let last = rows - 1; last > 0; last--) {
    const other = Math.floor(uniform() * (last + 1));
    [order[last], order[other]] = [order[other], order[last]];
  }
  const result = matrix(rows, columns, data);
  for (let i = 0; i < rows; i++) {
    for (const j of chosen) result.data[i * columns + j] = data[order[i] * columns + j];
  }
  if (sequences === undefined) return result;
  return { ...result, sequences: frames ? selectSequences(sequences, order) : sequences };
}
