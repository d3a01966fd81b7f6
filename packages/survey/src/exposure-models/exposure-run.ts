import { basename, join, resolve } from 'node:path';
import { openBundle, sha256 as hashOf } from '../bundle.ts';
import type { ExposureDescription } from '../bundle-description.ts';
import type { ExposureRecipe } from '../exposure-recipe.ts';
import { writeWhole } from '../outputs/partial-file.ts';
import type { RecipeFile } from '../recipe.ts';
import { renderExposureReport } from '../report/exposure-report.ts';
import { version } from '../version.ts';
import { chooseExposureDecision, fitReasons } from './decide.ts';
import type { DrawnLabels } from './draw-labels.ts';
import { fitEvidence } from './evidence.ts';
import type { Evidence, Reference } from './evidence.ts';
import { writeExposureBundle } from './exposure-bundle.ts';
import type { ExposureParts } from './exposure-bundle.ts';
import { exposureCard } from './exposure-card.ts';
import { writeExposurePredictions } from './exposure-predictions.ts';
import type { ExposureSet } from './exposure-set.ts';
import { fitExposures } from './fit-exposures.ts';
import type { FittedExposures } from './fit-exposures.ts';
import type { HeadContext } from './head-types.ts';
import { measureExposures } from './measure-exposures.ts';
import type { ExposureFigures, JudgedExposure } from './measure-exposures.ts';
import { decideExposure } from './roll-up.ts';
import { randomSeed } from './set-inputs.ts';
import type { SetInputs } from './set-inputs.ts';

export interface ExposureRun {
  readonly out: string;
  readonly file: RecipeFile<ExposureRecipe>;
  readonly recipe: ExposureRecipe;
  /** The set as the command named it. */
  readonly data: string;
  readonly set: ExposureSet;
  readonly labels: DrawnLabels;
  readonly inputs: SetInputs;
  readonly threads: number;
  readonly signal?: AbortSignal | undefined;
  readonly notes: readonly string[];
  readonly note: (text: string) => void;
  readonly onProgress: (done: number, total: number) => void;
}

/** Fits, decides, measures out of fold, and writes bundle, figures and report. @returns the figures alone */
export async function writeExposureRun(run: ExposureRun): Promise<Record<string, number | null>> {
  const { out, recipe, labels, inputs, set, note, threads, signal } = run;
  const context: HeadContext = {
    ...{ seed: recipe.seed, threads, signal, onNote: note },
    folder: join(out, 'checkpoints'),
  };
  const fitted = await fitExposures(recipe, labels, inputs.rows, { ...context, onProgress: run.onProgress });
  const references = fitted.places.map((row): Reference => {
    const exposure = exposureOfRow(set, row);
    return { exposure: exposure.name, ccd: set.ccds[row], category: exposure.reasons![0] };
  });
  const evidence = await evidenceOf(run, fitted, references, context);
  const decided =
    fitted.judged === null
      ? untestedDecision(recipe, note)
      : chooseExposureDecision(fitted.judged, recipe.decision);
  decided.notes.forEach(note);
  const reasons = fitted.judged === null ? null : fitReasons(fitted.judged);
  const judged = judgedExposures(fitted, labels, decided.decision, reasons);
  const { categories } = labels;
  const figures =
    judged.length === 0
      ? null
      : measureExposures(judged, { ...decided.decision, categories, seed: recipe.seed });
  const plain = figures === null ? {} : { ...plainFigures(figures), coverage: figures.coverage.value };
  const measuredOn = `${judged.length} labelled exposures of ${set.name}, each by heads that have not seen it`;
  const parts: ExposureParts = {
    ...{ heads: fitted.heads, encoder: inputs.encoder, evidence, references },
    description: {
      ...describe(run, fitted),
      ...{ reasons, measuredOn, validationMetrics: plain },
      decision: decided.decision,
      validation: decided.validation,
    },
  };
  const about = aboutOf(recipe, set);
  const description = await writeExposureBundle(
    join(out, 'bundle'),
    parts,
    exposureCard(parts.description, figures),
  );
  const { sha256 } = await openBundle(join(out, 'bundle'), 'exposure');
  const summary = {
    ...(figures ?? {}),
    measuredOn,
    about,
    weights: fitted.weights,
    temperature: fitted.temperature,
    decision: decided.decision,
    labels: labels.counts,
    paper: recipe.paper ?? null,
    notes: run.notes,
    provenance: description.provenance,
  };
  await writeWhole(join(out, 'metrics.json'), `${JSON.stringify(summary, null, 1)}\n`);
  await writeExposurePredictions(join(out, 'predictions.parquet'), categories, judged, {
    model: description.name,
    model_sha256: sha256,
    measured_on: measuredOn,
  });
  if (figures !== null) {
    await writeWhole(
      join(out, 'report.html'),
      renderExposureReport({
        ...{ title: recipe.name, description, sha256, figures, about, measuredOn, notes: run.notes },
        generatedAt: new Date().toISOString(),
        command: `blemish train ${run.file.path} --data ${run.data} --out ${out}`,
        paper: recipe.paper ?? null,
        judged,
      }),
    );
  }
  for (const head of fitted.heads) await head.close();
  await evidence?.close();
  return plain;
}

