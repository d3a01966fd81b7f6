import { fitIsolationForest, localOutlierFactor } from '@blemish/learn';
import { SurveyError } from '../errors.ts';
import type { Column, Row } from '../tables/index.ts';
import { openFeatureSpace } from './feature-space.ts';
import type { FeatureChoice } from './feature-space.ts';
import { idColumn, writeRows } from './predictions.ts';

export const anomalyMethods = ['isolation-forest', 'lof'] as const;
export type AnomalyMethod = (typeof anomalyMethods)[number];

export interface AnomalyOptions extends FeatureChoice {
  readonly method?: AnomalyMethod | undefined;
  /** Of `lof`; 20 where absent. */
  readonly neighbors?: number | undefined;
  /** Rows told of, from the first rank on; all where absent. */
  readonly top?: number | undefined;
  /** Table to write, its format by its ending; null: none. */
  readonly out: string | null;
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface AnomalyRanking {
  readonly table: string;
  readonly method: AnomalyMethod;
  /** All rows of the table. */
  readonly n: number;
  readonly features: readonly string[];
  readonly steps: readonly string[];
  readonly notes: readonly string[];
  readonly out: string | null;
  readonly columns: readonly Column[];
  /** From the most unlike on. */
  readonly rows: readonly Row[];
}

/**
 * Ranks the rows of a table by how unlike the others they are: isolation forest (score 0 … 1, above 0.5 for outliers) or local outlier
 * factor (1 among its like, larger for outliers). Rows of equal score stay in the order of the table.
 * @throws SurveyError of `openFeatureSpace`, OPTION_INVALID, OUTPUT_UNWRITABLE, DISK_FULL
 */
export async function rankAnomalies(path: string, options: AnomalyOptions): Promise<AnomalyRanking> {
  const { method = 'isolation-forest', seed = 0, signal, out, top } = options;
  const space = await openFeatureSpace(path, options, { seed, signal });
  const scores = await outlierScores(space.x, method, options);
  const { ids, roles, notes, originOf } = space.rows;
  const order = Array.from(scores.keys()).sort((a, b) => scores[b] - scores[a]);
  const rows = order.slice(0, top).map((i, k): Row => ({
    ...(ids === null ? {} : { [roles.id!]: ids[i] }),
    rank: k + 1,
    row: originOf(i).row,
    score: scores[i],
    ...(space.labels === null ? {} : { label: space.labels[i] }),
  }));
  const columns = anomalyColumns(roles.id, space.labels !== null);
  if (out !== null)
    await writeRows(out, columns, rows, { method, table: path, steps: space.steps.join(' ') });
  return {
    table: path,
    method,
    n: space.x.rows,
    features: roles.features,
    steps: space.steps,
    notes,
    out,
    columns,
    rows,
  };
}

/** Columns of the ranking. */
export function anomalyColumns(id: string | null, labelled: boolean): readonly Column[] {
  return [
    { name: 'rank', type: 'int', description: '1 for the row most unlike the others' },
    { name: 'row', type: 'int', description: 'row of the file, from 1; the header does not count' },
    ...idColumn(id, ['rank', 'row', 'score', 'label']),
    { name: 'score', type: 'double', description: 'how unlike the others it is; larger is more so' },
    ...(labelled ? [{ name: 'label', type: 'string', description: 'class in the file' } as const] : []),
  ];
}

async function outlierScores(
  x: Parameters<typeof localOutlierFactor>[0],
  method: AnomalyMethod,
  { neighbors = 20, seed = 0, signal, onProgress }: AnomalyOptions,
): Promise<Float64Array> {
  const stoppable = signal === undefined ? {} : { signal };
  if (method === 'isolation-forest') {
    const forest = await fitIsolationForest(x, {}, { seed, ...stoppable, ...(onProgress && { onProgress }) });
    return forest.score(x);
  }
  if (neighbors >= x.rows) {
    throw new SurveyError(
      'OPTION_INVALID',
      `${neighbors} neighbors of ${x.rows} rows: give at most ${x.rows - 1}`,
    );
  }
  onProgress?.(0, 1);
  const { reference } = await localOutlierFactor(x, { neighbors, ...stoppable });
  onProgress?.(1, 1);
  return reference;
}
