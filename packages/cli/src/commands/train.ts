import type { Command } from 'commander';
import { trainFromRecipe } from '@blemish/survey';
import { choice, exitCodes, withCommonOptions } from '../context.ts';
import type { CommandContext, CommonOptions } from '../context.ts';
import { PhaseClock, ProgressLine } from '../terminal.ts';

interface TrainFlags extends CommonOptions {
  readonly data?: string;
  readonly out?: string;
  readonly encoder?: string;
  readonly device: 'cpu' | 'webgpu';
  readonly resume?: boolean;
  readonly force?: boolean;
}

export function addTrain(program: Command, context: CommandContext): void {
  const command = program
    .command('train')
    .description(
      'Train a model by a recipe (TOML); leaves a run: the model bundle, metrics and, for tables, a report.',
    )
    .argument('<recipe>', 'recipe file')
    .option(
      '--data <path>',
      'table, or folder with train.csv: only that is learned from; folder of objects with frames (task autoencoder); folder with images/ and annotations/ (task segmentation); set of stamps: folder with stamps.npy and stamps.csv, or .h5 (task stamp); set of views of CCDs (tasks self-distillation and exposure); folder for the simulated CCDs, made where there are none (task ccd-image); recipes of the task ccd simulate their own',
    )
    .option('--out <run>', 'folder of the run')
    .option('--encoder <run>', 'task exposure: run or bundle of the encoder, instead of the recipe’s')
    .addOption(choice('--device <device>', 'where to compute', ['cpu', 'webgpu']).default('cpu'))
    .option('--resume', 'go on from the last checkpoint of the run')
    .option('--force', 'replace a run that is there (all tasks but ccd)')
    .action(async (recipe: string, flags: TrainFlags) => {
      const progress = new ProgressLine(context.terminal);
      const clock = new PhaseClock();
      try {
        const result = await trainFromRecipe(recipe, {
          data: flags.data,
          out: flags.out,
          encoder: flags.encoder,
          resume: flags.resume,
          force: flags.force,
          device: flags.device,
          seed: flags.seed,
          signal: context.signal,
          onNote: (note) => progress.note(`note: ${note}`),
          onProgress: ({ done, total, message }) => {
            const count = `${message} (${done} of ${total})`;
            progress.update(count, total > 0 ? done / total : 0, clock.secondsLeft(done, total));
          },
        });
        progress.done();
        if (result.failed !== undefined && result.failed.length > 0) context.exitCode = exitCodes.someFailed;
        if (result.interrupted) context.exitCode = exitCodes.interrupted;
        if (flags.json) context.terminal.out(`${JSON.stringify(result)}\n`);
        else context.terminal.out(`run: ${result.out}\n`);
      } finally {
        progress.done();
      }
    });
  withCommonOptions(command, [
    'blemish train recipes/blemish-ccd.toml --out runs/ccd --resume',
    'blemish train recipes/des-ccd/cnn-binary.toml --data sets/des-ccd --out runs/cnn-binary',
    'blemish train recipes/ztf-frames/vae-36.toml --data objects --out runs/vae-36',
    'blemish train recipes/decals-exposure/pretrain-tiny.toml --data views --out runs/pretrain-tiny',
    'blemish train recipes/des-autoscan/naive-bayes.toml --data des-autoscan --out runs/naive-bayes',
  ]);
}
