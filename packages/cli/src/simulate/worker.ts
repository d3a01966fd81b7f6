import { writeExposure } from '@blemish/sky';
import type { ExposurePlan, WrittenCcd } from '@blemish/sky';
import { serve } from '@blemish/survey';

/** A thread of `simulate exposures`: makes and writes one exposure at a time. */
export interface SimulateTask {
  readonly plan: ExposurePlan;
  readonly out: string;
}

serve<SimulateTask, readonly WrittenCcd[]>(({ plan, out }) => writeExposure(plan, out, { tables: false }));
