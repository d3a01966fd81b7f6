import { SurveyError } from '../errors.ts';
import { exposureLabelColumns } from './exposure-label.ts';
import type { ExposureLabel, ReadList, Verdict } from './exposure-label.ts';
import { LineProblem, commaFields, headerFields, linesOf, readLines, short } from './list-lines.ts';

/** Is this the header of a table of judgements as `blemish dataset import-list` writes it? */
export function isTidyHeader(fields: readonly string[]): boolean {
  return exposureLabelColumns.every(({ name }) => fields.includes(name));
}

/** Reads such a table back; its reasons are taken as they stand. @throws SurveyError LABELS_INVALID where a column is not there */
export function parseTidyList(content: string, path: string): ReadList {
  const [head, ...lines] = linesOf(content);
  const names = headerFields(head?.text ?? '');
  const missing = exposureLabelColumns.filter(({ name }) => !names.includes(name));
  if (missing.length > 0)
    throw new SurveyError(
      'LABELS_INVALID',
      `no column ${missing.map(({ name }) => `'${name}'`).join(', ')}`,
      { path },
    );
  const { items, failed } = readLines(lines, path, ({ text }): ExposureLabel => {
    const fields = commaFields(text);
    if (fields.length !== names.length)
      throw new LineProblem(`${fields.length} fields where the header has ${names.length}`);
    const field = (name: string) => fields[names.indexOf(name)];
    const exposure = field('exposure');
    if (exposure === '') throw new LineProblem('no exposure');
    return {
      exposure,
      ccd: field('ccd'),
      reasons: field('reasons')
        .split(';')
        .map((name) => name.trim())
        .filter((name) => name !== ''),
      analyst: field('analyst'),
      verdict: readVerdict(field('verdict')),
      source: field('source'),
      comment: field('comment'),
    };
  });
  return { labels: items, unknown: new Map(), withdrawn: 0, failed };
}

/** @throws LineProblem */
function readVerdict(text: string): Verdict {
  if (text === 'bad' || text === 'not bad' || text === '') return text;
  throw new LineProblem(`verdict '${short(text)}' is none of bad, not bad and empty`);
}
