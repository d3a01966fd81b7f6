// Writes docs/reference/ from the code: `npm run docs`. With `--check` it writes nothing and fails where a page is out of date.
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Command } from 'commander';
import { z } from 'zod';
import { buildProgram } from '@blemish/cli';
import { fitsErrors } from '@blemish/fits';
import { learners, transforms } from '@blemish/learn';
import { exposureCategories, simulatedClasses } from '@blemish/sky';
import {
  blemishCcd,
  candidateColumns,
  catalogColumns,
  consensusColumns,
  exposureLabelColumns,
  differenceStampColumns,
  efficiencyColumns,
  errorTable,
  exposureColumns,
  fakeColumns,
  frameColumns,
  imageColumns,
  judgedExposureColumns,
  judgedFrameColumns,
  judgedImageColumns,
  labelColumns,
  missedColumns,
  objectColumns,
  predictionColumns,
  probabilityColumn,
  stampPreprocessings,
  suspectColumns,
  tablePredictionColumns,
} from '@blemish/survey';
import type { Column } from '@blemish/survey';
import { exitCodes } from '../packages/cli/src/context.ts';
import { amplitudes } from '../packages/sky/src/artifacts/amplitudes.ts';
import { kerasLayers } from '../packages/survey/src/interchange/keras-layers.ts';
import { layerSchemas } from '../packages/survey/src/interchange/mapping-layers.ts';
import { planeKeyword } from '../packages/survey/src/outputs/mask-hdu.ts';
import { autoencoderRecipe } from '../packages/survey/src/autoencoder-recipe.ts';
import { ccdImageRecipe } from '../packages/survey/src/ccd-image-recipe.ts';
import { ccdRecipe } from '../packages/survey/src/recipe.ts';
import { cnnOptions, cutsOptions, exposureRecipe } from '../packages/survey/src/exposure-recipe.ts';
import { segmentationRecipe } from '../packages/survey/src/segmentation-recipe.ts';
import { selfDistillationRecipe } from '../packages/survey/src/self-distillation-recipe.ts';
import { stampRecipe } from '../packages/survey/src/stamp-recipe.ts';
import { stackModel, tableRecipe } from '../packages/survey/src/table-recipe.ts';

export const referenceFolder: string = fileURLToPath(new URL('../docs/reference', import.meta.url));

/** Every page of the reference by file name. The same code gives the same bytes. */
export function referencePages(): ReadonlyMap<string, string> {
  return new Map([
    ['index.md', indexPage()],
    ['cli.md', cliPage()],
    ['classes.md', classesPage()],
    ['tables.md', tablesPage()],
    ['errors.md', errorsPage()],
    ['recipe.md', recipePage()],
    ['amplitudes.md', amplitudesPage()],
    ['import.md', importPage()],
  ]);
}

/** Names of pages that are missing, differ from the code, or stand in the folder without being made from it. */
export async function stalePages(folder: string = referenceFolder): Promise<string[]> {
  const pages = referencePages();
  const stale = (await filesIn(folder)).filter((name) => !pages.has(name));
  for (const [name, text] of pages) {
    if ((await readFile(join(folder, name), 'utf8').catch(() => null)) !== text) stale.push(name);
  }
  return stale.sort();
}

function page(title: string, source: string, ...parts: readonly string[]): string {
  const note = `<!-- Generated from ${source} by \`npm run docs\`; do not edit. -->`;
  return `${[`# ${title}`, note, ...parts].join('\n\n')}\n`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), `|${' --- |'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

const code = (text: string): string => `\`${text}\``;

function indexPage(): string {
  return page(
    'Reference',
    'the code',
    'Made from the code, so it says what this version does. The [guide](../guide/index.md) says how to use it.',
    [
      '- [Command line](cli.md): every command with its options',
      '- [Classes](classes.md): the artifact classes, their mask bits, columns and header cards',
      '- [Tables](tables.md): columns of `catalog`, `images`, `exposures` and of predictions for tables',
      '- [Errors](errors.md): codes, what they mean, what to do',
      '- [Recipe](recipe.md): every key of a training recipe, every learner and transform with its options',
      '- [Amplitudes](amplitudes.md): how strong simulated artifacts are drawn',
      '- [Import](import.md): layers and preprocessings of imported models, columns of their predictions',
    ].join('\n'),
  );
}

const exitMeanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  done: 'done',
  someFailed: 'done, but some inputs failed; each is named with its reason and the rest was processed',
  wrongUsage: 'wrong usage: an option, a recipe, a model name, an output that is there already',
  nothingDone: 'nothing could be done',
  interrupted: 'interrupted (Ctrl-C); `--resume` goes on',
};

