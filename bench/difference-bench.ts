import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { simulatePair } from '@blemish/sky';
import type { DifferenceSummary } from '@blemish/survey';
import { differenceMethods } from '@blemish/survey';
import { writePair } from '../packages/cli/src/simulate/write-pair.ts';

export interface DifferenceResult {
  readonly method: string;
  readonly megapixels: number;
  /** Medians over the rounds: wall and processor time, reading and writing included, start of the program not. */
  readonly seconds_per_megapixel: number;
  readonly processor_seconds_per_megapixel: number;
  readonly candidates: number;
  readonly steps_s: Readonly<Record<string, number>>;
}

const command = fileURLToPath(new URL('../bin/blemish.mjs', import.meta.url));

/** `blemish difference` on a simulated pair, method by method, in a process of its own. There is no peer: Debian has no program that does it. */
export async function benchDifference(options: {
  readonly width: number;
  readonly height: number;
  readonly rounds: number;
  readonly report: (line: string) => void;
}): Promise<DifferenceResult[]> {
  const { width, height, rounds, report } = options;
  const folder = await mkdtemp(join(tmpdir(), 'blemish-bench-difference-'));
  try {
    report(`simulating a pair of ${width} × ${height} px`);
    // a test seed
    await writePair(simulatePair({ seed: 900_007, width, height }), folder);
    const results: DifferenceResult[] = [];
    for (const method of differenceMethods) {
      const runs: DifferenceSummary[] = [];
      for (let round = 0; round < rounds; round++) {
        report(`${method}, ${round + 1} of ${rounds}`);
        runs.push(await difference(folder, method));
      }
      const middle = (value: (run: DifferenceSummary) => number) =>
        runs.map(value).sort((a, b) => a - b)[runs.length >> 1];
      results.push({
        method,
        megapixels: (width * height) / 1e6,
        seconds_per_megapixel: middle((run) => run.secondsPerMegapixel),
        processor_seconds_per_megapixel: middle((run) => run.processorSecondsPerMegapixel),
        candidates: runs[0].candidates,
        steps_s: Object.fromEntries(
          Object.keys(runs[0].steps).map((name) => [name, middle((run) => run.steps[name])]),
        ),
      });
    }
    return results;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function difference(folder: string, method: string): Promise<DifferenceSummary> {
  const images = ['science', 'reference'].map((name) => join(folder, `${name}_ooi.fits.fz`));
  const words = [
    'difference',
    ...images,
    '--out',
    join(folder, method),
    '--method',
    method,
    '--force',
    '--json',
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [command, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.on('data', (part: Buffer) => (out += part.toString()));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(out) as DifferenceSummary);
      else reject(new Error(`blemish difference ended with ${code}`));
    });
  });
}

/** One line a method. */
export function differenceTable(results: readonly DifferenceResult[]): string {
  const lines = results.map(
    ({
      method,
      megapixels,
      seconds_per_megapixel: wall,
      processor_seconds_per_megapixel: cpu,
      steps_s: steps,
    }) =>
      `${method.padEnd(14)} ${megapixels.toFixed(2)} Mpx  ${wall.toFixed(2)} s/Mpx  ${cpu.toFixed(2)} s/Mpx processor  (${Object.entries(
        steps,
      )
        .map(([name, seconds]) => `${name} ${seconds.toFixed(1)}`)
        .join(', ')})`,
  );
  return `${lines.join('\n')}\n`;
}
