import { basename } from 'node:path';
import { findLeakage } from '@blemish/evaluate';
import { framesOf, matrix } from '@blemish/learn';
import type { Matrix } from '@blemish/learn';
import { SurveyError } from '../errors.ts';
import type { LabelledRows } from './fit-table.ts';

/**
 * What rows of another file, to calibrate or judge on, have in common with those learned from: identical rows and groups make the
 * figures too good.
 * @returns a note for each kind
 * @throws SurveyError DATASET_SEEN where every row was learned from
 */
export function sharedRows(learned: LabelledRows, judged: LabelledRows): string[] {
  const [from, to] = [learned.x.rows, learned.x.rows + judged.x.rows];
  const [first, second] = [comparable(learned.x), comparable(judged.x)];
  const rows = matrix(to, first.columns);
  rows.data.set(first.data);
  rows.data.set(second.data, first.data.length);
  const number = (start: number) => (_: unknown, i: number) => start + i;
  const parts = {
    learned: Uint32Array.from({ length: from }, number(0)),
    judged: Uint32Array.from({ length: judged.x.rows }, number(from)),
  };
  const groups =
    learned.groups === null || judged.groups === null
      ? {}
      : { groups: { group: [...learned.groups, ...judged.groups] } };
  const { duplicates, groups: shared } = findLeakage(parts, to, { rows, ...groups });
  const count = duplicates.reduce((sum, set) => sum + set['judged'].length, 0);
  const [own, other] = [basename(judged.path), basename(learned.path)];
  if (count === judged.x.rows) {
    throw new SurveyError('DATASET_SEEN', `has only rows that are also in ${other}, which was learned from`, {
      path: judged.path,
    });
  }
  const notes: string[] = [];
  if (count > 0) {
    notes.push(
      `${count} of ${judged.x.rows} rows of ${own} are also in ${other}: figures on them are too good; \`blemish dataset check\` lists them`,
    );
  }
  if (shared.length > 0) {
    notes.push(
      `${shared.length} groups of ${own} are also in ${other}, '${shared[0].value}' first: figures are better than on new groups`,
    );
  }
  return notes;
}

/** Columns by which rows are the same: their own, and the means over their frames. */
function comparable(x: Matrix): Matrix {
  const { sequences } = x;
  if (sequences === undefined) return x;
  const { features } = sequences;
  const result = matrix(x.rows, x.columns + features);
  for (let i = 0; i < x.rows; i++) {
    const row = result.data.subarray(i * result.columns, (i + 1) * result.columns);
    row.set(x.data.subarray(i * x.columns, (i + 1) * x.columns));
    const frames = framesOf(sequences, i);
    frames.forEach((value, at) => (row[x.columns + (at % features)] += (value * features) / frames.length));
  }
  return result;
}