/** What the set says of itself stands in every report, whatever the recipe says. */
export function aboutOf({ about }: Pick<ExposureRecipe, 'about'>, { simulated }: ExposureSet): string | null {
  if (!simulated || /simulat/i.test(about ?? '')) return about ?? null;
  return `${about === undefined ? '' : `${about} `}Simulated exposures: no real pixel.`;
}

/** Labelled exposures as their model judges them by heads that have not seen them. */
export function judgedExposures(
  { judged, judgedPlaces }: FittedExposures,
  { exposures, categories }: DrawnLabels,
  decision: ExposureDescription['decision'],
  reasons: ExposureDescription['reasons'],
): JudgedExposure[] {
  if (judged === null) return [];
  const k = categories.length;
  return judgedPlaces.map((place, e) => ({
    exposure: exposures[place],
    judgement: decideExposure(judged.probabilities.slice(e * k, (e + 1) * k), judged.bad[e], {
      ...{ categories: [...categories], reasons, decision },
    }),
  }));
}

async function evidenceOf(
  { recipe, inputs, note }: ExposureRun,
  { labelled }: FittedExposures,
  references: readonly Reference[],
  context: HeadContext,
): Promise<Evidence | null> {
  const input = recipe.evidence.input ?? recipe.members[0].inputs[0];
  try {
    return await fitEvidence(input, { ...labelled, references }, inputs.rows, recipe.evidence, context);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    note(`no neighbours and no novelty: ${error.message}`);
    return null;
  }
}

/** Where no labelled exposure could be judged by heads that have not seen it. */
function untestedDecision({ decision }: ExposureRecipe, note: (text: string) => void) {
  note('no category has two labelled exposures: weights, calibration and decision are not fitted');
  return {
    decision: {
      moreThan: decision.more_than === 'chosen' ? 0 : decision.more_than,
      probability: decision.probability ?? 0.5,
      confidence: null,
      accuracy: decision.accuracy,
      falsePer100: decision.false_per_100,
    },
    validation: { scores: [], labels: [] },
    notes: [],
  };
}

function describe(
  { file, recipe, set, labels, inputs, data }: ExposureRun,
  fitted: FittedExposures,
): Omit<
  ExposureParts['description'],
  'reasons' | 'decision' | 'validation' | 'measuredOn' | 'validationMetrics'
> {
  const about = aboutOf(recipe, set);
  return {
    format: 1,
    name: recipe.name,
    version,
    task: 'exposure',
    trainedOn: `${labels.exposures.length} labelled exposures of ${basename(resolve(data))}.${about === null ? '' : ` ${about}`}`,
    created: new Date().toISOString(),
    categories: [...labels.categories],
    views: set.views,
    columns: {
      statistics: [...inputs.maker.columns.statistics],
      header: [...inputs.maker.columns.header],
      bands: [...inputs.maker.columns.bands],
      bin: inputs.maker.columns.bin,
    },
    randomSeed,
    members: recipe.members.map((member, m) => ({
      name: memberName(member),
      inputs: member.inputs,
      learner: member.learner,
      weight: fitted.weights[m],
    })),
    temperature: fitted.temperature,
    paper: recipe.paper ?? null,
    provenance: {
      recipe: file.path,
      recipeSha256: hashOf(file.text),
      seed: recipe.seed,
      data: {
        name: set.name,
        sha256: set.sha256,
        simulated: set.simulated,
        exposures: set.exposures.length,
        ccds: set.stamps.count,
        labels: { ...labels.counts },
      },
      versions: { blemish: version, node: process.versions.node },
    },
  };
}

export function memberName({ name, learner, inputs }: ExposureRecipe['members'][number]): string {
  return name ?? `${learner} on ${inputs.join(' + ')}`;
}

export function plainFigures({ metrics }: Pick<ExposureFigures, 'metrics'>): Record<string, number | null> {
  return Object.fromEntries(Object.entries(metrics).map(([name, { value }]) => [name, value]));
}

function exposureOfRow({ exposures }: ExposureSet, row: number) {
  return exposures.find(({ rows }) => rows.includes(row))!;
}
