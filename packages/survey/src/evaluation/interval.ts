import * as z from 'zod';

/** A figure with its interval, as it stands in a `metrics.json`. */
export const interval = z.union([
  z.object({ value: z.null(), reason: z.string() }),
  z.object({ value: z.number(), low: z.number(), high: z.number() }),
]);
