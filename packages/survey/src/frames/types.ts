import type { Failure } from '../errors.ts';
import type { HduSelector } from '../inputs/index.ts';

export interface FrameReadOptions {
  /** Each frame that cannot be used. */
  readonly onFailure: (failure: Failure) => void;
  /** HDU of the FITS files that holds the frame; the only image where absent. */
  readonly hdus?: readonly HduSelector[] | undefined;
}

/** Where the frames of one object lie: a folder of FITS cut-outs, or an npy stack [T, H, W]. */
export interface ObjectSource {
  readonly oid: string;
  readonly path: string;
  readonly kind: 'folder' | 'stack';
}

/** One cut-out of a sequence, brought to the size of a model's input. */
export interface Frame {
  readonly path: string;
  /** Place in its file, from 0: 0 in a FITS cut-out. */
  readonly index: number;
  /** Modified Julian date; null where nothing says it. */
  readonly mjd: number | null;
  /** It was smaller and stands in its place among missing pixels. */
  readonly padded: boolean;
  /** No pixel has a value; `stamp` is all 0 then. */
  readonly empty: boolean;
  /** [H, W] row-major, NaN where there is no pixel; the caller's to use up. */
  readonly stamp: Float64Array;
}

/** The frames of one object in order, read as they are asked for. */
export interface ObjectFrames {
  readonly oid: string;
  /** What went on all the same, such as frames in order of their names. */
  readonly notes: readonly FrameNote[];
  /** Frames that cannot be read are failures of their own, and the rest goes on. */
  read(): AsyncGenerator<Frame, void>;
}

/** What a person should know of an object whose frames are used all the same, by a short name; see `frame-notes.ts`. */
export type FrameNote = 'by-name' | 'several-bands';
