import { CsvError, parse } from 'csv-parse/sync';
import { SurveyError } from '../errors.ts';
import { nearestNames } from '../datasets/nearest-names.ts';
import { csvHeader, csvRow } from '../tables/csv.ts';
import type { Column } from '../tables/column.ts';
import type { ClassNames, Label, LabelShape, ReadLabels } from './label.ts';
import { shapeKinds, shapeNumbers, shapeOf } from './shape-numbers.ts';

const text = (name: string, description: string): Column => ({ name, type: 'string', description });

/** Columns of `labels.csv`, the form in which labels are kept. */
export const labelColumns: readonly Column[] = [
  text('image', 'file of the image, as the labels name it; empty where exposure and ccd say which it is'),
  text('exposure', 'name or number of the exposure'),
  text('ccd', 'EXTNAME or number of the CCD; empty where the file holds one image'),
  text('band', 'filter band'),
  text('class', 'class of the taxonomy, `No artifact`, `Other` or `Awesome`'),
  text('kind', 'point, circle, ellipse, box, polygon, polyline, or image for the whole image'),
  text(
    'coordinates',
    'numbers with blanks between: pixels from 0 at the centre of the first pixel, angles in degrees from x towards y; the guide lists them for each kind',
  ),
  {
    name: 'wrong_mask',
    type: 'boolean',
    description: 'true: the mask that the pipeline has here for this class is wrong',
  },
  text('annotator', 'who gave the label'),
  text('time', 'when, as in the file the label is from'),
  text('note', "the annotator's own words"),
  text('origin_file', 'file the label was imported from'),
  { name: 'origin_row', type: 'int', description: 'row, entry, line or qaid there' },
];

/** Columns without which a table is none of labels. */
const needed = ['class', 'kind', 'coordinates'];

/** Does this header belong to a table of labels? */
export function isLabelHeader(names: readonly string[]): boolean {
  return needed.every((name) => names.includes(name));
}

/** The text of `labels.csv`. Numbers are written so that they read back the same. */
export function formatLabelTable(labels: readonly Label[]): string {
  const rows = labels.map((label) =>
    csvRow(labelColumns, {
      image: label.image,
      exposure: label.exposure,
      ccd: label.ccd,
      band: label.band,
      class: label.className,
      kind: label.shape.kind,
      coordinates: shapeNumbers(label.shape).join(' '),
      wrong_mask: label.wrongMask,
      annotator: label.annotator,
      time: label.time,
      note: label.note,
      origin_file: label.origin.file,
      origin_row: label.origin.row,
    }),
  );
  return [csvHeader(labelColumns), ...rows].join('');
}

/**
 * Reads `labels.csv`. Columns may stand in any order; all but class, kind and coordinates may be absent, and without origin columns a label's
 * origin is this file and row. Class names that are not among `names` are taken as they stand: `checkLabels` tells of unknown ones.
 * @throws SurveyError LABELS_INVALID naming the row (from 1, without the header) and what is wrong
 */
export function parseLabelTable(content: string, path: string, names: ClassNames = new Map()): ReadLabels {
  const records = csvRecords(content, path);
  const header = Object.keys(records[0]?.record ?? {});
  if (records.length > 0 && !isLabelHeader(header)) {
    const missing = needed.filter((name) => !header.includes(name));
    throw new SurveyError('LABELS_INVALID', `no column ${missing.map((name) => `'${name}'`).join(', ')}`, {
      path,
    });
  }
  const labels = records.map(({ record, row }): Label => {
    const cell = (name: string) => record[name] ?? '';
    const shape = readShape(cell('kind').trim(), cell('coordinates').trim());
    if (typeof shape === 'string') throw new SurveyError('LABELS_INVALID', `row ${row}: ${shape}`, { path });
    const originRow = Number(cell('origin_row'));
    return {
      image: cell('image'),
      exposure: cell('exposure'),
      ccd: cell('ccd'),
      band: cell('band'),
      className: names.get(cell('class').trim().toLowerCase()) ?? cell('class').trim(),
      shape,
      wrongMask: readFlag(cell('wrong_mask'), row, path),
      annotator: cell('annotator'),
      time: cell('time'),
      note: cell('note'),
      origin:
        cell('origin_file') !== '' && Number.isInteger(originRow) && cell('origin_row') !== ''
          ? { file: cell('origin_file'), row: originRow }
          : { file: path, row },
    };
  });
  return { labels, notes: [] };
}

function readShape(kind: string, coordinates: string): LabelShape | string {
  const known = shapeKinds.find((name) => name === kind);
  if (known === undefined) {
    const near = nearestNames(kind, shapeKinds);
    const hint =
      near.length > 0 ? `did you mean ${near.join(' or ')}?` : `known are ${shapeKinds.join(', ')}`;
    return `unknown kind '${kind}' (${hint})`;
  }
  const words = coordinates === '' ? [] : coordinates.split(/\s+/);
  return shapeOf(known, words.map(Number));
}

function readFlag(word: string, row: number, path: string): boolean {
  const value = word.trim().toLowerCase();
  if (value === 'true' || value === '1') return true;
  if (value === 'false' || value === '0' || value === '') return false;
  throw new SurveyError('LABELS_INVALID', `row ${row}: wrong_mask '${word}' is neither true nor false`, {
    path,
  });
}

export interface CsvRecord {
  readonly record: Readonly<Record<string, string>>;
  /** From 1, the header not counted. */
  readonly row: number;
}

/** Rows of a CSV text by the names of its header, which lose blanks around them. @throws SurveyError LABELS_INVALID */
export function csvRecords(content: string, path: string): CsvRecord[] {
  try {
    const records = parse<Record<string, string>>(content, {
      columns: (names: string[]) => names.map((name) => name.trim()),
      bom: true,
      skip_empty_lines: true,
    });
    return records.map((record, i) => ({ record, row: i + 1 }));
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw new SurveyError('LABELS_INVALID', cause.message, { path, cause });
  }
}
