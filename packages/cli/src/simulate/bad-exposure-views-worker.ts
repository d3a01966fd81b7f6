import { serve } from '@blemish/engine/workers';
import { simulateViews } from '@blemish/survey';
import type { SimulatedViews, SimulateViewsOptions } from '@blemish/survey';

/** A thread of `simulate bad-exposures --views`. */
serve<SimulateViewsOptions, SimulatedViews>(simulateViews, ({ pixels }) => [pixels.buffer as ArrayBuffer]);
