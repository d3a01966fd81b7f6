import { appendTables, exposureFileName, planExposure } from '@blemish/sky';
import type { ExposureOptions, WrittenCcd } from '@blemish/sky';
import type { ExposureTask } from './exposure-worker.ts';
import type { Existing } from './run-simulation.ts';
import { runSimulation } from './run-simulation.ts';

export interface SimulateOptions {
  readonly n: number;
  /** Exposure i has the seed `seed + i`. */
  readonly seed: number;
  readonly out: string;
  readonly threads?: number | undefined;
  readonly existing: Existing;
  readonly exposure: { readonly [K in keyof Omit<ExposureOptions, 'seed'>]?: ExposureOptions[K] | undefined };
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number) => void) | undefined;
}

export interface SimulateResult {
  /** Names of the files of all `n` exposures, made or kept. */
  readonly files: readonly string[];
  readonly made: number;
  readonly kept: number;
  /** CCDs made. */
  readonly ccds: number;
  readonly interrupted: boolean;
}

/**
 * Makes exposures, and their rows of `manifest.csv` and `truth/artifacts.csv` in the order of the seeds.
 * @throws SurveyError OUTPUT_EXISTS; RangeError for an option the simulator cannot do; FitsError DISK_FULL
 */
export async function simulateExposures(options: SimulateOptions): Promise<SimulateResult> {
  const { n, seed, out, threads, existing, signal, onProgress } = options;
  const exposure = defined(options.exposure);
  let ccds = 0;
  const { names, ...counts } = await runSimulation<ExposureTask, readonly WrittenCcd[]>({
    ...{ out, noun: 'exposure', threads, existing, signal, onProgress },
    units: Array.from({ length: n }, (_, i) => {
      const plan = planExposure({ ...exposure, seed: seed + i });
      return { name: `${exposureFileName(plan)}.fits.fz`, task: { plan, out } };
    }),
    pathOf: (name) => name,
    tables: ['manifest.csv', 'truth/artifacts.csv'],
    worker: new URL('./exposure-worker.ts', import.meta.url),
    append: async (rows) => {
      await appendTables(out, rows);
      ccds += rows.length;
    },
  });
  return { files: names, ...counts, ccds };
}

/** Without keys whose value is undefined: an option left out is not an option of value undefined. */
function defined(options: SimulateOptions['exposure']): Omit<ExposureOptions, 'seed'> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
