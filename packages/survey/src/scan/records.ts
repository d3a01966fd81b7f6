import type { QualityFigures } from '@blemish/imaging';
import type { Action, JudgementRecord } from '../analyser/types.ts';
import type { Failure } from '../errors.ts';
import type { HduSelector } from '../inputs/selector.ts';
import type { Shape } from '../outputs/shapes.ts';

/** One finding as the journal keeps it. */
export interface FindingRecord {
  readonly className: string;
  readonly probability: number;
  readonly threshold: number;
  readonly flagged: boolean;
  /** 0-based pixels. */
  readonly x: number;
  readonly y: number;
  readonly area: number;
  /** ICRS degrees; null without WCS. */
  readonly ra: number | null;
  readonly dec: number | null;
  readonly shape: Shape;
  /** Ends of the shape's long side on the sky, and its size there; null without WCS. */
  readonly ends: readonly (readonly [number, number])[] | null;
  readonly lengthArcsec: number | null;
  readonly widthArcsec: number | null;
}

/** One image HDU as the journal keeps it: everything the tables and the report need but pixels. */
export interface ImageRecord {
  readonly hdu: number;
  readonly exposure: string;
  readonly ccd: string;
  readonly band: string | null;
  readonly mjd: number | null;
  /** INSTRUME; null where the header does not tell. */
  readonly camera: string | null;
  readonly probability: number | null;
  readonly reason: string | null;
  readonly flagged: boolean;
  readonly action: Action;
  readonly maskedFraction: number;
  readonly classes: Readonly<Record<string, number | null>>;
  readonly quality: QualityFigures;
  readonly findings: readonly FindingRecord[];
  /** By a model of exposures. */
  readonly judgement?: JudgementRecord | undefined;
  readonly corners: readonly (readonly [number, number])[] | null;
  /** A preview of it lies in the scan's working folder. */
  readonly hasPreview: boolean;
}

/** One input file, done: a line of the journal. */
export interface FileRecord {
  readonly path: string;
  /** Size and time of change when it was read: a file that changed is read again. */
  readonly size: number;
  readonly mtimeMs: number;
  readonly outputName: string;
  /** The HDUs asked for; null: every image. */
  readonly selectors: readonly HduSelector[] | null;
  /** No HDU of it is an image. */
  readonly skipped: boolean;
  readonly images: readonly ImageRecord[];
  readonly failures: readonly Failure[];
  /** Relative to the scan's folder; null when there was nothing to write. */
  readonly maskPath: string | null;
  readonly regionPath: string | null;
  /** Companions used, and what the mask's values mean. */
  readonly companionMask: string | null;
  readonly companionWeight: string | null;
  readonly maskScheme: string | null;
  /** Of the companions, as `companionStamps` gives them: where they are others, the file is read again. */
  readonly companionStamps: readonly string[];
}
