import type { Command } from 'commander';
import {
  evaluateExposures,
  evaluateModel,
  evaluatePictures,
  evaluateStamps,
  evaluateTable,
  openBundle,
  openExposureModel,
  tableTasks,
} from '@blemish/survey';
import type { EvaluationProgress, TableEvaluation, ThresholdOptions } from '@blemish/survey';
import { exitCodes, parseInteger, parseNumber, withCommonOptions } from '../context.ts';
import type { CommandContext, CommonOptions } from '../context.ts';
import { PhaseClock, ProgressLine, figureText } from '../terminal.ts';
import { refuseFlags, thresholdFlags, thresholdsOf, withThresholdOptions } from '../thresholds.ts';

interface EvaluateFlags extends CommonOptions, ThresholdOptions {
  readonly data: string;
  readonly bootstrap?: number;
  readonly out?: string;
  readonly beside?: readonly string[];
  readonly label?: string;
  readonly group?: string;
  readonly against?: string;
  readonly at?: number;
}

export function addEvaluate(program: Command, context: CommandContext): void {
  const command = program
    .command('evaluate')
    .description('Measure a model on data with truth: metrics with bootstrap intervals, calibration, plots.')
    .argument('<model>', 'bundle folder, run, or name of a shipped model')
    .requiredOption(
      '--data <path>',
      'labelled table the model was not trained on, or folder with test.csv; for a CCD model simulated exposures with truth (blemish simulate exposures); for a model of pictures a folder with images/ and annotations/; for one of stamps a folder with stamps.npy and stamps.csv, or .h5 with images and classes; for one of exposures a set of CCDs',
    )
    .option('--bootstrap <n>', 'bootstrap samples', parseInteger(1, 1_000_000))
    .option(
      '--out <dir>',
      'folder for metrics.json, predictions.parquet, report.html and, of objects with frames, frames.parquet',
    );
  command.option(
    '--beside <dir...>',
    'folders of evaluations of other CCD models on the same data: one table in the report',
  );
  command
    .option('--label <column>', 'stamps: column of the labels (default: that of the training)')
    .option('--group <column>', 'stamps: column whose stamps stay together in the bootstrap')
    .option('--against <column>', "stamps: another model's scores, whose decision is the truth")
    .option('--at <score>', 'score from which that model says yes (default: 0.5)', parseNumber);
  withThresholdOptions(command).action(async (model: string, flags: EvaluateFlags) => {
    const bundle = await openBundle(
      model,
      'ccd',
      'ccd-image',
      'segmentation',
      'stamp',
      'exposure',
      ...tableTasks,
    );
    const { task } = bundle.description;
    const isCcd = task === 'ccd' || task === 'ccd-image';
    if (isCcd || task === 'segmentation' || task === 'exposure')
      refuseFlags(flags, thresholdFlags, 'models of tables and stamps');
    if (!isCcd) refuseFlags(flags, ['beside'], 'CCD models');
    if (task !== 'stamp') refuseFlags(flags, ['label', 'group', 'against', 'at'], 'models of stamps');
    if (isCcd) await evaluateCcd(context, model, flags);
    else if (task === 'stamp') await evaluateSet(context, model, flags);
    else if (task === 'exposure') await evaluateExposureSet(context, model, flags);
    else if (task === 'segmentation') await evaluateFolder(context, model, flags);
    else await evaluateRows(context, model, flags);
  });
  withCommonOptions(command, [
    'blemish evaluate blemish-ccd --data simulated --bootstrap 1000 --out evaluation',
    'blemish evaluate runs/naive-bayes --data des-autoscan/test.csv --json',
    'blemish evaluate runs/des-ghosts-finetune --data other-pictures --json',
    'blemish evaluate runs/real-bogus --data ztf-alerts --against drb --at 0.5',
  ]);
}

async function evaluateRows(context: CommandContext, model: string, flags: EvaluateFlags): Promise<void> {
  const result = await evaluateTable(await openBundle(model, ...tableTasks), {
    data: flags.data,
    bootstrap: flags.bootstrap,
    out: flags.out ?? null,
    seed: flags.seed,
    thresholds: thresholdsOf(flags),
    command: context.commandLine,
  });
  for (const note of result.notes) context.terminal.err(`note: ${note}\n`);
  if (flags.json) context.terminal.out(`${JSON.stringify(result)}\n`);
  else {
    context.terminal.out(`${result.n} rows of ${result.data}\n`);
    printFigures(context, result.metrics);
    if (result.out !== null) context.terminal.out(`report: ${result.out}/report.html\n`);
  }
}

