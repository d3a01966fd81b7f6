import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { BenchExposure } from './exposure.ts';
import { measureProcess } from './measure-process.ts';
import type { MeasuredProcess } from './measure-process.ts';
import { chooseVariant, runScanPeer } from './peer.ts';
import type { Peer } from './peer.ts';
import { median, pauseMs, ratio } from './results.ts';
import type { ScanResult } from './results.ts';

const bin = fileURLToPath(new URL('../bin/blemish.mjs', import.meta.url));
/** Memory is measured on so many CCDs too: it must not grow with their number. */
const fewCcds = 4;

export interface ScanBenchOptions {
  readonly peer: Peer | null;
  readonly networkFolder: string;
  readonly modelFolder: string;
  /** Emptied between runs. */
  readonly workFolder: string;
  readonly rounds: number;
  /** Cores that each side uses. */
  readonly threads: number;
  /** Numbers of processes that the peer is run with, each a result of its own. */
  readonly peerProcesses: readonly number[];
  readonly report: (line: string) => void;
}

interface Run {
  readonly seconds: number;
  /** By the program's own clock, after its code was loaded. */
  readonly workSeconds: number;
  readonly peakMb: number | null;
  readonly flagged: number;
}

type Side = (ccds: number) => Promise<Run>;

/** `blemish scan` and the script, each as a command, in turns after a warm-up each. */
export async function benchScan(exposure: BenchExposure, options: ScanBenchOptions): Promise<ScanResult[]> {
  const { peer, rounds, peerProcesses, report } = options;
  const sides: Side[] = [ourScan(exposure, options)];
  if (peer) {
    const { variant, difference } = await chooseVariant(peer, options.networkFolder, options.threads);
    report(`the peer's network: ${variant}, within ${difference.toExponential(1)} of ours`);
    for (const processes of peerProcesses)
      sides.push(peerScan(exposure, { ...options, peer, variant, processes }));
  }
  const all = exposure.ccds;
  const few = Math.min(fewCcds, all);
  const small: Run[] = [];
  // The warm-up on a few CCDs is the measurement of memory on a few.
  for (const side of sides) small.push(await side(few));
  const runs = sides.map((): Run[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, side] of sides.entries()) {
      await sleep(pauseMs);
      const run = await side(all);
      runs[i].push(run);
      const who = i === 0 ? 'ours' : `peer in ${peerProcesses[i - 1]} process(es)`;
      report(`round ${round + 1} of ${rounds}: ${who}: ${(run.seconds / all).toFixed(3)} s per CCD`);
    }
  }
  const results = peer ? peerProcesses : [1];
  return results.map((processes, i) => {
    const theirs = runs[i + 1] ?? null;
    const figures = (select: (run: Run) => number) => {
      const ours = median(runs[0].map(select)) / all;
      const other = theirs && median(theirs.map(select)) / all;
      return { ours, other, ratio: ratio(ours, other) };
    };
    const whole = figures(({ seconds }) => seconds);
    const work = figures(({ workSeconds }) => workSeconds);
    return {
      name: processes === 1 ? 'scan' : `scan, peer in ${processes} processes`,
      ours_s_per_ccd: whole.ours,
      peer_s_per_ccd: whole.other,
      ratio: whole.ratio,
      ratio_limit: 1,
      ours_s_per_ccd_without_startup: work.ours,
      peer_s_per_ccd_without_startup: work.other,
      ratio_without_startup: work.ratio,
      ours_peak_mb: highest(runs[0]),
      peer_peak_mb: theirs && highest(theirs),
      ours_peak_mb_4_ccds: small[0].peakMb,
      peer_peak_mb_4_ccds: small[i + 1]?.peakMb ?? null,
      ours_flagged: runs[0][0].flagged,
      peer_flagged: theirs?.[0]?.flagged ?? null,
      ccds: all,
      rounds,
      ours_s_per_ccd_of_rounds: runs[0].map(({ seconds }) => seconds / all),
      peer_s_per_ccd_of_rounds: (theirs ?? []).map(({ seconds }) => seconds / all),
      peer_processes: processes,
    };
  });
}

function ourScan({ image, ccds: all }: BenchExposure, options: ScanBenchOptions): Side {
  const { modelFolder, workFolder, threads } = options;
  const out = join(workFolder, 'scan');
  return async (ccds) => {
    await rm(out, { recursive: true, force: true });
    const paths = ccds === all ? [image] : Array.from({ length: ccds }, (_, i) => `${image}[${i + 1}]`);
    const args = [bin, 'scan', ...paths, '--model', modelFolder, '--out', out, '--threads', String(threads)];
    return finished('blemish scan', await measureProcess(process.execPath, [...args, '--json']), ccds);
  };
}

function peerScan(
  { image, mask }: BenchExposure,
  options: ScanBenchOptions & { peer: Peer; variant: string; processes: number },
): Side {
  const { peer, networkFolder, workFolder, variant, processes, threads } = options;
  const out = join(workFolder, 'peer.fits.fz');
  return async (ccds) => {
    const files = ['--image', image, '--mask', mask, '--network', networkFolder, '--out', out];
    const how = ['--variant', variant, '--processes', processes, '--threads', threads, '--ccds', ccds];
    return finished('scan_peer.py', await runScanPeer(peer.python, [...files, ...how.map(String)]), ccds);
  };
}

/** @throws Error where the command failed or did not do every CCD */
function finished(name: string, run: MeasuredProcess, ccds: number): Run {
  if (run.exitCode !== 0) throw new Error(`${name} ended with ${run.exitCode}: ${run.stderr.trim()}`);
  const summary = JSON.parse(run.stdout) as { seconds: number; images: number; flagged: number };
  if (summary.images !== ccds) throw new Error(`${name} did ${summary.images} CCDs of ${ccds}`);
  const { seconds, peakMb } = run;
  return { seconds, workSeconds: summary.seconds, peakMb, flagged: summary.flagged };
}

/** Null where it was not measured. */
function highest(runs: readonly Run[]): number | null {
  const peaks = runs.map(({ peakMb }) => peakMb).filter((peak) => peak !== null);
  return peaks.length === 0 ? null : Math.max(...peaks);
}
