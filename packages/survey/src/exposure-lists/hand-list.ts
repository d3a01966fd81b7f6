import { basename } from 'node:path';
import type { ExposureCategory } from '@blemish/sky';
import { exposureCategories } from '@blemish/sky';
import { listedReasons, otherReason, readReason } from './category-words.ts';
import type { ExposureLabel, ReadList } from './exposure-label.ts';
import { LineProblem, ccdName, exposureNumber, linesOf, readLines, short } from './list-lines.ts';
import { Tally } from './tally.ts';

/** What the flags say by themselves; 3 is "other source". */
const flagCategories: Readonly<Record<string, ExposureCategory | null>> = {
  1: 'Saturated',
  2: 'Clouds_transparency',
  3: null,
};

/**
 * Reads a list kept by hand, such as the Legacy Survey's `decam-bad_expid.txt`: the number of an exposure, `-N4` behind it for a single CCD,
 * then a flag and words, or none. A line that starts with # is a heading and speaks for the lines below it that say nothing themselves, up
 * to the next one; if it names several categories, it does not tell which of them a line has. An entry behind # is withdrawn.
 */
export function parseHandList(content: string, path: string): ReadList {
  let heading = '';
  let withdrawn = 0;
  const unknown = new Tally();
  const file = basename(path);
  const { items, failed } = readLines(linesOf(content), path, ({ number, text }): ExposureLabel | null => {
    if (text.startsWith('#')) {
      const words = text.replace(/^#+\s*/, '');
      if (/^(?:EXPID|EXPNUM|Flags?\s*:)/i.test(words)) return null;
      if (/^\d{5,}\b/.test(words)) withdrawn++;
      // A date alone ends the section before it.
      else heading = words.replace(/^\d{1,4}-\d\d-\d\d\s*/, '');
      return null;
    }
    const [, digits, ccd = '', rest = ''] =
      /^(\d+)(?:-([A-Za-z]+\d+))?(?:[\s,]+(.*))?$/.exec(text) ?? ([] as const);
    if (digits === undefined)
      throw new LineProblem(
        `'${short(text)}' does not begin with the number of an exposure, as in 346343 or 346343-N4`,
      );
    const entry = { exposure: exposureNumber(digits), ccd: ccdName(ccd) };
    const [, flag, words = ''] = /^([123])(?:\s+(.*))?$/.exec(rest) ?? [null, null, rest];
    const said = flag === null && words === '' ? readHeading(heading) : readEntry(flag, words);
    unknown.add(said.unknown);
    return {
      ...entry,
      ...{ reasons: said.reasons, comment: said.comment },
      ...{ analyst: '', verdict: 'bad', source: `${file}:${number}` },
    };
  });
  return { labels: items.filter((item) => item !== null), unknown: unknown.counts, withdrawn, failed };
}

interface Said {
  readonly reasons: readonly string[];
  readonly unknown: readonly string[];
  readonly comment: string;
}

function readEntry(flag: string | null, comment: string): Said {
  const { categories, unknown } = readReason(comment);
  const flagged = flag === null ? null : flagCategories[flag];
  const all = exposureCategories.filter((name) => name === flagged || categories.includes(name));
  return {
    reasons: listedReasons({ categories: all, unknown }),
    unknown,
    comment: flag === null ? comment : `${flag} ${comment}`.trim(),
  };
}

function readHeading(comment: string): Said {
  const { categories } = readReason(comment);
  if (categories.length === 1) return { reasons: categories, unknown: [], comment };
  return { reasons: [otherReason], unknown: [comment === '' ? 'no word' : comment], comment };
}
