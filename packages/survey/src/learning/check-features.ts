import { learners, transforms } from '@blemish/learn';
import type { PipelineSpec } from '@blemish/learn';
import { SurveyError } from '../errors.ts';
import type { TableRows } from './table-rows.ts';

/**
 * Refuses, by the rows of the file, what the pipeline would refuse by rows of a fold: infinite numbers, a column without a value, and
 * missing values where a step or the learner takes none.
 * @throws SurveyError TABLE_VALUES naming column, row and remedy
 */
export function checkFeatures(
  { x, path, roles: { features } }: TableRows,
  { steps, learner }: PipelineSpec,
): void {
  const refusing = firstRefusingMissing(steps, learner);
  const refuse = (what: string): never => {
    throw new SurveyError('TABLE_VALUES', what, { path });
  };
  const values = new Float64Array(x.columns);
  for (let at = 0; at < x.data.length; at++) {
    const value = x.data[at];
    const column = at % x.columns;
    if (Number.isFinite(value)) values[column]++;
    else if (!Number.isNaN(value))
      refuse(`row ${Math.floor(at / x.columns) + 1}, column '${features[column]}': ${value}`);
  }
  const empty = features.filter((_, k) => values[k] === 0);
  if (empty.length > 0) {
    refuse(`no value in any of the ${x.rows} rows of column '${empty.join("', '")}'`);
  }
  if (refusing === null) return;
  const missing = x.data.findIndex((value) => Number.isNaN(value));
  if (missing < 0) return;
  refuse(
    `row ${Math.floor(missing / x.columns) + 1}, column '${features[missing % x.columns]}': a missing value, which '${refusing}' does not take`,
  );
}

/** Name of the first step, or of the learner, that takes no missing values and has no `impute` before it. */
function firstRefusingMissing(steps: PipelineSpec['steps'], learner: PipelineSpec['learner']): string | null {
  for (const { name } of steps) {
    if (name === 'impute') return null;
    if (transforms[name]?.missing === 'refused') return name;
  }
  return learners[learner.name]?.missing === 'refused' ? learner.name : null;
}
