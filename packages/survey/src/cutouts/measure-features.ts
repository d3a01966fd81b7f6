import { availableParallelism } from 'node:os';
import { featureColumns } from '@blemish/imaging';
import type { SourceFeatures } from '@blemish/imaging';
import { WorkerPool } from '@blemish/engine/workers';
import type { DataTable } from '../datasets/index.ts';
import { SurveyError } from '../errors.ts';
import { openStampSet } from '../stamps/open-stamp-set.ts';
import type { OpenStampSet } from '../stamps/open-stamp-set.ts';
import { tableFile } from '../tables/index.ts';
import type { Column } from '../tables/index.ts';
import { version } from '../version.ts';
import type { FeatureTask } from './feature-worker.ts';

export interface MeasureFeaturesOptions {
  /** Folder of a stamp set, or an array. */
  readonly set: string;
  /** `.csv`, `.parquet`, `.ecsv` or `.xml`. */
  readonly out: string;
  /** Names of the channels of linear stamps; pictures of the viewer are always g, r and z. */
  readonly bands?: readonly string[] | undefined;
  /** Columns of the set's table that are handed on; those of the default that are there. */
  readonly carry?: readonly string[] | undefined;
  /** arcsec; absent: the column `pixel_scale_arcsec`, else 0.262. */
  readonly pixelScaleArcsec?: number | undefined;
  /** arcsec; absent: the column `fwhm_arcsec`, else 1. */
  readonly fwhmArcsec?: number | undefined;
  readonly zeroPoint?: number | undefined;
  readonly apertureArcsec?: number | undefined;
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, count: number) => void) | undefined;
}

export interface MeasureFeaturesSummary {
  readonly stamps: number;
  /** Stamps without a source in the middle, or without a sky to measure against. */
  readonly unmeasured: number;
  /** Stamps of which some figure is null for another reason. */
  readonly incomplete: number;
  readonly out: string;
  readonly interrupted: boolean;
}

/** What is known of a stamp beside its pixels and is neither measured nor the truth of a simulation. */
export const carriedColumns = ['index', 'label', 'group', 'survey', 'ra', 'dec', 'kind'] as const;
const atOnce = 64;

/**
 * Measures the source in the middle of each stamp and writes a table with one row a stamp, in order. Figures that are not defined are null, with the reason in
 * the last column. Memory does not grow with the number of stamps.
 * @throws SurveyError INPUT_NOT_FOUND, ARRAY_INVALID, STAMP_SHAPE, TABLE_RAGGED, TABLE_COLUMN_MISSING, TABLE_TEXT, OPTION_INVALID, OUTPUT_UNWRITABLE, DISK_FULL
 */
export async function measureFeatures(options: MeasureFeaturesOptions): Promise<MeasureFeaturesSummary> {
  const set = await openStampSet(options.set);
  try {
    return await measureSet(set, options);
  } finally {
    await set.close();
  }
}

async function measureSet(
  set: OpenStampSet,
  options: MeasureFeaturesOptions,
): Promise<MeasureFeaturesSummary> {
  const { out, signal, onProgress } = options;
  const bands = bandsOf(set, options.bands);
  const carried = carriedOf(set, options.carry);
  const columns: Column[] = [
    ...carried.map(({ name }): Column => ({ name, type: 'string', description: 'as in stamps.csv' })),
    ...featureColumns(bands).map((column): Column => ({ ...column, type: 'double' })),
    { name: 'reason', type: 'string', description: 'why figures are missing; null where none is' },
  ];
  const sink = tableFile(out, columns, { creator: `blemish ${version}`, stamps: set.path });
  const threads = Math.max(
    1,
    Math.min(options.threads ?? availableParallelism(), Math.ceil(set.count / atOnce)),
  );
  const pool = new WorkerPool<FeatureTask, readonly SourceFeatures[]>(
    new URL('./feature-worker.ts', import.meta.url),
    threads,
    {},
  );
  let [row, unmeasured, incomplete] = [0, 0, 0];
  const add = async (measured: readonly SourceFeatures[]): Promise<void> => {
    for (const { values, reasons } of measured) {
      const own = Object.fromEntries(carried.map(({ name, values: cells }) => [name, cells[row] || null]));
      await sink.write({
        ...own,
        ...rounded(values),
        reason: reasons.length > 0 ? reasons.join('; ') : null,
      });
      if (values['area'] === null) unmeasured++;
      else if (reasons.length > 0) incomplete++;
      row++;
    }
    onProgress?.(row, set.count);
  };
  try {
    const flying: Promise<readonly SourceFeatures[]>[] = [];
    for (let from = 0; from < set.count && !signal?.aborted; from += atOnce) {
      const task = await taskOf(set, from, Math.min(set.count, from + atOnce), bands, options);
      const promise = pool.run(task);
      promise.catch(() => undefined); // surfaces where it is awaited, below
      flying.push(promise);
      if (flying.length > threads) await add(await flying.shift()!);
    }
    for (const promise of flying) await add(await promise);
    // An interrupted table would pass for a whole one.
    if (row < set.count) await sink.abort();
    else await sink.close();
  } catch (error) {
    await sink.abort();
    throw error;
  } finally {
    await pool.close();
  }
  return { stamps: row, unmeasured, incomplete, out, interrupted: row < set.count };
}

