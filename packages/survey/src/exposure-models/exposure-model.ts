import type { ExposureDescription } from '../bundle-description.ts';
import type { ViewSettings } from '../exposures/view-settings.ts';

/** What is known of one CCD. */
export interface ExposureCcd {
  /** [size, size, 1 + crops] as the model's view settings make them; null only where the model needs none (`needs.views`). */
  readonly views: Uint8Array | null;
  /** Statistics and header quantities by their names in an exposure set; NaN or absent where not known. */
  readonly numbers: Readonly<Record<string, number | undefined>>;
  /** '' where the header does not say. */
  readonly band: string;
}

/** A labelled CCD of the training that resembles a CCD. */
export interface LabelledNeighbour {
  readonly exposure: string;
  readonly ccd: string;
  readonly category: string;
  /** In the space of the model's evidence, by its metric. */
  readonly distance: number;
}

/** What a model says of one CCD. */
export interface CcdJudgement {
  /** [categories], sums to 1. */
  readonly probabilities: Float64Array;
  /** Probability that it is not good. */
  readonly bad: number;
  /** From near to far; none of a model without evidence. */
  readonly neighbours: readonly LabelledNeighbour[];
  /** Local outlier factor among the CCDs of the training: near 1 for what resembles some, larger for what resembles nothing; null without evidence. */
  readonly novelty: number | null;
  /** Share of the training's CCDs with a smaller factor. */
  readonly noveltyShare: number | null;
}

/** What a model says of an exposure, from its CCDs. */
export interface ExposureJudgement {
  readonly ccds: number;
  /** CCDs with a probability of not being good above the decision's. */
  readonly badCcds: number;
  /** The probability of not being good that more than the decision's number of CCDs reach: what the exposure is ranked by. */
  readonly score: number;
  readonly bad: boolean;
  /** [categories], sums to 1: mean log-probabilities of the CCDs, calibrated. */
  readonly probabilities: Float64Array;
  /** The likeliest category. */
  readonly category: string;
  /** False where it is less likely than the decision asks for: "don't know". */
  readonly decided: boolean;
  /** [categories] probability that each is among the reasons, each by itself: they need not sum to 1. */
  readonly reasons: Float64Array;
  /** Median over the CCDs of their share; null without evidence. */
  readonly noveltyShare: number | null;
  /** Nearest of all its CCDs, one for each labelled exposure. */
  readonly neighbours: readonly LabelledNeighbour[];
}

/** A model of exposures, ready to use: `openExposureModel`. */
export interface ExposureModel {
  readonly description: ExposureDescription;
  readonly sha256: string;
  /** In the order of all probabilities; the first is `Good`. */
  readonly categories: readonly string[];
  readonly views: ViewSettings;
  readonly needs: {
    readonly views: boolean;
    readonly statistics: boolean;
    readonly header: boolean;
  };
  /** CCDs of one exposure or of many; each is judged by itself, and the answer does not hang on which are judged together. */
  judge(ccds: readonly ExposureCcd[]): Promise<CcdJudgement[]>;
  /** @throws RangeError on no CCD */
  rollUp(ccds: readonly CcdJudgement[]): ExposureJudgement;
  close(): Promise<void>;
}
