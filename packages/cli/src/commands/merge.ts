import type { Command } from 'commander';
import { maskPlacings, mergeScans, parseFormats } from '@blemish/survey';
import type { MaskPlacing } from '@blemish/survey';
import { choice, exitCodes, withCommonOptions } from '../context.ts';
import type { CommandContext, CommonOptions } from '../context.ts';
import { ProgressLine } from '../terminal.ts';
import { collect, describeScan, scanExitCode } from './scan.ts';

interface MergeFlags extends CommonOptions {
  readonly out: string;
  readonly masks: MaskPlacing;
  readonly format: string[];
  readonly partial?: boolean;
}

export function addMerge(program: Command, context: CommandContext): void {
  const command = program
    .command('merge')
    .description(
      'Join the parts of a scan (`blemish scan --shard I/N`), or whole scans with one model, into one folder, as one run over all inputs would have written it.',
    )
    .argument('<shard...>', 'output folders of the parts, in any order; or of whole scans')
    .option('--out <dir>', 'folder to write', 'blemish-scan')
    .addOption(
      choice(
        '--masks <how>',
        'masks and regions: link them, move them, or refer to them where they are',
        maskPlacings,
      ).default('link'),
    )
    .option('--format <list>', 'tables beside Parquet (default: those of the parts)', collect, [])
    .option('--partial', 'join what there is, where parts are missing or not finished')
    .action(async (shards: string[], flags: MergeFlags) => {
      const progress = new ProgressLine(context.terminal);
      try {
        const { missing, interrupted, ...summary } = await mergeScans({
          shards,
          out: flags.out,
          masks: flags.masks,
          partial: flags.partial,
          formats: flags.format.length === 0 ? undefined : parseFormats(flags.format),
          command: context.commandLine,
          signal: context.signal,
          onProgress: (done, files) =>
            progress.update(`joined ${done} of ${files} files`, done / files, null),
        });
        progress.done();
        context.exitCode = scanExitCode({ ...summary, interrupted });
        if (context.exitCode === exitCodes.done && missing.length > 0)
          context.exitCode = exitCodes.someFailed;
        for (const what of missing) context.terminal.err(`left out: ${what}\n`);
        const printed = flags.json
          ? JSON.stringify({ ...summary, missing })
          : describeScan({ ...summary, interrupted });
        context.terminal.out(`${printed}\n`);
        if (interrupted) context.terminal.err('interrupted: run the same command again\n');
      } finally {
        progress.done();
      }
    });
  withCommonOptions(command, [
    'blemish merge parts/1 parts/2 parts/3 --out scan',
    'blemish merge parts/* --masks reference --out scan',
    'blemish merge night1 night2 --out release',
  ]);
}
