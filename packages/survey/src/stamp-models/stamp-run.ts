import { basename, join, resolve } from 'node:path';
import type { StampDescription } from '../bundle-description.ts';
import { openBundle, sha256 as hashOf, writeBundle } from '../bundle.ts';
import { writeWhole } from '../outputs/partial-file.ts';
import { renderStampReport } from '../report/stamp-report.ts';
import type { RecipeFile } from '../recipe.ts';
import type { StampRecipe } from '../stamp-recipe.ts';
import { version } from '../version.ts';
import type { FittedStamps } from './fit-stamps.ts';
import { wrongLabelsOf } from './measured-set.ts';
import { chooseDecision, measureStamps } from './measure-stamps.ts';
import type { ScoredStamps, StampFigures } from './measure-stamps.ts';
import { stampCard } from './stamp-card.ts';
import { fitStampTemperature, stampProbabilities } from './stamp-figures.ts';
import type { LabelledStamps } from './stamp-labels.ts';
import { scoreStamps } from './stamp-model.ts';
import type { StampPart, StampParts } from './stamp-parts.ts';
import { writeStampPredictions } from './stamp-predictions.ts';
import { topStamps } from './top-stamps.ts';

export interface StampRun {
  readonly out: string;
  readonly file: RecipeFile<StampRecipe>;
  readonly recipe: StampRecipe;
  /** The set as the command named it. */
  readonly data: string;
  readonly sha256: string;
  readonly stamps: LabelledStamps;
  readonly parts: StampParts;
  /** Class by text of the label column. */
  readonly labels: Readonly<Record<string, string>>;
  readonly fitted: FittedStamps;
  readonly threads: number;
  readonly notes: readonly string[];
  readonly note: (text: string) => void;
}

/** A fitted classifier, calibrated, with what it decides and does. */
export interface JudgedRun {
  readonly calibration: StampDescription['calibration'];
  readonly decision: NonNullable<StampDescription['decision']>;
  readonly validation: ScoredStamps;
  /** The stamps measured on: those held out, or of validation where there are none. */
  readonly measured: StampPart;
  readonly answers: ScoredStamps;
  readonly figures: StampFigures;
}

/** Calibrates and decides on validation stamps, measures on those held out. */
export async function judgeFitted(draft: StampDescription, run: StampRun): Promise<JudgedRun> {
  const { recipe, stamps, parts, fitted, threads } = run;
  const k = stamps.classes.length;
  const bundle = { folder: run.out, description: draft, network: fitted.bytes, sha256: '' };
  const judge = async (part: StampPart) =>
    (await scoreStamps(bundle, stamps.set, part.places, threads)).logits;
  const logits = await judge(parts.validation);
  const calibration = calibrated(logits, run);
  const scored = (part: StampPart, own: Float64Array): ScoredStamps => ({
    classes: stamps.classes,
    y: part.y,
    groups: part.groups,
    probabilities: stampProbabilities(own, k, calibration),
  });
  const validation = scored(parts.validation, logits);
  const { notes, ...decision } = chooseDecision(validation, recipe.decision);
  notes.forEach(run.note);
  const answers = parts.test === null ? validation : scored(parts.test, await judge(parts.test));
  return {
    ...{ calibration, validation, answers },
    decision: { ...decision, passes: recipe.uncertainty.passes },
    measured: parts.test ?? parts.validation,
    figures: measureStamps(answers, { ...decision, seed: recipe.seed }),
  };
}

