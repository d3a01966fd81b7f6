import type { Command } from 'commander';
import { parseSelector, stampFits, stampLayouts } from '@blemish/survey';
import type { RunStampsOptions, StampFit, StampLayout } from '@blemish/survey';
import { choice, exitCodes, parseInteger, splitList } from './context.ts';
import type { CommandContext, CommonOptions, ExitCode } from './context.ts';
import { PhaseClock, ProgressLine } from './terminal.ts';

/** Options of the commands that read stamps. */
export interface StampFlags extends CommonOptions {
  readonly layout?: StampLayout;
  readonly hdu?: string;
  readonly channels?: string[];
  readonly fit?: StampFit;
  readonly threads?: number;
}

export function withStampOptions(command: Command): Command {
  return command
    .addOption(
      choice(
        '--layout <order>',
        "order of a stamp's axes (default: the one that fits the model)",
        stampLayouts,
      ),
    )
    .option(
      '--hdu <list>',
      'HDUs of FITS files that hold the stamp, numbers or names with commas: one, or one a channel',
    )
    .option(
      '--channels <list>',
      "fields of alerts or columns of Parquet that are the model's channels, in order (default: what the model says, else cutoutScience,cutoutTemplate,cutoutDifference)",
      splitList,
    )
    .addOption(
      choice(
        '--fit <how>',
        'stamps of another size than the model takes: put missing pixels around smaller ones, cut the middle out of larger ones, or both (default: they have no score)',
        stampFits,
      ),
    )
    .option('--threads <n>', 'threads of the network (default: one a core)', parseInteger(1, 1024));
}

/** What `--hdu` names. */
export function hdusOf({ hdu }: Pick<StampFlags, 'hdu'>): (number | string)[] | undefined {
  return hdu?.split(',').map((text) => parseSelector(`file[${text.trim()}]`).selector ?? 0);
}

/** Runs `body` with the options the flags mean, progress on the terminal, each failure a line of its own. */
export async function withStampRun<T extends StampOutcome>(
  context: CommandContext,
  inputs: readonly string[],
  flags: StampFlags,
  body: (options: RunStampsOptions) => Promise<T>,
): Promise<T> {
  const progress = new ProgressLine(context.terminal);
  const clock = new PhaseClock();
  try {
    const result = await body({
      inputs,
      layout: flags.layout,
      hdus: hdusOf(flags),
      channels: flags.channels,
      fit: flags.fit,
      threads: flags.threads,
      signal: context.signal,
      onFailure: ({ error }) => progress.note(`failed: ${error}`),
      onProgress: ({ stamps, files, filesDone, fraction }) => {
        const text = `${stamps} stamps (${filesDone} of ${files} files)`;
        progress.update(text, fraction, clock.secondsLeft(fraction, 1));
      },
    });
    context.exitCode = stampExitCode(result);
    return result;
  } finally {
    progress.done();
  }
}

interface StampOutcome {
  readonly stamps: number;
  readonly failed: readonly unknown[];
  readonly interrupted: boolean;
}

function stampExitCode({ stamps, failed, interrupted }: StampOutcome): ExitCode {
  if (interrupted) return exitCodes.interrupted;
  if (stamps === 0) return exitCodes.nothingDone;
  return failed.length > 0 ? exitCodes.someFailed : exitCodes.done;
}
