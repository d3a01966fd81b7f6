import { availableParallelism } from 'node:os';
import type { ModelInfo, ThresholdOptions } from '../analyser/types.ts';
import type { FileRecord } from './records.ts';
import { SurveyError } from '../errors.ts';
import { tableFormats } from '../tables/table-set.ts';
import type { TableFormat } from '../tables/table-set.ts';

export interface ScanOptions {
  /** Files, `file.fits[3]`, folders, list files. */
  readonly paths: readonly string[];
  readonly out: string;
  /** Bundle folder; null or absent: the shipped model. */
  readonly model?: string | null | undefined;
  readonly thresholds?: ThresholdOptions | undefined;
  readonly formats?: readonly TableFormat[] | undefined;
  /** Worker threads; absent: one a core. */
  readonly threads?: number | undefined;
  /** Go on where an earlier scan into `out` stopped; otherwise what it left is replaced. */
  readonly resume?: boolean | undefined;
  /** The I-th of N parts of the inputs, from 1. */
  readonly shard?: { readonly index: number; readonly count: number } | undefined;
  /** Stops after the CCDs at hand; what was finished is saved. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: ScanProgress) => void) | undefined;
  readonly onFailure?: ((failure: { readonly error: string }) => void) | undefined;
  /** For provenance: the command as typed. */
  readonly command?: string | undefined;
  readonly title?: string | undefined;
  readonly simulated?: boolean | undefined;
  /** How right the scan was, where truth is at hand: lines for the report. */
  readonly describeTruth?: ((scan: FinishedFiles) => Promise<readonly TruthLine[]>) | undefined;
  /** Module that exports `createAnalyser`; absent: the shipped analyser. */
  readonly analyserModule?: URL | undefined;
}

/** What a scan has done, for comparing with truth. */
export interface FinishedFiles {
  readonly model: ModelInfo;
  readonly records: AsyncIterable<FileRecord>;
}

export interface TruthLine {
  readonly label: string;
  readonly value: string;
}

export interface ScanProgress {
  readonly filesDone: number;
  readonly files: number;
  readonly imagesDone: number;
  /** Counted where files were opened, estimated for the others. */
  readonly images: number;
  readonly flagged: number;
  readonly failed: number;
  readonly seconds: number;
  /** Null before the first image is done. */
  readonly secondsLeft: number | null;
}

/** `I/N`, 1 ≤ I ≤ N. @throws SurveyError OPTION_INVALID */
export function parseShard(text: string): { readonly index: number; readonly count: number } {
  const match = /^(\d+)\/(\d+)$/.exec(text);
  const index = Number(match?.[1]);
  const count = Number(match?.[2]);
  if (!match || index < 1 || index > count) {
    throw new SurveyError('OPTION_INVALID', `--shard must be I/N with 1 ≤ I ≤ N, got '${text}'`);
  }
  return { index, count };
}

/** `csv,ecsv` → formats; `parquet` is always written. @throws SurveyError OPTION_INVALID */
export function parseFormats(texts: readonly string[]): TableFormat[] {
  const words = texts.flatMap((text) => text.split(',')).map((word) => word.trim().toLowerCase());
  const formats = new Set<TableFormat>();
  for (const word of words) {
    const format = tableFormats.find((known) => known === (word === 'votable' ? 'xml' : word));
    if (format) formats.add(format);
    else if (word !== 'parquet') {
      throw new SurveyError(
        'OPTION_INVALID',
        `--format must be one of parquet, ${tableFormats.join(', ')}, got '${word}'`,
      );
    }
  }
  return [...formats];
}

const ranges = {
  threshold: { flag: '--threshold', fits: (p) => p >= 0 && p <= 1, what: 'a probability from 0 to 1' },
  maxFnr: { flag: '--max-fnr', fits: (rate) => rate > 0 && rate < 1, what: 'a rate above 0 and below 1' },
  maxFpr: { flag: '--max-fpr', fits: (rate) => rate > 0 && rate < 1, what: 'a rate above 0 and below 1' },
  reviewBudget: {
    flag: '--review-budget',
    fits: (n) => n > 0 && n < Infinity,
    what: 'a number of false CCDs per ten exposures, above 0',
  },
  minPrecision: {
    flag: '--min-precision',
    fits: (share) => share > 0 && share < 1,
    what: 'a share above 0 and below 1',
  },
  missCost: {
    flag: '--miss-cost',
    fits: (cost) => cost > 0 && cost < Infinity,
    what: 'what a miss costs in false flags, above 0',
  },
} satisfies Record<keyof ThresholdOptions, { flag: string; fits: (value: number) => boolean; what: string }>;

/** At most one of them, within its range. @throws SurveyError OPTION_INVALID naming option and value */
export function checkThresholds(options: ThresholdOptions): ThresholdOptions {
  const given = (Object.keys(ranges) as (keyof ThresholdOptions)[]).filter(
    (key) => options[key] !== undefined,
  );
  if (given.length > 1) {
    const flags = given.map((key) => ranges[key].flag);
    throw new SurveyError('OPTION_INVALID', `${flags.join(' and ')} exclude each other: give one`);
  }
  for (const key of given) {
    const { flag, fits, what } = ranges[key];
    const value = options[key]!;
    if (!fits(value)) {
      throw new SurveyError('OPTION_INVALID', `${flag} must be ${what}, got ${value}`);
    }
  }
  return options;
}

/** @throws SurveyError OPTION_INVALID */
export function checkThreads(threads: number | undefined): number {
  const n = threads ?? availableParallelism();
  if (!Number.isInteger(n) || n < 1 || n > 1024) {
    throw new SurveyError('OPTION_INVALID', `--threads must be a whole number from 1 to 1024, got ${n}`);
  }
  return n;
}
