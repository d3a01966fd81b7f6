import { basename } from 'node:path';
import { findLeakage } from '@blemish/evaluate';
import { matrix } from '@blemish/learn';
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
  const rows = matrix(to, learned.x.columns);
  rows.data.set(learned.x.data);
  rows.data.set(judged.x.data, learned.x.data.length);
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
