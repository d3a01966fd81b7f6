import Table from 'cli-table3';
import type { Command } from 'commander';
import { tableInfo, tablesIn } from '@blemish/survey';
import type { TableInfo } from '@blemish/survey';
import { splitList, withCommonOptions } from '../../context.ts';
import type { CommandContext, CommonOptions } from '../../context.ts';

interface InfoFlags extends CommonOptions {
  readonly label?: string;
  readonly columns?: string[];
}

export function addDatasetInfo(group: Command, context: CommandContext): void {
  const command = group
    .command('info')
    .description('Rows, columns, missing cells, constant columns, text among numbers, rows of each class.')
    .argument('<path>', 'table, or folder of tables')
    .option('--label <column>', 'column that holds the class')
    .option('--columns <list>', 'names with commas, for text files without a header', splitList)
    .action(async (path: string, flags: InfoFlags) => {
      const tables = [];
      for (const file of await tablesIn(path))
        tables.push(await tableInfo(file, { label: flags.label, names: flags.columns }));
      if (flags.json) context.terminal.out(`${JSON.stringify({ tables })}\n`);
      else for (const table of tables) context.terminal.out(describe(table));
    });
  withCommonOptions(command, ['blemish dataset info des-autoscan --label OBJECT_TYPE']);
}

function describe({ path, rows, columns, classes }: TableInfo): string {
  const table = new Table({
    head: ['column', 'kind', 'missing', 'distinct', 'least', 'mean', 'most', ''],
    style: { head: [], border: [] },
  });
  const number = (value: number | null) => (value === null ? '' : String(Number(value.toPrecision(5))));
  for (const { name, kind, missing, distinct, least, mean, most, constant, stray, reason } of columns) {
    const remark =
      reason ??
      (stray !== null
        ? `text in ${stray.count} rows, first row ${stray.row}: '${stray.text}'`
        : constant
          ? 'constant'
          : '');
    table.push([name, kind, missing, distinct, number(least), number(mean), number(most), remark]);
  }
  const counts = Object.entries(classes ?? {}).map(([name, n]) => `${name === '' ? '(none)' : name}: ${n}`);
  const labels = classes === null ? '' : `classes ${counts.join(', ')}\n`;
  return `${path}: ${rows} rows, ${columns.length} columns\n${labels}${table.toString()}\n`;
}
