import { RowError } from '@blemish/learn';
import type { FittedClassifier, Matrix } from '@blemish/learn';
import type { OriginOf } from '../datasets/index.ts';
import { SurveyError } from '../errors.ts';

/** What a pipeline says of rows before anything is calibrated. */
export interface RowScores {
  /** [rows, classes], each row sums to 1. */
  readonly probabilities: Matrix;
  /**
   * Two classes only: the logit of the positive one's probability, kept within what a double can say of a probability near 1; infinite
   * where it is exactly 0 or 1. Not the learner's decision value: that of naive Bayes runs to millions on one odd number in a row, and
   * a logistic calibration is then fitted to such rows alone.
   */
  readonly scores: Float64Array | null;
}

/** ln of the smallest distance from 1 that a double has. */
export const largestLogit = 36;

/** Rows a model sees, and where they are from. */
export interface SourceRows {
  readonly path: string;
  readonly x: Matrix;
  readonly originOf: OriginOf;
}

/** @throws SurveyError TABLE_REFUSED naming file, row and, where it is one, column that the model has no answer for */
export async function scoreRows(pipeline: FittedClassifier, rows: SourceRows): Promise<RowScores> {
  const { x } = rows;
  const probabilities = await pipeline.predictProba(x).catch((cause: unknown) => {
    throw cause instanceof RangeError ? refusalError(cause, rows) : cause;
  });
  if (pipeline.classes !== 2) return { probabilities, scores: null };
  const scores = Float64Array.from({ length: x.rows }, (_, i) => {
    const p = probabilities.data[2 * i + 1];
    const logit = Math.log(p) - Math.log1p(-p);
    return Number.isFinite(logit) ? Math.max(-largestLogit, Math.min(largestLogit, logit)) : logit;
  });
  return { probabilities, scores };
}

/** What a pipeline refused, by the row of the file instead of that of the rows it was given. */
export function refusalError(cause: RangeError, { path, originOf }: Omit<SourceRows, 'x'>): SurveyError {
  if (!(cause instanceof RowError)) return new SurveyError('TABLE_REFUSED', cause.message, { path, cause });
  const { path: file, row } = originOf(cause.row);
  return new SurveyError('TABLE_REFUSED', `row ${row}${cause.detail}`, { path: file, cause });
}

/** Scores of rows of one table that come from several fits, in the order of the table. */
export function gatherScores(
  rows: number,
  parts: readonly { readonly rows: Uint32Array; readonly scored: RowScores }[],
): RowScores {
  const columns = parts[0].scored.probabilities.columns;
  const data = new Float64Array(rows * columns);
  const scores = parts[0].scored.scores === null ? null : new Float64Array(rows);
  for (const { rows: members, scored } of parts) {
    members.forEach((row, i) => {
      data.set(scored.probabilities.data.subarray(i * columns, (i + 1) * columns), row * columns);
      if (scores !== null) scores[row] = scored.scores![i];
    });
  }
  return { probabilities: { rows, columns, data }, scores };
}