/** Judges a fitted classifier and writes its bundle, figures and report. @returns the figures alone */
export async function writeStampRun(run: StampRun): Promise<Record<string, number | null>> {
  const { out, recipe, stamps, parts, fitted } = run;
  const folder = join(out, 'bundle');
  const draft = describeStamps(run);
  const { calibration, decision, validation, measured, answers, figures } = await judgeFitted(draft, run);
  const plain = plainFigures(figures);
  const description: StampDescription = {
    ...draft,
    ...(calibration === undefined ? {} : { calibration }),
    decision,
    ...(stamps.classes.length === 2 ? { validation: validationScores(validation) } : {}),
    validationMetrics: plain,
    measuredOn: measuredOn(run),
  };
  await writeBundle(folder, description, fitted.bytes, stampCard(description, figures));
  const { sha256 } = await openBundle(folder, 'stamp');
  const summary = {
    ...figures,
    model: description.name,
    sha256,
    set: { name: stamps.set.name, sha256: run.sha256, simulated: stamps.set.simulated, against: null },
    wrongLabels: wrongLabelsOf(description),
    measuredOn: description.measuredOn,
    about: recipe.about ?? null,
    calibration,
    decision,
    validation: plainFigures(measureStamps(validation, { ...decision, samples: 1 })),
    epochs: fitted.epochs,
    parts: {
      training: parts.training.places.length,
      validation: parts.validation.places.length,
      test: parts.test?.places.length ?? 0,
      flipped: parts.flipped.length,
      blank: stamps.blank.length,
      leftOut: stamps.leftOut,
    },
    paper: recipe.paper ?? null,
    notes: run.notes,
    provenance: description.provenance,
  };
  await writeWhole(join(out, 'metrics.json'), `${JSON.stringify(summary, null, 1)}\n`);
  await writeStampPredictions(join(out, 'predictions.parquet'), {
    ...{ description, sha256, path: stamps.set.path, places: measured.places },
    ...{ y: answers.y, groups: answers.groups, probabilities: answers.probabilities },
  });
  await writeWhole(
    join(out, 'report.html'),
    renderStampReport({
      title: recipe.name,
      description,
      sha256,
      generatedAt: new Date().toISOString(),
      command: `blemish train ${run.file.path} --data ${run.data} --out ${out}`,
      about: recipe.about ?? null,
      measuredOn: description.measuredOn!,
      figures,
      answers,
      epochs: fitted.epochs,
      paper: recipe.paper ?? null,
      examples: topStamps(stamps.set, measured.places, answers, decision.threshold),
      notes: run.notes,
    }),
  );
  return plain;
}

function calibrated(logits: Float64Array, { recipe, parts, stamps, note }: StampRun) {
  if (recipe.decision.calibration === 'none') return null;
  const fitted = fitStampTemperature(logits, parts.validation.y, stamps.classes.length);
  if (fitted.kind === 'temperature') return fitted;
  note(`not calibrated: ${fitted.reason}`);
  return null;
}

function validationScores({ y, probabilities }: ScoredStamps): NonNullable<StampDescription['validation']> {
  return {
    scores: Array.from(y, (_, i) => Number(probabilities[2 * i + 1].toPrecision(6))),
    labels: Array.from(y, (label) => (label === 1 ? 1 : 0)),
  };
}

function measuredOn({ parts, stamps }: StampRun): string {
  const { test, validation } = parts;
  return test === null
    ? `${validation.places.length} stamps of ${stamps.set.name} that chose epoch, temperature and threshold`
    : `${test.places.length} stamps of ${stamps.set.name} held out of everything`;
}

function plainFigures({ metrics }: StampFigures): Record<string, number | null> {
  return Object.fromEntries(Object.entries(metrics).map(([name, { value }]) => [name, value]));
}

/** Of what decides the training but the share of wrong labels. */
function settingsHash({ data, ...recipe }: StampRecipe): string {
  const words = { name: undefined, about: undefined, paper: undefined };
  return hashOf(JSON.stringify({ ...recipe, ...words, data: { ...data, label_noise: 0 } }));
}

/** What the bundle says before anything is judged. */
export function describeStamps({
  file,
  recipe,
  stamps,
  parts,
  labels,
  fitted,
  sha256,
  data,
}: StampRun): StampDescription {
  const { set, classes } = stamps;
  const two = classes.length === 2;
  const trained = parts.training.places.length;
  return {
    format: 1,
    name: recipe.name,
    version,
    task: 'stamp',
    trainedOn: `${trained} stamps of ${basename(resolve(data))}.${recipe.about === undefined ? '' : ` ${recipe.about}`}`,
    created: new Date().toISOString(),
    input: { channels: set.channels, height: set.height, width: set.width, layout: 'channels-first' },
    network: { input: 'image', output: 'logits' },
    preprocess: { version: 1, name: recipe.preprocess },
    classes: two ? [classes[1]] : [...classes],
    ...(two ? { negative: classes[0] } : {}),
    output: 'logit',
    labels,
    decision: { threshold: null, confidence: null, passes: recipe.uncertainty.passes },
    columns: { label: recipe.data.label, group: recipe.data.group ?? null },
    ...(fitted.architecture === null ? {} : { architecture: fitted.architecture }),
    ...(fitted.tableModel === null ? {} : { tableModel: fitted.tableModel }),
    provenance: {
      kind: 'training',
      recipe: file.path,
      recipeSha256: hashOf(file.text),
      seed: recipe.seed,
      data: {
        name: set.name,
        sha256,
        training: trained,
        validation: parts.validation.places.length,
        test: parts.test?.places.length ?? 0,
        flipped: parts.flipped.length,
      },
      settingsSha256: settingsHash(recipe),
      start: fitted.start,
      versions: { blemish: version, node: process.versions.node },
    },
  };
}
