import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { skyBlock } from '@blemish/sky';
import { openTable, tableColumn } from '../../datasets/index.ts';
import type { DataTable } from '../../datasets/index.ts';
import { SurveyError, toFailure } from '../../errors.ts';
import type { Failure } from '../../errors.ts';
import { csvHeader, csvRow } from '../../tables/index.ts';
import type { Column } from '../../tables/index.ts';
import { writeWhole } from '../../outputs/partial-file.ts';
import { StampSetWriter, refuseExisting } from '../../stamps/stamp-set-writer.ts';
import type { ExistingSet } from '../../stamps/stamp-set-writer.ts';
import { CutoutCache } from './cutout-cache.ts';
import { decodeCutout } from './decode-cutout.ts';
import type { CutoutForm } from './decode-cutout.ts';
import { fetchDecoded, rateLimit } from './fetch-bytes.ts';
import type { FetchPolicy } from './fetch-bytes.ts';

export interface FetchCutoutsOptions {
  /** Table with the columns `ra` and `dec`, degrees; `label` and `group` are handed on. */
  readonly list: string;
  /** Address before `/cutout.fits`. */
  readonly service: string;
  readonly out: string;
  readonly format: 'fits' | 'jpg';
  readonly layer: string;
  readonly bands: string;
  readonly size: number;
  readonly pixelScaleArcsec: number;
  /** Pixels that the unit of the service's values refers to, arcsec; null: those of the cut-out. */
  readonly unitPixelArcsec: number | null;
  /** Requests a second, and at a time. */
  readonly rate: number;
  readonly connections: number;
  readonly policy: FetchPolicy;
  readonly existing: ExistingSet;
  readonly onFailure?: ((failure: Failure) => void) | undefined;
  readonly onProgress?: ((done: number, count: number) => void) | undefined;
}

export interface FetchCutoutsSummary {
  readonly rows: number;
  /** Cut-outs of the set. */
  readonly stamps: number;
  readonly fetched: number;
  /** Taken from the cache. */
  readonly cached: number;
  readonly failed: readonly Failure[];
  readonly out: string;
  readonly interrupted: boolean;
}

const columns: readonly Column[] = [
  { name: 'index', type: 'int', description: 'row of the stamp, from 0' },
  { name: 'label', type: 'string', description: 'as in the list' },
  { name: 'group', type: 'string', description: 'as in the list, else the block of sky' },
  { name: 'survey', type: 'string', description: 'layer of the service' },
  { name: 'ra', type: 'string', description: 'right ascension, degrees' },
  { name: 'dec', type: 'string', description: 'declination, degrees' },
  { name: 'list_row', type: 'int', description: 'row of the list, from 1' },
  { name: 'pixel_scale_arcsec', type: 'double', description: 'side of a pixel' },
];
const failureColumns: readonly Column[] = [
  { name: 'list_row', type: 'int', description: 'row of the list, from 1' },
  { name: 'ra', type: 'string', description: 'as in the list' },
  { name: 'dec', type: 'string', description: 'as in the list' },
  { name: 'code', type: 'string', description: 'code of the error' },
  { name: 'error', type: 'string', description: 'what went wrong' },
];

/** A row of the list. */
interface Place {
  readonly row: number;
  readonly ra: string;
  readonly dec: string;
  readonly label: string;
  readonly group: string;
  /** Null where the position is none. */
  readonly url: string | null;
}

/**
 * Fetches cut-outs of a list of positions from a service like the Legacy Survey viewer's (`cutout.fits` and `cutout.jpg`) and writes those that came as a stamp set.
 * What came is kept under `cache/`, with its checksum, and not asked for again. Rows that fail are named in `failures.csv`; the rest goes on. An interruption leaves
 * the cache and no set.
 * @throws SurveyError INPUT_NOT_FOUND, TABLE_COLUMN_MISSING and others of tables; OUTPUT_EXISTS, DISK_FULL, OUTPUT_UNWRITABLE
 */
export async function fetchCutouts(options: FetchCutoutsOptions): Promise<FetchCutoutsSummary> {
  const { out, existing, format, bands, size, pixelScaleArcsec: scale, unitPixelArcsec } = options;
  const { signal } = options.policy;
  const places = await readPlaces(options);
  // Whatever is there is looked at before anything is asked for.
  if (existing === 'refuse') refuseExisting(out);
  await mkdir(out, { recursive: true });
  const cache = new CutoutCache(join(out, 'cache'));
  if (existing === 'replace') await rm(cache.folder, { recursive: true, force: true });
  const channels = format === 'jpg' ? 3 : bands.length;
  const form: CutoutForm = {
    format,
    size,
    channels,
    scale: unitPixelArcsec === null ? 1 : (scale / unitPixelArcsec) ** 2,
  };
  const allowed = rateLimit(options.rate, signal);
  const failures = new Map<number, Failure>();
  let [fetched, cached, done, next] = [0, 0, 0, 0];
  const got = new Set<number>();
  const work = async (): Promise<void> => {
    while (next < places.length && !signal?.aborted) {
      const place = places[next++];
      try {
        if (await fetchPlace(place, cache, form, allowed, options.policy)) fetched++;
        else cached++;
        got.add(place.row);
      } catch (error) {
        if (signal?.aborted) return;
        if (error instanceof SurveyError && ['DISK_FULL', 'OUTPUT_UNWRITABLE'].includes(error.code))
          throw error;
        const failure = toFailure(error, `${options.list}, row ${place.row}`, null, 'FETCH_FAILED');
        failures.set(place.row, failure);
        options.onFailure?.(failure);
      }
      options.onProgress?.(++done, places.length);
    }
  };
  await Promise.all(Array.from({ length: options.connections }, work));
  const failed = [...failures.entries()].sort(([a], [b]) => a - b).map(([, failure]) => failure);
  const result = { rows: places.length, fetched, cached, failed, out };
  if (signal?.aborted) return { ...result, stamps: 0, interrupted: true };
  const kept = places.filter(({ row }) => got.has(row));
  if (kept.length > 0) await writeSet(kept, cache, form, options);
  await writeFailures(places, failures, out);
  return { ...result, stamps: kept.length, interrupted: false };
}

