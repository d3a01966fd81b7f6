import Table from 'cli-table3';
import type { Command } from 'commander';
import {
  comparedFigures,
  compareExposures,
  compareSegmentation,
  compareTables,
  readRecipeFor,
  readRecipesFor,
  SurveyError,
  tableTasks,
} from '@blemish/survey';
import type {
  ComparedModel,
  ExposureComparison,
  SegmentationComparison,
  TableComparison,
} from '@blemish/survey';
import { exitCodes, parseInteger, withCommonOptions } from '../context.ts';
import type { CommandContext, CommonOptions } from '../context.ts';
import { withTrainings } from '../table-run.ts';
import type { TrainingsReport } from '../table-run.ts';
import { duration, figureText } from '../terminal.ts';

interface CompareFlags extends CommonOptions {
  readonly data: string;
  readonly seeds?: number;
  readonly bootstrap?: number;
  readonly encoder?: string;
  readonly out?: string;
}

export function addCompare(program: Command, context: CommandContext): void {
  const command = program
    .command('compare')
    .description(
      'Train several recipes for tables on train.csv and measure all on test.csv (without one: out of fold), beside the majority, in one table. Rows are decided for the likelier class. Recipes for pictures (task segmentation) are measured out of fold, with the differences from the first. Recipes for exposures are trained on draws of few labels of one set and measured on another: figures against the number of labels, and the differences of all pairs.',
    )
    .argument('<recipe...>', 'recipe files')
    .requiredOption(
      '--data <path>',
      'folder with train.csv and test.csv, or one table; for pictures a folder with images/ and annotations/; for exposures a folder with the sets of CCDs train/ and test/',
    )
    .option(
      '--seeds <n>',
      'tables: trainings of each recipe; exposures: draws of the labels (default: what the recipe says)',
      parseInteger(1, 100),
    )
    .option('--bootstrap <n>', 'bootstrap samples', parseInteger(1, 1_000_000))
    .option('--encoder <run>', 'exposures: run or bundle of the encoder, instead of the recipes’')
    .option(
      '--out <dir>',
      'folder for comparison.json and report.html: intervals, ROC curves, paired differences',
    )
    .action(async (paths: string[], flags: CompareFlags) => {
      const options = {
        data: flags.data,
        out: flags.out,
        command: context.commandLine,
        bootstrap: flags.bootstrap,
        seed: flags.seed,
        signal: context.signal,
      };
      const { recipe } = await readRecipeFor(paths[0], ...tableTasks, 'segmentation', 'exposure');
      if (recipe.task === 'exposure') {
        const recipes = await readRecipesFor(paths, 'exposure');
        const own = { ...options, encoder: flags.encoder, seeds: flags.seeds };
        const run = (report: TrainingsReport) => compareExposures(recipes, { ...own, ...report });
        await withTrainings(context, flags.json, run, withReport(describeExposures));
        return;
      }
      if (recipe.task === 'segmentation') {
        if (flags.seeds !== undefined)
          throw new SurveyError(
            'OPTION_INVALID',
            '--seeds is for recipes of tables; leave it out for pictures',
            {
              path: paths[0],
            },
          );
        const recipes = await readRecipesFor(paths, 'segmentation');
        const run = (report: TrainingsReport) => compareSegmentation(recipes, { ...options, ...report });
        const { models } = await withTrainings(context, flags.json, run, withReport(describePictures));
        if (models.some(({ failed }) => failed.length > 0)) context.exitCode ||= exitCodes.someFailed;
        return;
      }
      const recipes = await readRecipesFor(paths, ...tableTasks);
      const run = (report: TrainingsReport) =>
        compareTables(recipes, { ...options, seeds: flags.seeds, ...report });
      await withTrainings(context, flags.json, run, withReport(describe));
    });
  withCommonOptions(command, [
    'blemish compare recipes/des-autoscan/*.toml --data des-autoscan --out comparison',
    'blemish compare a.toml b.toml --data table.csv --seeds 1 --json',
    'blemish compare recipes/des-ghosts/scratch.toml recipes/des-ghosts/finetune.toml --data des-ghosts --out comparison',
  ]);
}

function withReport<T extends { readonly out: string | null }>(
  text: (result: T) => string,
): (result: T) => string {
  return (result) => `${text(result)}${result.out === null ? '' : `report: ${result.out}/report.html\n`}`;
}

function describePictures({ models, differences }: SegmentationComparison): string {
  const table = new Table({
    head: ['model', 'ROC AUC of tiles', 'IoU of pixels', 'IoU, one annotator left out'],
    style: { head: [], border: [] },
  });
  for (const { name, metrics, annotators } of models)
    table.push([name, figureText(metrics.auc), figureText(metrics.iou), figureText(annotators.network)]);
  if (models.length > 0) {
    const { annotators, baselines } = models[0];
    table.push(['annotators', '', '', figureText(annotators.median)]);
    table.push([
      'brightness',
      figureText(baselines.brightness.auc),
      figureText(baselines.brightness.iou),
      '',
    ]);
    table.push([
      'every pixel',
      figureText(baselines.everything.auc),
      figureText(baselines.everything.iou),
      '',
    ]);
  }
  for (const { of, auc, iou } of differences)
    table.push([`${of[0]} - ${of[1]}`, figureText(auc.difference), figureText(iou.difference), '']);
  return `${table.toString()}\n`;
}

function describeExposures({ models, differences, measuredOn, level, accuracy }: ExposureComparison): string {
  const table = new Table({
    head: ['model', 'accuracy', 'macro F1', `coverage at ${accuracy}`],
    style: { head: [], border: [] },
  });
  for (const { name, figures } of models)
    table.push([name, ...comparedFigures.map((figure) => figureText(figures[figure]))]);
  for (const { of, figures } of differences.filter((pair) => pair.of[0] === models[0].name))
    table.push([`${of[0]} - ${of[1]}`, ...comparedFigures.map((figure) => figureText(figures[figure]))]);
  return `${table.toString()}\n${measuredOn}; ${level} labelled exposures of each category\n`;
}

function describe({ models, measuredOn, n, trained }: TableComparison): string {
  const table = new Table({
    head: ['model', 'ROC AUC', '95 %', 'over seeds', 'accuracy', '95 %', 'fit', 'predict'],
    style: { head: [], border: [] },
  });
  for (const model of models) {
    table.push([
      model.name,
      ...figure(model.auc),
      overSeeds(model),
      ...figure(model.accuracy),
      seconds(model.seconds.fit),
      seconds(model.seconds.predict),
    ]);
  }
  return `${table.toString()}\n${n} rows of ${measuredOn}, ${trained} to learn from\n`;
}

function figure(interval: ComparedModel['auc']): [string, string] {
  return interval.value === null
    ? ['n/a', interval.reason]
    : [interval.value.toFixed(4), `${interval.low.toFixed(4)}–${interval.high.toFixed(4)}`];
}

function overSeeds({ auc, seeds, deterministic }: ComparedModel): string {
  if (auc.mean === null || auc.spread === null || seeds.length === 1) return '';
  return deterministic
    ? 'always the same'
    : `${auc.mean.toFixed(4)} ± ${auc.spread.toFixed(4)} (${seeds.length})`;
}

function seconds(value: number): string {
  return value < 10 ? `${value.toPrecision(2)} s` : duration(value);
}
