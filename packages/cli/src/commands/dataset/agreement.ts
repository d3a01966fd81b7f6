import Table from 'cli-table3';
import type { Command } from 'commander';
import { exposureListFormats, measureAgreement } from '@blemish/survey';
import type { ExposureListFormat, MeasuredAgreement } from '@blemish/survey';
import { choice, exitCodes, parseInteger, withCommonOptions } from '../../context.ts';
import type { CommandContext, CommonOptions } from '../../context.ts';
import { reportLines } from './list-lines.ts';

interface AgreementFlags extends CommonOptions {
  readonly format?: ExposureListFormat;
  readonly bootstrap?: number;
  readonly out?: string;
}

export function addDatasetAgreement(group: Command, context: CommandContext): void {
  const command = group
    .command('agreement')
    .description(
      "How far the inspectors of a list of bad exposures agree: Cohen's and Fleiss' kappa, agreement on bad and on not bad, how many exposures one, two or all of them confirm, by the machine's reason.",
    )
    .argument('<list>', 'list with verdicts of inspectors (the DR11 CSV), or what import-list made of it')
    .addOption(
      choice('--format <format>', 'format of the list (default: by its content)', exposureListFormats),
    )
    .option('--out <dir>', 'folder for report.html, agreement.json, pairs.csv and reasons.csv')
    .option('--bootstrap <n>', 'bootstrap samples (default: 1000)', parseInteger(1, 1_000_000))
    .action(async (path: string, { json, ...flags }: AgreementFlags) => {
      const result = await measureAgreement(path, { ...flags, command: context.commandLine });
      reportLines(context.terminal, result.failed);
      if (result.failed.length > 0) context.exitCode = exitCodes.someFailed;
      for (const note of result.notes) context.terminal.err(`note: ${note}\n`);
      context.terminal.out(json ? `${JSON.stringify(result)}\n` : describe(result));
    });
  withCommonOptions(command, [
    'blemish dataset agreement dr11_final_selected_bad_exposures.csv --out agreement',
  ]);
}

type Figure = MeasuredAgreement['fleissKappa'];

function figureOf(figure: Figure): string {
  if (figure.value === null) return `undefined: ${figure.reason}`;
  return `${figure.value.toFixed(3)} [${figure.low.toFixed(3)}, ${figure.high.toFixed(3)}]`;
}

function describe(result: MeasuredAgreement): string {
  const { n, inspectors, pairs, confirmed, reasons, drawn, units, caveats, out } = result;
  const style = { head: [], border: [] };
  const pairTable = new Table({
    head: ['inspectors', 'n', 'same verdict', "Cohen's kappa", 'on bad', 'on not bad'],
    style,
  });
  for (const { first, second, n: both, observed, kappa, positive, negative } of pairs)
    pairTable.push([`${first}, ${second}`, both, ...[observed, kappa, positive, negative].map(figureOf)]);
  const reasonTable = new Table({
    head: ["machine's reason", 'n', ...confirmed.map(({ atLeast }) => `by ${atLeast} or more`)],
    style,
  });
  for (const { reason, n: own, confirmed: levels } of [{ reason: 'all', n, confirmed }, ...reasons])
    reasonTable.push([reason, own, ...levels.map((level) => `${level.n} (${percent(level.share)})`)]);
  return `${[
    ...caveats.map((text) => `CAUTION: ${text}`),
    `${n} exposures; bad by ${inspectors.map(({ name, bad, empty }) => `${name} ${bad}${empty === 0 ? '' : ` (${empty} without a verdict)`}`).join(', ')}`,
    `intervals of 95 % by drawing ${units} ${drawn} again`,
    pairTable.toString(),
    `Fleiss' kappa ${figureOf(result.fleissKappa)}`,
    reasonTable.toString(),
    ...(out === null ? [] : [`report: ${out}/report.html`]),
  ].join('\n')}\n`;
}

function percent(share: Figure): string {
  return share.value === null ? 'n/a' : `${(100 * share.value).toFixed(1)} %`;
}
