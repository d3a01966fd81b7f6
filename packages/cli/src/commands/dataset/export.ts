import type { Command } from 'commander';
import { SurveyError, labelFormats, readLabels, writeLabels } from '@blemish/survey';
import type { Flip, LabelFormat } from '@blemish/survey';
import { choice, withCommonOptions } from '../../context.ts';
import type { CommandContext, CommonOptions } from '../../context.ts';
import { withCheckerOptions } from './label-options.ts';

interface ExportFlags extends CommonOptions {
  readonly out: string;
  readonly format?: LabelFormat;
  readonly class?: ReadonlyMap<string, string>;
  readonly flip?: Flip;
  readonly force?: boolean;
}

export function addDatasetExport(group: Command, context: CommandContext): void {
  const command = group
    .command('export')
    .description(
      'Labels (labels.csv) in the format of another program: the Exposure Checker, the VGG Image Annotator, ds9.',
    )
    .argument('<labels>', 'labels.csv')
    .requiredOption('--out <path>', 'file to write; for ds9 a folder of region files, one an image')
    .addOption(
      choice(
        '--format <format>',
        'format to write (default: ds9 for .reg, checker-sqlite for .db and .sqlite)',
        labelFormats,
      ),
    );
  withCheckerOptions(command)
    .option('--force', 'replace what is there')
    .action(async (path: string, flags: ExportFlags) => {
      const { labels } = await readLabels(path, { format: 'labels' });
      const { files, notes } = await writeLabels(labels, flags.out, {
        format: flags.format ?? formatOf(flags.out),
        force: flags.force,
        ...(flags.class && { names: flags.class }),
        ...(flags.flip && { flip: flags.flip }),
      });
      for (const note of notes) context.terminal.err(`note: ${note}\n`);
      context.terminal.out(
        flags.json ? `${JSON.stringify({ labels: labels.length, files, notes })}\n` : `${files.join('\n')}\n`,
      );
    });
  withCommonOptions(command, [
    'blemish dataset export labels.csv --format ds9 --out regions',
    'blemish dataset export labels.csv --out labels.db',
  ]);
}

function formatOf(path: string): LabelFormat {
  if (/\.reg$/i.test(path)) return 'ds9';
  if (/\.(?:db|sqlite3?)$/i.test(path)) return 'checker-sqlite';
  throw new SurveyError(
    'OPTION_INVALID',
    `--format is needed: the name '${path}' does not say which of ${labelFormats.join(', ')}`,
  );
}
