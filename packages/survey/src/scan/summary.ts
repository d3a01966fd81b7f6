import type { Failure } from '../errors.ts';

/** As `--json` prints it, and whether it was stopped before the end. */
export interface ScanSummary {
  /** Files with no failed HDU, and at least one image. */
  readonly processed: number;
  /** Files without an image. */
  readonly skipped: number;
  /** Exposures with an image done. */
  readonly exposures: number;
  /** Exposure numbers that more than one exposure has. */
  readonly duplicates: number;
  /** HDUs done. */
  readonly images: number;
  readonly failed: readonly Failure[];
  /** Images flagged. */
  readonly flagged: number;
  /** Images without a probability; `reason` in the tables says why. */
  readonly unjudged: number;
  readonly seconds: number;
  readonly out: string;
  readonly interrupted: boolean;
}
