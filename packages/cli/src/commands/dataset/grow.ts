import type { Command } from 'commander';
import { maskLabels } from '@blemish/survey';
import { exitCodes, withCommonOptions } from '../../context.ts';
import type { CommandContext, CommonOptions } from '../../context.ts';
import { ProgressLine } from '../../terminal.ts';
import { readLabelFiles, withLabelOptions } from './label-options.ts';
import type { LabelFlags } from './label-options.ts';

interface GrowFlags extends CommonOptions, LabelFlags {
  readonly images: string[];
  readonly out: string;
  readonly force?: boolean;
}

/** Notes that are printed; --json has all. */
const shown = 5;

export function addDatasetGrow(group: Command, context: CommandContext): void {
  const { terminal } = context;
  const command = group
    .command('grow')
    .description(
      'Masks of labels: one labelled pixel is grown to the extent of its artifact, shapes are filled. FITS files with the bits that scan writes, one for each labelled file.',
    )
    .argument('<labels>', 'labels of images, in any format that import reads')
    .requiredOption('--images <paths...>', 'FITS files or folders of the images')
    .requiredOption('--out <dir>', 'folder to write');
  withLabelOptions(command)
    .option('--force', 'replace masks that are there')
    .action(async (path: string, flags: GrowFlags) => {
      const labels = await readLabelFiles([path], flags, terminal);
      const progress = new ProgressLine(terminal);
      try {
        const result = await maskLabels(labels, {
          images: flags.images,
          out: flags.out,
          force: flags.force,
          signal: context.signal,
          onProgress: (done, total) =>
            progress.update(`grown ${done} of ${total} images`, done / total, null),
        });
        progress.done();
        if (result.interrupted) context.exitCode = exitCodes.interrupted;
        else if (result.notes.length > 0 || result.failures.length > 0)
          context.exitCode = exitCodes.someFailed;
        for (const { error } of result.failures) terminal.err(`${error}\n`);
        for (const note of result.notes.slice(0, shown)) terminal.err(`note: ${note}\n`);
        if (result.notes.length > shown)
          terminal.err(`note: … ${result.notes.length - shown} more (--json)\n`);
        const classes = Object.entries(result.classes).map(
          ([name, { labels: n, medianArea }]) => `  ${name}: ${n}, median area ${medianArea} px`,
        );
        terminal.out(
          flags.json
            ? `${JSON.stringify({ ...result, out: flags.out })}\n`
            : `${[`${result.labels} of ${labels.length} labels drawn on ${result.images} images`, ...classes, flags.out].join('\n')}\n`,
        );
      } finally {
        progress.done();
      }
    });
  withCommonOptions(command, ['blemish dataset grow labels.csv --images night --out masks']);
}
