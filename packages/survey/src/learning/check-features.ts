import { learners, transforms } from '@blemish/learn';
import type { PipelineSpec } from '@blemish/learn';
import { SurveyError } from '../errors.ts';
import type { TableRows } from './row-types.ts';

/**
 * Refuses, by the files' own rows, what the pipeline would refuse by rows of a fold: infinite numbers, a column without a value, and
 * missing values where a step or the learner takes none.
 * @throws SurveyError TABLE_VALUES naming column, row and remedy
 */
export function checkFeatures(
  { x, path, originOf, roles: { features } }: TableRows,
  { steps, learner }: PipelineSpec,
): void {
  const refusing = firstRefusingMissing(steps, learner);
  const refuseCell = (at: number, what: string): never => {
    const column = features[at % x.columns];
    const { path: file, row } = originOf(Math.floor(at / x.columns), column);
    throw new SurveyError('TABLE_VALUES', `row ${row}, column '${column}': ${what}`, { path: file });
  };
  const values = new Float64Array(x.columns);
  for (let at = 0; at < x.data.length; at++) {
    const value = x.data[at];
    const column = at % x.columns;
    if (Number.isFinite(value)) values[column]++;
    else if (!Number.isNaN(value)) refuseCell(at, String(value));
  }
  const empty = features.filter((_, k) => values[k] === 0);
  if (empty.length > 0) {
    const what = `no value in any of the ${x.rows} rows of column '${empty.join("', '")}'`;
    throw new SurveyError('TABLE_VALUES', what, { path });
  }
  if (refusing === null) return;
  const missing = x.data.findIndex((value) => Number.isNaN(value));
  if (missing >= 0) refuseCell(missing, `a missing value, which '${refusing}' does not take`);
}

/** Name of the first step, or of the learner, that takes no missing values and has no `impute` before it. */
function firstRefusingMissing(steps: PipelineSpec['steps'], learner: PipelineSpec['learner']): string | null {
  for (const { name } of steps) {
    if (name === 'impute') return null;
    if (transforms[name]?.missing === 'refused') return name;
  }
  return learners[learner.name]?.missing === 'refused' ? learner.name : null;
}
