import { consensus, fleissKappa, krippendorffAlpha } from '@blemish/evaluate';
import type { Annotator, Consensus, Measure } from '@blemish/evaluate';
import { isMissing, openTable, tableColumn } from '../datasets/index.ts';
import type { DataTable } from '../datasets/index.ts';
import { SurveyError } from '../errors.ts';
import type { Column, Row } from '../tables/index.ts';
import { canonicalLabel, distinctLabels } from './class-map.ts';
import { idColumn, writeRows } from './predictions.ts';
import { matcher } from './table-rows.ts';

export interface LabelConsensusOptions {
  /** Columns of the annotators, `*` for any letters. */
  readonly votes: readonly string[];
  /** Column that names an item; carried into the output. */
  readonly id?: string | undefined;
  /** Column with labels to compare with; it takes no part. */
  readonly label?: string | undefined;
  /** Names of the columns, for text files without a header. */
  readonly columns?: readonly string[] | undefined;
  /** Table to write, its format by its ending; null: none. */
  readonly out: string | null;
}

export interface LabelConsensus {
  readonly table: string;
  /** Items with a vote, and items without, which are left out. */
  readonly n: number;
  readonly withoutVote: number;
  readonly classes: readonly string[];
  /** Items of each class by consensus. */
  readonly counts: Readonly<Record<string, number>>;
  /** Items whose consensus is not the class with most votes. */
  readonly againstMajority: number;
  readonly fleissKappa: Measure;
  readonly krippendorffAlpha: Measure;
  readonly annotators: readonly (Annotator & { readonly name: string })[];
  readonly converged: boolean;
  /** Items whose consensus is the label in the file; null where no column was named. */
  readonly sameAsLabel: { readonly same: number; readonly n: number } | null;
  readonly out: string | null;
}

/**
 * One label an item from the votes of several annotators, by Dawid and Skene's model, which finds how reliable each of them is.
 * @throws SurveyError of `openTable`, TABLE_COLUMN_MISSING, TABLE_LABELS, OUTPUT_UNWRITABLE, DISK_FULL
 */
export async function labelConsensus(path: string, options: LabelConsensusOptions): Promise<LabelConsensus> {
  const { id = null, label = null, columns: names, out } = options;
  const numbers = await openTable(path, { names });
  // Once more as text, now that the names are known: votes are names of classes, and identifiers stay as they are.
  const table = await openTable(path, { names, text: numbers.columns.map(({ name }) => name) });
  const voters = votersOf(table, options);
  const answers = voters.map((name) =>
    texts(table, name, 'vote').map((text) => (isMissing(text) ? null : canonicalLabel(text))),
  );
  const classes = distinctLabels(answers.flat().filter((answer) => answer !== null));
  if (classes.length < 2) {
    const what = classes.length === 0 ? 'there is no vote' : `all votes are for '${classes[0]}'`;
    throw new SurveyError('TABLE_LABELS', `${what}: a consensus needs two classes`, { path });
  }
  const numberOf = new Map(classes.map((name, c) => [name, c]));
  const all = Array.from({ length: table.rows }, (_, i) =>
    answers.map((column) => (column[i] === null ? null : numberOf.get(column[i])!)),
  );
  const items = [...all.keys()].filter((i) => all[i].some((vote) => vote !== null));
  const votes = items.map((i) => all[i]);
  const found = consensus(votes, { classes: classes.length });
  const rows = consensusRows(items, votes, classes, found);
  if (out !== null) {
    const ids = id === null ? null : texts(table, id, 'identifier');
    const named = rows.map((row, k) => (ids === null ? row : { [id!]: ids[items[k]], ...row }));
    await writeRows(out, consensusColumns(id), named, { table: path, annotators: String(voters.length) });
  }
  const given = label === null ? null : texts(table, label, 'label').map(canonicalLabel);
  return {
    table: path,
    n: items.length,
    withoutVote: table.rows - items.length,
    classes,
    counts: Object.fromEntries(
      classes.map((name) => [name, rows.filter((row) => row.label === name).length]),
    ),
    againstMajority: rows.filter(({ against }) => against).length,
    fleissKappa: fleissKappa(votes, classes.length),
    krippendorffAlpha: krippendorffAlpha(votes, classes.length),
    annotators: voters.map((name, a) => ({ name, ...found.annotators[a] })),
    converged: found.converged,
    sameAsLabel:
      given === null
        ? null
        : { same: rows.filter((row, k) => row.label === given[items[k]]).length, n: items.length },
    out,
  };
}

/** @throws SurveyError TABLE_COLUMN_MISSING, OPTION_INVALID for a single annotator */
function votersOf(table: DataTable, { votes, id, label }: LabelConsensusOptions): readonly string[] {
  const names = table.columns.map(({ name }) => name).filter((name) => name !== id && name !== label);
  for (const pattern of votes) {
    // The message of a column that is not there, with the nearest names.
    if (!names.some(matcher([pattern]))) tableColumn(table, pattern, 'vote');
  }
  const voters = names.filter(matcher(votes));
  if (voters.length < 2)
    throw new SurveyError('OPTION_INVALID', `${voters.length} column of votes: a consensus needs two`, {
      path: table.path,
    });
  return voters;
}

function texts(table: DataTable, name: string, role: string): readonly string[] {
  const column = tableColumn(table, name, role);
  return column.kind === 'text' ? column.values : Array.from(column.values, String);
}

/** Columns of the labels found. */
export function consensusColumns(id: string | null): readonly Column[] {
  const own: readonly Column[] = [
    { name: 'row', type: 'int', description: 'row of the file, from 1; the header does not count' },
    { name: 'label', type: 'string', description: 'class by consensus' },
    { name: 'probability', type: 'double', description: 'of that class, given all votes' },
    { name: 'votes', type: 'int', description: 'votes cast' },
    { name: 'agreeing', type: 'int', description: 'votes for that class' },
  ];
  return [
    ...own.slice(0, 1),
    ...idColumn(
      id,
      own.map(({ name }) => name),
    ),
    ...own.slice(1),
  ];
}

interface ConsensusRow extends Row {
  readonly label: string;
  /** Another class has more votes. */
  readonly against: boolean;
}

function consensusRows(
  items: readonly number[],
  votes: readonly (readonly (number | null)[])[],
  classes: readonly string[],
  { labels, probabilities }: Consensus,
): ConsensusRow[] {
  return items.map((item, k) => {
    const counts = classes.map((_, c) => votes[k].filter((vote) => vote === c).length);
    const label = labels[k];
    return {
      row: item + 1,
      label: classes[label],
      probability: probabilities[k * classes.length + label],
      votes: counts.reduce((sum, count) => sum + count, 0),
      agreeing: counts[label],
      against: Math.max(...counts) > counts[label],
    };
  });
}
