import { availableParallelism } from 'node:os';
import { cutoutPixelArcsec, planCutout } from '@blemish/sky';
import type { CutoutOptions } from '@blemish/sky';
import { StampSetWriter, WorkerPool } from '@blemish/survey';
import type { ExistingSet, StampRows } from '@blemish/survey';
import { makeCutouts } from './make-cutouts.ts';
import type { CutoutTask } from './make-cutouts.ts';

/** 8-bit pictures as the Legacy viewer shows them, or nanomaggies. */
export const cutoutFormats = ['viewer', 'linear'] as const;
export type CutoutFormat = (typeof cutoutFormats)[number];

export interface SimulateCutoutsOptions {
  readonly n: number;
  /** Cut-out i has the seed `seed + i`. */
  readonly seed: number;
  readonly out: string;
  readonly format: CutoutFormat;
  readonly cutout: Omit<CutoutOptions, 'seed'>;
  readonly threads?: number | undefined;
  readonly existing: ExistingSet;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number) => void) | undefined;
}

export interface SimulateCutoutsResult {
  readonly made: number;
  readonly kept: number;
  readonly interrupted: boolean;
}

const columns =
  'index,label,group,survey,ra,dec,kind,r_eff_arcsec,mu_eff,mag_g,mag_r,mag_z,ellipticity,sersic_n,pixel_scale_arcsec,fwhm_arcsec,seed';
/** Cut-outs that a thread makes at a time. */
const atOnce = 64;

/**
 * Makes a stamp set of cut-outs. Memory does not grow with their number, and cut-out i is the same however many there are.
 * @throws SurveyError OUTPUT_EXISTS, RESUME_MISMATCH, RESUME_DAMAGED, DISK_FULL, OUTPUT_UNWRITABLE; RangeError as `planCutout`
 */
export async function simulateCutouts(options: SimulateCutoutsOptions): Promise<SimulateCutoutsResult> {
  const { n, seed, out, format, cutout, existing, signal, onProgress } = options;
  const { size } = planCutout({ ...cutout, seed });
  const writer = await StampSetWriter.open(
    out,
    {
      shape: [size, size, 3],
      type: format === 'viewer' ? 'uint8' : 'float32',
      truth: true,
      count: n,
      header: columns,
      settings: {
        simulated: true,
        seed,
        survey: cutout.survey,
        classes: cutout.classes,
        format,
        channels: format === 'viewer' ? ['z', 'r', 'g'] : ['g', 'r', 'z'],
        unit: format === 'viewer' ? 'viewer' : 'nanomaggy',
        pixelScaleArcsec: cutoutPixelArcsec(cutout.survey),
      },
    },
    existing,
  );
  const { kept } = writer;
  const threads = Math.max(1, Math.min(options.threads ?? availableParallelism(), n - kept));
  let made = 0;
  onProgress?.(kept);
  try {
    for await (const rows of madeIn(threads, tasks(options, kept, signal))) {
      await writer.append(rows);
      made += rows.lines.length;
      onProgress?.(kept + made);
    }
  } finally {
    await writer.close();
  }
  return { made, kept, interrupted: kept + made < n };
}

/** Makes tasks in worker threads; a single thread is this one, which need not be started. */
async function* madeIn(threads: number, todo: Iterable<CutoutTask>): AsyncGenerator<StampRows> {
  if (threads === 1) {
    for (const task of todo) yield makeCutouts(task);
    return;
  }
  const module = new URL('./cutout-worker.ts', import.meta.url);
  const pool = new WorkerPool<CutoutTask, StampRows>(module, threads, {});
  try {
    yield* pool.map(todo);
  } finally {
    await pool.close();
  }
}

/** Ends when the signal comes: what is at hand is finished. */
function* tasks(
  { n, seed, format, cutout }: SimulateCutoutsOptions,
  kept: number,
  signal?: AbortSignal,
): Generator<CutoutTask> {
  for (let first = kept; first < n; first += atOnce) {
    if (signal?.aborted) return;
    const count = Math.min(atOnce, n - first);
    yield { options: cutout, viewer: format === 'viewer', first, seed: seed + first, count };
  }
}
