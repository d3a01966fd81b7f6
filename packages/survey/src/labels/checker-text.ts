import { SurveyError } from '../errors.ts';
import { csvHeader, csvRow } from '../tables/csv.ts';
import type { Column, Row } from '../tables/column.ts';
import { checkerReports, readCheckerRows } from './checker-rows.ts';
import type { CheckerOptions, CheckerRecord } from './checker-rows.ts';
import type { Label, ReadLabels } from './label.ts';
import { csvRecords } from './label-table.ts';
import { rendering } from './rendering.ts';

/** An export's text, and what of the labels it could not hold, one sentence each. */
export interface ExportedText {
  readonly text: string;
  readonly notes: readonly string[];
}

/**
 * Reads what the checker's API answers: a list of reports. See `readCheckerRows`.
 * @throws SurveyError LABELS_INVALID
 */
export function parseCheckerJson(text: string, path: string, options: CheckerOptions = {}): ReadLabels {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new SurveyError('LABELS_INVALID', `not JSON (${(cause as Error).message})`, { path, cause });
  }
  if (!Array.isArray(document))
    throw new SurveyError('LABELS_INVALID', 'not reports of the Exposure Checker: no list', { path });
  const records = document.map((fields: unknown, i): CheckerRecord => {
    if (typeof fields === 'object' && fields !== null && !Array.isArray(fields))
      return { fields: fields as Readonly<Record<string, unknown>>, row: i + 1 };
    throw new SurveyError('LABELS_INVALID', `row ${i + 1} is no report of the Exposure Checker`, { path });
  });
  return readCheckerRows(records, path, options);
}

/** Reads reports as a table: the columns of the database, or of the API. See `readCheckerRows`. @throws SurveyError LABELS_INVALID */
export function parseCheckerCsv(text: string, path: string, options: CheckerOptions = {}): ReadLabels {
  const records = csvRecords(text, path).map(({ record, row }) => ({ fields: record, row }));
  return readCheckerRows(records, path, options);
}

/** Reports as the checker's API gives them: names of problems, positions 4 times those of the rendering; image and time, which it leaves out, as the database calls them. */
export function formatCheckerJson(labels: readonly Label[], options: CheckerOptions = {}): ExportedText {
  const { reports, notes } = checkerReports(labels, options);
  const rows = reports.map(
    ({ qaid, expname, ccd, band, className, problem, x, y, detail, userid, name, timestamp }) => ({
      qa_id: qaid,
      expname,
      ccd,
      band,
      problem: className,
      x: x === null ? null : x * rendering.factor,
      y: y === null ? null : y * rendering.factor,
      detail: detail === '' ? null : detail,
      false_positive: problem < 0,
      ...(userid === '' ? {} : { userid }),
      ...(name === '' ? {} : { name }),
      ...(timestamp === '' ? {} : { timestamp }),
    }),
  );
  return { text: `[\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n]\n`, notes };
}

const csvColumns = 'qaid fileid expname ccd band name userid problem x y detail timestamp'
  .split(' ')
  .map((name): Column => ({ name, type: 'string', description: '' }));

/** Reports as the tables of the checker's database, joined: codes of problems, positions on the rendering. */
export function formatCheckerCsv(labels: readonly Label[], options: CheckerOptions = {}): ExportedText {
  const { reports, notes } = checkerReports(labels, options);
  const rows = reports.map((report) => csvRow(csvColumns, { ...report } satisfies Row));
  return { text: [csvHeader(csvColumns), ...rows].join(''), notes };
}
