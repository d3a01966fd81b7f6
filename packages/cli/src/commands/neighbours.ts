import type { Command } from 'commander';
import { nearestLabelled, neighborMetrics } from '@blemish/survey';
import type { NeighborMetric } from '@blemish/survey';
import { choice, parseInteger, withCommonOptions } from '../context.ts';
import type { CommandContext, CommonOptions } from '../context.ts';
import { printRows, withTableRun } from '../table-run.ts';

interface NeighboursFlags extends CommonOptions {
  readonly reference: string;
  readonly k?: number;
  readonly metric?: NeighborMetric;
  readonly out?: string;
}

export function addNeighbours(program: Command, context: CommandContext): void {
  const command = program
    .command('neighbours')
    .description(
      'Show the labelled rows nearest to each row of a table, by the columns and steps of a model or recipe.',
    )
    .argument('<model>', 'bundle folder or run of a model for tables, or a recipe (.toml)')
    .argument('<table>', '.csv, .parquet, .h5, .npz, .fits')
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
      printRows(context, flags, 'neighbors', result, `${result.k} neighbours of each of ${result.n} rows`);
    });
  withCommonOptions(command, [
    'blemish neighbours runs/naive-bayes candidates.csv --reference des-autoscan/train.csv --out evidence.csv',
    'blemish neighbours recipes/des-autoscan/knn.toml candidates.csv --reference des-autoscan/train.csv --k 15',
  ]);
}