function cliPage(): string {
  let text = '';
  const program = buildProgram({
    terminal: { out: (part) => (text += part), err: () => undefined, interactive: false, columns: 80 },
    commandLine: '',
    signal: new AbortController().signal,
    exitCode: exitCodes.done,
  });
  const sections: string[] = [];
  const visit = (command: Command, path: readonly string[]): void => {
    command.configureHelp({ helpWidth: 100 });
    text = '';
    command.outputHelp();
    sections.push(`## ${path.join(' ')}\n\n\`\`\`text\n${text.trimEnd()}\n\`\`\``);
    for (const child of command.commands) visit(child, [...path, child.name()]);
  };
  visit(program, ['blemish']);
  const codes = Object.entries(exitCodes) as [keyof typeof exitCodes, number][];
  return page(
    'Command line',
    'packages/cli/src/commands',
    'With `--json` a command prints one JSON document on standard output and everything else on standard error.',
    table(
      ['exit code', 'meaning'],
      codes.map(([name, value]) => [String(value), exitMeanings[name]]),
    ),
    ...sections,
  );
}

function classesPage(): string {
  const simulated = new Set<string>(simulatedClasses);
  const classes = blemishCcd.map(({ name, group, code: number, maskBit, extent, needsMask, description }) => [
    name,
    group,
    number === null ? '–' : String(number),
    String(maskBit),
    extent,
    needsMask ? 'yes' : 'no',
    simulated.has(name) ? 'yes' : 'no',
    description,
  ]);
  const names = blemishCcd.map(({ name, maskBit, colour }) => [
    name,
    String(2 ** maskBit),
    code(planeKeyword(name)),
    code(probabilityColumn(name)),
    colour,
  ]);
  return page(
    'Classes',
    'packages/survey/src/taxonomy.ts',
    `The ${blemishCcd.length} classes of \`blemish-ccd\`: the DES Exposure Checker's that have a cause (Melchior et al. 2016, Astronomy and Computing 16, 99) and three it lacks.`,
    [
      '- **code**: of the DES Exposure Checker.',
      '- **bit**: of the masks that `blemish scan` writes: a pixel of the class has the value 2^bit. Bits never change.',
      '- **extent**: how far it reaches, which decides how its mask is grown. `ccd`: the whole CCD.',
      '- **needs mask**: defined by what the pipeline failed to mask; without a mask beside the image its probability is null.',
      '- **simulated**: `blemish simulate exposures` can make it. A model trained on simulation knows no other.',
    ].join('\n'),
    table(['class', 'group', 'code', 'bit', 'extent', 'needs mask', 'simulated', 'what it is'], classes),
    '## Names in files',
    '`card` is the header keyword of the class in a mask (`HIERARCH`, its value is the bit), `column` its probability in `images`, `colour` that of regions and reports.',
    table(['class', '2^bit', 'card', 'column', 'colour'], names),
  );
}

