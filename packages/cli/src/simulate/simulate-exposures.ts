import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { appendTables, exposureFileName, planExposure } from '@blemish/sky';
import type { ExposureOptions, ExposurePlan, WrittenCcd } from '@blemish/sky';
import { SurveyError, WorkerPool } from '@blemish/survey';
import type { SimulateTask } from './worker.ts';

export interface SimulateOptions {
  readonly n: number;
  /** Exposure i has the seed `seed + i`. */
  readonly seed: number;
  readonly out: string;
  readonly threads?: number | undefined;
  /** What to do with exposures that are there already. */
  readonly existing: 'refuse' | 'replace' | 'keep';
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
 * Makes exposures in worker threads, one at a time each, and their rows of `manifest.csv` and `truth/artifacts.csv` in the order of the
 * seeds. An exposure counts as there when its file and its rows are.
 * @throws SurveyError OUTPUT_EXISTS; RangeError for an option the simulator cannot do; FitsError DISK_FULL
 */
export async function simulateExposures(options: SimulateOptions): Promise<SimulateResult> {
  const { n, seed, out, existing, signal, onProgress } = options;
  const known = await manifestPaths(out);
  const missing: ExposurePlan[] = [];
  const names = new Set<string>();
  for (let i = 0; i < n; i++) {
    const plan = planExposure(defined({ ...options.exposure, seed: seed + i }));
    const name = `${exposureFileName(plan)}.fits.fz`;
    const there = existsSync(join(out, name)) && known.has(name);
    if (existing === 'refuse' && existsSync(join(out, name))) {
      throw new SurveyError('OUTPUT_EXISTS', 'this exposure was simulated before', { path: join(out, name) });
    }
    if (names.has(name)) {
      throw new RangeError(
        `seeds ${seed}…${seed + n - 1} give two exposures one name, ${name}: choose another --seed`,
      );
    }
    names.add(name);
    if (existing === 'keep' && there) continue;
    missing.push(plan);
  }
  const kept = n - missing.length;
  await mkdir(out, { recursive: true });
  await dropRows(out, new Set(missing.map((plan) => `${exposureFileName(plan)}.fits.fz`)));
  const threads = Math.max(1, Math.min(options.threads ?? availableParallelism(), missing.length));
  const pool = new WorkerPool<SimulateTask, readonly WrittenCcd[]>(
    new URL('./worker.ts', import.meta.url),
    threads,
    {},
  );
  let made = 0;
  let ccds = 0;
  onProgress?.(kept);
  try {
    for await (const rows of pool.map(tasks(missing, out, signal), 0)) {
      await appendTables(out, rows);
      made++;
      ccds += rows.length;
      onProgress?.(kept + made);
    }
  } finally {
    await pool.close();
  }
  return { files: [...names], made, kept, ccds, interrupted: made < missing.length };
}

/** Ends when the signal comes: exposures at hand are finished, no other is begun. */
function* tasks(plans: readonly ExposurePlan[], out: string, signal?: AbortSignal): Generator<SimulateTask> {
  for (const plan of plans) {
    if (signal?.aborted) return;
    yield { plan, out };
  }
}

/** Without keys whose value is undefined: an option left out is not an option of value undefined. */
function defined(options: {
  readonly [K in keyof ExposureOptions]?: ExposureOptions[K] | undefined;
}): ExposureOptions {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as unknown as ExposureOptions;
}

async function manifestPaths(out: string): Promise<ReadonlySet<string>> {
  return new Set((await lines(join(out, 'manifest.csv'))).slice(1).map(firstField));
}

/** Takes the rows of exposures that are about to be made again out of the tables. */
async function dropRows(out: string, paths: ReadonlySet<string>): Promise<void> {
  for (const file of [join(out, 'manifest.csv'), join(out, 'truth', 'artifacts.csv')]) {
    const [first, ...rows] = await lines(file);
    const left = rows.filter((row) => !paths.has(firstField(row)));
    if (first === undefined || left.length === rows.length) continue;
    await writeFile(`${file}.partial`, `${[first, ...left].join('\n')}\n`);
    await rename(`${file}.partial`, file);
  }
}

async function lines(path: string): Promise<string[]> {
  try {
    return (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '');
  } catch {
    return [];
  }
}

function firstField(line: string): string {
  return line.slice(0, line.indexOf(','));
}
