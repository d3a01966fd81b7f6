import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { splitRows } from '@blemish/evaluate';
import { tableColumn } from '../datasets/index.ts';
import type { DataTable } from '../datasets/index.ts';
import { SurveyError } from '../errors.ts';
import { viewSettings } from '../exposures/view-settings.ts';
import type { ViewSettings } from '../exposures/view-settings.ts';
import type { SelfDistillationRecipe } from '../self-distillation-recipe.ts';
import { readStampSet, stampSetHash } from '../stamps/read-stamp-set.ts';

/** Views of CCDs in memory, and what training needs to know of them. */
export interface ViewSet {
  readonly path: string;
  readonly name: string;
  readonly count: number;
  /** Side of a view in pixels, and views of a CCD. */
  readonly size: number;
  readonly views: number;
  /** [count, size, size, views] grey levels. */
  readonly pixels: Uint8Array;
  /** Number of the group of each CCD. */
  readonly groups: Uint32Array;
  /** Label of each CCD, empty where it has none; null where the set has no such column. */
  readonly labels: readonly string[] | null;
  readonly settings: ViewSettings | null;
  readonly simulated: boolean;
  readonly sha256: string;
}

/**
 * Reads an exposure set for training.
 * @throws SurveyError as `readStampSet`; STAMP_SHAPE where stamps are not square or hold other numbers than grey levels
 */
export async function readViewSet(path: string, { data }: SelfDistillationRecipe): Promise<ViewSet> {
  const set = await readStampSet(path, [data.group, data.label]);
  const { count, height, width, channels, pixels, table } = set;
  if (height !== width || !(pixels instanceof Uint8Array)) {
    const type = pixels instanceof Uint8Array ? 'uint8' : 'float';
    throw new SurveyError(
      'STAMP_SHAPE',
      `holds ${type} stamps of ${width} × ${height} pixels; views of CCDs are square, of 8 bits`,
      { path },
    );
  }
  return {
    path,
    name: set.name,
    count,
    size: height,
    views: channels,
    pixels,
    groups: groupNumbers(table, data.group),
    labels: texts(table, data.label),
    settings: await settingsOf(path),
    simulated: set.simulated,
    sha256: stampSetHash(set, data.label),
  };
}

/** Null where the table has no such column. */
function texts(table: DataTable, name: string): readonly string[] | null {
  if (!table.columns.some((column) => column.name === name)) return null;
  const column = tableColumn(table, name, 'column');
  return (column.kind === 'text' ? column.values : Array.from(column.values, String)).map((text) =>
    text.trim(),
  );
}

/** Rows without a group are each by themselves. */
function groupNumbers(table: DataTable, name: string): Uint32Array {
  const groups = texts(table, name);
  const known = new Map<string, number>();
  return Uint32Array.from({ length: table.rows }, (_, row) => {
    const key = groups?.[row] ? `group ${groups[row]}` : `row ${row}`;
    const number = known.get(key) ?? known.size;
    known.set(key, number);
    return number;
  });
}

/** How the views were made, where the set says it. */
async function settingsOf(folder: string): Promise<ViewSettings | null> {
  const text = await readFile(join(folder, 'stamp-set.json'), 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    return viewSettings.parse((JSON.parse(text) as { readonly views?: unknown }).views);
  } catch {
    return null;
  }
}

export interface ViewParts {
  /** Places in the set. */
  readonly training: Uint32Array;
  readonly validation: Uint32Array;
}

/** Whole groups: CCDs of one exposure are alike. @throws SurveyError VIEWS_REFUSED */
export function holdOutViews(set: ViewSet, { data, seed }: SelfDistillationRecipe): ViewParts {
  try {
    const shares = { training: 1 - data.validation, validation: data.validation };
    const { training, validation } = splitRows(set.count, shares, { groups: set.groups, seed });
    return { training, validation };
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new SurveyError('VIEWS_REFUSED', `${set.count} CCDs cannot be divided: ${cause.message}`, {
      path: set.path,
      cause,
    });
  }
}
