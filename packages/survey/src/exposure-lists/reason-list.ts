import { basename } from 'node:path';
import { listedReasons, readReason } from './category-words.ts';
import type { ExposureLabel, ReadList } from './exposure-label.ts';
import {
  LineProblem,
  ccdName,
  commaFields,
  exposureNumber,
  headerFields,
  linesOf,
  readLines,
} from './list-lines.ts';
import type { ListLine } from './list-lines.ts';
import { Tally } from './tally.ts';

/** Names that lists give their columns, the better one first. */
const aliases = {
  exposure: ['expnum', 'exposure', 'expid'],
  ccd: ['ccdnum', 'ccd'],
  reason: ['reason', 'problem'],
  analyst: ['analyst'],
} as const;
type Role = keyof typeof aliases;

const withoutHeader: readonly string[] = ['expnum', 'ccdnum', 'reason', 'analyst'];

/** The names of the columns where a line is a header of such a list, else null. */
export function reasonHeader(text: string): readonly string[] | null {
  const bare = text.replace(/^#\s*/, '');
  const names = (bare.includes(',') ? headerFields(bare) : fieldsOf(bare)).map((name) => name.toLowerCase());
  return names.length > 1 && aliases.exposure.some((name) => names.includes(name)) ? names : null;
}

/**
 * Reads a list of `EXPNUM, CCDNUM, REASON, ANALYST`, between commas or blanks, with a header (then in any order and with other columns
 * between, `Exposure` and `Problem` being as good) or without. Between blanks a reason may be several words: the other columns are one
 * word each. No CCD means the whole exposure.
 * @param reason of entries of a list without a column of reasons, such as one of ghosts alone
 */
export function parseReasonList(content: string, path: string, reason = ''): ReadList {
  const lines = linesOf(content);
  const first = lines[0] === undefined ? null : reasonHeader(lines[0].text);
  const header = first ?? withoutHeader;
  const column = (role: Role) => {
    const name = aliases[role].find((each) => header.includes(each));
    return name === undefined ? -1 : header.indexOf(name);
  };
  const places = { exposure: column('exposure'), ccd: column('ccd'), analyst: column('analyst') };
  const reasonAt = column('reason');
  const unknown = new Tally();
  const file = basename(path);
  const read = ({ number, text }: ListLine): ExposureLabel => {
    const fields = fitted(fieldsOf(text), header.length, reasonAt, first !== null);
    const exposure = exposureNumber(fields[places.exposure] ?? '');
    const ccd = ccdName(fields[places.ccd] ?? '');
    const comment = fields[reasonAt] || reason;
    const said = readReason(comment);
    unknown.add(comment === '' ? ['no word'] : said.unknown);
    return {
      ...{ exposure, ccd, reasons: listedReasons(said), analyst: fields[places.analyst] ?? '' },
      verdict: said.categories.includes('Good') ? 'not bad' : 'bad',
      ...{ source: `${file}:${number}`, comment },
    };
  };
  const body = (first === null ? lines : lines.slice(1)).filter(({ text }) => !text.startsWith('#'));
  const { items, failed } = readLines(body, path, read);
  return { labels: items, unknown: unknown.counts, withdrawn: 0, failed };
}

function fieldsOf(text: string): string[] {
  return text.includes(',') ? commaFields(text) : text.split(/\s+/);
}

/** Fields in the places of the columns: what is too many are words of the reason. @throws LineProblem */
function fitted(fields: readonly string[], columns: number, reasonAt: number, headed: boolean): string[] {
  const more = fields.length - columns;
  if (more > 0 && reasonAt >= 0) {
    const reason = fields.slice(reasonAt, reasonAt + more + 1).join(' ');
    return [...fields.slice(0, reasonAt), reason, ...fields.slice(reasonAt + more + 1)];
  }
  // Without a header the last ones may be left out.
  if (more > 0 || (headed && more < 0))
    throw new LineProblem(`${fields.length} fields where there are ${columns} columns`);
  return [...fields];
}