function tablesPage(): string {
  const columns = (list: readonly Column[]): string =>
    table(
      ['column', 'type', 'unit', 'UCD', 'meaning'],
      list.map(({ name, type, unit, ucd, description }) => [
        code(name),
        type,
        unit ?? '',
        ucd ?? '',
        description,
      ]),
    );
  return page(
    'Tables',
    'packages/survey/src/tables/columns.ts',
    'Each is written as Parquet, and as CSV, ECSV or VOTable where `--format` asks for it. What a null means: [reading the outputs](../guide/read-the-outputs.md).',
    '## catalog\n\nOne row per finding.',
    columns(catalogColumns),
    '## images\n\nOne row per image HDU.',
    columns(imageColumns),
    '## exposures\n\nOne row per exposure.',
    columns(exposureColumns),
    `## Scans with a model of exposures\n\n\`images\` and \`exposures\` as \`blemish scan --model\` writes them with a [model of exposures](../guide/scan-a-data-release.md#bad-exposures) that tells ${exposureCategories.length} categories.`,
    columns(judgedImageColumns(exposureCategories)),
    columns(judgedExposureColumns(exposureCategories)),
    '## Predictions of tables\n\nWhat `blemish predict` writes for a model of tables with the classes real and artifact whose identifier is `ID`; with more than two classes there is also `p_…` for each. In a run, `label` is the class in the file.',
    columns(tablePredictionColumns(['real', 'artifact'], 'ID', true)),
    'Of objects with frames there is more:',
    columns(objectColumns),
    'And `blemish predict --frames` and, as `frames.parquet`, `blemish evaluate --out` write one row for each frame of an object:',
    columns(judgedFrameColumns('oid')),
    '## Frames\n\nWhat `blemish embed --by-object` writes beside the arrays of objects: `frames.parquet`, one row for each of their rows.',
    columns(frameColumns),
    '## Labels\n\nWhat `blemish dataset suspects --out` writes for a table whose identifier is `ID`, the label most surely wrong first.',
    columns(suspectColumns('ID')),
    'What `blemish dataset consensus --out` writes, one row an item that has a vote.',
    columns(consensusColumns('ID')),
    '## Labels of images\n\n`labels.csv`, as `blemish dataset import` writes it, one row a label ([guide](../guide/labels.md)).',
    columns(labelColumns),
    '## Judgements of exposures\n\nWhat `blemish dataset import-list --out` writes, one row for what one analyst said of one exposure or CCD ([guide](../guide/bad-exposures.md#lists-and-maps)).',
    columns(exposureLabelColumns),
    '## Differences\n\n`candidates`, as `blemish difference` writes it ([guide](../guide/difference-images.md)): one row a candidate. The features are those of Goldstein et al. 2015 (AJ 150, 82), Table 2, in lower case, of stamps of 51 × 51 px times the sign.',
    columns(candidateColumns),
    'Its `stamps.csv`, one row a stamp:',
    columns(differenceStampColumns),
    'And with `--fakes` its `fakes.csv`, one row a fake:',
    columns(fakeColumns),
    '`efficiency.csv`, one row a bin of magnitude and host:',
    columns(efficiencyColumns),
    'and `missed.csv`, one row a number of false detections that may pass:',
    columns(missedColumns),
  );
}

function errorsPage(): string {
  return page(
    'Errors',
    'packages/survey/src/errors.ts and packages/fits/src/errors.ts',
    'Codes are stable and made for programs: they stand in `--json`, in `scan.json` and in the report. Messages say which file, which HDU, what is wrong and what to do.',
    '## Scans, trainings, evaluations\n\nThe exit code is that of a command that could do nothing else because of the error. In a scan an input that fails leaves the rest alone: exit code 1.',
    table(
      ['code', 'meaning', 'what to do', 'exit code'],
      Object.entries(errorTable).map(([name, { meaning, remedy, exitCode }]) => [
        code(name),
        meaning,
        remedy,
        String(exitCode),
      ]),
    ),
    '## FITS files\n\nA bad FITS file is one failed input of a scan: exit code 1, or 3 where no image is left.',
    table(
      ['code', 'meaning', 'what to do'],
      Object.entries(fitsErrors).map(([name, { meaning, remedy }]) => [code(name), meaning, remedy]),
    ),
  );
}

