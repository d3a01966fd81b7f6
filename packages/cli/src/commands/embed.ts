import type { Command } from 'commander';
import { SurveyError, embed, embedObjects } from '@blemish/survey';
import { exitCodes, parseInteger, withCommonOptions } from '../context.ts';
import type { CommandContext } from '../context.ts';
import { hdusOf, withStampOptions, withStampRun } from '../stamps.ts';
import type { StampFlags } from '../stamps.ts';
import { PhaseClock, ProgressLine } from '../terminal.ts';

interface EmbedFlags extends StampFlags {
  readonly out: string;
  readonly byObject?: boolean;
  readonly minFrames?: number;
  readonly resume?: boolean;
  readonly force?: boolean;
}

export function addEmbed(program: Command, context: CommandContext): void {
  const command = program
    .command('embed')
    .description(
      "Write an encoder's numbers for each stamp, one row per stamp in order, or for the frames of each object, one array an object.",
    )
    .argument('<model>', 'bundle folder of an encoder, or run that trained one')
    .argument(
      '<input...>',
      'alerts (.avro, .parquet), set of stamps or of views of CCDs (folder with stamps.npy), stack of stamps (.npy, .npz, .h5, file.npz[name]), FITS stamp (file.fits[1]), folder of alerts or FITS stamps, or list file (@list); by object: folder with frames/<oid>/*.fits, <oid>/*.fits or <oid>.npy, or folder of one object',
    )
    .requiredOption(
      '--out <path>',
      'array [stamps, dimensions] (.npy) or table (.parquet, .csv, .ecsv, .xml); a folder (ending in /) for one array an object',
    )
    .option(
      '--by-object',
      '--out is a folder: <oid>.npy [frames, dimensions] in order of time, frames.parquet',
    )
    .option('--min-frames <n>', 'objects of fewer frames get no array (default: 2)', parseInteger(1, 1e9))
    .option('--resume', 'leave the arrays of objects that are there')
    .option('--force', 'replace the arrays that are there');
  withStampOptions(command).action(async (model: string, inputs: string[], flags: EmbedFlags) => {
    if (flags.byObject || /[/\\]$/.test(flags.out)) await embedByObject(context, model, inputs, flags);
    else await embedStamps(context, model, inputs, flags);
  });
  withCommonOptions(command, [
    'blemish embed models/encoder frames/ --out embeddings.parquet',
    'blemish embed models/encoder stamps.npy --out embeddings.npy',
    'blemish embed runs/pretrain-tiny views/ --out embeddings.parquet',
    'blemish embed models/encoder objects/ --out objects/embeddings/',
  ]);
}

async function embedStamps(
  context: CommandContext,
  model: string,
  inputs: readonly string[],
  flags: EmbedFlags,
): Promise<void> {
  for (const option of ['minFrames', 'resume', 'force'] as const) {
    if (flags[option] === undefined) continue;
    const name = option === 'minFrames' ? 'min-frames' : option;
    throw new SurveyError('OPTION_INVALID', `--${name} goes with one array an object: add --by-object`);
  }
  const { interrupted, ...summary } = await withStampRun(context, inputs, flags, (options) =>
    embed({ ...options, model, out: flags.out }),
  );
  if (flags.json) context.terminal.out(`${JSON.stringify(summary)}\n`);
  else context.terminal.out(`${summary.out}: ${summary.stamps} stamps, ${summary.dimensions} numbers each\n`);
  if (interrupted) context.terminal.err('interrupted: the rows written are those done\n');
}

async function embedByObject(
  context: CommandContext,
  model: string,
  inputs: readonly string[],
  flags: EmbedFlags,
): Promise<void> {
  if (flags.layout !== undefined) {
    throw new SurveyError('OPTION_INVALID', '--layout: frames have one channel; leave it out');
  }
  const { terminal } = context;
  const progress = new ProgressLine(terminal);
  const clock = new PhaseClock();
  try {
    const summary = await embedObjects({
      model,
      inputs,
      out: flags.out,
      minFrames: flags.minFrames,
      resume: flags.resume,
      force: flags.force,
      hdus: hdusOf(flags),
      threads: flags.threads,
      signal: context.signal,
      onFailure: ({ error }) => progress.note(`failed: ${error}`),
      onNote: (note) => progress.note(`note: ${note}`),
      onProgress: ({ frames, objectsDone, objects }) => {
        const text = `${frames} frames (${objectsDone} of ${objects} objects)`;
        progress.update(text, objectsDone / objects, clock.secondsLeft(objectsDone, objects));
      },
    });
    progress.done();
    const { objects, kept, frames, dimensions, failed, interrupted } = summary;
    if (interrupted) context.exitCode = exitCodes.interrupted;
    else if (objects + kept === 0) context.exitCode = exitCodes.nothingDone;
    else if (failed.length > 0) context.exitCode = exitCodes.someFailed;
    if (flags.json) terminal.out(`${JSON.stringify(summary)}\n`);
    else {
      const before = kept > 0 ? `, ${kept} objects were there` : '';
      const without = failed.length > 0 ? `, ${failed.length} failed` : '';
      terminal.out(
        `${summary.out}: ${objects} objects, ${frames} frames, ${dimensions} numbers each${before}${without}\n`,
      );
    }
    if (interrupted) terminal.err('interrupted: go on with --resume\n');
  } finally {
    progress.done();
  }
}
