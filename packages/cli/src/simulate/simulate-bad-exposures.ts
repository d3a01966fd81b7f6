import { availableParallelism } from 'node:os';
import { appendBadExposures, badExposureTables, exposureFileName, planBadExposure } from '@blemish/sky';
import type { BadExposureOptions, WrittenBadCcd } from '@blemish/sky';
import { StampSetWriter, WorkerPool, exposureSetFormat, isLabelled, simulateViews } from '@blemish/survey';
import type { SimulatedViews, SimulateViewsOptions, ViewSettings } from '@blemish/survey';
import type { BadExposureTask } from './bad-exposure-worker.ts';
import type { Existing } from './run-simulation.ts';
import { runSimulation } from './run-simulation.ts';

export interface SimulateBadExposuresOptions {
  readonly n: number;
  /** Exposure i has the seed `seed + i`. */
  readonly seed: number;
  readonly out: string;
  readonly exposure: Omit<BadExposureOptions, 'seed'> & { readonly ccds: number };
  /** Share of exposures that have labels. */
  readonly labelled: number;
  readonly threads?: number | undefined;
  readonly existing: Existing;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number) => void) | undefined;
}

export interface SimulateBadExposuresResult {
  /** Exposures. */
  readonly made: number;
  readonly kept: number;
  /** CCDs made. */
  readonly ccds: number;
  readonly interrupted: boolean;
}

/**
 * Makes exposures as FITS files, and `manifest.csv` with what is wrong with each, in the order of the seeds.
 * @throws SurveyError OUTPUT_EXISTS; RangeError as `planBadExposure`; FitsError DISK_FULL
 */
export async function simulateBadExposures(
  options: SimulateBadExposuresOptions,
): Promise<SimulateBadExposuresResult> {
  const { n, seed, out, exposure, labelled, threads, existing, signal, onProgress } = options;
  let ccds = 0;
  const { made, kept, interrupted } = await runSimulation<BadExposureTask, readonly WrittenBadCcd[]>({
    ...{ out, noun: 'exposure', threads, existing, signal, onProgress },
    units: Array.from({ length: n }, (_, i) => {
      const planned = planBadExposure({ ...exposure, seed: seed + i });
      return {
        name: `${exposureFileName(planned.plan)}.fits.fz`,
        task: { planned, out, labelled: isLabelled(seed + i, labelled) },
      };
    }),
    pathOf: (name) => name,
    tables: badExposureTables,
    worker: new URL('./bad-exposure-worker.ts', import.meta.url),
    append: async (rows) => {
      await appendBadExposures(out, rows);
      ccds += rows.length;
    },
  });
  return { made, kept, ccds, interrupted };
}

/**
 * Makes a set of exposures without their files: views at the resolution of the network, the header's quantities and simple statistics. Memory
 * does not grow with their number, and exposure i is the same however many there are.
 * @throws SurveyError OUTPUT_EXISTS, RESUME_MISMATCH, RESUME_DAMAGED, DISK_FULL, OUTPUT_UNWRITABLE; RangeError as `planBadExposure`
 */
export async function simulateBadExposureViews(
  options: SimulateBadExposuresOptions & { readonly views: ViewSettings },
): Promise<SimulateBadExposuresResult> {
  const { n, seed, out, exposure, views, labelled, existing, signal, onProgress } = options;
  const { ccds } = exposure;
  planBadExposure({ ...exposure, seed });
  const format = exposureSetFormat(views, n * ccds, { simulated: true, seed, labelled, exposure });
  const writer = await StampSetWriter.open(out, { ...format, block: ccds }, existing);
  const kept = writer.kept / ccds;
  const tasks = function* (): Generator<SimulateViewsOptions> {
    for (let i = kept; i < n && !signal?.aborted; i++)
      yield { exposure: { ...exposure, seed: seed + i }, views, labelled, first: i * ccds };
  };
  let made = 0;
  onProgress?.(kept);
  try {
    const threads = Math.max(1, Math.min(options.threads ?? availableParallelism(), n - kept));
    for await (const rows of madeIn(threads, tasks())) {
      await writer.append(rows);
      made++;
      onProgress?.(kept + made);
    }
  } finally {
    await writer.close();
  }
  return { made, kept, ccds: made * ccds, interrupted: kept + made < n };
}

/** Makes exposures in worker threads; a single thread is this one, which need not be started. */
async function* madeIn(
  threads: number,
  todo: Iterable<SimulateViewsOptions>,
): AsyncGenerator<SimulatedViews> {
  if (threads === 1) {
    for (const task of todo) {
      yield simulateViews(task);
      // The signal comes between two of them.
      await new Promise(setImmediate);
    }
    return;
  }
  const module = new URL('./bad-exposure-views-worker.ts', import.meta.url);
  const pool = new WorkerPool<SimulateViewsOptions, SimulatedViews>(module, threads, {});
  try {
    yield* pool.map(todo, 2);
  } finally {
    await pool.close();
  }
}
