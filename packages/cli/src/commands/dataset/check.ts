import type { Command } from 'commander';
import {
  SurveyError,
  checkDataset,
  checkLabels,
  checkPositions,
  holdsPositions,
  labelProblemKinds,
  readRecipeFor,
  tableTasks,
} from '@blemish/survey';
import type { DatasetCheck, LabelCheck, LabelProblemKind, PositionCheck, TableRecipe } from '@blemish/survey';
import { exitCodes, parseNumber, withCommonOptions } from '../../context.ts';
import type { CommandContext, CommonOptions } from '../../context.ts';
import { readLabelFiles, withLabelOptions } from './label-options.ts';
import type { LabelFlags } from './label-options.ts';

interface CheckFlags extends CommonOptions, LabelFlags {
  readonly recipe?: string;
  readonly tolerance?: number;
  readonly images?: string[];
  readonly masks?: string[];
  readonly ra?: string;
  readonly dec?: string;
  readonly label?: string;
  readonly radius?: number;
}

/** Examples of each kind that are printed; --json has all. */
const shown = 5;

export function addDatasetCheck(group: Command, context: CommandContext): void {
  const command = group
    .command('check')
    .description(
      'Look for what spoils a training. Tables (--recipe): rows that occur twice, with other labels, in two tables; groups in two tables; features without a value. Catalogues (columns ra, dec, label): positions that occur twice, with other labels, in two tables. Labels of images: unknown classes, places outside the image, masks of another size, contradictions, images that are not there or there twice. Exit code 1 where there is some.',
    )
    .argument(
      '<path>',
      'table, or folder with train.csv, validation.csv (or val.csv), test.csv; or labels of images, in any format that import reads',
    )
    .option('--recipe <file>', 'the path is a table: recipe that says which column is what')
    .option(
      '--tolerance <d>',
      'tables: rows this near count as one, in standard deviations (default: 0)',
      parseNumber,
    )
    .option('--ra <column>', 'catalogues: right ascension in degrees (default: by its name)')
    .option('--dec <column>', 'catalogues: declination in degrees (default: by its name)')
    .option('--label <column>', 'catalogues: label (default: by its name)')
    .option(
      '--radius <arcsec>',
      'catalogues: rows this near are one position (default: 0, the same numbers)',
      parseNumber,
    )
    .option('--images <paths...>', 'labels: FITS files or folders of the images')
    .option('--masks <paths...>', 'labels: masks drawn for the images, FITS files or folders');
  withLabelOptions(command).action(async (path: string, flags: CheckFlags) => {
    const { recipe, json } = flags;
    const positions = await isCatalogue(path, flags);
    if (positions) {
      const result = await checkPositions(path, { ...flags, radiusArcsec: flags.radius });
      if (!result.clean) context.exitCode = exitCodes.someFailed;
      context.terminal.out(json ? `${JSON.stringify(result)}\n` : describePositions(result));
      return;
    }
    const { images, masks } = flags;
    if (recipe !== undefined && (images !== undefined || masks !== undefined))
      throw new SurveyError('OPTION_INVALID', '--images and --masks are for labels, --recipe is for tables');
    const result =
      recipe === undefined ? await labelCheck(path, flags, context) : await tableCheck(path, recipe, flags);
    if (!result.clean) context.exitCode = exitCodes.someFailed;
    context.terminal.out(
      json ? `${JSON.stringify(result)}\n` : 'problems' in result ? describeLabels(result) : describe(result),
    );
  });
  withCommonOptions(command, [
    'blemish dataset check des-autoscan --recipe recipes/des-autoscan/naive-bayes.toml',
    'blemish dataset check labels.csv --images night',
    'blemish dataset check des-lsbg-coordinates',
  ]);
}

/** Columns named, or nothing that makes it anything else and the columns are there. */
async function isCatalogue(path: string, flags: CheckFlags): Promise<boolean> {
  const { ra, dec, label, radius, recipe, images, masks, format } = flags;
  const asked = [ra, dec, label, radius].some((flag) => flag !== undefined);
  const other = [recipe, images, masks, format].some((flag) => flag !== undefined);
  if (asked && other)
    throw new SurveyError(
      'OPTION_INVALID',
      '--ra, --dec, --label and --radius are for catalogues; leave out --recipe, --images, --masks, --format',
    );
  return asked || (!other && (await holdsPositions(path)));
}

async function tableCheck(path: string, file: string, { tolerance = 0 }: CheckFlags): Promise<DatasetCheck> {
  const { recipe } = await readRecipeFor(file, ...tableTasks);
  const data: TableRecipe['data'] = recipe.data;
  return checkDataset(path, { data, tolerance });
}

async function labelCheck(
  path: string,
  flags: CheckFlags,
  { terminal }: CommandContext,
): Promise<LabelCheck> {
  const { images, masks, tolerance } = flags;
  if (tolerance !== undefined)
    throw new SurveyError('OPTION_INVALID', '--tolerance is for tables: give --recipe, too');
  if (masks !== undefined && images === undefined)
    throw new SurveyError('OPTION_INVALID', '--masks needs --images, to compare sizes');
  const labels = await readLabelFiles([path], flags, terminal);
  return checkLabels(labels, { images, masks });
}

function describeLabels({ labels, labelled, images, classes, counts, problems }: LabelCheck): string {
  const looked = images === null ? 'images not looked at (--images)' : `${images} images looked at`;
  const lines = Object.entries(labelProblemKinds).flatMap(([kind, title]) => {
    const own = problems.filter((each) => each.kind === kind);
    const more = own.length > shown ? [`  … ${own.length - shown} more (--json)`] : [];
    return [
      `${title}: ${counts[kind as LabelProblemKind]}`,
      ...own.slice(0, shown).map(({ text }) => `  ${text}`),
      ...more,
    ];
  });
  return `${[
    `${labels} labels of ${labelled} images, ${looked}`,
    `classes ${Object.entries(classes)
      .map(([name, n]) => `${name}: ${n}`)
      .join(', ')}`,
    ...lines,
  ].join('\n')}\n`;
}

function describePositions(check: PositionCheck): string {
  const { tables, labels, positions, radiusArcsec, duplicates, conflicts, leaked, invalid } = check;
  const list = (title: string, sets: PositionCheck['duplicates']) => [
    `${title}: ${sets.length}`,
    ...sets.slice(0, shown).map((set) => {
      const rows = set.map(({ table, row, label }) => `${table} row ${row} (${label})`).join(' = ');
      return `  ${set[0].ra} ${set[0].dec}: ${rows}`;
    }),
    ...(sets.length > shown ? [`  … ${sets.length - shown} more (--json)`] : []),
  ];
  const bad = invalid.slice(0, shown).map(({ table, row, what }) => `  ${table} row ${row}: ${what}`);
  const more = invalid.length > shown ? [`  … ${invalid.length - shown} more (--json)`] : [];
  return `${[
    ...tables.map(({ path, rows }) => `${path}: ${rows} rows`),
    `labels ${Object.entries(labels)
      .map(([name, n]) => `${name}: ${n}`)
      .join(', ')}`,
    radiusArcsec > 0
      ? `${positions} positions (rows within ${radiusArcsec} arcsec are one)`
      : `${positions} positions`,
    ...list('positions given more than once', duplicates),
    ...list('of them with different labels', conflicts),
    ...list('of them in more than one table', leaked),
    `rows without position or label: ${invalid.length}`,
    ...bad,
    ...more,
  ].join('\n')}\n`;
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
