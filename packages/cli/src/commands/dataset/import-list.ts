import type { Command } from 'commander';
import { exposureListFormats, importLists } from '@blemish/survey';
import type { ExposureListFormat, ImportedLists } from '@blemish/survey';
import { choice, exitCodes, parseInteger, splitList, withCommonOptions } from '../../context.ts';
import type { CommandContext, CommonOptions } from '../../context.ts';
import { reportLines } from './list-lines.ts';

interface ImportListFlags extends CommonOptions {
  readonly out: string;
  readonly format?: ExposureListFormat;
  readonly reason?: string;
  readonly analyst?: string[];
  readonly confirmed?: number;
  readonly force?: boolean;
}

export function addDatasetImportList(group: Command, context: CommandContext): void {
  const command = group
    .command('import-list')
    .description(
      'Lists of bad exposures as one table of judgements: kept by hand (decam-bad_expid.txt), with verdicts of inspectors (the DR11 CSV), of EXPNUM, CCDNUM, REASON, ANALYST.',
    )
    .argument('<lists...>', 'lists')
    .requiredOption('--out <labels.csv>', 'table to write: .csv, .parquet, .ecsv or .xml')
    .addOption(
      choice('--format <format>', 'format of the lists (default: by their content)', exposureListFormats),
    )
    .option('--reason <words>', 'reason of entries that name none, as in a list of ghosts alone')
    .option('--analyst <names>', 'keep the judgements of these alone, with commas', splitList)
    .option(
      '--confirmed <n>',
      'keep exposures that at least N people called bad; a machine does not count',
      parseInteger(1, 100),
    )
    .option('--force', 'replace a table that is there')
    .action(async (paths: string[], { analyst, json, ...flags }: ImportListFlags) => {
      const result = await importLists(paths, { ...flags, analysts: analyst });
      reportLines(context.terminal, result.failed);
      if (result.failed.length > 0) context.exitCode = exitCodes.someFailed;
      context.terminal.out(json ? `${JSON.stringify(result)}\n` : describe(result));
    });
  withCommonOptions(command, [
    'blemish dataset import-list decam-bad_expid.txt --out labels.csv',
    'blemish dataset import-list dr11_final_selected_bad_exposures.csv --confirmed 2 --analyst machine --out labels.csv',
    "blemish dataset import-list ghost-scatter-y1.txt --reason 'ghost' --out labels.csv",
  ]);
}

const shown = 12;

function describe(result: ImportedLists): string {
  const { lists, judgements, exposures, ofCcds, repeated, reasons, unknown, out } = result;
  const words = Object.entries(unknown);
  const more = words.length > shown ? `, … (${words.length} in all)` : '';
  return `${[
    ...lists.map(
      ({ path, format, judgements: own, withdrawn, malformed }) =>
        `${path}: ${own} judgements (format ${format})${withdrawn === 0 ? '' : `, ${withdrawn} entries withdrawn by the list itself`}${malformed === 0 ? '' : `, ${malformed} lines that cannot be read`}`,
    ),
    `${judgements} judgements of ${exposures} exposures, ${ofCcds} of single CCDs${repeated === 0 ? '' : `; ${repeated} repeat one before`}`,
    `reasons: ${
      Object.entries(reasons)
        .map(([name, n]) => `${n} ${name}`)
        .join(', ') || 'none'
    }`,
    ...(words.length === 0
      ? []
      : [
          `words that say no category (kept in the column comment): ${words
            .slice(0, shown)
            .map(([word, n]) => `${n} '${word}'`)
            .join(', ')}${more}`,
        ]),
    out,
  ].join('\n')}\n`;
}