/** What a key of the recipe means, where the schema itself does not say so. */
const recipeMeanings: Readonly<Record<string, string>> = {
  name: 'name of the model: folder of the bundle, `--model`',
  task: 'what the model reads: one CCD',
  seed: 'of the first weights, the order of samples and how they are varied; `--seed` replaces it',
  'data.train': 'simulated CCDs to learn from',
  'data.train_seed': 'CCD i has the seed `train_seed + i`; test seeds (from 900000) are refused',
  'data.train_clean': 'share of CCDs without an artifact, training',
  'data.validation':
    'simulated CCDs for calibration and thresholds; the first `data.judged` of them choose the best epoch',
  'data.validation_seed': 'as `train_seed`; the two sets may not share seeds',
  'data.validation_clean': 'share of CCDs without an artifact, validation',
  'data.without_mask': 'share of CCDs given without their mask',
  'data.width': 'pixels of a simulated CCD',
  'data.height': 'pixels of a simulated CCD',
  'preprocess.version': 'of the preprocessing code',
  'preprocess.mesh': 'side of the background mesh, pixels',
  'preprocess.binFactor': 'pixels per side of a bin',
  'preprocess.canvasWidth': "the network's canvas, bins",
  'preprocess.canvasHeight': "the network's canvas, bins",
  'preprocess.minimumSide': 'images with a shorter side get no probability, pixels',
  'preprocess.starSize': 'side of the stacked star, stamp pixels',
  'preprocess.starBin': 'image pixels per stamp pixel',
  'model.network': 'architecture',
  'model.width': 'channels of the first layer; the others are multiples',
  'training.epochs': 'passes over the training set',
  'training.batch': 'CCDs in a step',
  'training.learning_rate': 'largest learning rate of AdamW; it falls along a cosine to a hundredth',
  'training.weight_decay': 'of AdamW',
  'training.beta2': "memory of AdamW's second moment; short where rare examples make rare large gradients",
  'training.warm_up': 'share of all steps in which the learning rate rises',
  'training.clip_norm': 'gradients longer than this are shortened to it',
  'training.ema': 'decay of the moving average of the weights; the average is what is kept',
  'training.map_weight': 'weight of the map in the loss, beside the classes',
  'training.hard_example_weight':
    'a label the network is wrong about weighs up to 1 + this many times as much as one it is sure of',
  'training.minimum_snr':
    'an artifact fainter than this signal-to-noise is neither a positive nor a negative example',
  'training.crop': 'share of samples cut to a random window, so that small cut-outs are no surprise',
  'decision.false_per_exposure':
    'review budget of the default threshold: good CCDs flagged per exposure, on average',
  'decision.ccds_per_exposure': 'CCDs of an exposure',
  'decision.prior': 'share of CCDs expected to be bad, for which the probabilities stand',
};

interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly default?: unknown;
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

