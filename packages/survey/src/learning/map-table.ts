import { randomStream } from '@blemish/engine';
import { selectRows, tsne, umap } from '@blemish/learn';
import type { Matrix } from '@blemish/learn';
import { extname } from 'node:path';
import { SurveyError } from '../errors.ts';
import { writeWhole } from '../outputs/partial-file.ts';
import { renderMapPage } from '../report/map-page.ts';
import type { Column, Row } from '../tables/index.ts';
import { openFeatureSpace } from './feature-space.ts';
import type { FeatureChoice } from './feature-space.ts';
import { idColumn, writeRows } from './predictions.ts';

export const mapMethods = ['tsne', 'umap'] as const;
export type MapMethod = (typeof mapMethods)[number];

export interface MapTableOptions extends FeatureChoice {
  readonly method?: MapMethod | undefined;
  /** Perplexity of `tsne` (30), neighbors of `umap` (15); fewer where there are few rows. */
  readonly neighbors?: number | undefined;
  /** Rows mapped at most, drawn at random where there are more; 20,000. Time grows somewhat faster than they do. */
  readonly most?: number | undefined;
  /** Table to write, its format by its ending; a page of the same name ending in `.html` is put beside it. */
  readonly out: string;
  readonly command?: string | undefined;
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface TableMap {
  readonly table: string;
  readonly method: MapMethod;
  /** All rows of the table, and those mapped. */
  readonly n: number;
  readonly mapped: number;
  readonly features: readonly string[];
  readonly steps: readonly string[];
  readonly notes: readonly string[];
  readonly out: string;
  readonly page: string;
}

/**
 * A map of the rows of a table on a plane: those alike lie close. Writes coordinates and a page with the points colored by label.
 * @throws SurveyError of `openFeatureSpace`, TABLE_VALUES where the rows make no map, OUTPUT_UNWRITABLE, DISK_FULL
 */
export async function mapTable(path: string, options: MapTableOptions): Promise<TableMap> {
  const { method = 'tsne', most = 20_000, seed = 0, signal, out } = options;
  const page = `${out.slice(0, out.length - extname(out).length)}.html`;
  const space = await openFeatureSpace(path, options, { seed, signal });
  const n = space.x.rows;
  const chosen = drawnRows(n, most, seed);
  const notes = [...space.rows.notes];
  if (chosen.length < n) notes.push(`${chosen.length} of ${n} rows are mapped, drawn at random`);
  const { data } = await layOut(method, selectRows(space.x, chosen), path, options);
  const { ids, roles, originOf } = space.rows;
  const { labels } = space;
  const rows = Array.from(chosen, (i, at): Row => ({
    ...(ids === null ? {} : { [roles.id!]: ids[i] }),
    row: originOf(i).row,
    x: data[2 * at],
    y: data[2 * at + 1],
    ...(labels === null ? {} : { label: labels[i] }),
  }));
  await writeRows(out, mapColumns(roles.id, labels !== null), rows, {
    method,
    table: path,
    seed: String(seed),
    steps: space.steps.join(' '),
  });
  await writeWhole(
    page,
    renderMapPage({
      table: path,
      method,
      n,
      points: data,
      labels: labels === null ? null : Array.from(chosen, (i) => labels[i]),
      features: roles.features,
      steps: space.steps,
      seed,
      notes,
      command: options.command ?? `blemish map ${path} --method ${method} --out ${out}`,
    }),
  );
  const { features } = roles;
  return { table: path, method, n, mapped: chosen.length, features, steps: space.steps, notes, out, page };
}

function mapColumns(id: string | null, labelled: boolean): readonly Column[] {
  return [
    { name: 'row', type: 'int', description: 'row of the file, from 1; the header does not count' },
    ...idColumn(id, ['row', 'x', 'y', 'label']),
    { name: 'x', type: 'double', description: 'place on the map; only nearness means something' },
    { name: 'y', type: 'double', description: 'place on the map' },
    ...(labelled ? [{ name: 'label', type: 'string', description: 'class in the file' } as const] : []),
  ];
}

/** All rows, or `most` of them at random, in their order. */
function drawnRows(rows: number, most: number, seed: number): Uint32Array {
  const order = Uint32Array.from({ length: rows }, (_, i) => i);
  if (rows <= most) return order;
  const uniform = randomStream(seed, 'rows of the map');
  for (let k = 0; k < most; k++) {
    const other = k + Math.floor(uniform() * (rows - k));
    [order[k], order[other]] = [order[other], order[k]];
  }
  return order.slice(0, most).sort();
}

async function layOut(
  method: MapMethod,
  x: Matrix,
  path: string,
  { neighbors, seed = 0, signal, onProgress }: MapTableOptions,
): Promise<Matrix> {
  const shared = { seed, ...(signal && { signal }), ...(onProgress && { onProgress }) };
  try {
    return method === 'tsne'
      ? await tsne(x, { ...shared, ...(neighbors !== undefined && { perplexity: neighbors }) })
      : await umap(x, { ...shared, ...(neighbors !== undefined && { neighbors }) });
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new SurveyError('TABLE_REFUSED', cause.message, { path, cause });
  }
}