async function evaluateSet(context: CommandContext, model: string, flags: EvaluateFlags): Promise<void> {
  const progress = new ProgressLine(context.terminal);
  const clock = new PhaseClock();
  try {
    const result = await evaluateStamps(await openBundle(model, 'stamp'), {
      data: flags.data,
      label: flags.label,
      group: flags.group,
      against: flags.against,
      at: flags.at,
      bootstrap: flags.bootstrap,
      out: flags.out ?? null,
      seed: flags.seed,
      thresholds: thresholdsOf(flags),
      command: context.commandLine,
      onProgress: (done, total) =>
        progress.update(`stamps (${done} of ${total})`, done / total, clock.secondsLeft(done, total)),
    });
    progress.done();
    for (const note of result.notes) context.terminal.err(`note: ${note}\n`);
    if (flags.json) context.terminal.out(`${JSON.stringify(result)}\n`);
    else {
      context.terminal.out(`${result.n} stamps of ${result.data}\n`);
      printFigures(context, result.metrics);
      context.terminal.out(
        `${'majority: accuracy'.padEnd(24)} ${figureText(result.majority.metrics['accuracy'])}\n`,
      );
      if (result.out !== null) context.terminal.out(`report: ${result.out}/report.html\n`);
    }
  } finally {
    progress.done();
  }
}

async function evaluateExposureSet(
  context: CommandContext,
  path: string,
  flags: EvaluateFlags,
): Promise<void> {
  const progress = new ProgressLine(context.terminal);
  const clock = new PhaseClock();
  const { terminal } = context;
  const model = await openExposureModel(path);
  try {
    const result = await evaluateExposures(model, {
      data: flags.data,
      bootstrap: flags.bootstrap,
      out: flags.out ?? null,
      seed: flags.seed,
      command: context.commandLine,
      onProgress: (done, total) =>
        progress.update(`CCDs (${done} of ${total})`, done / total, clock.secondsLeft(done, total)),
    });
    progress.done();
    for (const note of result.notes) terminal.err(`note: ${note}\n`);
    if (flags.json) {
      terminal.out(`${JSON.stringify(result)}\n`);
      return;
    }
    const { review, coverage, majority } = result;
    terminal.out(`${result.n} exposures with one reason of ${result.data}\n`);
    printFigures(context, {
      ...result.metrics,
      'majority: accuracy': majority.metrics['accuracy'],
      'review: bad ones': review.flaggedBad,
      'review: good ones': review.flaggedGood,
      'review: auc': review.auc,
    });
    terminal.out(
      `${`coverage at ${coverage.accuracy}`.padEnd(24)} ${coverage.value.toFixed(4)} (on these exposures)\n`,
    );
    if (result.out !== null) terminal.out(`report: ${result.out}/report.html\n`);
  } finally {
    progress.done();
    await model.close();
  }
}

async function evaluateFolder(context: CommandContext, model: string, flags: EvaluateFlags): Promise<void> {
  const progress = new ProgressLine(context.terminal);
  const clock = new PhaseClock();
  const { terminal } = context;
  try {
    const result = await evaluatePictures(await openBundle(model, 'segmentation'), {
      data: flags.data,
      bootstrap: flags.bootstrap,
      out: flags.out ?? null,
      seed: flags.seed,
      command: context.commandLine,
      onProgress: (done, total) =>
        progress.update(`pictures (${done} of ${total})`, done / total, clock.secondsLeft(done, total)),
    });
    progress.done();
    for (const note of result.notes) terminal.err(`note: ${note}\n`);
    for (const { error } of result.failed) terminal.err(`left out: ${error}\n`);
    if (result.failed.length > 0) context.exitCode = exitCodes.someFailed;
    if (flags.json) {
      terminal.out(`${JSON.stringify(result)}\n`);
      return;
    }
    const { tiles, baselines, annotators } = result;
    terminal.out(
      `${result.n} pictures of ${result.data}; tiles: ${tiles.positive} positive, ${tiles.negative} negative, ${tiles.leftOut} left out\n`,
    );
    printFigures(context, {
      ...result.metrics,
      'iou, annotator left out': annotators.network,
      'annotators, left out': annotators.median,
      'brightness: auc': baselines.brightness.auc,
      'brightness: iou': baselines.brightness.iou,
      'every pixel: iou': baselines.everything.iou,
    });
    if (result.out !== null) terminal.out(`report: ${result.out}/report.html\n`);
  } finally {
    progress.done();
  }
}

async function evaluateCcd(context: CommandContext, model: string, flags: EvaluateFlags): Promise<void> {
  const progress = new ProgressLine(context.terminal);
  const clock = new PhaseClock();
  try {
    const result = await evaluateModel(model, {
      data: flags.data,
      bootstrap: flags.bootstrap,
      out: flags.out,
      beside: flags.beside,
      seed: flags.seed,
      signal: context.signal,
      onProgress: ({ done, total, message }: EvaluationProgress) => {
        const count = `${message} (${done} of ${total})`;
        progress.update(count, total > 0 ? done / total : 0, clock.secondsLeft(done, total));
      },
    });
    progress.done();
    if (result.interrupted) context.exitCode = exitCodes.interrupted;
    if (flags.json) context.terminal.out(`${JSON.stringify(result)}\n`);
    else {
      printFigures(context, result.metrics?.metrics ?? {});
      if (result.metrics) context.terminal.out(`report: ${result.out}/report.html\n`);
    }
  } finally {
    progress.done();
  }
}

function printFigures({ terminal }: CommandContext, metrics: TableEvaluation['metrics']): void {
  for (const [name, metric] of Object.entries(metrics)) {
    terminal.out(`${name.padEnd(24)} ${figureText(metric)}\n`);
  }
}
