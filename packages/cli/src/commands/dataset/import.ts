import type { Command } from 'commander';
import { writeLabels } from '@blemish/survey';
import { withCommonOptions } from '../../context.ts';
import type { CommandContext, CommonOptions } from '../../context.ts';
import { readLabelFiles, withLabelOptions } from './label-options.ts';
import type { LabelFlags } from './label-options.ts';

interface ImportFlags extends CommonOptions, LabelFlags {
  readonly out: string;
  readonly force?: boolean;
}

export function addDatasetImport(group: Command, context: CommandContext): void {
  const command = group
    .command('import')
    .description(
      'Labels of images as one table, labels.csv: from the Exposure Checker (JSON, CSV, SQLite), the VGG Image Annotator, ds9 regions.',
    )
    .argument('<files...>', 'files of labels')
    .requiredOption('--out <labels.csv>', 'table to write');
  withLabelOptions(command)
    .option('--force', 'replace a table that is there')
    .action(async (paths: string[], flags: ImportFlags) => {
      const labels = await readLabelFiles(paths, flags, context.terminal);
      await writeLabels(labels, flags.out, { format: 'labels', force: flags.force });
      const classes: Record<string, number> = {};
      for (const { className } of labels) classes[className] = (classes[className] ?? 0) + 1;
      const counts = Object.entries(classes).sort((a, b) => b[1] - a[1]);
      context.terminal.out(
        flags.json
          ? `${JSON.stringify({ labels: labels.length, classes: Object.fromEntries(counts), out: flags.out })}\n`
          : `${labels.length} labels: ${counts.map(([name, n]) => `${n} ${name}`).join(', ')}\n${flags.out}\n`,
      );
    });
  withCommonOptions(command, [
    'blemish dataset import ghosts.json --out labels.csv',
    'blemish dataset import files.y1a1.db --class 999=Other --stars stars.csv --out labels.csv',
    'blemish dataset import annotator-*.json --annotator @file --class Faint=Ghost --out labels.csv',
  ]);
}
