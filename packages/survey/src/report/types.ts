import type { Interval, MaskOverlap, ThresholdChoice } from '@blemish/evaluate';

/** A picture of one CCD for the report; keep it small (256 × 512 px is plenty) and only for the images worth showing (`TopList`). */
export interface ReportPreview {
  readonly width: number;
  readonly height: number;
  /** height*width, 8-bit grey, row 0 = first FITS row (drawn at the bottom, as ds9 does). */
  readonly pixels: Uint8Array;
  /** height*width, non-zero where this model masks (as `CcdAnalysis.preview.overlay`). */
  readonly overlay: Uint8Array;
  /** height*width, 0 or 1 + index into `ScanReportData.classes`: colours the mask by class; without it one colour is used. */
  readonly overlayClass?: Uint8Array | undefined;
}

export interface ReportFinding {
  readonly className: string;
  readonly probability: number;
  readonly threshold: number;
  readonly flagged: boolean;
  /** 0-based centroid, pixels of the full image. */
  readonly x: number;
  readonly y: number;
  readonly area: number;
  /** One event over several CCDs has one id (catalogue's `event_id`). */
  readonly eventId?: string | undefined;
  /** ICRS degrees. */
  readonly ra?: number | null | undefined;
  readonly dec?: number | null | undefined;
}

/** As `QualityFigures` of imaging. */
export interface ReportQuality {
  readonly fwhm: number | null;
  readonly ellipticity: number | null;
  readonly sky: number | null;
  readonly rms: number | null;
  readonly nStars: number | null;
  readonly transparency: number | null;
  readonly zeroPoint: number | null;
  readonly depthFactor: number | null;
}

/** One image HDU that was processed. */
export interface ScanReportImage {
  readonly path: string;
  readonly hdu: number;
  /** EXTNAME or the CCD's name (`N4`); '' when there is none. A DECam name gives the place on the focal-plane map. */
  readonly ccd: string;
  readonly exposure: string;
  readonly band: string | null;
  readonly mjd: number | null;
  /** null: not judged, and `reason` says why. */
  readonly probability: number | null;
  readonly reason: string | null;
  readonly flagged: boolean;
  readonly action: 'ok' | 'mask' | 'review' | 'reject';
  readonly maskedFraction: number;
  /** Probability by class name. */
  readonly classes: Readonly<Record<string, number | null>>;
  readonly findings: readonly ReportFinding[];
  readonly quality: ReportQuality;
  readonly preview?: ReportPreview | null | undefined;
  /** Sky position (ra, dec in degrees) of the four image corners in order around it: draws the map where the CCD's name says nothing. */
  readonly corners?: readonly (readonly [number, number])[] | null | undefined;
  /** Written mask, relative to the scan's folder; the report links to it. */
  readonly maskPath?: string | null | undefined;
}

export interface ReportFailure {
  readonly path: string;
  /** null: the whole file. */
  readonly hdu: number | null;
  readonly code: string;
  readonly error: string;
  /** Set where known, so that the map can hatch the CCD. */
  readonly exposure?: string | undefined;
  readonly ccd?: string | undefined;
}

export interface ReportClass {
  readonly name: string;
  /** `#rrggbb` of the taxonomy; a colour is given where absent. */
  readonly color?: string | undefined;
  readonly description?: string | undefined;
  readonly maskBit?: number | undefined;
  /** Threshold of this class, where classes have their own. */
  readonly threshold?: number | undefined;
}

export interface ReportModel {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
  /** e.g. "simulated DECam-like skies, seeds 1–20000". */
  readonly trainedOn: string;
}

/** One exposure with its images and what failed of it. */
export interface ExposureGroup {
  readonly exposure: string;
  readonly images: readonly ScanReportImage[];
  readonly failures: readonly ReportFailure[];
}

/** An exposure as a model of exposures judges it. */
export interface JudgedExposure {
  readonly exposure: string;
  readonly band: string | null;
  readonly action: ScanReportImage['action'];
  readonly ccds: number;
  readonly badCcds: number;
  readonly score: number;
  readonly bad: boolean;
  readonly category: string;
  /** False: the model does not know the category. */
  readonly decided: boolean;
  /** By category. */
  readonly probabilities: Readonly<Record<string, number>>;
  readonly noveltyShare: number | null;
  readonly neighbours: readonly {
    readonly exposure: string;
    readonly ccd: string;
    readonly category: string;
    readonly distance: number;
  }[];
}

/** Counts over a whole scan. */
export interface ScanReportCounts {
  readonly images: number;
  readonly flagged: number;
  readonly unjudged: number;
  readonly failures: number;
  readonly exposures: number;
  readonly exposuresFlagged: number;
  /** Images on which each class was found. */
  readonly classes: Readonly<Record<string, number>>;
}

