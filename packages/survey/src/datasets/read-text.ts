import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { CsvError, parse } from 'csv-parse';
import { SurveyError, errorCode } from '../errors.ts';
import { ColumnBuilder } from './column.ts';
import { checkNames } from './table.ts';
import type { OpenTableOptions, TableParts } from './table.ts';

/** One record of a text table, with the line it ends on. */
interface TextRecord {
  readonly line: number;
  readonly fields: readonly string[];
}

/**
 * Reads a table of text, row after row: `csv` (RFC 4180), `ecsv` (the same with the delimiter its header names, a space unless told
 * otherwise: Astropy Proposal for Enhancement 6), `tsv`, or `blanks` (fields between blanks, as `.dat` files of the literature). Lines that start with # are comments. The first record is the header unless
 * `names` are given.
 * @throws SurveyError TABLE_RAGGED naming row and line, TABLE_COLUMN_DUPLICATE, TABLE_UNREADABLE; system errors
 */
export async function readTextTable(
  path: string,
  style: 'csv' | 'ecsv' | 'tsv' | 'blanks',
  options: OpenTableOptions,
): Promise<TableParts> {
  const asText = new Set(options.text);
  const start = (names: readonly string[]): ColumnBuilder[] => {
    checkNames(names, path);
    return names.map((name) => new ColumnBuilder(name, asText.has(name)));
  };
  let columns = options.names === undefined ? null : start(options.names);
  let rows = 0;
  try {
    const delimiter = style === 'ecsv' ? await ecsvDelimiter(path) : style === 'tsv' ? '\t' : ',';
    const bytes = await openBytes(path);
    const records = style === 'blanks' ? blankRecords(bytes) : delimitedRecords(bytes, delimiter);
    for await (const { fields, line } of records) {
      if (columns === null) {
        columns = start(fields.map((name) => name.trim()));
        continue;
      }
      rows++;
      if (fields.length !== columns.length) {
        throw new SurveyError(
          'TABLE_RAGGED',
          `row ${rows} (line ${line}) has ${count(fields.length, 'field')} where there are ${count(columns.length, 'column')}`,
          { path },
        );
      }
      for (let k = 0; k < fields.length; k++) columns[k].add(fields[k]);
    }
  } catch (cause) {
    if (cause instanceof CsvError) throw quoteError(cause, path, options.names === undefined);
    if (errorCode(cause)?.startsWith('Z_') !== true) throw cause;
    throw new SurveyError('TABLE_UNREADABLE', (cause as Error).message, { path, cause });
  }
  return { rows, columns: (columns ?? []).map((column) => column.finish()), unusable: [] };
}

/** What the parser refuses is quotes out of place. Its own count of records, the header's among them, is of those before. */
function quoteError(cause: CsvError, path: string, header: boolean): SurveyError {
  const row = Number(cause['records']) + (header ? 0 : 1);
  const where = row === 0 ? 'the header' : `row ${row}`;
  return new SurveyError(
    'TABLE_UNREADABLE',
    `${where} (line ${String(cause['lines'])}): ${cause.message}; put quotes around the whole field and double those within it`,
    { path, cause },
  );
}

/** The delimiter that the header of an ECSV file names: a comma, or the space it is without a word. */
async function ecsvDelimiter(path: string): Promise<string> {
  const bytes = await openBytes(path);
  let delimiter = ' ';
  for await (const text of createInterface({ input: bytes, crlfDelay: Infinity })) {
    if (!text.startsWith('#')) break;
    if (/^#\s*delimiter:\s*(['"]?),\1\s*$/.test(text)) delimiter = ',';
  }
  bytes.destroy();
  return delimiter;
}

/** The file's bytes, unpacked where it is gzipped. */
async function openBytes(path: string): Promise<Readable> {
  const file = await open(path);
  const bytes = file.createReadStream();
  // An error of the file ends the stream behind it with that error.
  return path.toLowerCase().endsWith('.gz') ? pipeline(bytes, createGunzip(), () => undefined) : bytes;
}

async function* delimitedRecords(bytes: Readable, delimiter: string): AsyncGenerator<TextRecord> {
  const parser = parse({
    delimiter,
    bom: true,
    info: true,
    skip_empty_lines: true,
    // Their number is checked with a better message.
    relax_column_count: true,
    comment: '#',
    comment_no_infix: true,
  });
  type Item = { readonly info: { readonly lines: number }; readonly record: string[] };
  const records = pipeline(bytes, parser, () => undefined) as AsyncIterable<Item>;
  for await (const { info, record } of records) yield { line: info.lines, fields: record };
}

async function* blankRecords(bytes: Readable): AsyncGenerator<TextRecord> {
  let line = 0;
  for await (const text of createInterface({ input: bytes, crlfDelay: Infinity })) {
    line++;
    const trimmed = text.trim();
    if (trimmed !== '' && !trimmed.startsWith('#')) yield { line, fields: trimmed.split(/\s+/) };
  }
}

function count(n: number, one: string): string {
  return `${n} ${one}${n === 1 ? '' : 's'}`;
}
