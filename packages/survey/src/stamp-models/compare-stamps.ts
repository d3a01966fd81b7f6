import { mkdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { comparePaired } from '@blemish/evaluate';
import { SurveyError } from '../errors.ts';
import { rocPoints } from '../learning/comparison-report.ts';
import { writeWhole } from '../outputs/partial-file.ts';
import type { PaperFigures } from '../paper-figures.ts';
import { renderStampComparison } from '../report/stamp-comparison-report.ts';
import { readPaperRows } from './paper-rows.ts';
import type { PaperRows } from './paper-rows.ts';
import { readMeasured } from './read-measured.ts';
import type { MeasuredRows, MeasuredStamps, MeasuredTable } from './read-measured.ts';
import type { ComparedStampModel, LabelNoiseCurve, StampBlock, StampComparison } from './stamp-comparison.ts';

export interface CompareStampsOptions {
  /** Folder of recipes whose published figures stand beside; absent: those that runs bring along. */
  readonly paper?: string | undefined;
  /** Model, or its folder, that the others are compared with; absent: the first with answers of each block. */
  readonly reference?: string | undefined;
  /** Folder for `comparison.json` and `report.html`; absent: none is written. */
  readonly out?: string | undefined;
  readonly bootstrap?: number | undefined;
  readonly seed?: number | undefined;
  readonly command?: string | undefined;
}

/** A model of a block. */
type Entry = (MeasuredStamps | MeasuredTable) & { readonly name: string };

/**
 * Puts what `train`, `evaluate` and `finetune` left of models of stamps, and of their features, into one table, with the differences on
 * the same resamples of the stamps. Simulated and real stamps stay apart, and all models of either must have been measured on the same ones.
 * @throws SurveyError INPUT_NOT_FOUND, OPTION_INVALID, RECIPE_INVALID, TABLE_…; EVALUATION_INVALID where the stamps are others
 */
export async function compareStamps(
  folders: readonly string[],
  options: CompareStampsOptions,
): Promise<StampComparison> {
  const all = await Promise.all(folders.map(readMeasured));
  const paper = options.paper === undefined ? null : await readPaperRows(options.paper);
  const stamps = all.flatMap((each) => (each.kind === 'stamps' ? [each.figures] : []));
  const tables = all.flatMap((each) => (each.kind === 'table' ? [each.figures] : []));
  const transfers = all.flatMap((each) => (each.kind === 'finetune' ? [each.study] : []));
  const parts = [true, false]
    .map((simulated) => stamps.filter(({ set }) => set.simulated === simulated))
    .filter((part) => part.length > 0)
    .map((part): (MeasuredStamps | MeasuredTable)[] => {
      for (const other of part.slice(1)) requireSame(part[0], other);
      return part;
    });
  for (const table of tables) blockOf(table, parts).push(table);
  const named = parts.map((part) => withNames(part, folders));
  const { reference } = options;
  if (reference !== undefined && !named.flat().some((each) => isNamed(each, reference))) {
    throw new SurveyError(
      'OPTION_INVALID',
      `--reference ${reference}: the models are ${named
        .flat()
        .map(({ name }) => name)
        .join(', ')}`,
    );
  }
  const notes: string[] = [];
  const blocks = named.map((entries, b) => describeBlock(entries, b === 0, paper, options, notes));
  const out = options.out === undefined ? null : resolve(options.out);
  const comparison: StampComparison = {
    blocks,
    transfers,
    paperTransfer: paper?.transfer ?? null,
    notes,
    out,
  };
  if (out !== null) {
    await mkdir(out, { recursive: true });
    await writeWhole(join(out, 'comparison.json'), `${JSON.stringify(comparison, null, 1)}\n`);
    const curves = named.map((entries) =>
      entries.flatMap(({ name, rows, classes }) => {
        const curve = rows === null ? null : rocPoints({ ...rows, classes }, rows.probabilities);
        return curve === null ? [] : [{ label: name, curve }];
      }),
    );
    const generatedAt = new Date().toISOString();
    const command = options.command ?? `blemish compare ${folders.join(' ')}`;
    await writeWhole(
      join(out, 'report.html'),
      renderStampComparison({ comparison, curves, generatedAt, command }),
    );
  }
  return comparison;
}

/** @throws SurveyError EVALUATION_INVALID saying in what two differ */
function requireSame(first: MeasuredStamps, other: MeasuredStamps): void {
  const what = whyOther(first, other);
  if (what === null) return;
  throw new SurveyError(
    'EVALUATION_INVALID',
    `${other.model} was measured on other stamps than ${first.model} (${first.folder}): ${what}`,
    { path: join(other.folder, 'metrics.json') },
  );
}

function whyOther(first: MeasuredStamps, other: MeasuredStamps | MeasuredTable): string | null {
  if (first.classes.length !== other.classes.length)
    return `${other.classes.length} classes where there are ${first.classes.length}`;
  if (first.n !== other.n) return `${other.n} where there are ${first.n}`;
  if ('set' in other && other.set.sha256 !== first.set.sha256)
    return `the pixels or labels of '${other.set.name}' are not those of '${first.set.name}'`;
  if ('set' in other && other.set.against !== first.set.against)
    return `the truth is ${other.set.against ?? 'labels'}, not ${first.set.against ?? 'labels'}`;
  if (other.rows === null || first.rows === null) return null;
  const { places, y } = first.rows;
  const at = places.findIndex((place, i) => other.rows!.places[i] !== place || other.rows!.y[i] !== y[i]);
  return at < 0 ? null : `the ${at + 1}. is stamp ${other.rows.places[at]} of another class or place`;
}

/** The block on whose stamps the features were measured. @throws SurveyError EVALUATION_INVALID */
function blockOf(
  table: MeasuredTable,
  parts: readonly (MeasuredStamps | MeasuredTable)[][],
): (MeasuredStamps | MeasuredTable)[] {
  const path = join(table.folder, 'metrics.json');
  const whys: string[] = [];
  for (const part of parts) {
    // Stamps come first in a block. Nothing but their rows tells that features are theirs.
    const first = part.find((each) => each.rows !== null && 'set' in each) as MeasuredStamps | undefined;
    const why =
      first === undefined || table.rows === null
        ? 'there are no predictions to tell by'
        : whyOther(first, table);
    if (why === null) return part;
    whys.push(why);
  }
  throw new SurveyError(
    'EVALUATION_INVALID',
    parts.length === 0
      ? `${table.model} is a model of tables: give an evaluation of a model of stamps on the same stamps too, or recipes`
      : `${table.model} was measured on features of other stamps: ${whys.join('; ')}`,
    { path },
  );
}

/** Models by name, those of one name with their folders; in the order they were given. */
function withNames(part: readonly (MeasuredStamps | MeasuredTable)[], folders: readonly string[]): Entry[] {
  const sorted = [...part].sort((a, b) => folders.indexOf(a.folder) - folders.indexOf(b.folder));
  return sorted.map((each) => {
    const isAlone = sorted.filter(({ model }) => model === each.model).length === 1;
    return { ...each, name: isAlone ? each.model : `${each.model} (${basename(each.folder)})` };
  });
}

function isNamed({ name, model, folder }: Entry, wanted: string): boolean {
  return name === wanted || model === wanted || resolve(folder) === resolve(wanted);
}

/** @param isFirst published figures stand in the first block alone */
function describeBlock(
  entries: readonly Entry[],
  isFirst: boolean,
  paper: PaperRows | null,
  options: CompareStampsOptions,
  notes: string[],
): StampBlock {
  const stamps = entries.filter((each): each is MeasuredStamps & { name: string } => 'set' in each);
  const [{ set, n, nGroups, classes, majority }] = stamps;
  const wanted = options.reference;
  const reference =
    (wanted === undefined ? undefined : entries.find((each) => isNamed(each, wanted))) ??
    entries.find(({ rows }) => rows !== null) ??
    entries[0];
  const groups = entries.find(({ rows }) => rows?.groups)?.rows?.groups ?? null;
  const models = entries.map((each): ComparedStampModel => {
    const own = each === reference ? null : differences(each, reference, groups, options);
    return {
      ...{ name: each.name, folder: each.folder, sha256: each.sha256, metrics: each.metrics },
      paper: isFirst ? publishedOf(each, paper) : null,
      differences: typeof own === 'string' ? null : own,
      undifferenced: typeof own === 'string' ? own : null,
    };
  });
  for (const { name, undifferenced } of models)
    if (undifferenced !== null) notes.push(`${name}: no difference to ${reference.name}: ${undifferenced}`);
  const none = { folder: null, sha256: null, differences: null, undifferenced: null };
  return {
    ...{ set, n, nGroups, classes },
    reference: entries.length < 2 ? null : reference.name,
    models: [
      ...models,
      ...(isFirst ? onlyPublished(models, paper) : []),
      { ...none, name: `always “${majority.answer}”`, metrics: majority.metrics, paper: null },
    ],
    labelNoise: labelNoiseCurves(stamps),
  };
}

function publishedOf(entry: Entry, paper: PaperRows | null): PaperFigures | null {
  const own = 'paper' in entry ? (entry.paper ?? null) : null;
  return paper?.models.get(entry.model) ?? own;
}

/** Models of the paper that none here follows. Several recipes may follow one of them. */
function onlyPublished(
  models: readonly ComparedStampModel[],
  paper: PaperRows | null,
): readonly ComparedStampModel[] {
  const key = (figures: PaperFigures) => JSON.stringify([figures.title, figures.figures]);
  const shown = new Set(models.flatMap((each) => (each.paper === null ? [] : [key(each.paper)])));
  const rows: ComparedStampModel[] = [];
  // The shortest name of several is the recipe that changes nothing.
  const byLength = [...(paper?.models ?? [])].sort(([a], [b]) => a.length - b.length);
  for (const [name, figures] of byLength) {
    if (shown.has(key(figures))) continue;
    shown.add(key(figures));
    const none = { folder: null, sha256: null, metrics: null, differences: null, undifferenced: null };
    rows.push({ ...none, name, paper: figures });
  }
  return rows;
}

/** Differences to the reference, or why there are none. */
function differences(
  entry: Entry,
  reference: Entry,
  groups: MeasuredRows['groups'],
  { bootstrap = 1000, seed = 0 }: CompareStampsOptions,
): ComparedStampModel['differences'] | string {
  const without = [entry, reference].find(({ rows }) => rows === null);
  if (without !== undefined) return `${without.folder} has no predictions.parquet`;
  if (groups === null && (entry.nGroups !== null || reference.nGroups !== null))
    return 'the groups of the stamps are in none of the predictions; evaluate again';
  const [own, other] = [entry.rows!, reference.rows!];
  const { metrics } = comparePaired(own.y, own.probabilities, other.probabilities, {
    classes: entry.classes,
    ...{ samples: bootstrap, seed },
    ...(groups === null ? {} : { groups }),
    ...(entry.classes.length === 2
      ? { thresholds: [entry.threshold ?? 0.5, reference.threshold ?? 0.5] as const }
      : {}),
  });
  return metrics;
}

/** Models that differ in the share of wrong labels alone, where there are several. */
function labelNoiseCurves(
  stamps: readonly (MeasuredStamps & { readonly name: string })[],
): LabelNoiseCurve[] {
  const settings = new Set(stamps.flatMap(({ wrongLabels }) => wrongLabels?.settingsSha256 ?? []));
  return [...settings].flatMap((wanted) => {
    const points = stamps.flatMap(({ name, metrics, wrongLabels }) =>
      wrongLabels?.settingsSha256 === wanted
        ? [{ name, metrics, wrong: wrongLabels.flipped / wrongLabels.training }]
        : [],
    );
    if (points.length < 2 || points.every(({ wrong }) => wrong === 0)) return [];
    return [{ points: points.sort((a, b) => a.wrong - b.wrong) }];
  });
}
