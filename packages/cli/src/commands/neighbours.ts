import type { Command } from 'commander';
import { csvLines, nearestLabelled, neighborMetrics } from '@blemish/survey';
import type { NeighborMetric } from '@blemish/survey';
import { choice, parseInteger, withCommonOptions } from '../context.ts';
import type { CommandContext, CommonOptions } from '../context.ts';
import { withTableRun } from '../features.ts';

interface NeighboursFlags extends CommonOptions {
  readonly reference: string;
  readonly k?: number;
  readonly metric?: NeighborMetric;
  readonly out?: string;
}

export function addNeighbours(program: Command, context: CommandContext): void {
  const { terminal } = context;
  const command = program
    .command('neighbours')
    .description(
      'Show the labelled rows nearest to each row of a table, by the columns and steps of a model or recipe.',
    )
    .argument('<model>', 'bundle folder or run of a model for tables, or a recipe (.toml)')
    .argument('<table>', '.csv, .parquet, .h5, .fits')
    .requiredOption('--reference <path>', 'labelled table, or folder with train.csv')
    .option('--k <n>', 'neighbours of each row (default: 5)', parseInteger(1, 100_000))
    .addOption(choice('--metric <name>', 'how far apart two rows are (default: euclidean)', neighborMetrics))
    .option('--out <file>', 'table to write: .csv, .parquet, .ecsv or .xml (default: CSV on stdout)')
    .action(async (model: string, table: string, flags: NeighboursFlags) => {
      const result = await withTableRun(context, 'comparing rows', (onProgress) =>
        nearestLabelled(model, table, {
          reference: flags.reference,
          k: flags.k,
          metric: flags.metric,
          out: flags.out ?? null,
          seed: flags.seed,
          signal: context.signal,
          onProgress,
        }),
      );
      if (result === null) return;
      const { rows, columns, ...summary } = result;
      for (const note of summary.notes) terminal.err(`note: ${note}\n`);
      if (flags.json) {
        const neighbors = flags.out === undefined ? { neighbors: rows } : {};
        terminal.out(`${JSON.stringify({ ...summary, ...neighbors })}\n`);
        return;
      }
      const print = csvLines((text) => terminal.out(text));
      if (flags.out === undefined) for (const row of rows) print(row, columns);
      const where = summary.out === null ? '' : `: ${summary.out}`;
      terminal.err(`${summary.k} neighbours of each of ${summary.n} rows${where}\n`);
    });
  withCommonOptions(command, [
    'blemish neighbours runs/naive-bayes candidates.csv --reference des-autoscan/train.csv --out evidence.csv',
    'blemish neighbours recipes/des-autoscan/knn.toml candidates.csv --reference des-autoscan/train.csv --k 15',
  ]);
}
