import { basename } from 'node:path';
import { numberColumn, openTable, tableColumn } from '../datasets/index.ts';
import type { DataTable } from '../datasets/index.ts';
import { SurveyError } from '../errors.ts';
import { canonicalLabel } from './class-map.ts';
import { tablesIn } from './dataset-info.ts';
import type { RowPlace } from './dataset-check.ts';

export interface CheckPositionsOptions {
  /** Columns of degrees; found by their usual names where they are absent. */
  readonly ra?: string | undefined;
  readonly dec?: string | undefined;
  readonly label?: string | undefined;
  /** Distance up to which rows are one position, arcseconds; 0, by default: the same numbers alone. */
  readonly radiusArcsec?: number | undefined;
}

export interface PositionRow extends RowPlace {
  /** Degrees. */
  readonly ra: number;
  readonly dec: number;
}

export interface PositionCheck {
  readonly tables: readonly { readonly path: string; readonly rows: number }[];
  readonly radiusArcsec: number;
  /** Rows of each label. */
  readonly labels: Readonly<Record<string, number>>;
  /** Different positions. */
  readonly positions: number;
  /** Rows of one position, where there are several. */
  readonly duplicates: readonly (readonly PositionRow[])[];
  /** Those whose labels differ. */
  readonly conflicts: readonly (readonly PositionRow[])[];
  /** Those in more than one table. */
  readonly leaked: readonly (readonly PositionRow[])[];
  /** Rows without a position on the sky, or without a label. */
  readonly invalid: readonly { readonly table: string; readonly row: number; readonly what: string }[];
  readonly clean: boolean;
}

/** Usual names of the columns, in lower case. */
const usual = {
  ra: ['ra', 'ra_deg', 'raj2000', 'alpha_j2000', 'right_ascension'],
  dec: ['dec', 'dec_deg', 'dej2000', 'decj2000', 'delta_j2000', 'declination'],
  label: ['label', 'class', 'target', 'type'],
} as const;

/**
 * Looks for what spoils a catalogue of labelled positions: one position with two labels, in two tables, or given twice.
 * @param path table, or folder of tables
 * @throws SurveyError of the tables; TABLE_COLUMN_MISSING where no column is known by its name; OPTION_INVALID
 */
export async function checkPositions(
  path: string,
  options: CheckPositionsOptions = {},
): Promise<PositionCheck> {
  const { radiusArcsec = 0 } = options;
  if (!(radiusArcsec >= 0 && radiusArcsec <= 3600))
    throw new SurveyError('OPTION_INVALID', `--radius is ${radiusArcsec}; give 0 to 3600 arcseconds`);
  const rows: PositionRow[] = [];
  const invalid: PositionCheck['invalid'][number][] = [];
  const tables: PositionCheck['tables'][number][] = [];
  for (const each of await tablesIn(path)) {
    const { found, bad, count } = await readPositions(each, options);
    for (const row of found) rows.push(row);
    invalid.push(...bad);
    tables.push({ path: each, rows: count });
  }
  const sets = samePositions(rows, radiusArcsec);
  const several = sets.filter((set) => set.length > 1);
  const differ = (set: readonly PositionRow[], key: 'label' | 'table') =>
    new Set(set.map((row) => row[key])).size > 1;
  const labels: Record<string, number> = {};
  for (const { label } of rows) labels[label] = (labels[label] ?? 0) + 1;
  return {
    tables,
    radiusArcsec,
    labels,
    positions: sets.length,
    duplicates: several,
    conflicts: several.filter((set) => differ(set, 'label')),
    leaked: several.filter((set) => differ(set, 'table')),
    invalid,
    clean: several.length === 0 && invalid.length === 0,
  };
}

/** Has the table, or the first of the folder, positions and labels by its names, and is not of labels of images? */
export async function holdsPositions(path: string): Promise<boolean> {
  try {
    const [first] = await tablesIn(path);
    const table = await openTable(first);
    const names = new Set(table.columns.map(({ name }) => name.toLowerCase()));
    const roles = Object.values(usual).every((list) => list.some((name) => names.has(name)));
    return roles && !names.has('image') && !names.has('exposure');
  } catch {
    // What it is instead, and what is wrong with it, is for whoever reads it as that to say.
    return false;
  }
}

