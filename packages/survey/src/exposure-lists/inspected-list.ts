import { basename } from 'node:path';
import { listedReasons, readReason } from './category-words.ts';
import { machineAnalyst } from './exposure-label.ts';
import type { ExposureLabel, ReadList, Verdict } from './exposure-label.ts';
import {
  LineProblem,
  commaFields,
  exposureNumber,
  headerFields,
  linesOf,
  readLines,
  short,
} from './list-lines.ts';
import { Tally } from './tally.ts';

/** Columns of inspectors: `inspector1_badexp`, `inspector1_reason`. */
const verdictColumn = /^(.+)_badexp$/i;

/** Is this the header of a list with the verdicts of inspectors? */
export function isInspectedHeader(fields: readonly string[]): boolean {
  return fields.some((name) => verdictColumn.test(name)) && fields.some((name) => /^expnum$/i.test(name));
}

/**
 * Reads a table of exposures that a machine called bad, with what inspectors said of each: `expnum, image_fname, …, ML_reason,
 * inspector1_badexp, inspector1_reason, …` as the DR11 list has it. One judgement for the machine and one for each inspector; an inspector
 * who calls an exposure bad without a word of his own has no reasons, and an empty verdict stays empty: it is not False.
 */
export function parseInspectedList(content: string, path: string): ReadList {
  const [head, ...lines] = linesOf(content);
  const names = headerFields(head?.text ?? '').map((name) => name.toLowerCase());
  const at = (name: string) => names.indexOf(name);
  const inspectors = names.flatMap((name) => verdictColumn.exec(name)?.[1] ?? []);
  const unknown = new Tally();
  const file = basename(path);
  const { items, failed } = readLines(lines, path, ({ number, text }): ExposureLabel[] => {
    const fields = commaFields(text);
    if (fields.length !== names.length)
      throw new LineProblem(`${fields.length} fields where the header has ${names.length}`);
    const field = (name: string) => fields[at(name)] ?? '';
    const source = `${file}:${number}`;
    const exposure = exposureNumber(field('expnum'));
    const machine = readReason(field('ml_reason'));
    const judgements = inspectors.map((analyst): ExposureLabel => {
      const verdict = readVerdict(field(`${analyst}_badexp`), `${analyst}_badexp`);
      const comment = field(`${analyst}_reason`);
      const said = readReason(comment);
      unknown.add(said.unknown);
      const reasons = comment === '' || verdict !== 'bad' ? [] : listedReasons(said);
      return { exposure, ccd: '', reasons, analyst, verdict, source, comment };
    });
    unknown.add(machine.unknown);
    return [
      {
        ...{ exposure, ccd: '', reasons: listedReasons(machine), analyst: machineAnalyst },
        ...{ verdict: 'bad', source, comment: field('image_fname') },
      },
      ...judgements,
    ];
  });
  return { labels: items.flat(), unknown: unknown.counts, withdrawn: 0, failed };
}

/** @throws LineProblem */
function readVerdict(text: string, column: string): Verdict {
  const word = text.trim().toLowerCase();
  if (word === '') return '';
  if (['true', 't', 'yes', 'y', '1'].includes(word)) return 'bad';
  if (['false', 'f', 'no', 'n', '0'].includes(word)) return 'not bad';
  throw new LineProblem(`${column} '${short(text)}' is neither True nor False, nor empty`);
}
