import type { Command } from 'commander';
import { trainFromRecipe } from '@blemish/survey';
import { choice, exitCodes, withCommonOptions } from '../context.ts';
import type { CommandContext, CommonOptions } from '../context.ts';
import { PhaseClock, ProgressLine } from '../terminal.ts';

interface TrainFlags extends CommonOptions {
  readonly data?: string;
  readonly out?: string;
  readonly device: 'cpu' | 'webgpu';
  readonly resume?: boolean;
}

export function addTrain(program: Command, context: CommandContext): void {
  const command = program
    .command('train')
    .description(
      'Train a model by a recipe (TOML); leaves a run: samples, checkpoints, metrics and the model bundle.',
    )
    .argument('<recipe>', 'recipe file')
    .option('--data <dir>', 'dataset, where the recipe does not simulate its own')
    .option('--out <run>', 'folder of the run')
    .addOption(choice('--device <device>', 'where to compute', ['cpu', 'webgpu']).default('cpu'))
    .option('--resume', 'go on from the last checkpoint of the run')
    .action(async (recipe: string, flags: TrainFlags) => {
      const progress = new ProgressLine(context.terminal);
      const clock = new PhaseClock();
      try {
        const result = await trainFromRecipe(recipe, {
          data: flags.data,
          out: flags.out,
          resume: flags.resume,
          device: flags.device,
          seed: flags.seed,
          signal: context.signal,
          onProgress: ({ done, total, message }) => {
            const count = `${message} (${done} of ${total})`;
            progress.update(count, total > 0 ? done / total : 0, clock.secondsLeft(done, total));
          },
        });
        progress.done();
        if (result.interrupted) context.exitCode = exitCodes.interrupted;
        if (flags.json) context.terminal.out(`${JSON.stringify(result)}\n`);
        else context.terminal.out(`run: ${result.out}\n`);
      } finally {
        progress.done();
      }
    });
  withCommonOptions(command, ['blemish train recipes/blemish-ccd.toml --out runs/ccd --resume']);
}
