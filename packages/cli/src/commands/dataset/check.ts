import type { Command } from 'commander';
import { checkDataset, readRecipeFor, tableTasks } from '@blemish/survey';
import type { DatasetCheck, TableRecipe } from '@blemish/survey';
import { exitCodes, parseNumber, withCommonOptions } from '../../context.ts';
import type { CommandContext, CommonOptions } from '../../context.ts';

interface CheckFlags extends CommonOptions {
  readonly recipe: string;
  readonly tolerance: number;
}

/** Examples of each kind that are printed; --json has all. */
const shown = 5;

export function addDatasetCheck(group: Command, context: CommandContext): void {
  const command = group
    .command('check')
    .description(
      'Look for what flatters figures: rows that occur twice, with other labels, in two tables; groups in two tables; features without a value. Exit code 1 where there is some.',
    )
    .argument('<path>', 'table, or folder with train.csv, validation.csv, test.csv')
    .requiredOption('--recipe <file>', 'recipe that says which column is what')
    .option('--tolerance <d>', 'rows this near count as one, in standard deviations', parseNumber, 0)
    .action(async (path: string, flags: CheckFlags) => {
      const { recipe } = await readRecipeFor(flags.recipe, ...tableTasks);
      const data: TableRecipe['data'] = recipe.data;
      const result = await checkDataset(path, { data, tolerance: flags.tolerance });
      if (!result.clean) context.exitCode = exitCodes.someFailed;
      context.terminal.out(flags.json ? `${JSON.stringify(result)}\n` : describe(result));
    });
  withCommonOptions(command, [
    'blemish dataset check des-autoscan --recipe recipes/des-autoscan/naive-bayes.toml',
  ]);
}

function describe({
  tables,
  features,
  duplicates,
  conflicts,
  leakedRows,
  leakedGroups,
  emptyColumns,
}: DatasetCheck): string {
  const rows = tables.map(({ path, rows: n }) => `${path}: ${n} rows`).join('\n');
  const list = (title: string, sets: DatasetCheck['duplicates']) => {
    const lines = sets
      .slice(0, shown)
      .map((set) => `  ${set.map(({ table, row, label }) => `${table} row ${row} (${label})`).join(' = ')}`);
    const more = sets.length > shown ? [`  … ${sets.length - shown} more (--json)`] : [];
    return [`${title}: ${sets.length}`, ...lines, ...more].join('\n');
  };
  const groups = leakedGroups.slice(0, shown).map(
    ({ group, rows: counts }) =>
      `  '${group}': ${Object.entries(counts)
        .map(([t, n]) => `${n} in ${t}`)
        .join(', ')}`,
  );
  return `${[
    rows,
    `${features} features compared`,
    list('rows that occur more than once', duplicates),
    list('of them with different labels', conflicts),
    list('of them in more than one table', leakedRows),
    `groups in more than one table: ${leakedGroups.length}`,
    ...groups,
    `features without any value: ${emptyColumns.length}`,
    ...emptyColumns.map(({ table, column }) => `  '${column}' in ${table}`),
  ].join('\n')}\n`;
}