/** Seven digits are more than any measurement here has. */
function rounded(values: SourceFeatures['values']): Record<string, number | null> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      value === null ? null : Number(value.toPrecision(7)),
    ]),
  );
}

function bandsOf({ path, bytes, channels }: OpenStampSet, asked?: readonly string[]): readonly string[] {
  const bands = asked ?? ['g', 'r', 'z'];
  if (bytes && (channels !== 3 || asked !== undefined))
    throw channels === 3
      ? new SurveyError(
          'OPTION_INVALID',
          '8-bit stamps are taken for pictures of the Legacy viewer, whose bands are g, r and z: leave --bands out',
          { path },
        )
      : new SurveyError(
          'STAMP_SHAPE',
          `has ${channels} channels of 8 bits; pictures of the Legacy viewer have three`,
          { path },
        );
  if (bands.length !== channels)
    throw new SurveyError(
      'OPTION_INVALID',
      `--bands names ${bands.join(', ')}; the stamps have ${channels} channels`,
      { path },
    );
  return bands;
}

interface TextCells {
  readonly name: string;
  readonly values: readonly string[];
}

function carriedOf({ table, path }: OpenStampSet, asked?: readonly string[]): TextCells[] {
  if (table === null) {
    if (asked === undefined) return [];
    throw new SurveyError('TABLE_COLUMN_MISSING', `no stamps.csv to carry ${asked.join(', ')} from`, {
      path,
    });
  }
  const known = new Set(table.columns.map(({ name }) => name));
  const names = asked ?? carriedColumns.filter((name) => known.has(name));
  return names.map((name) => ({ name, values: cellsOf(table, name)! }));
}

/** Text of a column; null where there is no such column and it is not asked for. */
function cellsOf(table: DataTable, name: string, needed = true): readonly string[] | null {
  const column = table.columns.find((each) => each.name === name);
  if (column?.kind === 'text') return column.values;
  if (!needed) return null;
  throw new SurveyError('TABLE_COLUMN_MISSING', `no column '${name}' to carry along`, { path: table.path });
}

async function taskOf(
  set: OpenStampSet,
  from: number,
  to: number,
  bands: readonly string[],
  options: MeasureFeaturesOptions,
): Promise<FeatureTask> {
  const read = await set.read(from, to);
  const pixels =
    read instanceof Uint8Array || read instanceof Float32Array
      ? read
      : Float32Array.from(read as Iterable<number>, Number);
  return {
    ...{ pixels, height: set.height, width: set.width, bands },
    ...{ zeroPoint: options.zeroPoint ?? 22.5, apertureArcsec: options.apertureArcsec ?? 3 },
    pixelScaleArcsec: numbersOf(set.table, 'pixel_scale_arcsec', options.pixelScaleArcsec, 0.262, from, to),
    fwhmArcsec: numbersOf(set.table, 'fwhm_arcsec', options.fwhmArcsec, 1, from, to),
  };
}

/** A number for each stamp: as asked, as the table has it, or the usual one. */
function numbersOf(
  table: DataTable | null,
  name: string,
  asked: number | undefined,
  usual: number,
  from: number,
  to: number,
): number[] {
  const cells = asked === undefined && table !== null ? cellsOf(table, name, false) : null;
  return Array.from({ length: to - from }, (_, k) => {
    const value = cells === null || cells[from + k] === '' ? (asked ?? usual) : Number(cells[from + k]);
    if (value > 0) return value;
    throw new SurveyError(
      'TABLE_TEXT',
      `row ${from + k + 1}, column '${name}': '${cells?.[from + k]}' is no positive number`,
      {
        path: table?.path,
      },
    );
  });
}
