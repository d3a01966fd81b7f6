import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { LivingProcess } from '../living-process.ts';
import { script } from '../peer.ts';
import { median, pauseMs, ratio } from '../results.ts';
import { works } from './works.ts';
import type { Work, WorkSize } from './works.ts';

/** One work's time per step or run, milliseconds, and the peak memory of each side's process, MB; medians. */
export interface EngineResult {
  readonly name: string;
  readonly kind: Work['kind'];
  readonly ours_ms: number;
  readonly peer_ms: number | null;
  readonly ratio: number | null;
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

/** How long a block of repeats should last, so that the pauses between blocks cost little. */
const blockMs = 1200;

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

interface Side {
  readonly process: LivingProcess;
  readonly ms: number[];
}

async function benchWork(work: Work, options: EngineBenchOptions): Promise<EngineResult> {
  const { python, networkFolder, threads, rounds } = options;
  const size = JSON.stringify(options.size ?? {});
  const tsx = ['--import', import.meta.resolve('tsx')];
  const side = fileURLToPath(new URL('./side.ts', import.meta.url));
  const ours = new LivingProcess(process.execPath, [...tsx, side, work.name, String(threads), size]);
  const sides: Side[] = [{ process: ours, ms: [] }];
  let variant: string | null = null;
  try {
    await ours.answer();
    if (python !== null) {
      const args = [work.name, String(threads), size, networkFolder];
      const peer = new LivingProcess(python, ['-B', script('./engine_peer.py'), ...args]);
      sides.push({ process: peer, ms: [] });
      variant = (await peer.answer<{ variant: string }>()).variant;
    }
    const repeats = sides.map(() => 1);
    // A first, short block of each says how many repeats fill a block.
    for (const [i, { process: child }] of sides.entries()) {
      await sleep(pauseMs);
      const { ms } = await child.ask<{ ms: number[] }>({ repeats: 3 });
      repeats[i] = Math.max(2, Math.min(60, Math.round(blockMs / median(ms))));
    }
    for (let round = 0; round < rounds; round++) {
      for (const [i, { process: child, ms }] of sides.entries()) {
        await sleep(pauseMs);
        ms.push(...(await child.ask<{ ms: number[] }>({ repeats: repeats[i] })).ms);
      }
    }
    const peaks = await Promise.all(
      sides.map(async ({ process: child }) => (await child.ask<{ peak: number }>({ peak: true })).peak),
    );
    const [oursMs, peerMs = null] = sides.map(({ ms }) => median(ms)) as [number, number?];
    return {
      name: work.name,
      kind: work.kind,
      ours_ms: oursMs,
      peer_ms: peerMs,
      ratio: ratio(oursMs, peerMs),
      ratio_limit: work.limit,
      ours_mb: peaks[0],
      peer_mb: peaks[1] ?? null,
      peer_variant: variant,
    };
  } finally {
    for (const { process: child } of sides) await child.close();
  }
}