export interface ScanReportData {
  readonly title: string;
  /** ISO 8601, UTC. */
  readonly generatedAt: string;
  /** The command as typed. */
  readonly command: string;
  readonly seconds: number;
  readonly totals: {
    /** Files with no failed HDU, files without an image, image HDUs done: as in `scan --json`. */
    readonly processed: number;
    readonly skipped: number;
    readonly images: number;
    readonly flagged: number;
  };
  readonly classes: readonly ReportClass[];
  readonly model: ReportModel;
  readonly threshold: ThresholdChoice;
  /** Of a scan too large for one page: the most probable ones. */
  readonly images: readonly ScanReportImage[];
  readonly failures: readonly ReportFailure[];
  /** The exposures to show as maps, with all their images, those with most flagged first; absent: all that `images` belong to. */
  readonly exposures?: readonly ExposureGroup[] | undefined;
  /** Exposures that a model of exposures finds bad or does not know, the worst first; absent of a model of artifacts. */
  readonly judged?: readonly JudgedExposure[] | undefined;
  /** Counts over the whole scan; absent where `images` and `failures` are all of it. */
  readonly counts?: ScanReportCounts | undefined;
  /** What else should be known, a sentence each: cameras mixed, CCDs missing, numbers given twice. */
  readonly notes?: readonly string[] | undefined;
  /** Versions, hashes, settings: two plain lists of name and value. */
  readonly versions: Readonly<Record<string, string>>;
  readonly settings: Readonly<Record<string, string | number | boolean | null>>;
  /** True where the images themselves are simulated (demo): the report says so at the top. */
  readonly simulated?: boolean | undefined;
  /** With truth at hand (demo): how right the scan was, one line each. */
  readonly truth?: readonly { readonly label: string; readonly value: string }[] | undefined;
}

/** A curve with an optional band; x ascending. */
export interface ReportCurve {
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly low?: readonly number[] | undefined;
  readonly high?: readonly number[] | undefined;
}

export interface ClassMetrics {
  readonly name: string;
  readonly nPositive: number;
  readonly nNegative: number;
  readonly auc: Interval;
  readonly averagePrecision: Interval;
  /** At each of the report's false-positive rates. */
  readonly recallAtFpr: readonly { readonly fpr: number; readonly recall: Interval }[];
  /** Mean intersection over union of its masks; null where the class covers whole CCDs or has none. */
  readonly iou: Interval | null;
  readonly recallBySnr: readonly SnrBin[];
}

export interface SnrBin {
  readonly low: number;
  readonly high: number;
  readonly n: number;
  readonly recall: Interval;
}

export interface ReliabilityBin {
  readonly meanProbability: number;
  readonly observed: Interval;
  readonly n: number;
}

/** Whose figures these are, and on which CCDs. */
export interface MeasuredModel {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
  /** Accuracy that the paper whose method it is reports, on other data. */
  readonly reported: string | null;
  /** SHA-256 of what was measured on (its manifest); null where unknown. */
  readonly dataSha256: string | null;
}

/** Written as `metrics.json`: every number of the evaluation report, with its interval. */
export interface EvaluationMetrics {
  readonly model: MeasuredModel;
  readonly n: number;
  readonly nGroups: number | null;
  readonly simulated: boolean;
  readonly minimumSnr: number;
  /** The false-positive rates of the recall columns; recall against signal-to-noise is at the last. */
  readonly fprs: readonly number[];
  readonly bootstrap: {
    readonly samples: number;
    readonly confidence: number;
    readonly seed: number;
    readonly groups: string | null;
  };
  /** Headline figures by name: auc, auc_all_snr, macro_auc, average_precision, log_loss, brier, ece, accuracy, mean_iou … */
  readonly metrics: Readonly<Record<string, Interval>>;
  readonly classes: readonly ClassMetrics[];
  readonly threshold: ThresholdChoice;
  /** What the threshold did on these data. */
  readonly atThreshold: {
    readonly tp: number;
    readonly fp: number;
    readonly tn: number;
    readonly fn: number;
    readonly fpr: Interval;
    readonly fnr: Interval;
  };
}

export interface EvaluationReportData {
  readonly title: string;
  readonly generatedAt: string;
  readonly command: string;
  readonly model: ReportModel;
  /** One sentence: what was evaluated (seeds, exposures, CCDs). */
  readonly dataset: string;
  readonly metrics: EvaluationMetrics;
  readonly roc: ReportCurve;
  readonly precisionRecall: ReportCurve;
  /** False-positive against false-negative rate with the threshold of each point (NaN-free). */
  readonly det: {
    readonly fpr: readonly number[];
    readonly fnr: readonly number[];
    readonly thresholds: readonly number[];
  };
  readonly reliability: readonly ReliabilityBin[];
  readonly histogram: {
    readonly edges: readonly number[];
    readonly negative: readonly number[];
    readonly positive: readonly number[];
  };
  /** True class by row, flagged class by column: counts of images; the last column is "nothing flagged". */
  readonly confusion: {
    readonly rows: readonly string[];
    readonly columns: readonly string[];
    readonly counts: readonly (readonly number[])[];
  };
  readonly coverageAccuracy?: ReportCurve | undefined;
  /** Other models measured on the same data. */
  readonly beside?: readonly Pick<EvaluationMetrics, 'model' | 'n' | 'metrics'>[] | undefined;
  readonly learningCurves?: readonly { readonly label: string; readonly curve: ReportCurve }[] | undefined;
  readonly settings: Readonly<Record<string, string | number | boolean | null>>;
  readonly versions: Readonly<Record<string, string>>;
}

/** What the model said of one test image, and what is true of it. */
export interface EvaluatedImage {
  /** Exposure: intervals draw exposures, not images. */
  readonly group: string;
  /** Calibrated probability of any artifact, and of each class by name. */
  readonly probability: number;
  readonly classes: Readonly<Record<string, number>>;
  /** Classes among the flagged findings. */
  readonly flaggedClasses: readonly string[];
  /** Artifacts that are there; one entry an event, several of a class allowed. */
  readonly truth: readonly { readonly className: string; readonly snr: number }[];
  /** Mask against truth, class by class (`maskOverlap` with the tolerance of thin classes); classes that cover whole CCDs left out. */
  readonly overlaps?: readonly { readonly className: string; readonly overlap: MaskOverlap }[] | undefined;
}
