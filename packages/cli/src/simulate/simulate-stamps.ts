import { availableParallelism } from 'node:os';
import { classOfStamp, defaultStampMix, stampsOfPatch } from '@blemish/sky';
import type { PatchOptions, StampMix, StampRow } from '@blemish/sky';
import { StampSetWriter, WorkerPool } from '@blemish/survey';
import type { Existing } from './run-simulation.ts';
import type { MadeStamps } from './stamp-worker.ts';

export interface SimulateStampsOptions {
  readonly n: number;
  /** Patch p has the seed `seed + p`. */
  readonly seed: number;
  readonly out: string;
  readonly size: number;
  readonly mix?: StampMix | undefined;
  readonly threads?: number | undefined;
  readonly existing: Existing;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number) => void) | undefined;
}

export interface SimulateStampsResult {
  readonly made: number;
  readonly kept: number;
  /** Of those made now. */
  readonly real: number;
  readonly detected: number;
  readonly patches: number;
  readonly interrupted: boolean;
}

/** Columns of `stamps.csv`. */
export const stampColumns = [
  ...['index', 'label', 'visual', 'real', 'group', 'kind', 'detected', 'snr', 'magnitude', 'host_magnitude'],
  ...['host_separation_px', 'fwhm_science', 'fwhm_reference', 'x_offset', 'y_offset', 'edge'],
] as const;

/**
 * Makes a set of stamps patch by patch in worker threads, in the order of the patches: the first stamps of a larger set are those of a smaller one.
 * @throws SurveyError OUTPUT_EXISTS, RESUME_MISMATCH, RESUME_DAMAGED, DISK_FULL, OUTPUT_UNWRITABLE; RangeError for a mix or size that cannot be
 */
export async function simulateStamps(options: SimulateStampsOptions): Promise<SimulateStampsResult> {
  const { n, seed, out, size, mix = defaultStampMix, existing, signal, onProgress } = options;
  classOfStamp(0, mix);
  const writer = await StampSetWriter.open(
    out,
    {
      ...{ count: n, shape: [size, size, 3], type: 'float32', truth: true, block: stampsOfPatch },
      header: stampColumns.join(','),
      settings: { simulated: true, seed, mix, channels: ['science', 'reference', 'difference'] },
    },
    existing,
  );
  const { kept } = writer;
  const first = Math.floor(kept / stampsOfPatch);
  const missing = kept === n ? 0 : Math.ceil(n / stampsOfPatch) - first;
  const tasks = function* (): Generator<PatchOptions> {
    for (let patch = first; patch < first + missing && !signal?.aborted; patch++)
      yield { seed, patch, mix, side: size };
  };
  const threads = Math.max(1, Math.min(options.threads ?? availableParallelism(), missing));
  let [real, detected, patches] = [0, 0, 0];
  onProgress?.(kept);
  try {
    if (missing > 0) {
      const pool = new WorkerPool<PatchOptions, MadeStamps>(
        new URL('./stamp-worker.ts', import.meta.url),
        threads,
        {},
      );
      try {
        for await (const { pixels, truth, rows } of pool.map(tasks())) {
          const before = writer.count;
          await writer.append({ pixels, truth, lines: rows.map((row, i) => lineOf(before + i, row)) });
          for (const row of rows.slice(0, writer.count - before)) {
            if (row.real) real++;
            if (row.detected) detected++;
          }
          patches++;
          onProgress?.(writer.count);
        }
      } finally {
        await pool.close();
      }
    }
  } finally {
    await writer.close();
  }
  const made = Math.max(0, writer.count - kept);
  return { made, kept, real, detected, patches, interrupted: kept + made < n };
}

function lineOf(index: number, row: StampRow): string {
  const fixed = (value: number | null, digits: number) => (value === null ? '' : value.toFixed(digits));
  return [
    ...[index, row.label, row.visual, row.real ? 1 : 0, row.group, row.kind, row.detected ? 1 : 0],
    ...[
      fixed(row.snr, 2),
      fixed(row.magnitude, 3),
      fixed(row.hostMagnitude, 3),
      fixed(row.hostSeparation, 2),
    ],
    ...[fixed(row.fwhmScience, 3), fixed(row.fwhmReference, 3), fixed(row.xOffset, 2), fixed(row.yOffset, 2)],
    fixed(row.edge, 4),
  ].join(',');
}
