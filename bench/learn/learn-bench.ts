import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LivingProcess } from '../living-process.ts';
import { script } from '../peer.ts';
import { alignedTable, median, ratio } from '../results.ts';
import { timeInTurns } from '../turns.ts';
import { writeTable } from './table-data.ts';
import { works } from './works.ts';
import type { Step, Work } from './works.ts';

/** One step of a work, milliseconds, medians; of each side's process the peak memory, MB, and the accuracy of what it fitted. */
export interface LearnResult {
  readonly name: string;
  readonly step: Step;
  readonly rows: number;
  readonly columns: number;
  readonly ours_ms: number;
  readonly peer_ms: number | null;
  readonly ratio: number | null;
  readonly ratio_limit: number;
  readonly ours_mb: number;
  readonly peer_mb: number | null;
  readonly ours_accuracy: number | null;
  readonly peer_accuracy: number | null;
}

export interface LearnBenchOptions {
  /** The peer's Python; null measures this side alone. */
  readonly python: string | null;
  readonly threads: number;
  readonly rounds: number;
  readonly rows: number;
  readonly columns: number;
  readonly only?: readonly string[] | undefined;
  readonly report: (line: string) => void;
}

const peerScript = script('./learn/learn_peer.py');

/** `scikit-learn 1.2.1, numpy 1.24.2`, or null where this Python has them not. */
export async function learnPeerVersion(python: string): Promise<string | null> {
  const process = new LivingProcess(python, ['-B', peerScript]);
  try {
    return (await process.answer<{ version: string }>()).version;
  } catch {
    return null;
  } finally {
    await process.close();
  }
}

/** Both sides of each work in turns. @throws RangeError for a name that is not in `works`. */
export async function benchLearn(options: LearnBenchOptions): Promise<LearnResult[]> {
  const unknown = options.only?.find((name) => !works.some((work) => work.name === name));
  if (unknown !== undefined) {
    throw new RangeError(
      `no work is called '${unknown}'; there are ${works.map(({ name }) => name).join(', ')}`,
    );
  }
  const results: LearnResult[] = [];
  for (const work of works) {
    if (options.only && !options.only.includes(work.name)) continue;
    for (const result of await benchWork(work, options)) {
      const { step, ours_ms, peer_ms, ratio: r } = result;
      options.report(
        `${work.name} ${step}: ${ours_ms.toFixed(1)} ms, peer ${peer_ms?.toFixed(1) ?? '–'} ms, ratio ${r?.toFixed(2) ?? '–'}`,
      );
      results.push(result);
    }
  }
  return results;
}

async function benchWork(work: Work, options: LearnBenchOptions): Promise<LearnResult[]> {
  const { python, threads, rounds, columns } = options;
  const size = { rows: Math.min(options.rows, work.rows ?? Infinity), columns };
  const folder = await mkdtemp(join(tmpdir(), 'blemish-bench-table-'));
  const sides: LivingProcess[] = [];
  try {
    await writeTable(folder, size);
    const args = [work.name, String(threads), JSON.stringify(size), folder];
    const tsx = ['--import', import.meta.resolve('tsx')];
    const side = fileURLToPath(new URL('./side.ts', import.meta.url));
    sides.push(new LivingProcess(process.execPath, [...tsx, side, ...args]));
    if (python !== null) {
      const limits = { OMP_NUM_THREADS: String(threads), OPENBLAS_NUM_THREADS: String(threads) };
      sides.push(new LivingProcess(python, ['-B', peerScript, ...args], { ...process.env, ...limits }));
    }
    for (const process of sides) await process.answer();
    const times: { step: Step; limit: number; ms: number[] }[] = [];
    for (const [step, limit] of Object.entries(work.limits) as [Step, number][]) {
      const turns = { rounds, blockMs: 1000, first: 1, least: 1, most: 20 };
      times.push({ step, limit, ms: (await timeInTurns(sides, turns, { step })).map(median) });
    }
    const ends: { accuracy: number | null; peak: number }[] = [];
    for (const process of sides) ends.push(await process.ask({ finish: true }));
    const [ours, peer] = ends as [(typeof ends)[0], (typeof ends)[0] | undefined];
    return times.map(({ step, limit, ms: [oursMs, peerMs = null] }) => ({
      name: work.name,
      step,
      ...size,
      ours_ms: oursMs,
      peer_ms: peerMs,
      ratio: ratio(oursMs, peerMs),
      ratio_limit: limit,
      ours_mb: ours.peak,
      peer_mb: peer?.peak ?? null,
      ours_accuracy: ours.accuracy,
      peer_accuracy: peer?.accuracy ?? null,
    }));
  } finally {
    for (const process of sides) await process.close();
    await rm(folder, { recursive: true, force: true });
  }
}

export function learnTable(results: readonly LearnResult[], peer: string | null): string {
  const heading = ['', 'ours', 'peer', 'ratio', 'asked', 'memory', "peer's", 'accuracy', "peer's"];
  const rows = results.map((result) => [
    `${result.name} ${result.step}, ${result.rows} × ${result.columns}`,
    `${result.ours_ms.toFixed(1)} ms`,
    result.peer_ms === null ? '–' : `${result.peer_ms.toFixed(1)} ms`,
    result.ratio?.toFixed(2) ?? '–',
    `≤ ${result.ratio_limit}`,
    `${result.ours_mb.toFixed(0)} MB`,
    result.peer_mb === null ? '–' : `${result.peer_mb.toFixed(0)} MB`,
    result.ours_accuracy?.toFixed(4) ?? '–',
    result.peer_accuracy?.toFixed(4) ?? '–',
  ]);
  return `${alignedTable([heading, ...rows])}\n\npeer: ${peer ?? 'not measured'}\n`;
}
