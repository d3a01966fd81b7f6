import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { link, mkdir, readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { Rng } from '@blemish/sky';
import { measureProcess } from './measure-process.ts';

const bin = fileURLToPath(new URL('../bin/blemish.mjs', import.meta.url));

export interface ExposuresBenchOptions {
  /** Bundle folder or name of a shipped model, of exposures or of artifacts. */
  readonly model: string;
  /** Exposures of `ccds` CCDs of `size` × `size` pixels, and how many full-size ones beside them. */
  readonly exposures: number;
  readonly full: number;
  readonly ccds: number;
  readonly size: number;
  /** Exposures on disk at once. */
  readonly chunk: number;
  /** Times that the scan of each chunk is killed, at most. */
  readonly kills: number;
  readonly threads: number;
  readonly seed: number;
  /** Emptied. */
  readonly work: string;
  readonly report: (line: string) => void;
}

export interface ExposuresResult {
  readonly exposures: number;
  readonly ccds: number;
  readonly kills: number;
  /** CCDs and exposures by wall time of the scans, starts and what kills cost included; by their own clocks without. */
  readonly exposures_per_second: number;
  readonly seconds: { readonly simulate: number; readonly scan: number; readonly merge: number };
  readonly peak_scan_mb: number | null;
  readonly peak_merge_mb: number | null;
  readonly report_mb: number;
}

interface Expected {
  readonly path: string;
  readonly hdu: number;
}

/**
 * A release in small: exposures are simulated in chunks, each is scanned, killed at random moments and resumed, and removed; then all scans are
 * joined. Nothing may be lost or come twice.
 * @throws Error naming what is
 */
export async function benchExposures(options: ExposuresBenchOptions): Promise<ExposuresResult> {
  const { work, report, exposures, full, chunk } = options;
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  const rng = new Rng(options.seed, 1);
  const chunks = Array.from({ length: Math.ceil(exposures / chunk) }, (_, k) => ({
    n: Math.min(chunk, exposures - k * chunk),
    first: k * chunk,
    sides: [options.size, options.size],
  }));
  if (full > 0) chunks.push({ n: full, first: exposures, sides: [2046, 4094] });
  const expected: Expected[] = [];
  const scans: string[] = [];
  const seconds = { simulate: 0, scan: 0, merge: 0 };
  let kills = 0;
  let peak: number | null = null;
  for (const [k, { n, first, sides }] of chunks.entries()) {
    const night = join(work, `night-${k}`);
    const out = join(work, `scan-${k}`);
    seconds.simulate += await simulate(options, night, n, first, sides);
    const own = await expectedOf(night);
    expected.push(...own);
    scans.push(out);
    const args = ['scan', night, '--model', options.model, '--out', out, '--resume'];
    const threads = ['--threads', String(options.threads)];
    const started = performance.now();
    const wanted = rng.integer(0, options.kills);
    for (let kill = 0; kill < wanted; kill++) {
      if (await killedRun([...args, ...threads], rng.uniform(0, 3000))) kills++;
      await checkNothingHalf(out);
    }
    const { exitCode, stderr, peakMb } = await run([...args, ...threads]);
    if (exitCode !== 0) throw new Error(`the scan of chunk ${k} gave ${exitCode}: ${stderr.slice(-500)}`);
    seconds.scan += (performance.now() - started) / 1000;
    if (peakMb !== null) peak = Math.max(peak ?? 0, peakMb);
    await checkImages(out, own);
    if (k === 0) await checkAgainstOneRun(options, night, out);
    await rm(night, { recursive: true });
    report(
      `chunk ${k + 1} of ${chunks.length}: ${own.length} CCDs, killed ${wanted} times, peak ${peakMb?.toFixed(0)} MB`,
    );
  }
  const merged = join(work, 'release');
  const started = performance.now();
  // Whole scans, whose files are gone by now: nothing is read but what they wrote.
  const { exitCode, stderr, peakMb } = await run(['merge', ...scans, '--out', merged]);
  if (exitCode !== 0) throw new Error(`merge gave ${exitCode}: ${stderr.slice(-500)}`);
  seconds.merge = (performance.now() - started) / 1000;
  await checkImages(merged, expected);
  const names = new Set((await rows(merged, 'exposures')).map((row) => row['exposure']));
  if (names.size !== exposures + full) throw new Error(`${names.size} exposures, not ${exposures + full}`);
  const page = (await readFile(join(merged, 'report.html'))).length;
  return {
    exposures: exposures + full,
    ccds: expected.length,
    kills,
    exposures_per_second: (exposures + full) / seconds.scan,
    seconds,
    peak_scan_mb: peak,
    peak_merge_mb: peakMb,
    report_mb: page / 1e6,
  };
}

export interface MemoryResult {
  readonly exposures: number;
  readonly ccds: number;
  readonly seconds: number;
  readonly peak_mb: number | null;
}

/** Peak memory of one scan of few exposures and of many: copies by hard links of as many as a chunk has, so that the disk need not hold all. */
export async function benchExposureMemory(
  options: ExposuresBenchOptions,
  counts: readonly number[],
): Promise<MemoryResult[]> {
  const { work, report } = options;
  const night = join(work, 'night');
  await rm(work, { recursive: true, force: true });
  await simulate(options, night, Math.min(options.chunk, ...counts), 0, [options.size, options.size]);
  const images = (await readdir(night)).filter((name) => name.includes('_ooi_'));
  const results: MemoryResult[] = [];
  for (const count of counts) {
    const copies = join(work, `copies-${count}`);
    await mkdir(copies);
    for (let i = 0; i < count; i++) {
      const name = images[i % images.length];
      const at = String(i).padStart(5, '0');
      await link(join(night, name), join(copies, `${at}_${name}`));
      await link(
        join(night, name.replace('_ooi_', '_ood_')),
        join(copies, `${at}_${name.replace('_ooi_', '_ood_')}`),
      );
    }
    const out = join(work, `scan-${count}`);
    const args = [
      'scan',
      copies,
      '--model',
      options.model,
      '--out',
      out,
      '--threads',
      String(options.threads),
    ];
    const { exitCode, stderr, seconds, peakMb } = await run(args);
    if (exitCode !== 0)
      throw new Error(`the scan of ${count} exposures gave ${exitCode}: ${stderr.slice(-500)}`);
    const ccds = (await rows(out, 'images')).length;
    results.push({ exposures: count, ccds, seconds, peak_mb: peakMb });
    report(
      `${count} exposures (${ccds} CCDs) in one scan: ${seconds.toFixed(0)} s, peak ${peakMb?.toFixed(0)} MB`,
    );
    await rm(copies, { recursive: true });
  }
  return results;
}

async function simulate(
  { ccds, seed, threads }: ExposuresBenchOptions,
  night: string,
  n: number,
  first: number,
  [width, height]: readonly number[],
): Promise<number> {
  const numbers = { n, seed: seed + first, ccds, width, height, threads };
  const flags = Object.entries(numbers).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const { exitCode, stderr, seconds } = await run(['simulate', 'bad-exposures', ...flags, '--out', night]);
  if (exitCode !== 0) throw new Error(`simulate gave ${exitCode}: ${stderr.slice(-500)}`);
  return seconds;
}

function run(args: readonly string[]): ReturnType<typeof measureProcess> {
  return measureProcess(process.execPath, [bin, ...args]);
}

/** Begins a scan and kills it so many milliseconds after its first CCD. @returns whether it was still at work */
async function killedRun(args: readonly string[], afterMs: number): Promise<boolean> {
  const child = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let begun = false;
  child.stderr.on('data', (bytes: Buffer) => {
    if (begun || !bytes.toString().includes('scanned')) return;
    begun = true;
    void sleep(afterMs).then(() => child.kill('SIGKILL'));
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code === null));
  });
}

