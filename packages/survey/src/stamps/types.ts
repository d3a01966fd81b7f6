import type { AlertFacts } from '../alerts/index.ts';
import type { HduSelector } from '../inputs/index.ts';
import type { StampFit } from './fit.ts';
import type { StampLayout } from './layout.ts';

/** Stamps of one input, read as they are needed. */
export interface StampSource {
  /** As given on the command line, with what was picked in it. */
  readonly path: string;
  readonly count: number;
  /** Stamps `from` to `to` − 1 in double precision, [to − from, C, H, W]. Not the same memory twice. */
  read(from: number, to: number): Promise<Float64Array>;
  close(): Promise<void>;
}

/** Stamps of one input that come one after the other, each with what is known of it: alerts. */
export interface StampStream {
  readonly path: string;
  /** Some stamps at a time, at most `size`; their memory may be used again for the next. */
  blocks(size: number): AsyncIterable<StreamBlock>;
  close(): Promise<void>;
}

export interface StreamBlock {
  readonly stamps: readonly ReadStamp[];
  /** Share of the file done with these. */
  readonly fraction: number;
}

export interface ReadStamp {
  /** [C, H, W] in double precision; null where there is none to judge. */
  readonly values: Float64Array | null;
  /** Why there is none. */
  readonly reason: string | null;
  readonly facts: AlertFacts | null;
  /** Is it for damage of the file itself, by which more than this stamp may be lost? */
  readonly damage?: boolean;
}

export interface StampReadOptions {
  /** Order of the axes; found from the model's input where absent. */
  readonly layout?: StampLayout | undefined;
  /** HDUs of each FITS file that hold the stamp, one per channel or one with all of them. */
  readonly hdus?: readonly HduSelector[] | undefined;
  /** Fields of alerts or columns of Parquet that are the channels, in the model's order. */
  readonly channels?: readonly string[] | undefined;
  /** What becomes of stamps of another size than the model takes; refused where absent. */
  readonly fit?: StampFit | undefined;
}
