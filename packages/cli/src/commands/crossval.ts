import type { Command } from 'commander';
import { SurveyError, crossvalPictures, crossvalTable, readRecipeFor, tableTasks } from '@blemish/survey';
import type { PictureCrossval, RecipeFile, SegmentationRecipe, TableRecipe } from '@blemish/survey';
import { exitCodes, parseInteger, withCommonOptions } from '../context.ts';
import type { CommandContext, CommonOptions } from '../context.ts';
import { PhaseClock, ProgressLine, figureText } from '../terminal.ts';

interface CrossvalFlags extends CommonOptions {
  readonly data: string;
  readonly folds?: number;
  readonly bootstrap?: number;
  readonly group?: string;
  readonly watch?: number;
  readonly repeats?: number;
}

export function addCrossval(program: Command, context: CommandContext): void {
  const command = program
    .command('crossval')
    .description(
      'Measure a recipe for tables by k folds of its training table: each row by a model that has not seen its fold; classes spread evenly, groups kept together. Likewise a recipe for pictures (task segmentation) by folds of the pictures.',
    )
    .argument('<recipe>', 'recipe file')
    .requiredOption(
      '--data <path>',
      'table, or folder with train.csv; for pictures a folder with images/ and annotations/',
    )
    .option('--folds <k>', 'number of folds (default: what the recipe says)', parseInteger(2, 1000))
    .option('--repeats <n>', 'foldings to average over (default: what the recipe says)', parseInteger(1, 100))
    .option('--group <column>', "keep rows of one value together (default: the recipe's group)")
    .option(
      '--watch <n>',
      'networks over frames: also the AUC of the held-out rows each N passes; nothing is chosen by it',
      parseInteger(1, 100_000),
    )
    .option('--bootstrap <n>', 'bootstrap samples', parseInteger(1, 1_000_000))
    .action(async (path: string, flags: CrossvalFlags) => {
      const { recipe, ...file } = await readRecipeFor(path, ...tableTasks, 'segmentation');
      if (recipe.task === 'segmentation') await crossvalFolder(context, { ...file, recipe }, flags);
      else await crossvalRows(context, { ...file, recipe }, flags);
    });
  withCommonOptions(command, [
    'blemish crossval recipes/des-autoscan/naive-bayes.toml --data des-autoscan --folds 10',
    'blemish crossval recipes/des-ghosts/scratch.toml --data des-ghosts --folds 5',
  ]);
}

async function crossvalRows(
  context: CommandContext,
  file: RecipeFile<TableRecipe>,
  flags: CrossvalFlags,
): Promise<void> {
  const progress = new ProgressLine(context.terminal);
  const clock = new PhaseClock();
  try {
    const result = await crossvalTable(file, {
      data: flags.data,
      folds: flags.folds,
      group: flags.group,
      watch: flags.watch,
      repeats: flags.repeats,
      bootstrap: flags.bootstrap,
      seed: flags.seed,
      signal: context.signal,
      onNote: (note) => progress.note(`note: ${note}`),
      onProgress: (share) =>
        progress.update(`${Math.round(100 * share)} %`, share, clock.secondsLeft(share, 1)),
    });
    progress.done();
    if (flags.json) {
      context.terminal.out(`${JSON.stringify(result)}\n`);
      return;
    }
    context.terminal.out(`${result.name}: ${result.n} rows, ${result.folds} folds\n`);
    for (const [name, metric] of Object.entries(result.metrics)) {
      const over = result.overFolds[name];
      const pooled =
        metric.value === null
          ? `undefined: ${metric.reason}`
          : `${metric.value.toFixed(4)}  [${metric.low.toFixed(4)}, ${metric.high.toFixed(4)}]`;
      const folds = over === null ? '' : `  folds ${over.mean.toFixed(4)} ± ${over.spread.toFixed(4)}`;
      const repeated = result.repeats > 1 ? result.overRepeats[name] : null;
      const foldings =
        repeated == null ? '' : `  foldings ${repeated.mean.toFixed(4)} ± ${repeated.spread.toFixed(4)}`;
      context.terminal.out(`${name.padEnd(24)} ${pooled}${folds}${foldings}\n`);
    }
    for (const { pass, mean, spread } of result.byPass)
      context.terminal.out(`auc after ${pass} passes: ${mean.toFixed(4)} ± ${spread.toFixed(4)}\n`);
    for (const { tag, class: name, n, flagged } of result.byTag) {
      const what = `flagged of ${name} '${tag}' (${n})`.padEnd(44);
      if (flagged.value === null) continue;
      const { value, low, high } = flagged;
      context.terminal.out(`${what} ${value.toFixed(3)}  [${low.toFixed(3)}, ${high.toFixed(3)}]\n`);
    }
  } catch (error) {
    if (!context.signal.aborted) throw error;
    context.exitCode = exitCodes.interrupted;
    context.terminal.err('interrupted: no fold is told of before all are done\n');
  } finally {
    progress.done();
  }
}

async function crossvalFolder(
  context: CommandContext,
  file: RecipeFile<SegmentationRecipe>,
  flags: CrossvalFlags,
): Promise<void> {
  for (const name of ['group', 'watch', 'repeats'] as const) {
    if (flags[name] === undefined) continue;
    throw new SurveyError('OPTION_INVALID', `--${name} is for recipes of tables; leave it out for pictures`, {
      path: file.path,
    });
  }
  const progress = new ProgressLine(context.terminal);
  const clock = new PhaseClock();
  try {
    const result = await crossvalPictures(file, {
      data: flags.data,
      folds: flags.folds,
      bootstrap: flags.bootstrap,
      seed: flags.seed,
      signal: context.signal,
      onNote: (note) => progress.note(`note: ${note}`),
      onProgress: (share, message) => progress.update(message, share, clock.secondsLeft(share, 1)),
    });
    progress.done();
    context.terminal.out(flags.json ? `${JSON.stringify(result)}\n` : describePictures(result));
    if (result.failed.length > 0) context.exitCode = exitCodes.someFailed;
  } catch (error) {
    if (!context.signal.aborted) throw error;
    context.exitCode = exitCodes.interrupted;
    context.terminal.err('interrupted: no fold is told of before all are done\n');
  } finally {
    progress.done();
  }
}

function describePictures({
  name,
  n,
  folds,
  metrics,
  overFolds,
  annotators,
  baselines,
  tiles,
}: PictureCrossval): string {
  const spread = (figure: 'auc' | 'iou') => {
    const over = overFolds[figure];
    return over === null ? '' : `  folds ${over.mean.toFixed(4)} ± ${over.spread.toFixed(4)}`;
  };
  const lines: readonly (readonly [string, string])[] = [
    ['auc', `${figureText(metrics.auc)}${spread('auc')}`],
    ['iou', `${figureText(metrics.iou)}${spread('iou')}`],
    ['iou, annotator left out', figureText(annotators.network)],
    ['annotators, left out', figureText(annotators.median)],
    ['brightness: auc', figureText(baselines.brightness.auc)],
    ['brightness: iou', figureText(baselines.brightness.iou)],
    ['every pixel: iou', figureText(baselines.everything.iou)],
  ];
  return [
    `${name}: ${n} pictures, ${folds} folds; tiles: ${tiles.positive} positive, ${tiles.negative} negative, ${tiles.leftOut} left out`,
    ...lines.map(([label, text]) => `${label.padEnd(24)} ${text}`),
    '',
  ].join('\n');
}
