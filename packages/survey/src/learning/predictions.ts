import type { OriginOf } from '../datasets/index.ts';
import { probabilityColumn } from '../taxonomy.ts';
import { tableFile } from '../tables/index.ts';
import type { Column, Row, TableSink } from '../tables/index.ts';

/** Rows of a table with what a model says of them. */
export interface PredictedRows {
  readonly originOf: OriginOf;
  readonly classes: readonly string[];
  /** [rows, classes] */
  readonly probabilities: Float64Array;
  /** Class number of each row. */
  readonly decided: ArrayLike<number>;
  /** Under the name of the table's own column. */
  readonly id: { readonly name: string; readonly values: readonly string[] } | null;
  /** Class numbers, where they are known. */
  readonly labels?: ArrayLike<number> | undefined;
}

/** Columns of the predictions of a model for tables. */
export function tablePredictionColumns(
  classes: readonly string[],
  id: string | null,
  labelled: boolean,
): readonly Column[] {
  return [
    { name: 'path', type: 'string', description: 'file the row is from' },
    { name: 'row', type: 'int', description: 'row of the file, from 1; the header does not count' },
    // The model's own columns keep their names.
    ...idColumn(id, ['path', 'row', 'class', 'label', 'probability']),
    {
      name: 'probability',
      type: 'double',
      description:
        classes.length === 2 ? `probability of ${classes[1]}` : 'probability of the class decided for',
      ucd: 'stat.probability',
    },
    { name: 'class', type: 'string', description: 'class decided for', ucd: 'meta.code.class' },
    ...(classes.length === 2
      ? []
      : classes.map((name): Column => ({
          name: probabilityColumn(name),
          type: 'double',
          description: `probability of ${name}`,
          ucd: 'stat.probability',
        }))),
    ...(labelled ? [{ name: 'label', type: 'string', description: 'class in the file' } as const] : []),
  ];
}

/** The column of the rows' own names, under the name it has in the file unless that is one of `taken`. */
export function idColumn(id: string | null, taken: readonly string[]): readonly Column[] {
  if (id === null || taken.includes(id)) return [];
  return [{ name: id, type: 'string', description: "the row's name in the file", ucd: 'meta.id' }];
}

/** One row of that table after the other. */
export function* predictionRows({
  originOf,
  classes,
  probabilities,
  decided,
  id,
  labels,
}: PredictedRows): Generator<Row> {
  const k = classes.length;
  for (let i = 0; i < decided.length; i++) {
    const row = probabilities.subarray(i * k, (i + 1) * k);
    yield {
      ...originOf(i),
      ...(id === null ? {} : { [id.name]: id.values[i] }),
      probability: k === 2 ? row[1] : row[decided[i]],
      class: classes[decided[i]],
      ...(k === 2 ? {} : Object.fromEntries(classes.map((name, c) => [probabilityColumn(name), row[c]]))),
      ...(labels === undefined ? {} : { label: classes[labels[i]] }),
    };
  }
}

/** Writes rows under these columns. @throws SurveyError OPTION_INVALID for an unknown ending, OUTPUT_UNWRITABLE, DISK_FULL */
export async function writeRows(
  path: string,
  columns: readonly Column[],
  rows: Iterable<Row>,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  const table: TableSink = tableFile(path, columns, metadata);
  try {
    for (const row of rows) await table.write(row);
    await table.close();
  } catch (error) {
    await table.abort();
    throw error;
  }
}

/** Writes the predictions of one table of known classes. @throws SurveyError OUTPUT_UNWRITABLE, DISK_FULL */
export async function writePredictedRows(
  path: string,
  rows: PredictedRows,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  const columns = tablePredictionColumns(rows.classes, rows.id?.name ?? null, rows.labels !== undefined);
  await writeRows(path, columns, predictionRows(rows), metadata);
}
