import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { LivingProcess } from '../living-process.ts';
import { script } from '../peer.ts';
import { median, ratio } from '../results.ts';
import { timeInTurns } from '../turns.ts';
import type { Work } from './running.ts';
import type { WorkSize } from './works.ts';

/** One work's time per step or run, milliseconds, and the peak memory of each side's process, MB; medians. */
export interface EngineResult {
  readonly name: string;
  readonly kind: Work['kind'];
  readonly ours_ms: number;
  readonly peer_ms: number | null;
  readonly ratio: number | null;
  /** Least of all repeats: where a neighbor takes half the arithmetic by turns, medians say who met it. */
  readonly ours_least_ms: number;
  readonly peer_least_ms: number | null;
  readonly ratio_limit: number;
  readonly ours_mb: number;
  readonly peer_mb: number | null;
  /** Which of its variants the peer is fastest in here. */
  readonly peer_variant: string | null;
  /** What each variant took when the fastest was chosen, milliseconds; of a sample, its middle batch. */
  readonly peer_variants_ms: Readonly<Record<string, number>>;
}

export interface EngineBenchOptions {
  /** The peer's Python; null measures this side alone. */
  readonly python: string | null;
  readonly works: readonly Work[];
  /** What `dump-network.ts` wrote of the shipped model, where a work runs it. */
  readonly networkFolder?: string | undefined;
  /** Where works go through a sample: how many batches, over which their times are means. */
  readonly sampleBatches?: number | undefined;
  readonly threads: number;
  readonly rounds: number;
  readonly only?: readonly string[] | undefined;
  readonly size?: WorkSize | undefined;
  readonly report: (line: string) => void;
}

/** Both sides of each work in turns, block by block with a pause in between, so that neither's idle threads spin into the other's time. */
export async function benchEngine(options: EngineBenchOptions): Promise<EngineResult[]> {
  const results: EngineResult[] = [];
  for (const work of options.works) {
    if (options.only && !options.only.includes(work.name)) continue;
    const result = await benchWork(work, options).catch((error: unknown) => {
      if (options.python === null) throw error;
      options.report(`${work.name} against the peer: ${(error as Error).message}; this side alone`);
      return benchWork(work, { ...options, python: null });
    });
    const { ours_ms, peer_ms, ratio: r, ours_mb, peer_mb } = result;
    const variants = Object.entries(result.peer_variants_ms).map(([name, ms]) => `${name} ${ms.toFixed(1)}`);
    options.report(
      `${work.name}: ${ours_ms.toFixed(1)} ms, peer ${peer_ms?.toFixed(1) ?? '–'} ms, ratio ${r?.toFixed(2) ?? '–'}; ` +
        `${ours_mb.toFixed(0)} MB, peer ${peer_mb?.toFixed(0) ?? '–'} MB` +
        (variants.length > 1 ? `; peer's choice: ${variants.join(', ')} ms` : ''),
    );
    results.push(result);
  }
  return results;
}

async function benchWork(work: Work, options: EngineBenchOptions): Promise<EngineResult> {
  const { python, networkFolder = '', threads, rounds, sampleBatches = 1 } = options;
  const { sample, ...numbers } = options.size ?? {};
  const size = JSON.stringify(work.sampled ? { sample } : numbers);
  const per = work.sampled ? sampleBatches : 1;
  const tsx = ['--import', import.meta.resolve('tsx')];
  const side = fileURLToPath(new URL('./side.ts', import.meta.url));
  const ours = new LivingProcess(process.execPath, [...tsx, side, work.name, String(threads), size]);
  const sides = [ours];
  let variant: string | null = null;
  let variants: Record<string, number> = {};
  try {
    await ours.answer();
    if (python !== null) {
      const peer = await fastestPeer(python, [work.name, String(threads), size, networkFolder]);
      sides.push(peer.process);
      ({ variant, variants } = peer);
    }
    // The first block counts for nothing: the peer meets most lengths of a sample there.
    const [first, least] = work.sampled ? [1, 1] : [3, 2];
    const turns = { rounds, blockMs: 1200, first, least, most: 60 };
    const ms = (await timeInTurns(sides, turns)).map((times) => times.map((time) => time / per));
    const peaks = await Promise.all(
      sides.map(async (side) => (await side.ask<{ peak: number }>({ peak: true })).peak),
    );
    const [oursMs, peerMs = null] = ms.map(median) as [number, number?];
    const leastMs = ms.map((times) => Math.min(...times));
    return {
      name: work.name,
      kind: work.kind,
      ours_ms: oursMs,
      peer_ms: peerMs,
      ratio: ratio(oursMs, peerMs),
      ours_least_ms: leastMs[0],
      peer_least_ms: leastMs[1] ?? null,
      ratio_limit: work.limit,
      ours_mb: peaks[0],
      peer_mb: peaks[1] ?? null,
      peer_variant: variant,
      peer_variants_ms: variants,
    };
  } finally {
    for (const side of sides) await side.close();
  }
}

/** Builds of OpenBLAS that Debian offers side by side; PyTorch takes the first that the loader finds. */
const openMp = '/usr/lib/x86_64-linux-gnu/openblas-openmp';

/**
 * The peer under the surroundings it is fastest in: the system's BLAS, or OpenBLAS on OpenMP, which shares PyTorch's own threads; and
 * with OpenBLAS left to find the processor's kernels itself where the environment names others.
 */
async function fastestPeer(
  python: string,
  args: readonly string[],
): Promise<{ process: LivingProcess; variant: string; variants: Record<string, number> }> {
  const surroundings: { name: string; env: NodeJS.ProcessEnv }[] = [{ name: '', env: process.env }];
  if (existsSync(openMp)) {
    surroundings.push({ name: 'OpenMP BLAS, ', env: { ...process.env, LD_LIBRARY_PATH: openMp } });
    const env: NodeJS.ProcessEnv = { ...process.env, LD_LIBRARY_PATH: openMp };
    if (env['OPENBLAS_CORETYPE'] !== undefined) {
      delete env['OPENBLAS_CORETYPE'];
      delete env['OPENBLAS_L2_SIZE'];
      surroundings.push({ name: 'OpenMP BLAS, own kernels, ', env });
    }
  }
  let best: { process: LivingProcess; variant: string; ms: number } | null = null;
  const variants: Record<string, number> = {};
  for (const { name, env } of surroundings) {
    const process = new LivingProcess(python, ['-B', script('./engine_peer.py'), ...args], env);
    let answer: { variant: string; ms: Record<string, number> };
    try {
      answer = await process.answer();
    } catch (error) {
      await best?.process.close();
      throw error;
    }
    for (const [variant, ms] of Object.entries(answer.ms)) variants[`${name}${variant}`] = ms;
    const ms = answer.ms[answer.variant];
    if (best !== null && best.ms <= ms) {
      await process.close();
      continue;
    }
    await best?.process.close();
    best = { process, variant: `${name}${answer.variant}`, ms };
  }
  return { ...best!, variants };
}
