import type { ExposurePlan, PlannedEvent } from '../plan.ts';
import type { Rng } from '../rng.ts';
import type { BadCategory } from './categories.ts';
import type { ExposureDraft } from './draft.ts';

/** What makes an exposure bad in one way: by its conditions, by what happens on it, or both. */
export interface Cause {
  readonly category: BadCategory;
  /** Changes the conditions. `radius` is that of the focal plane, pixels. */
  conditions?(rng: Rng, draft: ExposureDraft, radius: number): ExposureDraft;
  /** Adds events to the planned exposure; at least one of its CCDs has one. */
  events?(rng: Rng, plan: ExposurePlan): readonly PlannedEvent[];
  /** How much fainter the pipeline's zero point comes out, mag, and how uncertain: light outside its apertures. */
  readonly zeroPointLoss?: readonly [number, number];
  /** Share of exposures that the pipeline gives no zero point. */
  readonly zeroPointMissing?: number;
}