/** @returns whether it was fetched now */
async function fetchPlace(
  { url, ra, dec }: Place,
  cache: CutoutCache,
  form: CutoutForm,
  allowed: () => Promise<void>,
  policy: FetchPolicy,
): Promise<boolean> {
  if (url === null) throw new SurveyError('FETCH_FAILED', `'${ra}', '${dec}' is no position in degrees`);
  if ((await cache.get(url)) !== null) return false;
  const { bytes } = await fetchDecoded(url, policy, allowed, (document) => decodeCutout(document, form));
  await cache.put(url, bytes);
  return true;
}

async function readPlaces(options: FetchCutoutsOptions): Promise<Place[]> {
  const { list, service, format, layer, bands, size, pixelScaleArcsec } = options;
  const { columns: known } = await openTable(list);
  const table = await openTable(list, { text: known.map(({ name }) => name) });
  const cells = (name: string, needed: boolean) => cellsOf(table, name, needed);
  const [ra, dec] = [cells('ra', true), cells('dec', true)];
  const [label, group] = [cells('label', false), cells('group', false)];
  return Array.from({ length: table.rows }, (_, i) => {
    const [x, y] = [Number(ra[i]), Number(dec[i])];
    const valid = ra[i] !== '' && dec[i] !== '' && x >= -360 && x <= 360 && Math.abs(y) <= 90;
    const query = `ra=${ra[i]}&dec=${dec[i]}&size=${size}&layer=${encodeURIComponent(layer)}&bands=${bands}&pixscale=${pixelScaleArcsec}`;
    return {
      ...{ row: i + 1, ra: ra[i], dec: dec[i], label: label[i] ?? '' },
      group: group[i] || (valid ? skyBlock(layer, x, y) : ''),
      url: valid ? `${service.replace(/\/+$/, '')}/cutout.${format}?${query}` : null,
    };
  });
}

function cellsOf(table: DataTable, name: string, needed: boolean): readonly string[] {
  if (!needed && !table.columns.some((column) => column.name === name)) return [];
  const column = tableColumn(table, name, 'position');
  return column.kind === 'text' ? column.values : [];
}

function setFormat(options: FetchCutoutsOptions, count: number): Parameters<typeof StampSetWriter.open>[1] {
  const { service, layer, bands, format, size, pixelScaleArcsec } = options;
  const picture = format === 'jpg';
  return {
    shape: [size, size, picture ? 3 : bands.length],
    type: picture ? 'uint8' : 'float32',
    ...{ truth: false, count, header: csvHeader(columns).trimEnd() },
    settings: {
      ...{ service, layer, format: picture ? 'viewer' : 'linear', pixelScaleArcsec },
      channels: picture ? ['red', 'green', 'blue'] : [...bands],
    },
  };
}

/** Decodes again what is in the cache, so that memory does not grow with the list. */
async function writeSet(
  kept: readonly Place[],
  cache: CutoutCache,
  form: CutoutForm,
  options: FetchCutoutsOptions,
): Promise<void> {
  const writer = await StampSetWriter.open(options.out, setFormat(options, kept.length), 'replace');
  for (const [index, { row, ra, dec, label, group, url }] of kept.entries()) {
    const pixels = await decodeCutout((await cache.get(url!))!, form);
    const cells = { index, label, group, survey: options.layer, ra, dec, list_row: row };
    const line = csvRow(columns, { ...cells, pixel_scale_arcsec: options.pixelScaleArcsec }).trimEnd();
    await writer.append({ pixels, truth: null, lines: [line] });
  }
  await writer.close();
}

async function writeFailures(
  places: readonly Place[],
  failures: ReadonlyMap<number, Failure>,
  out: string,
): Promise<void> {
  const path = join(out, 'failures.csv');
  if (failures.size === 0) {
    await rm(path, { force: true });
    return;
  }
  const rows = places.flatMap(({ row, ra, dec }) => {
    const failure = failures.get(row);
    return failure === undefined
      ? []
      : [csvRow(failureColumns, { list_row: row, ra, dec, code: failure.code, error: failure.error })];
  });
  await writeWhole(path, csvHeader(failureColumns) + rows.join(''));
}
