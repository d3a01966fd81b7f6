import type { Command } from 'commander';
import { anomalyMethods, rankAnomalies } from '@blemish/survey';
import type { AnomalyMethod } from '@blemish/survey';
import { choice, parseInteger, withCommonOptions } from '../context.ts';
import type { CommandContext, CommonOptions } from '../context.ts';
import { featuresOf, withFeatureOptions } from '../features.ts';
import type { FeatureFlags } from '../features.ts';
import { printRows, withTableRun } from '../table-run.ts';

interface AnomaliesFlags extends CommonOptions, FeatureFlags {
  readonly method?: AnomalyMethod;
  readonly k?: number;
  readonly top?: number;
  readonly out?: string;
}

export function addAnomalies(program: Command, context: CommandContext): void {
  const command = program
    .command('anomalies')
    .description('Rank the rows of a table by how unlike the others they are, the strangest first.')
    .argument('<table>', '.csv, .parquet, .h5, .npz, .fits')
    .addOption(choice('--method <name>', 'isolation-forest (default) or lof', anomalyMethods))
    .option(
      '--k <n>',
      'neighbours that a row is compared with by lof (default: 20)',
      parseInteger(1, 100_000),
    )
    .option('--top <n>', 'only so many rows (default: all)', parseInteger(1, 1_000_000_000))
    .option('--out <file>', 'table to write: .csv, .parquet, .ecsv or .xml (default: CSV on stdout)');
  withFeatureOptions(command).action(async (table: string, flags: AnomaliesFlags) => {
    const features = await featuresOf(flags);
    const result = await withTableRun(context, 'ranking', (onProgress) =>
      rankAnomalies(table, {
        ...features,
        method: flags.method,
        neighbors: flags.k,
        top: flags.top,
        out: flags.out ?? null,
        seed: flags.seed,
        signal: context.signal,
        onProgress,
      }),
    );
    if (result === null) return;
    printRows(
      context,
      flags,
      'anomalies',
      result,
      `${result.rows.length} of ${result.n} rows by ${result.features.length} columns`,
    );
  });
  withCommonOptions(command, [
    'blemish anomalies candidates.csv --label kind --id id --top 20',
    'blemish anomalies des-autoscan/test.csv --recipe recipes/des-autoscan/knn.toml --method lof --out strange.csv',
  ]);
}
