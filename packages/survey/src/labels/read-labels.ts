import { readFile } from 'node:fs/promises';
import { SurveyError, errorCode } from '../errors.ts';
import { fitsStem } from '../inputs/names.ts';
import { readCheckerDatabase } from './checker-sqlite.ts';
import { parseCheckerCsv, parseCheckerJson } from './checker-text.ts';
import type { CheckerOptions } from './checker-rows.ts';
import { parseDs9 } from './ds9.ts';
import type { ReadLabels } from './label.ts';
import { isLabelHeader, parseLabelTable } from './label-table.ts';
import { parseViaLabels } from './via-labels.ts';

/** Formats of labels. */
export const labelFormats = [
  'labels',
  'checker-json',
  'checker-csv',
  'checker-sqlite',
  'via',
  'ds9',
] as const;
export type LabelFormat = (typeof labelFormats)[number];

/** How to read labels; each option holds for the formats that have what it is about. */
export interface ReadLabelsOptions extends CheckerOptions {
  /** Default: by the content of the file. */
  readonly format?: LabelFormat | undefined;
  /** ds9: the image that the regions are on; default: what the file says, else its name without `.reg`. */
  readonly image?: string | undefined;
  /** VIA: the attribute that holds the class. */
  readonly attribute?: string | undefined;
  /** VIA and ds9: class of regions that name none. */
  readonly defaultClass?: string | undefined;
}

/**
 * Reads labels of any format: `labels.csv`, exports of the Exposure Checker (JSON, CSV, SQLite), annotations of the VGG Image Annotator,
 * ds9 regions.
 * @throws SurveyError INPUT_NOT_FOUND; OPTION_INVALID for a flip where there is none; LABELS_INVALID naming file and row where it cannot be read, or is of no format known
 */
export async function readLabels(path: string, options: ReadLabelsOptions = {}): Promise<ReadLabels> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    if (errorCode(cause) === 'EISDIR')
      throw new SurveyError(
        'LABELS_INVALID',
        'is a folder; name a file of labels in it, or for tables to learn from give --recipe',
        { path, cause },
      );
    throw new SurveyError('INPUT_NOT_FOUND', 'no such file', { path, cause });
  });
  const format = options.format ?? detectFormat(bytes, path);
  if (options.flip !== undefined && !isCheckerFormat(format))
    throw new SurveyError(
      'OPTION_INVALID',
      `the flip '${options.flip}' is for positions of the Exposure Checker, not for ${format}; ${format === 'via' ? 'turn pictures that show the last row at their top before they are annotated, or write y as height − 1 − y' : 'leave it out'}`,
      { path },
    );
  if (format === 'checker-sqlite') return readCheckerDatabase(bytes, path, options);
  const text = new TextDecoder().decode(bytes);
  switch (format) {
    case 'labels':
      return parseLabelTable(text, path, options.names);
    case 'checker-json':
      return parseCheckerJson(text, path, options);
    case 'checker-csv':
      return parseCheckerCsv(text, path, options);
    case 'via':
      return parseViaLabels(text, path, options);
    case 'ds9': {
      const { names, defaultClass, image } = options;
      const nameless = fitsStem(path).replace(/\.reg$/i, '');
      return parseDs9(text, path, { ...(names && { names }), defaultClass, image, nameless });
    }
  }
}

/** Is this a format of the Exposure Checker, with positions of its rendering? */
export function isCheckerFormat(format: LabelFormat): boolean {
  return format.startsWith('checker-');
}

/** The format of a file by its first bytes. @throws SurveyError LABELS_INVALID */
export function detectFormat(bytes: Uint8Array, path: string): LabelFormat {
  const head = new TextDecoder().decode(bytes.subarray(0, 1 << 16)).replace(/^\uFEFF/, '');
  if (head.startsWith('SQLite format 3\0')) return 'checker-sqlite';
  const start = head.trimStart();
  if (start.startsWith('[')) return 'checker-json';
  if (start.startsWith('{')) return 'via';
  if (/^# Region file format/i.test(start) || /\.reg$/i.test(path)) return 'ds9';
  const header = (start.split(/\r?\n/, 1)[0] ?? '')
    .split(',')
    .map((name) => name.trim().replace(/^"(.*)"$/, '$1'));
  if (isLabelHeader(header)) return 'labels';
  if (header.includes('problem')) return 'checker-csv';
  throw new SurveyError(
    'LABELS_INVALID',
    `of no format known by its content (${labelFormats.join(', ')}); a CSV file needs a header with class, kind, coordinates or with problem; for a table to learn from give --recipe`,
    { path },
  );
}
