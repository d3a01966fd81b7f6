import Table from 'cli-table3';
import type { Command } from 'commander';
import { labelConsensus } from '@blemish/survey';
import type { LabelConsensus } from '@blemish/survey';
import { splitList, withCommonOptions } from '../../context.ts';
import type { CommandContext, CommonOptions } from '../../context.ts';

interface ConsensusFlags extends CommonOptions {
  readonly votes: string[];
  readonly id?: string;
  readonly label?: string;
  readonly columns?: string[];
  readonly out?: string;
}

export function addDatasetConsensus(group: Command, context: CommandContext): void {
  const command = group
    .command('consensus')
    .description(
      "One label an item from the votes of several annotators, one column each (Dawid and Skene's model), with how reliable each is and how far they agree.",
    )
    .argument('<table>', 'table of votes; an empty cell is no vote')
    .requiredOption(
      '--votes <columns>',
      'columns of the annotators, with commas, `*` for any letters',
      splitList,
    )
    .option('--id <column>', "column with the item's name: carried into the labels")
    .option('--label <column>', 'column with labels to compare with; it takes no part')
    .option('--columns <list>', 'names with commas, for text files without a header', splitList)
    .option('--out <file>', 'table of labels to write: .csv, .parquet, .ecsv or .xml')
    .action(async (path: string, { json, ...flags }: ConsensusFlags) => {
      const result = await labelConsensus(path, { ...flags, out: flags.out ?? null });
      if (result.withoutVote > 0)
        context.terminal.err(`note: ${result.withoutVote} rows without a vote are left out\n`);
      context.terminal.out(json ? `${JSON.stringify(result)}\n` : describe(result));
    });
  withCommonOptions(command, [
    "blemish dataset consensus votes.csv --votes 'volunteer_*' --id transientid --out labels.csv",
  ]);
}

function describe(result: LabelConsensus): string {
  const { n, classes, counts, annotators, againstMajority, sameAsLabel, converged, out } = result;
  const table = new Table({
    head: ['annotator', 'votes', 'right', ...classes.map((name) => `right of ${name}`)],
    style: { head: [], border: [] },
  });
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  for (const { name, votes, reliability, confusion } of annotators)
    table.push([name, votes, percent(reliability), ...classes.map((_, c) => percent(confusion[c][c]))]);
  const measure = (agreement: LabelConsensus['fleissKappa']) =>
    agreement.value === null ? `undefined: ${agreement.reason}` : agreement.value.toFixed(4);
  return `${[
    `${n} items: ${classes.map((name) => `${counts[name]} ${name}`).join(', ')}; ${againstMajority} against the majority of votes`,
    `Fleiss' kappa ${measure(result.fleissKappa)}, Krippendorff's alpha ${measure(result.krippendorffAlpha)}`,
    ...(converged ? [] : ['the model had not converged: take probabilities as rough']),
    ...(sameAsLabel === null ? [] : [`the same as in the file: ${sameAsLabel.same} of ${sameAsLabel.n}`]),
    table.toString(),
    ...(out === null ? [] : [`labels: ${out}`]),
  ].join('\n')}\n`;
}
