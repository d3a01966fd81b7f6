import type { MeanSpread } from './mean-spread.ts';
import type { DataFile } from './load-data.ts';

/** What is made worse about the training rows: a share of their labels, or their number. */
export type StudyKind = 'noise' | 'sizes';

/** The figures a study follows. */
export const studiedFigures = ['auc', 'accuracy', 'logLoss'] as const;
export type StudiedFigure = (typeof studiedFigures)[number];

/** A figure over the training seeds. */
export interface FigureOverSeeds {
  /** Null where the figure is undefined in one training. */
  readonly over: MeanSpread | null;
  readonly bySeed: readonly (number | null)[];
}

/** All trainings of one recipe at one level. */
export interface StudyPoint {
  /** Share of labels flipped, or number of training rows. */
  readonly level: number;
  readonly figures: Readonly<Record<StudiedFigure, FigureOverSeeds>>;
}

export interface StudiedModel {
  readonly name: string;
  readonly recipe: string;
  readonly learner: string;
  readonly seeds: readonly number[];
  /** By level, ascending. */
  readonly points: readonly StudyPoint[];
}

/** Figures on the same rows, untouched, of models trained on worse rows. Plain JSON. */
export interface TableStudy {
  readonly kind: StudyKind;
  readonly data: string;
  /** Which rows the figures are of. */
  readonly measuredOn: string;
  readonly n: number;
  /** Training rows there are; out of folds those of the smallest. */
  readonly trained: number;
  readonly classes: readonly string[];
  readonly levels: readonly number[];
  readonly models: readonly StudiedModel[];
  readonly files: readonly DataFile[];
  readonly out: string | null;
  readonly interrupted: boolean;
}