function recipePage(): string {
  const head = ['key', 'type', 'default', 'meaning'];
  return page(
    'Recipe',
    'packages/survey/src/recipe.ts, packages/survey/src/ccd-image-recipe.ts, packages/survey/src/autoencoder-recipe.ts, packages/survey/src/table-recipe.ts and packages/learn/src',
    'A recipe is a TOML file; `a.b` is the key `b` of the table `[a]`. A key that is not in the list of its task is refused. What `task` is decides which list holds.',
    '## A network for CCDs: `task = "ccd"`\n\n[Train and evaluate](../guide/train-and-evaluate.md) goes through the shipped one.',
    table(head, schemaRows(ccdRecipe)),
    '## A classifier of whole CCDs: `task = "ccd-image"`\n\n[Classify whole CCDs](../guide/classify-ccds.md) goes through the ones that ship.',
    table(head, schemaRows(ccdImageRecipe)),
    '## An autoencoder of frames: `task = "autoencoder"`\n\n[Embed the frames of objects](../guide/embed-frames.md#train-an-encoder) goes through one.',
    table(head, schemaRows(autoencoderRecipe)),
    '## A classifier of tables or of objects with frames: `task = "table"`, `task = "sequence"`\n\n[Classify a table](../guide/classify-a-table.md) and [Judge objects by their frames](../guide/judge-sequences.md) go through one each. `steps` is a list: each step is `[[steps]]` with `use` and the options of the transform; `[model]` has `learner` and the options of the learner.',
    table(head, schemaRows(tableRecipe)),
    '## A network that marks pixels of pictures: `task = "segmentation"`\n\n[Find ghosts](../guide/find-ghosts.md) goes through one.',
    table(head, schemaRows(segmentationRecipe)),
    '## A classifier of stamps: `task = "stamp"`\n\n[Judge stamps](../guide/judge-stamps.md) goes through the recipes.',
    table(head, schemaRows(stampRecipe)),
    '## An encoder of CCDs, without labels: `task = "self-distillation"`\n\n[Bad exposures](../guide/bad-exposures.md#pretrain) goes through one.',
    table(head, schemaRows(selfDistillationRecipe)),
    '## What is wrong with exposures, from few labels: `task = "exposure"`\n\n[Bad exposures](../guide/bad-exposures.md#few-labels) goes through the recipes. `[[members]]` is one head: `inputs`, `steps`, `learner` and its options.',
    table(head, schemaRows(exposureRecipe)),
    'Options of the learner `cnn`:',
    table(['option', 'type', 'default', 'meaning'], schemaRows(cnnOptions)),
    'Options of the learner `cuts`, limits as the pipeline of the Legacy Surveys has them:',
    table(['option', 'type', 'default', 'meaning'], schemaRows(cutsOptions)),
    '## Transforms\n\nFor `use` in a step. They are fitted on training rows alone.',
    ...sortedByName(transforms).flatMap(optionSection),
    '## Learners\n\nFor `learner` in `[model]`.',
    ...sortedByName(learners).flatMap(optionSection),
    '### stacking\n\nSeveral pipelines, the `members`, each on the inputs it is given, and what joins their answers. `[[model.members]]` is one member: `steps`, `learner` and its options.',
    table(['option', 'type', 'default', 'meaning'], schemaRows(stackModel)),
  );
}

