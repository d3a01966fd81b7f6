import type { HduSelector } from '../inputs/index.ts';
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

export interface StampReadOptions {
  /** Order of the axes; found from the model's input where absent. */
  readonly layout?: StampLayout | undefined;
  /** HDUs of each FITS file that hold the stamp, one per channel or one with all of them. */
  readonly hdus?: readonly HduSelector[] | undefined;
}
