import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { flipLabels } from '@blemish/evaluate';
import { Rng } from '@blemish/sky';
import { openBundle } from '../bundle.ts';
import type { Bundle } from '../bundle.ts';
import { SurveyError } from '../errors.ts';
import { writeWhole } from '../outputs/partial-file.ts';
import type { RecipeFile } from '../recipe.ts';
import { renderFinetuneReport } from '../report/finetune-report.ts';
import type { StampRecipe } from '../stamp-recipe.ts';
import { readStampSet, stampSetHash } from '../stamps/read-stamp-set.ts';
import { needDevice, startRun } from '../training/run-folder.ts';
import { shuffle } from '../training/shuffle.ts';
import type { TrainOptions, TrainResult } from '../training/train-ccd.ts';
import type { FinetunePoint } from './finetune-point.ts';
import { measureStamps } from './measure-stamps.ts';
import { stampProbabilities } from './stamp-figures.ts';
import { fitStamps } from './fit-stamps.ts';
import { labelNames, labelStamps, textColumns } from './stamp-labels.ts';
import type { LabelledStamps } from './stamp-labels.ts';
import { classesOf, scoreStamps } from './stamp-model.ts';
import { stampParts } from './stamp-parts.ts';
import type { StampPart, StampParts } from './stamp-parts.ts';
import { describeStamps, judgeFitted, writeStampRun } from './stamp-run.ts';
import { withAbout } from './train-stamps.ts';

export interface FinetuneOptions extends Omit<TrainOptions, 'data'> {
  readonly data: string;
}

const runFiles = ['recipe.toml', 'points', 'model', 'metrics.json', 'report.html'];
const drawStream = 97_000_000;
/** Of the labels used, the share that choose epoch and temperature. */
const choosing = 0.2;

/**
 * Trains a model further on stamps of another survey, with few labels and with more, only its last layer and all of it, and beside that
 * from a start at random; every training is measured on the same stamps held out. The run holds `points/`, `metrics.json`, `report.html`
 * and `model/`, a run of its own: the model of the most labels with nothing frozen, or of what the recipe has instead. Interrupted, it goes on with `resume`.
 * @throws SurveyError as `trainStamps`
 */
export async function finetuneStamps(
  model: string,
  file: RecipeFile<StampRecipe>,
  options: FinetuneOptions,
): Promise<TrainResult & { readonly points: readonly FinetunePoint[] }> {
  const { signal, resume = false, device = 'cpu' } = options;
  const { onProgress = () => undefined, onNote = () => undefined } = options;
  await needDevice(device);
  const start = await openBundle(model, 'stamp');
  const asked = fromModel(
    options.seed === undefined ? file.recipe : { ...file.recipe, seed: options.seed },
    start,
    file.path,
  );
  const set = await readStampSet(options.data, textColumns(asked.data));
  const recipe = withAbout(asked, set);
  const stamps = labelStamps(set, recipe.data, recipe.preprocess);
  const parts = stampParts(stamps, { ...recipe, data: { ...recipe.data, label_noise: 0, limit: undefined } });
  if (parts.test === null) {
    throw new SurveyError('RECIPE_INVALID', 'data.split.test is 0: the study needs stamps to measure on', {
      path: file.path,
    });
  }
  const out = resolve(options.out ?? join('runs', recipe.name));
  const { text } = file;
  await startRun({ out, text, seed: recipe.seed, resume, force: options.force, files: runFiles });
  const threads = availableParallelism();
  const points: FinetunePoint[] = [await zeroShot(start, stamps, parts.test, recipe, threads)];
  const notes: string[] = [];
  const note = (text: string): void => {
    if (!notes.includes(text)) onNote(text);
    notes.push(text);
  };
  const pool = parts.training.places.length + parts.validation.places.length;
  const tasks = recipe.finetune.labels
    .filter((labels) => {
      if (labels > pool) note(`${labels} labels are more than the ${pool} there are to train with: left out`);
      return labels <= pool;
    })
    .flatMap((labels) => recipe.finetune.modes.map((mode) => ({ labels, mode })));
  const stopped = { out, interrupted: true, metrics: {}, points };
  const kept = keptTask(tasks);
  for (const [t, task] of tasks.entries()) {
    const folder = join(out, 'points', `${task.mode}-${task.labels}`);
    const result = join(folder, 'result.json');
    const last = task === kept;
    if (!last && existsSync(result)) {
      points.push(JSON.parse(await readFile(result, 'utf8')) as FinetunePoint);
      continue;
    }
    const own = recipeOf(recipe, task.mode, model);
    const few = fewLabels(stamps, parts, task.labels, own);
    try {
      const fitted = await fitStamps({
        ...{ recipe: own, stamps, parts: few, device, signal, threads, seed: own.seed },
        folder,
        onProgress: (done, total, message) =>
          onProgress({
            done: t * total + done,
            total: tasks.length * total,
            message: `${task.labels} labels, ${task.mode}, ${message}`,
          }),
        onNote: note,
      });
      if (fitted === null) return stopped;
      const run = {
        ...{ out, file, recipe: own, stamps, fitted, threads, notes, note, data: options.data },
        parts: { ...few, test: parts.test },
        labels: labelNames(set, recipe.data).labels,
        sha256: stampSetHash(set, recipe.data.label),
      };
      const { figures } = await judgeFitted(describeStamps(run), run);
      const point: FinetunePoint = { ...task, metrics: figures.metrics };
      await writeWhole(result, `${JSON.stringify(point, null, 1)}\n`);
      if (last) await writeStampRun({ ...run, out: join(out, 'model') });
      points.push(point);
    } catch (error) {
      if (signal?.aborted) return stopped;
      throw error;
    }
  }
  await writeWhole(
    join(out, 'metrics.json'),
    `${JSON.stringify({ start: start.description.name, startSha256: start.sha256, set: set.name, simulated: set.simulated, tested: parts.test.places.length, about: recipe.about ?? null, points, paper: recipe.paper ?? null, notes }, null, 1)}\n`,
  );
  await writeWhole(
    join(out, 'report.html'),
    renderFinetuneReport({
      title: recipe.name,
      generatedAt: new Date().toISOString(),
      command: `blemish finetune ${model} --recipe ${file.path} --data ${options.data} --out ${out}`,
      about: recipe.about ?? null,
      start: { name: start.description.name, sha256: start.sha256, trainedOn: start.description.trainedOn },
      set: set.name,
      tested: parts.test.places.length,
      points,
      paper: recipe.paper ?? null,
      notes,
    }),
  );
  const auc = points.at(-1)?.metrics['auc'].value ?? null;
  return { out, interrupted: false, metrics: { auc }, points };
}

