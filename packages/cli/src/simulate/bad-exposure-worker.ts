import { serve } from '@blemish/engine/workers';
import { writeBadExposure } from '@blemish/sky';
import type { BadExposurePlan, WrittenBadCcd } from '@blemish/sky';

/** A thread of `simulate bad-exposures`: makes and writes one exposure at a time. */
export interface BadExposureTask {
  readonly planned: BadExposurePlan;
  readonly out: string;
  /** Whether somebody looked at it. */
  readonly labelled: boolean;
}

serve<BadExposureTask, readonly WrittenBadCcd[]>(({ planned, out, labelled }) =>
  writeBadExposure(planned, out, labelled),
);
