import type { TrainingData } from './learner.ts';
import type { Matrix } from './matrix.ts';

/** Name of a column in a message. */
export function columnName(columns: readonly string[] | undefined, column: number): string {
  return columns?.[column] === undefined ? `column ${column + 1}` : `column '${columns[column]}'`;
}

/** One row cannot be learned from or judged; the message starts with its number, from 1. */
export class RowError extends RangeError {
  /** From 0. */
  readonly row: number;
  /** The message behind the row's number. */
  readonly detail: string;

  constructor(row: number, detail: string) {
    super(`row ${row + 1}${detail}`);
    this.row = row;
    this.detail = detail;
  }
}

/** The names given, or `column 1` … for `count` columns. @throws RangeError on another number of names. */
export function columnNames(columns: readonly string[] | undefined, count: number): readonly string[] {
  if (columns === undefined) return Array.from({ length: count }, (_, j) => `column ${j + 1}`);
  if (columns.length !== count) {
    throw new RangeError(`${columns.length} names for ${count} columns: give one a column`);
  }
  return columns;
}

/**
 * What every learner refuses: no rows, labels outside 0 … K − 1 or of another number than rows, a class without a row, infinite
 * numbers, weights that are negative, not finite or all 0; and, where `missing` is `refused`, NaN.
 * @throws RangeError naming column and remedy; RowError naming the row too.
 */
export function checkTraining(
  { x, y, classes, weights, columns }: TrainingData,
  missing: 'native' | 'refused',
): void {
  if (x.rows === 0) throw new RangeError('0 rows: there is nothing to learn from');
  if (x.columns === 0 && x.sequences === undefined)
    throw new RangeError('0 columns: there is nothing to learn from');
  if (y.length !== x.rows) throw new RangeError(`${y.length} labels for ${x.rows} rows: give one a row`);
  if (!Number.isInteger(classes) || classes < 2) {
    throw new RangeError(`${classes} class: a classifier needs rows of at least two`);
  }
  const counts = new Float64Array(classes);
  for (let i = 0; i < y.length; i++) {
    const label = y[i];
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new RangeError(`row ${i + 1}: label ${label} is not a class number 0 … ${classes - 1}`);
    }
    counts[label]++;
  }
  const empty = counts.indexOf(0);
  if (empty >= 0) {
    throw new RangeError(
      `class ${empty} has no row: leave it out, or add rows (rows per class: ${counts.join(', ')})`,
    );
  }
  checkNumbers(x, missing, columns);
  if (weights === undefined) return;
  if (weights.length !== x.rows) {
    throw new RangeError(`${weights.length} weights for ${x.rows} rows: give one a row`);
  }
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i];
    if (!(weight >= 0 && weight < Infinity))
      throw new RangeError(`row ${i + 1}: weight ${weight}; give finite weights ≥ 0`);
    sum += weight;
  }
  if (sum === 0) throw new RangeError('all weights are 0: there is nothing to learn from');
}

/** What every prediction refuses. @throws RangeError on another number of columns; RowError naming row (from 1), column and remedy. */
export function checkInput(
  x: Matrix,
  expected: number,
  missing: 'native' | 'refused',
  columns?: readonly string[],
): void {
  if (x.columns !== expected) {
    throw new RangeError(
      `${x.columns} columns, but it was fitted on ${expected}: give the columns it was fitted on, in order`,
    );
  }
  checkNumbers(x, missing, columns);
}

/** What arithmetic in single precision refuses. @throws RowError naming row, column and remedy, beyond ±3.4e38 */
export function checkSinglePrecision(x: Matrix, columns?: readonly string[]): void {
  const wide = x.data.findIndex((value) => !Number.isNaN(value) && !Number.isFinite(Math.fround(value)));
  if (wide < 0) return;
  throw new RowError(
    Math.floor(wide / x.columns),
    `, ${columnName(columns, wide % x.columns)}: ${x.data[wide]} is beyond single precision; scale the columns first, or correct the value`,
  );
}

/** @throws RowError naming the first row of which a model gives no probabilities */
export function checkProbabilities({ data, columns }: Matrix): void {
  const wrong = data.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) throw new RowError(Math.floor(wrong / columns), noAnswer);
}

/** What is wrong with a row whose scores leave the numbers there are. */
export const noAnswer =
  ': its values lie so far from those learned from that no class has a probability; correct them or leave the row out';

function checkNumbers(x: Matrix, missing: 'native' | 'refused', columns?: readonly string[]): void {
  const { data } = x;
  for (let i = 0; i < data.length; i++) {
    const value = data[i];
    if (Number.isFinite(value) || (missing === 'native' && Number.isNaN(value))) continue;
    const where = `, ${columnName(columns, i % x.columns)}`;
    throw new RowError(
      Math.floor(i / x.columns),
      Number.isNaN(value)
        ? `${where}: a missing value, which this learner does not take; put an 'impute' step before it`
        : `${where}: ${value}; replace it by a finite number or leave it empty`,
    );
  }
}
