import type { EncoderDescription, StampDescription } from '../bundle-description.ts';

/** A bundle that takes stamps. */
export interface StampBundle {
  readonly folder: string;
  readonly description: StampDescription | EncoderDescription;
  readonly network: Uint8Array;
}

export interface StampAnswers {
  /** [n, outputs] as the description's `output` says. */
  readonly values: Float32Array;
  /** [n] standard deviation of the probability over members or passes; null of a model that is one network. */
  readonly spread: Float64Array | null;
}

/** Whatever gives answers for prepared stamps: a network, several, one with dropout, a learner of tables. */
export interface StampRunner {
  /** Stamps that may be given at once; 1 where the network takes one. */
  readonly atOnce: number;
  /** @param stamps [n, C, H, W] as the description's `preprocess` leaves them */
  run(stamps: Float32Array): Promise<StampAnswers>;
  close(): Promise<void>;
}