/** The recipe with the network and the preprocessing of the model it starts from. @throws SurveyError RECIPE_INVALID, MODEL_INVALID */
function fromModel(recipe: StampRecipe, { description, folder }: Bundle<'stamp'>, path: string): StampRecipe {
  const { architecture, preprocess } = description;
  if (architecture === undefined) {
    throw new SurveyError('MODEL_INVALID', 'is no network trained here: only such can be trained further', {
      path: folder,
    });
  }
  const { model } = recipe;
  if (model.learner !== 'cnn' || (model.network !== undefined && model.network !== architecture.name)) {
    const what = model.learner === 'cnn' ? `network '${model.network}'` : `learner '${model.learner}'`;
    throw new SurveyError(
      'RECIPE_INVALID',
      `model: ${what} where the model is the network '${architecture.name}'`,
      {
        path,
      },
    );
  }
  return {
    ...recipe,
    preprocess: preprocess.name,
    model: { ...model, network: architecture.name, dropout: model.dropout ?? architecture.dropout },
  };
}

function recipeOf(recipe: StampRecipe, mode: FinetunePoint['mode'], start: string): StampRecipe {
  return {
    ...recipe,
    model: {
      ...recipe.model,
      start: mode === 'scratch' ? undefined : start,
      freeze: mode === 'features' ? 'features' : 'nothing',
    },
  };
}

/** The training whose model is kept: most labels, nothing frozen where that is among them. */
function keptTask(tasks: readonly { readonly labels: number; readonly mode: string }[]) {
  const most = Math.max(...tasks.map(({ labels }) => labels));
  const last = tasks.filter(({ labels }) => labels === most);
  return last.find(({ mode }) => mode === 'nothing') ?? last.at(-1);
}

/** The model as it comes, on the stamps held out. @throws SurveyError RECIPE_INVALID where its classes are others */
async function zeroShot(
  start: Bundle<'stamp'>,
  stamps: LabelledStamps,
  test: StampPart,
  { seed }: StampRecipe,
  threads: number,
): Promise<FinetunePoint> {
  const { description } = start;
  const known = classesOf(description);
  if (known.join() !== stamps.classes.join()) {
    throw new SurveyError(
      'RECIPE_INVALID',
      `the classes are ${stamps.classes.join(', ')}, those of ${description.name} ${known.join(', ')}: name them alike and in this order (data.classes, data.positive)`,
    );
  }
  const { logits } = await scoreStamps(start, stamps.set, test.places, threads);
  const probabilities = stampProbabilities(logits, known.length, description.calibration ?? null);
  const scored = { classes: known, y: test.y, groups: test.groups, probabilities };
  const options = { threshold: description.decision?.threshold ?? null, confidence: null, seed };
  return { labels: 0, mode: 'zero-shot', metrics: measureStamps(scored, options).metrics };
}

/** So many labels of those not held out, every class in its share; more labels hold the fewer. */
function fewLabels(
  stamps: LabelledStamps,
  parts: StampParts,
  labels: number,
  { seed, data }: StampRecipe,
): StampParts {
  const { training, validation } = parts;
  const all = (key: 'places' | 'y') => [...training[key], ...validation[key]];
  const [places, y] = [all('places'), all('y')];
  const groups = training.groups === null ? null : [...training.groups, ...validation.groups!];
  const rows = { training: [] as number[], validation: [] as number[] };
  const partOf = new Map<string, 'training' | 'validation'>();
  for (const c of stamps.classes.keys()) {
    const own = shuffle(
      Array.from(y.keys()).filter((i) => y[i] === c),
      new Rng(seed, drawStream + c),
    );
    const count = Math.max(2, Math.round((labels * own.length) / y.length));
    // Every fifth chooses, so that a larger number keeps the part of each label; a group stays where its first label is.
    for (const [at, row] of own.slice(0, count).entries()) {
      const group = groups?.[row] ?? `row ${row}`;
      const name = partOf.get(group) ?? (at % Math.round(1 / choosing) === 1 ? 'validation' : 'training');
      partOf.set(group, name);
      rows[name].push(row);
    }
  }
  const part = (own: readonly number[]): StampPart => ({
    places: Int32Array.from(own, (row) => places[row]),
    y: Int32Array.from(own, (row) => y[row]),
    groups: groups === null ? null : own.map((row) => groups[row]),
  });
  const clean = part(rows.training);
  const noisy = flipLabels(clean.y, stamps.classes.length, data.label_noise, seed);
  return {
    training: { ...clean, y: Int32Array.from(noisy.labels) },
    validation: part(rows.validation),
    test: parts.test,
    flipped: Int32Array.from(noisy.flipped, (i) => clean.places[i]),
  };
}