async function readPositions(
  path: string,
  options: CheckPositionsOptions,
): Promise<{ found: PositionRow[]; bad: PositionCheck['invalid'][number][]; count: number }> {
  // Labels as they are written: 0 and 1 are names here, too.
  const spelled = usual.label.flatMap((word) => [
    word,
    word.toUpperCase(),
    word[0].toUpperCase() + word.slice(1),
  ]);
  const table = await openTable(path, { text: options.label === undefined ? spelled : [options.label] });
  const name = (role: keyof typeof usual) => options[role] ?? usualName(table, role);
  const [raName, decName, labelName] = [name('ra'), name('dec'), name('label')];
  const ra = numberColumn(table, raName, 'right ascension').values;
  const dec = numberColumn(table, decName, 'declination').values;
  const labels = Array.from(tableColumn(table, labelName, 'label').values, String);
  const found: PositionRow[] = [];
  const bad: PositionCheck['invalid'][number][] = [];
  for (let i = 0; i < table.rows; i++) {
    const place = { table: basename(path), row: table.originOf(i).row };
    const onSky = ra[i] >= -360 && ra[i] <= 360 && dec[i] >= -90 && dec[i] <= 90;
    if (!onSky)
      bad.push({ ...place, what: `${raName} ${ra[i]}, ${decName} ${dec[i]} is no position in degrees` });
    else if (labels[i] === '') bad.push({ ...place, what: 'has no label' });
    else found.push({ ...place, id: null, label: canonicalLabel(labels[i]), ra: ra[i], dec: dec[i] });
  }
  return { found, bad, count: table.rows };
}

function usualName(table: DataTable, role: keyof typeof usual): string {
  const names = table.columns.map((column) => column.name);
  const lower = names.map((each) => each.toLowerCase());
  for (const name of usual[role]) {
    const at = lower.indexOf(name);
    if (at >= 0) return names[at];
  }
  throw new SurveyError(
    'TABLE_COLUMN_MISSING',
    `no column that is ${role} by its name (there are: ${names.slice(0, 12).join(', ')}): ` +
      `say which with --${role}, or give --recipe where this is a table of features`,
    { path: table.path },
  );
}

/** Rows within `radius` of one another, chains of them too, as sets in the order of their first rows. */
function samePositions(rows: readonly PositionRow[], radiusArcsec: number): PositionRow[][] {
  const parent = Int32Array.from(rows.keys());
  const root = (i: number): number => {
    while (parent[i] !== i) {
      parent[i] = parent[parent[i]];
      i = parent[i];
    }
    return i;
  };
  const radius = radiusArcsec / 3600;
  const order = Int32Array.from(rows.keys()).sort((a, b) => rows[a].dec - rows[b].dec);
  for (let k = 0; k < order.length; k++) {
    const a = rows[order[k]];
    for (let m = k + 1; m < order.length && rows[order[m]].dec - a.dec <= radius; m++) {
      if (!within(a, rows[order[m]], radius)) continue;
      const [first, second] = [root(order[k]), root(order[m])];
      parent[Math.max(first, second)] = Math.min(first, second);
    }
  }
  const sets = new Map<number, PositionRow[]>();
  rows.forEach((row, i) => {
    const key = root(i);
    const set = sets.get(key);
    if (set === undefined) sets.set(key, [row]);
    else set.push(row);
  });
  return [...sets.values()];
}

/** Haversine: exact for the smallest distances, and over the pole. Degrees. */
function within(a: PositionRow, b: PositionRow, radius: number): boolean {
  if (a.dec === b.dec && a.ra === b.ra) return true;
  const degree = Math.PI / 180;
  const dDec = Math.sin(((b.dec - a.dec) * degree) / 2);
  const dRa = Math.sin(((b.ra - a.ra) * degree) / 2);
  const h = dDec ** 2 + Math.cos(a.dec * degree) * Math.cos(b.dec * degree) * dRa ** 2;
  return 2 * Math.asin(Math.min(1, Math.sqrt(h))) <= radius * degree;
}