function sortedByName<T extends { readonly name: string }>(
  entries: Readonly<Record<string, T | undefined>>,
): T[] {
  return Object.values(entries)
    .filter((entry) => entry !== undefined)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function optionSection(entry: {
  readonly name: string;
  readonly title: string;
  readonly options: z.ZodType;
  readonly missing: 'native' | 'refused';
}): string[] {
  const rows = schemaRows(entry.options);
  const missing =
    entry.missing === 'native'
      ? 'Takes missing values as they are.'
      : 'Takes no missing values: impute first.';
  return [
    `### ${entry.name}\n\n${entry.title}. ${missing}`,
    rows.length === 0 ? 'No options.' : table(['option', 'type', 'default', 'meaning'], rows),
  ];
}

/** One row for each key of an object schema, nested ones under `a.b`. */
function schemaRows(schema: z.ZodType): string[][] {
  const rows: string[][] = [];
  const visit = ({ properties = {}, required = [] }: Schema, path: string): void => {
    for (const [name, field] of Object.entries(properties)) {
      const key = path === '' ? name : `${path}.${name}`;
      const inner = field.properties === undefined ? field.items : field;
      if (inner?.properties !== undefined) {
        visit(inner, key);
        continue;
      }
      const meaning = field.description ?? recipeMeanings[key];
      if (meaning === undefined)
        throw new Error(`recipe key ${key} has no meaning: describe it where it is declared`);
      const byDefault = field.default === undefined ? '–' : code(JSON.stringify(field.default));
      rows.push([code(key), typeOf(field), required.includes(name) ? 'required' : byDefault, meaning]);
    }
  };
  visit(z.toJSONSchema(schema, { io: 'input' }) as Schema, '');
  return rows;
}

function typeOf(field: Schema): string {
  if (field.const !== undefined) return code(JSON.stringify(field.const));
  if (field.enum !== undefined) return field.enum.map((value) => code(JSON.stringify(value))).join(' ');
  const either = field.anyOf ?? field.oneOf;
  if (either !== undefined) return either.map(typeOf).join(' or ');
  if (field.items !== undefined) return `list of ${typeOf(field.items)}`;
  const limits: string[] = [];
  if (field.exclusiveMinimum !== undefined) limits.push(`> ${field.exclusiveMinimum}`);
  if (field.minimum !== undefined && field.minimum > Number.MIN_SAFE_INTEGER)
    limits.push(`≥ ${field.minimum}`);
  if (field.exclusiveMaximum !== undefined) limits.push(`< ${field.exclusiveMaximum}`);
  if (field.maximum !== undefined && field.maximum < Number.MAX_SAFE_INTEGER)
    limits.push(`≤ ${field.maximum}`);
  if (field.pattern !== undefined) limits.push(code(field.pattern));
  return [field.type ?? 'any', ...limits].join(' ');
}

function amplitudesPage(): string {
  return page(
    'Amplitudes',
    'packages/sky/src/artifacts/amplitudes.ts',
    'How strong a simulated artifact is drawn: log-uniform from low to high, fixed before any training. `sky rms`: peak over the rms of the sky per pixel, as the light or charge enters, before the sky subtraction takes its part. `% of sky`: peak over the level of the sky, for errors of the flat field. `px`: size of the kernel that changes the stars.',
    table(
      ['class', 'low', 'high', 'unit', 'why'],
      Object.entries(amplitudes).map(([name, { low, high, unit, reason }]) => [
        name,
        String(low),
        String(high),
        unit,
        reason,
      ]),
    ),
  );
}

function importPage(): string {
  const list = (names: readonly string[]): string => names.map(code).join(', ');
  const layerKeys = (type: string, schema: z.ZodType): string[] => {
    const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input' }) as Schema;
    const keys = Object.entries(properties).filter(([name]) => name !== 'type' && name !== 'name');
    const rest = keys.map(([name, field]) => {
      if (required.includes(name)) return `${code(name)} (required)`;
      return field.default === undefined ? code(name) : `${code(name)} = ${JSON.stringify(field.default)}`;
    });
    return [code(type), required.includes('name') ? 'required' : 'optional', rest.join(', ') || '–'];
  };
  const columns = predictionColumns({ classes: ['A', 'B'] });
  return page(
    'Import',
    'packages/survey/src/interchange, preprocess and stamps',
    '[Import a model](../guide/import-a-model.md) says how to use these.',
    '## Preprocessings\n\nFor `--preprocess`. Each channel is treated by itself, in double precision; a pixel that is NaN or infinite counts as missing.',
    table(
      ['name', 'what is done'],
      Object.entries(stampPreprocessings).map(([name, { description }]) => [code(name), description]),
    ),
    `## Keras layers\n\n${list(kerasLayers)}`,
    '## Layers of a mapping file\n\nNumbers of a window are one for both directions or `[height, width]`; paddings also `[top, left, bottom, right]`. Defaults are those of PyTorch: stride and dilation 1 (the stride of a pool: its kernel), no padding.',
    table(
      ['type', '`name`', 'other keys'],
      [...layerSchemas].map(([type, schema]) => layerKeys(type, schema)),
    ),
    '## Columns of `blemish predict`\n\nWith the classes A and B; a model of one class has neither `class` nor `p_…`.',
    table(
      ['column', 'type', 'meaning'],
      columns.map(({ name, type, description }) => [code(name), type, description]),
    ),
  );
}

async function filesIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).sort();
}

async function main(): Promise<void> {
  if (process.argv.includes('--check')) {
    const stale = await stalePages();
    for (const name of stale)
      console.error(`docs/reference/${name} is out of date: run \`npm run docs\` and commit it`);
    if (stale.length > 0) process.exitCode = 1;
    return;
  }
  const pages = referencePages();
  await mkdir(referenceFolder, { recursive: true });
  for (const name of await filesIn(referenceFolder)) {
    if (!pages.has(name)) await rm(join(referenceFolder, name));
  }
  for (const [name, text] of pages) await writeFile(join(referenceFolder, name), text);
  console.log(`docs/reference: ${[...pages.keys()].join(', ')}`);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
