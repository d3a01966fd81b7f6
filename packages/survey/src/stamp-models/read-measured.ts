import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { numberColumn, openTable, tableColumn } from '../datasets/index.ts';
import type { DataTable } from '../datasets/index.ts';
import { SurveyError } from '../errors.ts';
import { interval } from '../evaluation/interval.ts';
import { paperFigures } from '../paper-figures.ts';
import { probabilityColumn } from '../taxonomy.ts';
import { measuredSet, wrongLabels } from './measured-set.ts';

const metrics = z.record(z.string(), interval);

const figures = {
  model: z.string(),
  sha256: z.string(),
  n: z.number(),
  nGroups: z.number().nullable(),
  classes: z.array(z.string()).min(2),
  threshold: z.number().nullable(),
  metrics,
};

/** `metrics.json` of `train` and `evaluate` of a model of stamps. */
const ofStamps = z.object({
  ...figures,
  set: measuredSet,
  wrongLabels: wrongLabels.nullable(),
  majority: z.object({ answer: z.string(), metrics }),
  paper: paperFigures.nullable(),
});

/** Of `evaluate` of a model of tables: features of stamps. */
const ofTable = z.object({ ...figures, file: z.object({ name: z.string() }) });

/** Of `finetune`. */
const ofFinetune = z.object({
  start: z.string(),
  set: z.string(),
  simulated: z.boolean(),
  paper: paperFigures.nullable(),
  tested: z.number(),
  about: z.string().nullable(),
  points: z.array(
    z.object({
      labels: z.number(),
      mode: z.enum(['zero-shot', 'features', 'nothing', 'scratch']),
      metrics,
    }),
  ),
});

/** What a model said of the stamps it was measured on, in their order in the set. */
export interface MeasuredRows {
  readonly places: Int32Array;
  /** Class number of each. */
  readonly y: Int32Array;
  readonly groups: readonly string[] | null;
  /** [n, K] */
  readonly probabilities: Float64Array;
}

type Figures<T extends z.ZodType> = z.infer<T> & {
  readonly folder: string;
  /** Null where `predictions.parquet` is not there. */
  readonly rows: MeasuredRows | null;
};

/** What one folder holds. */
export type Measured =
  | { readonly kind: 'stamps'; readonly figures: Figures<typeof ofStamps> }
  | { readonly kind: 'table'; readonly figures: Figures<typeof ofTable> }
  | { readonly kind: 'finetune'; readonly study: z.infer<typeof ofFinetune> & { readonly folder: string } };

export type MeasuredStamps = Extract<Measured, { readonly kind: 'stamps' }>['figures'];
export type MeasuredTable = Extract<Measured, { readonly kind: 'table' }>['figures'];
export type MeasuredStudy = Extract<Measured, { readonly kind: 'finetune' }>['study'];

/**
 * What `train`, `evaluate` or `finetune` left in a folder: of a model of stamps, or `evaluate` of a model of their features.
 * @throws SurveyError INPUT_NOT_FOUND; EVALUATION_INVALID for the figures of something else; TABLE_…
 */
export async function readMeasured(folder: string): Promise<Measured> {
  const path = join(folder, 'metrics.json');
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new SurveyError('INPUT_NOT_FOUND', 'no evaluation lies there', { path, cause });
  });
  const document = parseJson(text);
  const study = ofFinetune.safeParse(document);
  if (study.success) return { kind: 'finetune', study: { ...study.data, folder } };
  const stamps = ofStamps.safeParse(document);
  if (stamps.success) {
    const rows = await readRows(folder, stamps.data.classes, 'stamps');
    return { kind: 'stamps', figures: { ...stamps.data, folder, rows } };
  }
  const table = ofTable.safeParse(document);
  if (table.success) {
    const rows = await readRows(folder, table.data.classes, 'table');
    return { kind: 'table', figures: { ...table.data, folder, rows } };
  }
  throw new SurveyError(
    'EVALUATION_INVALID',
    'not the figures of a model of stamps or of their features, or of an older version',
    { path, cause: stamps.error },
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** @throws SurveyError TABLE_…, EVALUATION_INVALID */
async function readRows(
  folder: string,
  classes: readonly string[],
  kind: 'stamps' | 'table',
): Promise<MeasuredRows | null> {
  const path = join(folder, 'predictions.parquet');
  if (!existsSync(path)) return null;
  const table = await openTable(path, { text: ['label', 'group'] });
  const has = (name: string) => table.columns.some((column) => column.name === name);
  const places = has('index')
    ? numberColumn(table, 'index', 'place in the set').values
    : numberColumn(table, 'row', 'place in the table').values.map((row) => row - 1);
  const order = Array.from(places.keys()).sort((a, b) => places[a] - places[b]);
  const labels = texts(table, 'label');
  const groups = has('group') ? texts(table, 'group') : null;
  const k = classes.length;
  const columns =
    kind === 'table' && k === 2
      ? [null, numberColumn(table, 'probability', 'probability').values]
      : classes.map((name) => numberColumn(table, probabilityColumn(name), 'probability').values);
  return {
    places: Int32Array.from(order, (row) => places[row]),
    y: Int32Array.from(order, (row) => {
      const c = classes.indexOf(labels[row]);
      if (c >= 0) return c;
      throw new SurveyError(
        'EVALUATION_INVALID',
        `row ${row + 1}: '${labels[row]}' is no class of metrics.json`,
        {
          path,
        },
      );
    }),
    groups: groups === null ? null : order.map((row) => groups[row]),
    probabilities: Float64Array.from({ length: k * order.length }, (_, i) => {
      const row = order[Math.floor(i / k)];
      return columns[i % k]?.[row] ?? 1 - columns[1]![row];
    }),
  };
}

function texts(table: DataTable, name: string): readonly string[] {
  const { values } = tableColumn(table, name, name);
  return Array.from(values as ArrayLike<string | number>, String);
}
