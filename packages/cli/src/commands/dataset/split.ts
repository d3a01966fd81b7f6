import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { splitTable } from '@blemish/survey';
import { parseNumber, splitList, withCommonOptions } from '../../context.ts';
import type { CommandContext, CommonOptions } from '../../context.ts';

interface SplitFlags extends CommonOptions {
  readonly out: string;
  readonly test: number;
  readonly validation: number;
  readonly label?: string;
  readonly group?: string;
  readonly time?: string;
  readonly sky?: readonly [string, string];
  readonly columns?: string[];
  readonly force?: boolean;
}

export function addDatasetSplit(group: Command, context: CommandContext): void {
  const command = group
    .command('split')
    .description('Write a table as train.csv, validation.csv and test.csv, cells as they are.')
    .argument('<table>', 'table to split')
    .requiredOption('--out <dir>', 'folder to write')
    .option('--test <share>', 'share of the rows', parseNumber, 0.2)
    .option('--validation <share>', 'share of the rows', parseNumber, 0)
    .option('--label <column>', 'spread the classes of this column evenly')
    .option('--group <column>', 'never divide the rows of one value: exposure, night, object')
    .option('--time <column>', 'train on the earliest rows, test on the latest')
    .option('--sky <ra,dec>', 'columns in degrees: never divide a region of the sky (7° wide)', parseSky)
    .option('--columns <list>', 'names with commas, for text files without a header', splitList)
    .option('--force', 'write into a folder that is not empty')
    .action(async (path: string, { json, ...flags }: SplitFlags) => {
      const result = await splitTable(path, flags);
      if (json) context.terminal.out(`${JSON.stringify(result)}\n`);
      else
        for (const [name, part] of Object.entries(result.parts))
          context.terminal.out(`${name.padEnd(10)} ${String(part.rows).padStart(8)} rows  ${part.path}\n`);
    });
  withCommonOptions(command, [
    'blemish dataset split candidates.csv --label kind --group night --test 0.2 --out candidates',
  ]);
}

function parseSky(text: string): readonly [string, string] {
  const [ra, dec, ...rest] = splitList(text);
  if (dec === undefined || rest.length > 0)
    throw new InvalidArgumentError('It must be two columns, as in ra,dec.');
  return [ra, dec];
}