/** Of files whose names stand, each is whole: a table that was begun is there under its partial name alone. */
async function checkNothingHalf(out: string): Promise<void> {
  for (const name of (await readdir(out)).filter((each) => each.endsWith('.parquet'))) {
    await rows(out, name.slice(0, -'.parquet'.length));
  }
}

async function expectedOf(night: string): Promise<Expected[]> {
  const lines = parse<Record<string, string>>(await readFile(join(night, 'manifest.csv')), { columns: true });
  return lines.map((line) => ({ path: join(night, line['path']), hdu: Number(line['hdu']) }));
}

/** Every CCD once, by the table of images. @throws Error */
async function checkImages(out: string, expected: readonly Expected[]): Promise<void> {
  const key = (path: unknown, hdu: unknown): string => `${String(path)}[${Number(hdu)}]`;
  const found = (await rows(out, 'images')).map((row) => key(row['path'], row['hdu']));
  const wanted = new Set(expected.map(({ path, hdu }) => key(path, hdu)));
  const lost = [...wanted].filter((each) => !found.includes(each));
  if (lost.length > 0) throw new Error(`${out} has lost ${lost.length} CCDs, such as ${lost[0]}`);
  if (found.length !== wanted.size) throw new Error(`${out} has ${found.length} CCDs, not ${wanted.size}`);
  const left = (await readdir(out, { recursive: true })).filter((name) => name.endsWith('.partial'));
  if (left.length > 0) throw new Error(`${out} holds half files: ${left.join(', ')}`);
}

/** A scan that was killed and resumed against one that was not. @throws Error */
async function checkAgainstOneRun(
  { model, work, threads }: ExposuresBenchOptions,
  night: string,
  out: string,
): Promise<void> {
  const whole = join(work, 'whole');
  const { exitCode } = await run([
    'scan',
    night,
    '--model',
    model,
    '--out',
    whole,
    '--threads',
    String(threads),
  ]);
  if (exitCode !== 0) throw new Error(`the scan without a kill gave ${exitCode}`);
  for (const name of ['images', 'exposures', 'catalog']) {
    const [a, b] = [await hashOf(join(out, `${name}.parquet`)), await hashOf(join(whole, `${name}.parquet`))];
    if (a !== b) throw new Error(`${name}.parquet differs from that of a scan that was not killed`);
  }
  await rm(whole, { recursive: true });
}

async function hashOf(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

async function rows(folder: string, table: string): Promise<Record<string, unknown>[]> {
  return parquetReadObjects({ file: await asyncBufferFromFile(join(folder, `${table}.parquet`)) });
}
