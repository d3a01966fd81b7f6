import type { ThresholdChoice } from '@blemish/evaluate';
import type { QualityFigures } from '@blemish/imaging';
import type { CcdJudgement } from '../exposure-models/exposure-model.ts';
import type { RollUp } from '../exposure-models/roll-up.ts';
import type { CcdInput } from '../preprocess/ccd-features.ts';

export type { CcdInput };

/** One artifact found on a CCD. */
export interface Finding {
  readonly className: string;
  readonly probability: number;
  readonly threshold: number;
  readonly flagged: boolean;
  /** 0-based centroid, pixels. */
  readonly x: number;
  readonly y: number;
  /** Pixels. */
  readonly area: number;
}

export type Action = 'ok' | 'mask' | 'review' | 'reject';

/** What a model says of one CCD. */
export interface CcdAnalysis {
  /** Of any artifact; null where the image cannot be judged, and `reason` says why. */
  readonly probability: number | null;
  readonly reason: string | null;
  readonly flagged: boolean;
  readonly action: Action;
  readonly maskedFraction: number;
  /** Probability by class name; null where undefined (no mask given, class not in the model). */
  readonly classes: Readonly<Record<string, number | null>>;
  readonly findings: readonly Finding[];
  /** height*width, taxonomy bits; null when nothing is flagged. */
  readonly mask: Int32Array | null;
  readonly quality: QualityFigures;
  /** Of flagged CCDs. */
  readonly preview: CcdPreview | null;
  /** Of a model of exposures: what the roll-up needs. */
  readonly judgement?: JudgementRecord | undefined;
}

/** A CCD's judgement by a model of exposures, as plain data. */
export type JudgementRecord = Omit<CcdJudgement, 'probabilities'> & {
  /** In the order of the model's categories. */
  readonly probabilities: readonly number[];
};

/** A CCD as a small picture: 8-bit grey, asinh-stretched, binned; overlay nonzero where masked. */
export interface CcdPreview {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
  readonly overlay: Uint8Array;
}

/** What a scan says of the model it used. */
export interface ModelInfo {
  readonly name: string;
  readonly version: string;
  /** Of the bundle's network file. */
  readonly sha256: string;
  /** Names of `taxonomy.ts`. */
  readonly classes: readonly string[];
  readonly trainedOn: string;
  readonly threshold: ThresholdChoice;
  /** Of a model of exposures: how CCDs are rolled up. Such a model finds no artifacts and makes no masks. */
  readonly exposures?: RollUp | undefined;
}

/** At most one is set; none: the bundle's own default. */
export interface ThresholdOptions {
  readonly threshold?: number | undefined;
  readonly maxFnr?: number | undefined;
  readonly maxFpr?: number | undefined;
  /** False CCDs tolerated per ten exposures. */
  readonly reviewBudget?: number | undefined;
  /** Share of what is flagged that is wanted to be bad. */
  readonly minPrecision?: number | undefined;
  /** What a miss costs, in false flags: the threshold of least expected cost. */
  readonly missCost?: number | undefined;
}

export interface AnalyserOptions {
  /** A bundle's folder; null: the shipped model. */
  readonly bundlePath: string | null;
  readonly thresholds: ThresholdOptions;
}

export interface CcdAnalyser {
  readonly info: ModelInfo;
  /** The input's pixels and mask are the caller's own again afterwards; so is the mask of the answer. */
  analyse(input: CcdInput): Promise<CcdAnalysis>;
  close(): Promise<void>;
}

/** What a module that provides an analyser exports as `createAnalyser`. */
export type CreateAnalyser = (options: AnalyserOptions) => Promise<CcdAnalyser>;
