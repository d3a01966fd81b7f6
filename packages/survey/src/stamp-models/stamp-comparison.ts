import type { Curve, Interval, PairedDifference } from '@blemish/evaluate';
import type { PaperFigures } from '../paper-figures.ts';
import type { MeasuredSet } from './measured-set.ts';
import type { MeasuredStudy } from './read-measured.ts';

/** One line of the table of a block. */
export interface ComparedStampModel {
  readonly name: string;
  /** Null: the commonest class, or a model of the paper that was not measured here. */
  readonly folder: string | null;
  readonly sha256: string | null;
  /** Null where only the paper has it. */
  readonly metrics: Readonly<Record<string, Interval>> | null;
  /** What the paper says of its own. */
  readonly paper: PaperFigures | null;
  /** To the reference, by metric, on the same resamples; null for the reference itself and for what has no answers. */
  readonly differences: Readonly<Record<string, PairedDifference>> | null;
  /** Why there is none. */
  readonly undifferenced: string | null;
}

/** Accuracy and the like of models that differ in the share of wrong training labels alone, by that share. */
export interface LabelNoiseCurve {
  readonly points: readonly {
    readonly name: string;
    readonly wrong: number;
    readonly metrics: Readonly<Record<string, Interval>>;
  }[];
}

/** Models measured on the same stamps. */
export interface StampBlock {
  readonly set: MeasuredSet;
  readonly n: number;
  readonly nGroups: number | null;
  readonly classes: readonly string[];
  /** Name of the model that the others are compared with; null with fewer than two. */
  readonly reference: string | null;
  /** As given, then what only the paper has, then the commonest class. */
  readonly models: readonly ComparedStampModel[];
  readonly labelNoise: readonly LabelNoiseCurve[];
}

/** Models of stamps on the same stamps, those of simulated and of real ones apart; plain JSON. */
export interface StampComparison {
  /** Simulated first. */
  readonly blocks: readonly StampBlock[];
  /** Against the number of labels of another survey. */
  readonly transfers: readonly MeasuredStudy[];
  /** What the paper says of its own transfer. */
  readonly paperTransfer: PaperFigures | null;
  readonly notes: readonly string[];
  readonly out: string | null;
}

/** ROC curves of a block of two classes, for its report. */
export type BlockCurves = readonly { readonly label: string; readonly curve: Curve }[];
