import { writeExposure } from '@blemish/sky';
import type { ExposurePlan, WrittenCcd } from '@blemish/sky';
import { serve } from '@blemish/survey';

/** A thread of `simulate exposures`: makes and writes one exposure at a time. */
export interface ExposureTask {
  readonly plan: ExposurePlan;
  readonly out: string;
}

serve<ExposureTask, readonly WrittenCcd[]>(({ plan, out }) => writeExposure(plan, out, { tables: false }));
