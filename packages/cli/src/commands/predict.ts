import type { Command } from 'commander';
import { csvLines, predict } from '@blemish/survey';
import { withCommonOptions } from '../context.ts';
import type { CommandContext } from '../context.ts';
import { withStampOptions, withStampRun } from '../stamps.ts';
import type { StampFlags } from '../stamps.ts';

interface PredictFlags extends StampFlags {
  readonly out?: string;
}

export function addPredict(program: Command, context: CommandContext): void {
  const command = program
    .command('predict')
    .description('Score stamps with a model: one row per stamp, in order, as CSV or Parquet.')
    .argument('<model>', 'bundle folder, run, or name of a shipped model')
    .argument(
      '<input...>',
      'stack of stamps (.npy, .npz, file.npz[name]), FITS stamp (file.fits[1]), folder of FITS stamps, or list file (@list)',
    )
    .option('--out <file>', 'table to write: .csv, .parquet, .ecsv or .xml (default: CSV on stdout)');
  withStampOptions(command).action(async (model: string, inputs: string[], flags: PredictFlags) => {
    const { terminal } = context;
    const rows: unknown[] = [];
    const print = csvLines((text) => terminal.out(text));
    const { interrupted, ...summary } = await withStampRun(context, inputs, flags, (options) =>
      predict({
        ...options,
        model,
        out: flags.out ?? null,
        onRow: (row, columns) => {
          if (flags.out !== undefined) return;
          if (flags.json) rows.push(row);
          else print(row, columns);
        },
      }),
    );
    if (flags.json) {
      const predictions = flags.out === undefined ? { predictions: rows } : {};
      terminal.out(`${JSON.stringify({ ...summary, ...predictions })}\n`);
    } else {
      const { stamps, empty, failed, out } = summary;
      const parts = [`${stamps} stamps`];
      if (empty > 0) parts.push(`${empty} of them without a pixel that has a value`);
      if (failed.length > 0) parts.push(`${failed.length} failed`);
      terminal.err(`${parts.join(', ')}${out === null ? '' : `: ${out}`}\n`);
    }
    if (interrupted) terminal.err('interrupted: the rows above are those done\n');
  });
  withCommonOptions(command, [
    'blemish predict models/braai stamps.npy --out scores.csv',
    'blemish predict models/braai candidates/ --out scores.parquet',
  ]);
}
