import { parse } from 'csv-parse/sync';
import { decamPlaces } from '@blemish/sky';
import { isMissing } from '../datasets/index.ts';
import { SurveyError, toFailure } from '../errors.ts';
import type { Failure } from '../errors.ts';

/** A line of a list that holds something. */
export interface ListLine {
  /** From 1. */
  readonly number: number;
  /** Without blanks at its ends. */
  readonly text: string;
}

/** The lines of a list that are not empty. */
export function linesOf(content: string): ListLine[] {
  return content
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .map((line, i): ListLine => ({ number: i + 1, text: line.trim() }))
    .filter(({ text }) => text !== '');
}

/** What is wrong with a line; `readLines` says where. */
export class LineProblem extends Error {}

/** Reads each line by itself: what one of them lacks does not keep the others from being read. */
export function readLines<T>(
  lines: readonly ListLine[],
  path: string,
  read: (line: ListLine) => T,
): { readonly items: readonly T[]; readonly failed: readonly Failure[] } {
  const items: T[] = [];
  const failed: Failure[] = [];
  for (const line of lines) {
    try {
      items.push(read(line));
    } catch (error) {
      if (!(error instanceof LineProblem)) throw error;
      const coded = new SurveyError('LIST_LINE', `line ${line.number}: ${error.message}`, { path });
      failed.push(toFailure(coded, path, null, 'LIST_LINE'));
    }
  }
  return { items, failed };
}

/** The fields of one line of comma-separated values, without blanks at their ends. @throws LineProblem on quotes out of place */
export function commaFields(text: string): string[] {
  if (!text.includes('"')) return text.split(',').map((field) => field.trim());
  try {
    const [fields = []] = parse(text, { relax_column_count: true });
    return fields.map((field) => field.trim());
  } catch {
    throw new LineProblem('quotes that open and do not close, or stand within a field');
  }
}

/** The fields of a line that may be a header; none where it cannot be read. */
export function headerFields(text: string): string[] {
  try {
    return commaFields(text);
  } catch (error) {
    if (error instanceof LineProblem) return [];
    throw error;
  }
}

/** A number of an exposure as all lists write it: whole, without zeros before it. @throws LineProblem */
export function exposureNumber(text: string): string {
  const digits = /^0*(\d{1,15})(?:\.0*)?$/.exec(text.trim())?.[1];
  if (digits === undefined) throw new LineProblem(`'${short(text)}' is no number of an exposure`);
  return digits;
}

const names = new Map(decamPlaces(2046, 4094).map(({ name, ccdnum }) => [ccdnum, name]));
const known = new Set(names.values());

/** The name of a DECam CCD by its name or CCDNUM; '' where a list names none and means all. @throws LineProblem */
export function ccdName(text: string): string {
  if (isMissing(text)) return '';
  const upper = text
    .trim()
    .toUpperCase()
    .replace(/^([NS])0+(?=\d)/, '$1');
  const name = /^\d+(?:\.0*)?$/.test(upper) ? names.get(Number(upper)) : upper;
  if (name !== undefined && known.has(name)) return name;
  throw new LineProblem(
    `'${short(text)}' is no CCD: DECam's are S1 … S31, N1 … N31 or CCDNUM 1 … 62, and none for the whole exposure`,
  );
}

/** Enough of a text for a message. */
export function short(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
