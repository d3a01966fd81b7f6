import { existsSync } from 'node:fs';
import { SurveyError } from '../errors.ts';
import type { Failure } from '../errors.ts';
import { writeRows } from '../learning/predictions.ts';
import { exposureLabelColumns, machineAnalyst } from './exposure-label.ts';
import type { ExposureLabel } from './exposure-label.ts';
import { readExposureList } from './read-exposure-list.ts';
import type { ExposureListFormat, ReadExposureListOptions } from './read-exposure-list.ts';

export interface ImportListsOptions extends ReadExposureListOptions {
  /** Table to write, its format by its ending. */
  readonly out: string;
  /** Replace what is there. */
  readonly force?: boolean | undefined;
  /** Keep the judgements of these analysts alone. */
  readonly analysts?: readonly string[] | undefined;
  /** Keep exposures that at least so many people called bad; a machine does not count. */
  readonly confirmed?: number | undefined;
}

export interface ImportedLists {
  readonly lists: readonly {
    readonly path: string;
    readonly format: ExposureListFormat;
    readonly judgements: number;
    readonly withdrawn: number;
    readonly malformed: number;
  }[];
  /** Judgements written, and the exposures they are of. */
  readonly judgements: number;
  readonly exposures: number;
  /** Of those written: judgements of a single CCD. */
  readonly ofCcds: number;
  /** Of those written: as many of an exposure, CCD and analyst that have one already. All are kept. */
  readonly repeated: number;
  /** Judgements with each reason, the most frequent first. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Words that say no category, with the number of entries that have them, the most frequent first. */
  readonly unknown: Readonly<Record<string, number>>;
  readonly failed: readonly Failure[];
  readonly out: string;
}

/**
 * Reads lists of bad exposures into one table of judgements: one row for what one analyst, or a machine, said of one exposure or CCD.
 * @throws SurveyError of `readExposureList`, OUTPUT_EXISTS, OPTION_INVALID where nothing is left to write, OUTPUT_UNWRITABLE, DISK_FULL
 */
export async function importLists(
  paths: readonly string[],
  { out, force = false, analysts, confirmed, ...reading }: ImportListsOptions,
): Promise<ImportedLists> {
  if (!force && existsSync(out)) throw new SurveyError('OUTPUT_EXISTS', 'is there already', { path: out });
  const lists = [];
  for (const path of paths) lists.push({ path, ...(await readExposureList(path, reading)) });
  const all = lists.flatMap(({ labels }) => labels);
  const labels = confirmedLabels(all, confirmed).filter(
    ({ analyst }) => analysts === undefined || analysts.includes(analyst),
  );
  if (labels.length === 0)
    throw new SurveyError(
      'OPTION_INVALID',
      `none of ${all.length} judgements is left; the analysts are ${namesOf(all).join(', ')}`,
    );
  await writeRows(
    out,
    exposureLabelColumns,
    labels.map((label) => ({ ...label, reasons: label.reasons.join(';') })),
    { lists: paths.join(' ') },
  );
  const keys = labels.map(({ exposure, ccd, analyst }) => `${exposure}/${ccd}/${analyst}`);
  return {
    lists: lists.map(({ path, format, labels: own, withdrawn, failed }) => ({
      ...{ path, format, judgements: own.length, withdrawn, malformed: failed.length },
    })),
    judgements: labels.length,
    exposures: new Set(labels.map(({ exposure }) => exposure)).size,
    ofCcds: labels.filter(({ ccd }) => ccd !== '').length,
    repeated: keys.length - new Set(keys).size,
    reasons: counted(labels.flatMap(({ reasons }) => reasons).map((name) => [name, 1])),
    unknown: counted(lists.flatMap(({ unknown }) => [...unknown])),
    failed: lists.flatMap(({ failed }) => failed),
    out,
  };
}

/** Judgements of exposures that enough people called bad. */
function confirmedLabels(all: readonly ExposureLabel[], least = 0): readonly ExposureLabel[] {
  if (least === 0) return all;
  const people = new Map<string, Set<string>>();
  for (const { exposure, analyst, verdict } of all) {
    if (verdict !== 'bad' || analyst === machineAnalyst) continue;
    const own = people.get(exposure) ?? new Set();
    people.set(exposure, own.add(analyst));
  }
  return all.filter(({ exposure }) => (people.get(exposure)?.size ?? 0) >= least);
}

function namesOf(labels: readonly ExposureLabel[]): string[] {
  return [...new Set(labels.map(({ analyst }) => (analyst === '' ? '(none)' : analyst)))];
}

function counted(words: readonly (readonly [string, number])[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const [word, n] of words) counts.set(word, (counts.get(word) ?? 0) + n);
  return Object.fromEntries([...counts].sort((a, b) => b[1] - a[1]));
}
