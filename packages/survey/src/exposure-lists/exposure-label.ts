import type { Failure } from '../errors.ts';
import type { Column } from '../tables/index.ts';

/** What somebody said of an exposure: that it is bad, or not; '' where he has not said. */
export type Verdict = 'bad' | 'not bad' | '';

/** One judgement: an exposure, or a CCD of it, by one analyst or by a machine. */
export interface ExposureLabel {
  /** Number of the exposure, or its name. */
  readonly exposure: string;
  /** Name of the CCD, as `N4`; '' for the whole exposure. */
  readonly ccd: string;
  /** Categories, or `Other`; empty where a judgement names no reason of its own. */
  readonly reasons: readonly string[];
  /** Who judged; '' where the list does not say. */
  readonly analyst: string;
  readonly verdict: Verdict;
  /** File and line it was first read from, `list.txt:17`. */
  readonly source: string;
  /** Everything the list says of it, word for word; for a machine's judgement the name of the image. */
  readonly comment: string;
}

/** What a list yields. */
export interface ReadList {
  readonly labels: readonly ExposureLabel[];
  /** Words that say no category, and how many entries have them. */
  readonly unknown: ReadonlyMap<string, number>;
  /** Entries that the list itself has commented out. */
  readonly withdrawn: number;
  /** Lines that cannot be read, one coded error each. */
  readonly failed: readonly Failure[];
}

/** The analyst of judgements that a program made. */
export const machineAnalyst = 'machine';

const text = (name: string, description: string): Column => ({ name, type: 'string', description });

/** Columns of a table of such judgements. */
export const exposureLabelColumns: readonly Column[] = [
  text('exposure', 'number or name of the exposure'),
  text('ccd', 'name of the CCD, as N4; empty for the whole exposure'),
  text('reasons', 'categories with ; between, `Other` where the words say none, empty where nothing is said'),
  text('analyst', `who judged; \`${machineAnalyst}\` for a program; empty where not known`),
  text('verdict', 'bad, not bad, or empty where no verdict was given'),
  text('source', 'file and line the judgement is from'),
  text('comment', 'the words of the list; for a program the name of the image'),
];
