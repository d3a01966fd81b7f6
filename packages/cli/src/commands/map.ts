import type { Command } from 'commander';
import { mapMethods, mapTable } from '@blemish/survey';
import type { MapMethod } from '@blemish/survey';
import { choice, parseInteger, splitList, withCommonOptions } from '../context.ts';
import type { CommandContext, CommonOptions } from '../context.ts';
import { featuresOf, withFeatureOptions } from '../features.ts';
import type { FeatureFlags } from '../features.ts';
import { withTableRun } from '../table-run.ts';

interface MapFlags extends CommonOptions, FeatureFlags {
  readonly method?: MapMethod;
  readonly k?: number;
  readonly rows?: number;
  readonly show?: string[];
  readonly beside?: string;
  readonly views?: string;
  readonly out: string;
}

export function addMap(program: Command, context: CommandContext): void {
  const { terminal } = context;
  const command = program
    .command('map')
    .description(
      'Lay the rows of a table out on a plane, those alike close together: a table of coordinates and a page to look about in, with points coloured by any column.',
    )
    .argument('<table>', '.csv, .parquet, .h5, .npz, .fits')
    .requiredOption(
      '--out <file>',
      'table to write: .csv, .parquet, .ecsv or .xml; the page of the same name ends in .html',
    )
    .addOption(
      choice(
        '--method <name>',
        'tsne (default), umap, or given: two or three features are the places, nothing is laid out',
        mapMethods,
      ),
    )
    .option(
      '--k <n>',
      'neighbours that a row is kept close to: perplexity of tsne (default: 30), neighbours of umap (15)',
      parseInteger(1, 1000),
    )
    .option('--rows <n>', 'rows at most, drawn at random (default: 20000)', parseInteger(4, 1_000_000))
    .option(
      '--show <columns>',
      'columns to colour by and to show of a point, with commas, `*` for any letters (default: all that are no features)',
      splitList,
    )
    .option(
      '--beside <table>',
      'second table whose columns are shown too, such as predictions: by --id where both have it, else row by row',
    )
    .option(
      '--views <set>',
      'stamp set of the rows (by the column index, else row by row): its columns are shown, and its stamps as thumbnails',
    );
  withFeatureOptions(command).action(async (table: string, flags: MapFlags) => {
    const features = await featuresOf(flags);
    const result = await withTableRun(context, 'laying out', (onProgress) =>
      mapTable(table, {
        ...features,
        method: flags.method,
        neighbors: flags.k,
        most: flags.rows,
        show: flags.show,
        beside: flags.beside,
        views: flags.views,
        out: flags.out,
        command: context.commandLine,
        seed: flags.seed,
        signal: context.signal,
        onProgress,
      }),
    );
    if (result === null) return;
    for (const note of result.notes) terminal.err(`note: ${note}\n`);
    if (flags.json) terminal.out(`${JSON.stringify(result)}\n`);
    else terminal.out(`${result.mapped} of ${result.n} rows: ${result.out}, ${result.page}\n`);
  });
  withCommonOptions(command, [
    'blemish map candidates.csv --label kind --id id --out map.csv',
    "blemish map embeddings.parquet --features 'e_*' --views night-set --beside predictions.csv --out map.csv",
    'blemish map des-autoscan/train.csv --recipe recipes/des-autoscan/knn.toml --method umap --out map.parquet',
  ]);
}
