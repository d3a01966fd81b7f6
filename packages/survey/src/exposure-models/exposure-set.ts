import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exposureCategories } from '@blemish/sky';
import { nearestNames, openTable, tableColumn } from '../datasets/index.ts';
import type { DataTable } from '../datasets/index.ts';
import { SurveyError } from '../errors.ts';
import { viewSettings } from '../exposures/view-settings.ts';
import type { ViewSettings } from '../exposures/view-settings.ts';
import { readStampSet, stampSetFiles, stampSetHash } from '../stamps/read-stamp-set.ts';
import type { StampSet } from '../stamps/read-stamp-set.ts';
import type { ExposureCcd } from './exposure-model.ts';

/** One exposure of a set. */
export interface SetExposure {
  readonly name: string;
  /** What may not be split: the exposure itself where the set names no group. */
  readonly group: string;
  /** Rows of its CCDs in the set. */
  readonly rows: readonly number[];
  /** Categories it was given, `Good` alone where it is fine; null where nobody looked. */
  readonly reasons: readonly string[] | null;
}

/** CCDs in memory, by exposure. */
export interface ExposureSet {
  readonly path: string;
  readonly name: string;
  readonly simulated: boolean;
  readonly sha256: string;
  readonly views: ViewSettings;
  readonly stamps: StampSet;
  readonly exposures: readonly SetExposure[];
  /** Of each row. */
  readonly ccds: readonly string[];
  readonly bands: readonly string[];
  /** What a person should know of labels that fit no exposure. */
  readonly notes: readonly string[];
}

const textColumns = ['exposure', 'ccd', 'band', 'group', 'night', 'reasons', 'reason'];

/**
 * Reads a set of CCDs.
 * @param labels table beside `stamps.csv` with labels instead of the set's own
 * @throws SurveyError of `readStampSet`; STAMP_SET_INVALID where it is no set of CCDs, TABLE_LABELS for an unknown category and for CCDs
 * of one exposure with other reasons
 */
export async function readExposureSet(path: string, labels?: string): Promise<ExposureSet> {
  const stamps = await readStampSet(path, textColumns);
  const views = await viewsOf(path, stamps);
  const exposures = textOf(stamps.table, 'exposure', 'exposure');
  const has = (name: string) => stamps.table.columns.some((column) => column.name === name);
  const optional = (name: string, role: string) =>
    has(name) ? textOf(stamps.table, name, role) : exposures.map(() => '');
  const groups = has('group') ? textOf(stamps.table, 'group', 'group') : exposures;
  const given =
    labels === undefined
      ? ownReasons(exposures, textOf(stamps.table, 'reasons', 'reasons'), stamps.table.path)
      : await listedReasons(join(path, labels));
  const rows = new Map<string, number[]>();
  exposures.forEach((name, row) => {
    const own = rows.get(name);
    if (own === undefined) rows.set(name, [row]);
    else own.push(row);
  });
  const absent = [...given.keys()].filter((name) => !rows.has(name));
  return {
    path,
    name: stamps.name,
    simulated: stamps.simulated,
    sha256: stampSetHash(stamps, 'reasons'),
    views,
    stamps,
    exposures: [...rows].map(([name, own]) => ({
      name,
      group: groups[own[0]] || name,
      rows: own,
      reasons: given.get(name) ?? null,
    })),
    ccds: optional('ccd', 'CCD'),
    bands: optional('band', 'band'),
    notes:
      absent.length === 0
        ? []
        : [`${absent.length} labelled exposures are not in the set, such as ${absent[0]}: left out`],
  };
}

/** What a set knows of the CCD of a row. */
export function ccdOf({ stamps, bands }: ExposureSet, row: number): ExposureCcd {
  const { pixels, height, width, channels, table } = stamps;
  const size = height * width * channels;
  return {
    views: (pixels as Uint8Array).subarray(row * size, (row + 1) * size),
    numbers: Object.fromEntries(
      table.columns.flatMap((column) =>
        column.kind === 'number' ? [[column.name, column.values[row]]] : [],
      ),
    ),
    band: bands[row],
  };
}

/** Exposures with exactly one reason, `Good` included: what heads learn from and the primary figures are of. */
export function single(exposures: readonly SetExposure[]): SetExposure[] {
  return exposures.filter(({ reasons }) => reasons?.length === 1);
}

async function viewsOf(path: string, { height, width, channels, pixels }: StampSet): Promise<ViewSettings> {
  const file = join(path, 'stamp-set.json');
  const invalid = (what: string, cause?: unknown) =>
    new SurveyError('STAMP_SET_INVALID', what, { path: file, cause });
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw invalid('is not there: a set of CCDs says in it how its views were made', cause);
  });
  let found: ViewSettings;
  try {
    found = viewSettings.parse((JSON.parse(text) as { readonly views?: unknown }).views);
  } catch (cause) {
    throw invalid(
      'does not say how views of CCDs were made; make the set with `blemish dataset views`',
      cause,
    );
  }
  const { size, crops } = found;
  if (height !== size || width !== size || channels !== 1 + crops || !(pixels instanceof Uint8Array)) {
    throw invalid(
      `speaks of ${1 + crops} views of ${size} × ${size} pixels of 8 bits; ${stampSetFiles.stamps} holds ${channels} of ${width} × ${height}`,
    );
  }
  return found;
}

function textOf(table: DataTable, name: string, role: string): readonly string[] {
  const column = tableColumn(table, name, role);
  return column.kind === 'text' ? column.values : Array.from(column.values, String);
}

/** @throws SurveyError TABLE_LABELS */
function ownReasons(
  exposures: readonly string[],
  texts: readonly string[],
  path: string,
): Map<string, readonly string[]> {
  const out = new Map<string, readonly string[]>();
  const first = new Map<string, string>();
  exposures.forEach((name, row) => {
    const text = texts[row].trim();
    const before = first.get(name);
    if (before !== undefined && before !== text) {
      throw new SurveyError(
        'TABLE_LABELS',
        `row ${row + 1}: exposure ${name} has the reasons '${text}' here and '${before}' before; reasons are of whole exposures`,
        { path },
      );
    }
    if (before !== undefined) return;
    first.set(name, text);
    if (text !== '') out.set(name, categoriesOf(text, row, path));
  });
  return out;
}

/** @throws SurveyError TABLE_… */
async function listedReasons(path: string): Promise<Map<string, readonly string[]>> {
  const table = await openTable(path, { text: ['exposure', 'reasons'] });
  const exposures = textOf(table, 'exposure', 'exposure');
  const texts = textOf(table, 'reasons', 'reasons');
  return ownReasons(exposures, texts, path);
}

/** @throws SurveyError TABLE_LABELS with the nearest names */
function categoriesOf(text: string, row: number, path: string): readonly string[] {
  const names = [...new Set(text.split(';').map((name) => name.trim()))].filter((name) => name !== '');
  const wrong = names.find((name) => !(exposureCategories as readonly string[]).includes(name));
  if (wrong !== undefined) {
    const near = nearestNames(wrong, exposureCategories);
    const hint =
      near.length > 0 ? `did you mean '${near[0]}'?` : `known are ${exposureCategories.join(', ')}`;
    throw new SurveyError('TABLE_LABELS', `row ${row + 1}: there is no category '${wrong}' (${hint})`, {
      path,
    });
  }
  if (names.length > 1 && names.includes('Good')) {
    throw new SurveyError(
      'TABLE_LABELS',
      `row ${row + 1}: 'Good' stands beside '${names.find((name) => name !== 'Good')}'`,
      {
        path,
      },
    );
  }
  return names;
}
