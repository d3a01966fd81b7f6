import * as z from 'zod';
import type { StampDescription } from '../bundle-description.ts';
import { stampSetHash } from '../stamps/read-stamp-set.ts';
import type { StampSet } from '../stamps/read-stamp-set.ts';

/** Which stamps the figures of a `metrics.json` are of. */
export const measuredSet = z.object({
  name: z.string(),
  /** Of all pixels and labels of the set. */
  sha256: z.string(),
  simulated: z.boolean(),
  /** Whose scores are the truth, and from which on they say yes, such as `drb ≥ 0.5`; null: labels. */
  against: z.string().nullable(),
});

export type MeasuredSet = z.infer<typeof measuredSet>;

/** @param label column of the labels */
export function describeSet(set: StampSet, label: string, against: string | null = null): MeasuredSet {
  return { name: set.name, sha256: stampSetHash(set, label), simulated: set.simulated, against };
}

/** How a model was trained, as far as it tells models of one recipe with more and with fewer wrong labels. */
export const wrongLabels = z.object({
  /** Equal for models that differ in the share of wrong labels alone. */
  settingsSha256: z.string(),
  training: z.number(),
  flipped: z.number(),
});

/** Null for what was not trained here. */
export function wrongLabelsOf({ provenance }: StampDescription): z.infer<typeof wrongLabels> | null {
  if (provenance.kind !== 'training' || provenance.settingsSha256 === undefined) return null;
  const { data, settingsSha256 } = provenance;
  return { settingsSha256, training: data.training, flipped: data.flipped };
}
