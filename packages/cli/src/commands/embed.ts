import type { Command } from 'commander';
import { embed } from '@blemish/survey';
import { withCommonOptions } from '../context.ts';
import type { CommandContext } from '../context.ts';
import { withStampOptions, withStampRun } from '../stamps.ts';
import type { StampFlags } from '../stamps.ts';

interface EmbedFlags extends StampFlags {
  readonly out: string;
}

export function addEmbed(program: Command, context: CommandContext): void {
  const command = program
    .command('embed')
    .description("Write an encoder's numbers for each stamp, one row per stamp in order.")
    .argument('<model>', 'bundle folder of an encoder')
    .argument(
      '<input...>',
      'stack of stamps (.npy, .npz, file.npz[name]), FITS stamp (file.fits[1]), folder of FITS stamps, or list file (@list)',
    )
    .requiredOption(
      '--out <file>',
      'array [stamps, dimensions] (.npy) or table (.parquet, .csv, .ecsv, .xml)',
    );
  withStampOptions(command).action(async (model: string, inputs: string[], flags: EmbedFlags) => {
    const { interrupted, ...summary } = await withStampRun(context, inputs, flags, (options) =>
      embed({ ...options, model, out: flags.out }),
    );
    if (flags.json) context.terminal.out(`${JSON.stringify(summary)}\n`);
    else
      context.terminal.out(`${summary.out}: ${summary.stamps} stamps, ${summary.dimensions} numbers each\n`);
    if (interrupted) context.terminal.err('interrupted: the rows written are those done\n');
  });
  withCommonOptions(command, [
    'blemish embed models/encoder frames/ --out embeddings.parquet',
    'blemish embed models/encoder stamps.npy --out embeddings.npy',
  ]);
}
