import Table from 'cli-table3';
import type { Command } from 'commander';
import { compareTables } from '@blemish/survey';
import type { ComparedModel, TableComparison } from '@blemish/survey';
import { parseInteger, withCommonOptions } from '../context.ts';
import type { CommandContext, CommonOptions } from '../context.ts';
import { withTrainings } from '../table-run.ts';
import { duration } from '../terminal.ts';

interface CompareFlags extends CommonOptions {
  readonly data: string;
  readonly seeds?: number;
  readonly bootstrap?: number;
  readonly out?: string;
}

export function addCompare(program: Command, context: CommandContext): void {
  const command = program
    .command('compare')
    .description(
      'Train several recipes for tables on train.csv and measure all on test.csv (without one: out of fold), beside the majority, in one table. Rows are decided for the likelier class.',
    )
    .argument('<recipe...>', 'recipe files')
    .requiredOption('--data <path>', 'folder with train.csv and test.csv, or one table')
    .option('--seeds <n>', 'trainings of each recipe (default: what the recipe says)', parseInteger(1, 100))
    .option('--bootstrap <n>', 'bootstrap samples', parseInteger(1, 1_000_000))
    .option(
      '--out <dir>',
      'folder for comparison.json and report.html: intervals, ROC curves, paired differences',
    )
    .action((paths: string[], flags: CompareFlags) =>
      withTrainings(
        context,
        { paths, json: flags.json },
        (recipes, report) =>
          compareTables(recipes, {
            data: flags.data,
            out: flags.out,
            command: context.commandLine,
            seeds: flags.seeds,
            bootstrap: flags.bootstrap,
            seed: flags.seed,
            signal: context.signal,
            ...report,
          }),
        (result) => `${describe(result)}${result.out === null ? '' : `report: ${result.out}/report.html\n`}`,
      ),
    );
  withCommonOptions(command, [
    'blemish compare recipes/des-autoscan/*.toml --data des-autoscan --out comparison',
    'blemish compare a.toml b.toml --data table.csv --seeds 1 --json',
  ]);
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
