import type { Command } from 'commander';
import { finetuneStamps, readRecipeFor } from '@blemish/survey';
import { choice, exitCodes, withCommonOptions } from '../context.ts';
import type { CommandContext, CommonOptions } from '../context.ts';
import { PhaseClock, ProgressLine, figureText } from '../terminal.ts';

interface FinetuneFlags extends CommonOptions {
  readonly data: string;
  readonly recipe: string;
  readonly out?: string;
  readonly device: 'cpu' | 'webgpu';
  readonly resume?: boolean;
  readonly force?: boolean;
}

export function addFinetune(program: Command, context: CommandContext): void {
  const command = program
    .command('finetune')
    .description(
      'Train a network for stamps further on another survey, against the number of its labels: as it comes, its last layer, all layers, and from scratch.',
    )
    .argument('<model>', 'run or bundle of a network for stamps trained here')
    .requiredOption(
      '--data <path>',
      'labelled stamps of the other survey: folder with stamps.npy and stamps.csv, or .h5',
    )
    .requiredOption(
      '--recipe <file>',
      'recipe of the task stamp: data, training and finetune are taken from it',
    )
    .option('--out <run>', 'folder of the run')
    .addOption(choice('--device <device>', 'where to compute', ['cpu', 'webgpu']).default('cpu'))
    .option('--resume', 'go on where the run stopped')
    .option('--force', 'replace a run that is there')
    .action(async (model: string, flags: FinetuneFlags) => {
      const progress = new ProgressLine(context.terminal);
      const clock = new PhaseClock();
      try {
        const result = await finetuneStamps(model, await readRecipeFor(flags.recipe, 'stamp'), {
          data: flags.data,
          out: flags.out,
          resume: flags.resume,
          force: flags.force,
          device: flags.device,
          seed: flags.seed,
          signal: context.signal,
          onNote: (note) => progress.note(`note: ${note}`),
          onProgress: ({ done, total, message }) =>
            progress.update(message, total > 0 ? done / total : 0, clock.secondsLeft(done, total)),
        });
        progress.done();
        if (result.interrupted) context.exitCode = exitCodes.interrupted;
        if (flags.json) context.terminal.out(`${JSON.stringify(result)}\n`);
        else {
          for (const { labels, mode, metrics } of result.points)
            context.terminal.out(
              `${String(labels).padStart(7)} ${mode.padEnd(10)} auc ${figureText(metrics['auc'])}\n`,
            );
          context.terminal.out(`run: ${result.out}\n`);
        }
      } finally {
        progress.done();
      }
    });
  withCommonOptions(command, [
    'blemish finetune runs/deepshadows --recipe recipes/deepshadows/finetune.toml --data hsc-cutouts --out runs/to-hsc',
  ]);
}
