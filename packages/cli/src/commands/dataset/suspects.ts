import { basename } from 'node:path';
import Table from 'cli-table3';
import type { Command } from 'commander';
import { readRecipeFor, suspectLabels, tableTasks } from '@blemish/survey';
import type { SuspectLabels } from '@blemish/survey';
import { parseInteger, withCommonOptions } from '../../context.ts';
import type { CommandContext, CommonOptions } from '../../context.ts';
import { withTableRun } from '../../table-run.ts';

interface SuspectsFlags extends CommonOptions {
  readonly recipe: string;
  readonly folds?: number;
  readonly out?: string;
  readonly top: number;
}

export function addDatasetSuspects(group: Command, context: CommandContext): void {
  const { terminal } = context;
  const command = group
    .command('suspects')
    .description(
      'Rank the rows of a training table whose label is probably wrong: by models that have not seen them (confident learning on folds).',
    )
    .argument('<path>', 'table, or folder with train.csv')
    .requiredOption('--recipe <file>', 'recipe for tables: the better its model, the better the suspicion')
    .option('--folds <k>', 'number of folds (default: what the recipe says)', parseInteger(2, 1000))
    .option('--top <n>', 'rows printed; --json and --out have all', parseInteger(1, 1_000_000), 20)
    .option('--out <file>', 'table to write: .csv, .parquet, .ecsv or .xml')
    .action(async (path: string, flags: SuspectsFlags) => {
      const recipe = await readRecipeFor(flags.recipe, ...tableTasks);
      const notes: string[] = [];
      const result = await withTableRun(context, 'percent of the folds', (onProgress) =>
        suspectLabels(recipe, {
          data: path,
          folds: flags.folds,
          out: flags.out ?? null,
          seed: flags.seed,
          signal: context.signal,
          onNote: (note) => notes.push(note),
          onProgress: (share) => onProgress(Math.round(100 * share), 100),
        }),
      );
      if (result === null) return;
      for (const note of notes) terminal.err(`note: ${note}\n`);
      terminal.out(flags.json ? `${JSON.stringify(result)}\n` : describe(result, flags.top));
    });
  withCommonOptions(command, [
    'blemish dataset suspects des-autoscan --recipe recipes/des-autoscan/boosting.toml --out suspects.csv',
  ]);
}

function describe({ suspects, n, noise, out }: SuspectLabels, top: number): string {
  const several = new Set(suspects.map(({ path }) => path)).size > 1;
  const table = new Table({
    head: [...(several ? ['file'] : []), 'row', 'id', 'label', 'probability', 'suggested', 'probability'],
    style: { head: [], border: [] },
  });
  for (const { path, row, id, label, suggested, probability, suggestedProbability } of suspects.slice(0, top))
    table.push([
      ...(several ? [basename(path)] : []),
      row,
      id ?? '',
      label,
      probability.toPrecision(3),
      suggested,
      suggestedProbability.toPrecision(3),
    ]);
  const share = `${Number((100 * noise).toPrecision(3))} % of ${n} labels seem wrong`;
  const written = out === null ? '' : `all: ${out}\n`;
  return `${share}; ${suspects.length} suspects, the surest first\n${suspects.length > 0 ? `${table.toString()}\n` : ''}${written}`;
}
