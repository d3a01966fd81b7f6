import type { Command } from 'commander';
import { readRecipeFor, searchExposures, searchTable, tableTasks } from '@blemish/survey';
import type { SearchResult } from '@blemish/survey';
import { exitCodes, withCommonOptions } from '../context.ts';
import type { CommandContext, CommonOptions } from '../context.ts';
import { PhaseClock, ProgressLine } from '../terminal.ts';

interface SearchFlags extends CommonOptions {
  readonly data: string;
  readonly out?: string;
  readonly encoder?: string;
}

export function addSearch(program: Command, context: CommandContext): void {
  const command = program
    .command('search')
    .description(
      'Try the values in [search] of a recipe for tables on folds of the training table alone, and rank them. The test table is not opened. Recipes of exposures are tried on folds of their labelled exposures.',
    )
    .argument('<recipe>', 'recipe file with [search]')
    .requiredOption('--data <path>', 'table, or folder with train.csv; set of CCDs (task exposure)')
    .option('--encoder <run>', 'task exposure: run or bundle of the encoder, instead of the recipe’s')
    .option('--out <file>', 'recipe to write with the best values, .toml')
    .action(async (path: string, flags: SearchFlags) => {
      const file = await readRecipeFor(path, ...tableTasks, 'exposure');
      const { recipe } = file;
      const progress = new ProgressLine(context.terminal);
      const clock = new PhaseClock();
      const options = {
        data: flags.data,
        out: flags.out ?? null,
        seed: flags.seed,
        signal: context.signal,
        onNote: (note: string) => progress.note(`note: ${note}`),
        onProgress: (done: number, total: number, best: string) =>
          progress.update(
            `${done} of ${total} tried, best ${best}`,
            done / total,
            clock.secondsLeft(done, total),
          ),
      };
      const run =
        recipe.task === 'exposure'
          ? searchExposures({ ...file, recipe }, { ...options, encoder: flags.encoder })
          : searchTable({ ...file, recipe }, options);
      const result = await run.finally(() => progress.done());
      const { interrupted, ...printed } = result;
      if (interrupted) context.exitCode = exitCodes.interrupted;
      if (flags.json) context.terminal.out(`${JSON.stringify(printed)}\n`);
      else context.terminal.out(describe(result));
      if (interrupted) context.terminal.err('interrupted: the values above are those tried\n');
    });
  withCommonOptions(command, ['blemish search recipe.toml --data des-autoscan --out best.toml']);
}

function describe({ trials, metric, folds, out }: SearchResult): string {
  const lines = trials.map(({ values, mean, spread }) => {
    const figure =
      mean === null
        ? 'undefined'
        : spread === null
          ? mean.toFixed(4)
          : `${mean.toFixed(4)} ± ${spread.toFixed(4)}`;
    return `${figure.padEnd(18)} ${Object.entries(values)
      .map(([key, value]) => `${key} = ${JSON.stringify(value)}`)
      .join(', ')}`;
  });
  const written = out === null ? '' : `recipe: ${out}\n`;
  return `${metric} over ${folds} folds, best first\n${lines.join('\n')}\n${written}`;
}
