import { randomStream } from '@blemish/engine';
import { selectRows, tsne, umap } from '@blemish/learn';
import type { Matrix } from '@blemish/learn';
import { extname } from 'node:path';
import { SurveyError } from '../errors.ts';
import { writeWhole } from '../outputs/partial-file.ts';
import { renderMapPage } from '../report/map-page.ts';
import { thumbnailSprite } from '../report/thumbnail-sprite.ts';
import type { ThumbnailSprite } from '../report/thumbnail-sprite.ts';
import { readStampSet } from '../stamps/read-stamp-set.ts';
import type { Column, Row } from '../tables/index.ts';
import { openFeatureSpace } from './feature-space.ts';
import type { FeatureChoice, FeatureSpace } from './feature-space.ts';
import { shownColumns } from './map-columns.ts';
import type { ShownColumnsOptions } from './map-columns.ts';
import { idColumn, writeRows } from './predictions.ts';

export const mapMethods = ['tsne', 'umap', 'given'] as const;
export type MapMethod = (typeof mapMethods)[number];

export interface MapTableOptions extends FeatureChoice, ShownColumnsOptions {
  /** `given`: the features are two or three coordinates, and nothing is laid out. */
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
  /** Columns that the page can show beside the points. */
  readonly shown: readonly string[];
  /** Side of the thumbnails on the page, pixels; null: none. */
  readonly thumbnail: number | null;
  readonly notes: readonly string[];
  readonly out: string;
  readonly page: string;
}

/**
 * A map of the rows of a table on a plane: those alike lie close. Writes coordinates and a
 * page to look about in, with points colored by any column, and thumbnails of a set.
 * @throws SurveyError of `openFeatureSpace` and `shownColumns`, TABLE_VALUES where the rows make no map, OUTPUT_UNWRITABLE, DISK_FULL
 */
export async function mapTable(path: string, options: MapTableOptions): Promise<TableMap> {
  const { method = 'tsne', most = 20_000, seed = 0, signal, out } = options;
  const page = `${out.slice(0, out.length - extname(out).length)}.html`;
  const space = await openFeatureSpace(path, options, { seed, signal });
  const { ids, roles, originOf } = space.rows;
  const n = space.x.rows;
  const chosen = drawnRows(n, most, seed);
  const beside = await shownColumns(space.rows, options);
  const notes = [...space.rows.notes, ...beside.notes];
  if (chosen.length < n) notes.push(`${chosen.length} of ${n} rows are mapped, drawn at random`);
  const steps = method === 'given' ? [] : space.steps;
  const { data, columns: dims } =
    method === 'given'
      ? givenPlaces(space, chosen)
      : await layOut(method, selectRows(space.x, chosen), path, options);
  const { labels } = space;
  const rows = Array.from(chosen, (i, at): Row => ({
    ...(ids === null ? {} : { [roles.id!]: ids[i] }),
    row: originOf(i).row,
    ...Object.fromEntries(axes.slice(0, dims).map((name, k) => [name, data[dims * at + k]])),
    ...(labels === null ? {} : { label: labels[i] }),
  }));
  await writeRows(out, mapColumns(roles.id, labels !== null, dims), rows, {
    method,
    table: path,
    seed: String(seed),
    steps: steps.join(' '),
  });
  const columns = [
    ...(labels === null ? [] : [{ name: roles.label!, values: labels }]),
    ...beside.columns,
  ].map(({ name, values }) => ({ name, values: taken(values, chosen) }));
  const names = columns.map(({ name }) => name);
  const sprite = await thumbnails(options.views, beside.places, chosen);
  await writeWhole(
    page,
    renderMapPage({
      table: path,
      method,
      n,
      points: data,
      dims: dims === 3 ? 3 : 2,
      labels: labels === null ? null : Array.from(chosen, (i) => labels[i]),
      columns,
      title: roles.id ?? names.find((name) => name === 'exposure') ?? null,
      rows: Uint32Array.from(chosen, (i) => originOf(i).row),
      sprite,
      features: roles.features,
      steps,
      seed,
      notes,
      command: options.command ?? `blemish map ${path} --method ${method} --out ${out}`,
    }),
  );
  return {
    ...{ table: path, method, n, mapped: chosen.length, features: roles.features, steps, shown: names },
    ...{ thumbnail: sprite?.size ?? null, notes, out, page },
  };
}

const axes = ['x', 'y', 'z'] as const;

/** The features as they stand in the table. @throws SurveyError OPTION_INVALID for other than two or three, TABLE_VALUES for an empty cell */
function givenPlaces({ rows: { x, roles, path, originOf } }: FeatureSpace, chosen: Uint32Array): Matrix {
  if (x.columns !== 2 && x.columns !== 3)
    throw new SurveyError(
      'OPTION_INVALID',
      `${x.columns} columns of numbers: a map of places that are given needs two or three (choose with --features)`,
      { path },
    );
  const places = selectRows(x, chosen);
  const at = places.data.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return places;
  const { row } = originOf(chosen[Math.floor(at / x.columns)]);
  const name = roles.features[at % x.columns];
  throw new SurveyError('TABLE_VALUES', `row ${row}, column '${name}': no place`, { path });
}

function taken(values: Float64Array | readonly string[], chosen: Uint32Array): Float64Array | string[] {
  return values instanceof Float64Array
    ? Float64Array.from(chosen, (i) => values[i])
    : Array.from(chosen, (i) => values[i]);
}

/** Thumbnails of the rows of the map. @throws SurveyError of `readStampSet` */
async function thumbnails(
  folder: string | undefined,
  places: Int32Array | null,
  chosen: Uint32Array,
): Promise<ThumbnailSprite | null> {
  if (folder === undefined || places === null) return null;
  const set = await readStampSet(folder, []);
  return thumbnailSprite(
    set,
    Int32Array.from(chosen, (i) => places[i]),
  );
}

function mapColumns(id: string | null, labelled: boolean, dims: number): readonly Column[] {
  return [
    { name: 'row', type: 'int', description: 'row of the file, from 1; the header does not count' },
    ...idColumn(id, ['row', ...axes, 'label']),
    ...axes.slice(0, dims).map((name, k): Column => ({
      name,
      type: 'double',
      description: k === 0 ? 'place on the map; only nearness means something' : 'place on the map',
    })),
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
  method: Exclude<MapMethod, 'given'>,
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
