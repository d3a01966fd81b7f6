import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { LivingProcess } from '../living-process.ts';
import { script } from '../peer.ts';
import { median, ratio } from '../results.ts';
import { timeInTurns } from '../turns.ts';
import { works } from './works.ts';
import type { Work, WorkSize } from './works.ts';

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
}

export interface EngineBenchOptions {
  /** The peer's Python; null measures this side alone. */
  readonly python: string | null;
  /** What `dump-network.ts` wrote of the shipped model. */
  readonly networkFolder: string;
  readonly threads: number;
  readonly rounds: number;
  readonly only?: readonly string[] | undefined;
  readonly size?: WorkSize | undefined;
  readonly report: (line: string) => void;
}

/** Both sides of each work in turns, block by block with a pause in between, so that neither's idle threads spin into the other's time. */
export async function benchEngine(options: EngineBenchOptions): Promise<EngineResult[]> {
  const results: EngineResult[] = [];
  for (const work of works) {
    if (options.only && !options.only.includes(work.name)) continue;
    const result = await benchWork(work, options);
    const { ours_ms, peer_ms, ratio: r, ours_mb, peer_mb } = result;
    options.report(
      `${work.name}: ${ours_ms.toFixed(1)} ms, peer ${peer_ms?.toFixed(1) ?? '–'} ms, ratio ${r?.toFixed(2) ?? '–'}; ` +
        `${ours_mb.toFixed(0)} MB, peer ${peer_mb?.toFixed(0) ?? '–'} MB`,
    );
    results.push(result);
  }
  return results;
}

async function benchWork(work: Work, options: EngineBenchOptions): Promise<EngineResult> {
  const { python, networkFolder, threads, rounds } = options;
  const size = JSON.stringify(options.size ?? {});
  const tsx = ['--import', import.meta.resolve('tsx')];
  const side = fileURLToPath(new URL('./side.ts', import.meta.url));
  const ours = new LivingProcess(process.execPath, [...tsx, side, work.name, String(threads), size]);
  const sides = [ours];
  let variant: string | null = null;
  try {
    await ours.answer();
    if (python !== null) {
      const peer = await fastestPeer(python, [work.name, String(threads), size, networkFolder]);
      sides.push(peer.process);
      variant = peer.variant;
    }
    const turns = { rounds, blockMs: 1200, first: 3, least: 2, most: 60 };
    const ms = await timeInTurns(sides, turns);
    const peaks = await Promise.all(
      sides.map(async (side) => (await side.ask<{ peak: number }>({ peak: true })).peak),
    );
    const [oursMs, peerMs = null] = ms.map(median) as [number, number?];
    const least = ms.map((times) => Math.min(...times));
    return {
      name: work.name,
      kind: work.kind,
      ours_ms: oursMs,
      peer_ms: peerMs,
      ratio: ratio(oursMs, peerMs),
      ours_least_ms: least[0],
      peer_least_ms: least[1] ?? null,
      ratio_limit: work.limit,
      ours_mb: peaks[0],
      peer_mb: peaks[1] ?? null,
      peer_variant: variant,
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
): Promise<{ process: LivingProcess; variant: string }> {
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
  for (const { name, env } of surroundings) {
    const process = new LivingProcess(python, ['-B', script('./engine_peer.py'), ...args], env);
    const { variant, ms } = await process.answer<{ variant: string; ms: number }>();
    if (best !== null && best.ms <= ms) {
      await process.close();
      continue;
    }
    await best?.process.close();
    best = { process, variant: `${name}${variant}`, ms };
  }
  return best!;
}
