import { randomStream } from '@blemish/engine';
import { rocAuc } from '@blemish/evaluate';
import { permutationImportance } from '@blemish/learn';
import type { ColumnImportance, FittedClassifier, Matrix, PermutationBlock } from '@blemish/learn';
import { takeRows } from './fit-table.ts';
import type { LabelledRows } from './fit-table.ts';
import { decide } from './measure.ts';

/** What a model's figure loses when a column's values are shuffled. */
export interface ShuffledImportance {
  readonly metric: 'ROC AUC' | 'accuracy';
  /** Rows shuffled among. */
  readonly n: number;
  /** Which rows these are, for reports. */
  readonly how: string;
  readonly repeats: number;
  /** From the most important on. */
  readonly columns: readonly ColumnImportance[];
}

const repeats = 5;
/** Rows predicted in all: learners that compare rows with rows take milliseconds for each. */
const predictions = 100_000;
const [fewest, most] = [100, 1000];

/**
 * Permutation importance of each column on rows the model has not seen, or on some of them, each class in proportion: of two classes by
 * ROC AUC, of more by accuracy. Of rows with frames, whose networks take their time, all frames together and all columns together. Time is bounded by the number of rows, so that the result does not depend on the machine.
 * @returns null where fewer than two rows or classes are there to tell apart
 */
export async function shuffledImportance(
  pipeline: FittedClassifier,
  unseen: LabelledRows,
  seed = 0,
  signal?: AbortSignal,
): Promise<ShuffledImportance | null> {
  const blocks = blocksOf(unseen);
  const wanted = Math.floor(predictions / (repeats * (blocks ?? unseen.features).length));
  const rows = someOf(unseen, Math.min(most, Math.max(fewest, wanted)), seed);
  const { x, y, classes } = rows;
  if (new Set(y).size < 2) return null;
  const two = classes.length === 2;
  const columns = await permutationImportance({
    model: pipeline,
    x,
    ...(blocks === null ? { names: rows.features } : { blocks }),
    score: two ? (found) => aucOf(found, y) : (found) => accuracyOf(found, y),
    repeats,
    seed,
    ...(signal && { signal }),
  });
  return {
    metric: two ? 'ROC AUC' : 'accuracy',
    n: x.rows,
    how: `${x.rows === unseen.x.rows ? x.rows : `${x.rows} of ${unseen.x.rows}`} rows not learned from`,
    repeats,
    columns: columns.sort((a, b) => b.importance - a.importance),
  };
}

/** What is shuffled at once of rows with frames; null: column by column. */
function blocksOf({ x, features }: LabelledRows): PermutationBlock[] | null {
  if (x.sequences === undefined) return null;
  const columns = [...features.keys()];
  const frames = { name: 'all frames', columns: [], frames: true };
  return columns.length === 0 ? [frames] : [frames, { name: `all ${columns.length} columns`, columns }];
}

/** Rows evenly from the classes one after the other, those of a class in random order. */
function someOf(rows: LabelledRows, count: number, seed: number): LabelledRows {
  const n = rows.x.rows;
  if (n <= count) return rows;
  const uniform = randomStream(seed, 'rows of the importance');
  const order = Array.from(rows.y, (label, row) => ({ row, key: label + uniform() }));
  order.sort((a, b) => a.key - b.key);
  const chosen = Uint32Array.from(
    { length: count },
    (_, k) => order[Math.floor(((k + 0.5) * n) / count)].row,
  );
  return takeRows(rows, chosen.sort());
}

function aucOf({ rows, data }: Matrix, labels: ArrayLike<number>): number {
  const scores = Float64Array.from({ length: rows }, (_, i) => data[2 * i + 1]);
  return rocAuc({ scores, labels }).value ?? NaN;
}

function accuracyOf({ data, columns, rows }: Matrix, labels: ArrayLike<number>): number {
  return decide(data, columns, null).reduce((sum, label, i) => sum + (label === labels[i] ? 1 / rows : 0), 0);
}
