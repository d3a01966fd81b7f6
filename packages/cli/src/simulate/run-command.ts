import type { Command } from 'commander';
import { SurveyError } from '@blemish/survey';
import { exitCodes, parseInteger } from '../context.ts';
import type { CommandContext, CommonOptions } from '../context.ts';
import { ProgressLine, duration } from '../terminal.ts';
import type { Existing } from './run-simulation.ts';

export interface SimulateFlags extends CommonOptions {
  readonly n: number;
  readonly out: string;
  readonly threads?: number;
  readonly force?: boolean;
  readonly resume?: boolean;
}

/** Neither a seed that shipped models learned from nor one kept for tests: what is made can be looked at and scanned freely. */
const defaultSeed = 700_000;

/** The options that all kinds of simulated data have. */
export function withRunOptions(command: Command, units: string): Command {
  return command
    .requiredOption('--out <dir>', 'folder to write')
    .option('--threads <n>', 'worker threads (default: one a core)', parseInteger(1, 1024))
    .option('--force', `replace ${units} that are there`)
    .option('--resume', `leave ${units} that are there and make the missing ones`);
}

/** What every simulation is told. */
export interface SharedOptions {
  readonly n: number;
  readonly seed: number;
  readonly out: string;
  readonly threads: number | undefined;
  readonly existing: Existing;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number) => void;
}

export interface Simulated {
  readonly interrupted: boolean;
  /** Fields of `--json`. */
  readonly counts: Readonly<Record<string, number>>;
  /** What was made, in words. */
  readonly text: string;
}

/** Runs a simulation with what is common to all: existing output, progress, interruption and what is printed at the end. */
export async function simulate(
  flags: Omit<SimulateFlags, 'artifacts'>,
  context: CommandContext,
  units: string,
  run: (shared: SharedOptions) => Promise<Simulated>,
): Promise<void> {
  if (flags.force && flags.resume) {
    throw new SurveyError('OPTION_INVALID', '--force and --resume exclude each other: give one');
  }
  const progress = new ProgressLine(context.terminal);
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1000;
  try {
    const { interrupted, counts, text } = await run({
      n: flags.n,
      seed: flags.seed ?? defaultSeed,
      out: flags.out,
      threads: flags.threads,
      existing: flags.force ? 'replace' : flags.resume ? 'keep' : 'refuse',
      signal: context.signal,
      onProgress: (done) => {
        const left = done === 0 ? null : (elapsed() / done) * (flags.n - done);
        progress.update(`simulated ${done} of ${flags.n} ${units}`, done / flags.n, left);
      },
    });
    progress.done();
    const seconds = elapsed();
    if (interrupted) context.exitCode = exitCodes.interrupted;
    context.terminal.out(
      flags.json
        ? `${JSON.stringify({ ...counts, seconds, out: flags.out })}\n`
        : `${text} in ${duration(seconds)}: ${flags.out}\n`,
    );
    if (interrupted) context.terminal.err('interrupted: run again with --resume to go on\n');
  } finally {
    progress.done();
  }
}
