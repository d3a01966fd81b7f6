import type { ClassificationMetrics, Interval, McNemar, PairedDifference } from '@blemish/evaluate';
import type { DataFile } from './load-data.ts';

/** A figure with its interval at the first training seed, and over all training seeds. */
export type SeededFigure = Interval & {
  /** Mean and standard deviation over the training seeds; null where the figure is undefined. */
  readonly mean: number | null;
  readonly spread: number | null;
  readonly bySeed: readonly (number | null)[];
};

/** One line of the comparison. */
export interface ComparedModel {
  readonly name: string;
  /** Null: the majority, which the others must beat. */
  readonly recipe: string | null;
  readonly learner: string;
  readonly auc: SeededFigure;
  readonly accuracy: SeededFigure;
  /** Everything measured at the first training seed. */
  readonly metrics: ClassificationMetrics['metrics'];
  readonly seeds: readonly number[];
  /** Two seeds gave the same probabilities, so the others were not trained. */
  readonly deterministic: boolean;
  /** Seconds, medians over the trainings; the machine may have been busy. */
  readonly seconds: { readonly fit: number; readonly predict: number };
  /** Difference to the first of the table on the same rows; null for the first itself. */
  readonly behind: {
    readonly auc: PairedDifference;
    readonly accuracy: PairedDifference;
    /** Of the decisions. */
    readonly mcnemar: McNemar;
    /** Differences of the means over the seeds, with which the foldings change where there is no test table; null with one seed. */
    readonly overSeeds: Readonly<Record<string, PairedDifference>> | null;
  } | null;
}

export interface TableComparison {
  readonly data: string;
  /** Which rows the figures are of. */
  readonly measuredOn: string;
  readonly n: number;
  readonly trained: number;
  readonly classes: readonly string[];
  /** The best ROC AUC first, the majority last. */
  readonly models: readonly ComparedModel[];
  readonly files: readonly DataFile[];
  readonly out: string | null;
  readonly interrupted: boolean;
}
