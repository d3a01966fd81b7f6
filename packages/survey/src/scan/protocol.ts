import type { ModelInfo, ThresholdOptions } from '../analyser/types.ts';
import type { Failure } from '../errors.ts';
import type { Companions } from '../inputs/companions.ts';
import type { HduSelector } from '../inputs/selector.ts';
import type { ImageRecord } from './records.ts';

/** What a scan's worker threads are started with. */
export interface ScanWorkerSettings {
  /** URL of the module that exports `createAnalyser`. */
  readonly analyserModule: string;
  readonly bundlePath: string | null;
  readonly thresholds: ThresholdOptions;
  readonly version: string;
}

export type ScanTask =
  | { readonly kind: 'model' }
  | { readonly kind: 'inspect'; readonly path: string; readonly selectors: readonly HduSelector[] | null }
  | {
      readonly kind: 'image';
      readonly path: string;
      readonly hdu: number;
      readonly companions: Companions;
    };

export interface ModelReply {
  readonly kind: 'model';
  readonly info: ModelInfo;
}

/** Number of an image's HDU, and what it is called. */
export interface ImagePlace {
  readonly hdu: number;
  readonly exposure: string;
  readonly ccd: string;
}

export interface InspectReply {
  readonly kind: 'inspect';
  readonly size: number;
  readonly mtimeMs: number;
  /** The image HDUs to do, ascending. */
  readonly images: readonly ImagePlace[];
  /** Of every image HDU of the file, asked for or not, in order: their numbers. ds9 opens them as its tiles 1, 2, … */
  readonly tiles: readonly number[];
  /** HDUs asked for that cannot be done. */
  readonly failures: readonly Failure[];
  readonly companions: Companions;
  readonly maskScheme: string | null;
  /** Primary HDU of the mask file. */
  readonly maskPrimary: Uint8Array;
}

export interface ImageReply {
  readonly kind: 'image';
  readonly record: ImageRecord;
  /** Encoded extension of the mask file; null of a model that makes none. */
  readonly maskHdu: Uint8Array | null;
  /** Of a flagged image; see `previews.ts`. */
  readonly preview: Uint8Array | null;
}

/** Errors cross threads as data: a class and its code would not survive. */
export interface FailureReply {
  readonly kind: 'failure';
  readonly failure: Failure;
  /** Exit code of the command when nothing else could be done. */
  readonly exitCode: 1 | 2 | 3;
}

export type ScanReply = ModelReply | InspectReply | ImageReply | FailureReply;
