import Table from 'cli-table3';
import type { Command } from 'commander';
import { readRecipesFor, studyTables, tableTasks } from '@blemish/survey';
import type { StudyKind, TableStudy } from '@blemish/survey';
import { parseInteger, parseNumber, splitList, withCommonOptions } from '../context.ts';
import type { CommandContext, CommonOptions } from '../context.ts';
import { withTrainings } from '../table-run.ts';

interface StudyFlags extends CommonOptions {
  readonly data: string;
  readonly shares?: readonly number[];
  readonly sizes?: readonly number[];
  readonly seeds?: number;
  readonly out?: string;
}

const kinds = {
  noise: {
    description:
      'What wrong labels cost: flip a share of the training labels at random, train, measure on test.csv, whose labels are left alone (without one: out of fold).',
    option: '--shares <list>',
    levels: 'shares to flip, with commas (default: 0,0.05,0.1,0.2,0.3)',
    example: 'blemish study noise recipes/des-autoscan/boosting.toml --data des-autoscan --out noise',
    head: 'flipped',
    format: (level: number) => `${Number((100 * level).toPrecision(4))} %`,
  },
  sizes: {
    description:
      'What more rows bring: train on part of the training rows, measure on test.csv (without one: out of fold).',
    option: '--sizes <list>',
    levels: 'numbers of training rows, with commas (default: all, halved five times)',
    example: 'blemish study sizes a.toml b.toml --data des-autoscan --sizes 100,1000,10000 --seeds 3',
    head: 'rows',
    format: String,
  },
} as const;

export function addStudy(program: Command, context: CommandContext): void {
  const group = program
    .command('study')
    .description('How the figures of recipes for tables depend on what they are trained on.');
  for (const kind of ['noise', 'sizes'] as const) addKind(group, context, kind);
}

function addKind(group: Command, context: CommandContext, kind: StudyKind): void {
  const { description, option, levels, example } = kinds[kind];
  const command = group
    .command(kind)
    .description(description)
    .argument('<recipe...>', 'recipe files')
    .requiredOption('--data <path>', 'folder with train.csv and test.csv, or one table')
    .option(option, levels, (text: string) => splitList(text).map(parseNumber))
    .option('--seeds <n>', 'trainings at each level (default: what the recipe says)', parseInteger(1, 100))
    .option('--out <dir>', 'folder for study.json and report.html: curves with the spread over seeds')
    .action(async (paths: string[], flags: StudyFlags) => {
      const recipes = await readRecipesFor(paths, ...tableTasks);
      await withTrainings(
        context,
        flags.json,
        (report) =>
          studyTables(recipes, kind, {
            data: flags.data,
            levels: flags.shares ?? flags.sizes,
            seeds: flags.seeds,
            seed: flags.seed,
            out: flags.out,
            command: context.commandLine,
            signal: context.signal,
            ...report,
          }),
        describe,
      );
    });
  withCommonOptions(command, [example]);
}

function describe({ kind, models, levels, measuredOn, n, out }: TableStudy): string {
  const { head, format } = kinds[kind];
  const table = new Table({
    head: [head, ...models.map(({ name }) => name)],
    style: { head: [], border: [] },
  });
  levels.forEach((level, k) => {
    const cells = models.map(({ points }) => {
      const { over } = points[k].figures.auc;
      return over === null ? 'n/a' : `${over.mean.toFixed(4)} ± ${over.spread.toFixed(4)}`;
    });
    table.push([format(level), ...cells]);
  });
  const report = out === null ? '' : `report: ${out}/report.html\n`;
  return `ROC AUC, mean and standard deviation over seeds\n${table.toString()}\n${n} rows of ${measuredOn}\n${report}`;
}
