import { planExposure, writeExposure } from '@blemish/sky';
import type { ExposureOptions } from '@blemish/sky';
import { serve } from '@blemish/survey';

/** A thread of `simulate exposures`: plans, makes and writes one exposure at a time. */
export interface SimulateTask {
  readonly options: ExposureOptions;
  readonly out: string;
}

/** One row of the manifest per CCD. */
export interface ManifestRow {
  readonly path: string;
  readonly maskPath: string;
  readonly truthPath: string;
  readonly seed: number;
  readonly exposure: string;
  readonly ccd: string;
  readonly band: string;
  readonly mjd: number;
  /** Classes with a signal-to-noise of at least 1, joined by semicolons. */
  readonly classes: string;
}

serve<SimulateTask, readonly ManifestRow[]>(async ({ options, out }) => {
  const plan = planExposure(options);
  const written = await writeExposure(plan, out);
  return written;
});
