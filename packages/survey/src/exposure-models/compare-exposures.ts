import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { SurveyError } from '../errors.ts';
import type { ExposureRecipe, LabelsPerClass } from '../exposure-recipe.ts';
import { writeWhole } from '../outputs/partial-file.ts';
import type { RecipeFile } from '../recipe.ts';
import { renderExposureComparison } from '../report/exposure-comparison-report.ts';
import type { InputRows } from './ccd-inputs.ts';
import { chooseRows } from './ccd-inputs.ts';
import { combine } from './combine.ts';
import { chooseExposureDecision } from './decide.ts';
import { drawLabels } from './draw-labels.ts';
import { readExposureSet, single } from './exposure-set.ts';
import type { ExposureSet, SetExposure } from './exposure-set.ts';
import { fitExposures, judgedOf } from './fit-exposures.ts';
import type { HeadContext } from './head-types.ts';
import { compareAnswers, meanFigures } from './exposure-comparison.ts';
import type { ComparedAnswers, ExposureComparison, LevelFigures } from './exposure-comparison.ts';
import { aboutOf } from './exposure-run.ts';
import { exposureScore } from './roll-up.ts';
import { openSetInputs } from './set-inputs.ts';
import { settledRecipe } from './train-exposures.ts';

export interface CompareExposuresOptions {
  /** Folder with the sets `train` and `test`. */
  readonly data: string;
  readonly encoder?: string | undefined;
  /** Folder for `comparison.json`, `report.html` and embeddings; absent: none is kept. */
  readonly out?: string | undefined;
  readonly command?: string | undefined;
  /** Draws of the labels at each level; absent: as the recipes say. */
  readonly seeds?: number | undefined;
  readonly bootstrap?: number | undefined;
  /** First draw, instead of the recipes'. */
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number, message: string) => void) | undefined;
  readonly onNote?: ((note: string) => void) | undefined;
}

/**
 * Trains recipes on draws of few labels from one set and measures all on the exposures of another: each recipe's figures against the number
 * of labels, and every pair's differences at the first recipe's number, with intervals over the test exposures. Interrupted, it gives the
 * recipes done.
 * @throws SurveyError OPTION_INVALID, DATASET_SEEN, RECIPE_INVALID, STAMP_SET_INVALID, STAMP_SHAPE, TABLE_…, MODEL_…
 */
export async function compareExposures(
  files: readonly RecipeFile<ExposureRecipe>[],
  options: CompareExposuresOptions,
): Promise<ExposureComparison> {
  const { signal, onNote = () => undefined } = options;
  const recipes = files.map((file) => ({ file, recipe: settledRecipe(file, options) }));
  const [{ recipe: first }] = recipes;
  const train = await readExposureSet(join(options.data, 'train'), first.data.labels);
  const test = await readExposureSet(join(options.data, 'test'));
  checkSets(train, test);
  train.notes.forEach(onNote);
  const out = options.out === undefined ? null : resolve(options.out);
  if (out !== null) await mkdir(out, { recursive: true });
  const scratch = await mkdtemp(join(out ?? tmpdir(), '.compare-'));
  const measured = single(test.exposures);
  const jobs = recipes.map(({ recipe }) => trainingsOf(recipe, options.seeds));
  const total = jobs.reduce((sum, own) => sum + own.length, 0);
  let done = 0;
  const models: ComparedAnswers[] = [];
  let y: Int32Array | null = null;
  let categories: readonly string[] = [];
  try {
    for (const [r, { file, recipe }] of recipes.entries()) {
      const answers = await answersOf(
        { file, recipe },
        { train, test, measured },
        {
          ...{ cache: out ?? scratch, scratch, jobs: jobs[r], signal, onNote },
          onDone: () => options.onProgress?.(++done, total, `'${recipe.name}'`),
        },
      ).catch((error: unknown) => {
        if (signal?.aborted) return null;
        throw error;
      });
      if (answers === null) break;
      y ??= answers.y;
      categories = answers.categories;
      models.push(answers);
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  const comparison: ExposureComparison = {
    data: options.data,
    about: aboutOf(first, test),
    measuredOn: `${measured.length} exposures of ${test.name} with one reason`,
    ...compareAnswers(models, {
      ...{ y: y ?? new Int32Array(0), categories, groups: measured.map(({ group }) => group) },
      ...{
        level: first.data.labels_per_class,
        accuracy: first.decision.accuracy,
        samples: options.bootstrap,
      },
    }),
    paper: first.paper ?? null,
    interrupted: signal?.aborted === true,
    out,
  };
  if (out !== null && models.length > 0) {
    await writeWhole(join(out, 'comparison.json'), `${JSON.stringify(comparison, null, 1)}\n`);
    await writeWhole(
      join(out, 'report.html'),
      renderExposureComparison(comparison, {
        command: options.command ?? 'blemish compare',
        recipes: files,
        sets: [train, test],
        generatedAt: new Date().toISOString(),
      }),
    );
  }
  return comparison;
}

/** @throws SurveyError DATASET_SEEN, STAMP_SHAPE */
function checkSets(train: ExposureSet, test: ExposureSet): void {
  const names = new Set(train.exposures.map(({ name }) => name));
  const twice = test.exposures.filter(({ name }) => names.has(name));
  if (train.sha256 === test.sha256 || twice.length > 0) {
    const which = twice.length > 0 ? ` (${twice.length} exposures, such as ${twice[0].name})` : '';
    throw new SurveyError('DATASET_SEEN', `shares exposures with ${train.path}${which}`, { path: test.path });
  }
  if (JSON.stringify(train.views) !== JSON.stringify(test.views)) {
    throw new SurveyError('STAMP_SHAPE', 'was made with other settings of views than the set to train on', {
      path: test.path,
    });
  }
  if (single(test.exposures).length === 0) {
    throw new SurveyError('TABLE_LABELS', 'no exposure with one reason: nothing to measure', {
      path: test.path,
    });
  }
}

interface Training {
  readonly level: LabelsPerClass;
  readonly draw: number;
}

/** Levels with their draws; all labels can be drawn in one way only. */
function trainingsOf({ data }: ExposureRecipe, draws = data.draws): readonly Training[] {
  const levels = [...new Set([...data.levels, data.labels_per_class])];
  return levels.flatMap((level) =>
    Array.from({ length: level === 'all' ? 1 : draws }, (_, draw) => ({ level, draw })),
  );
}

async function answersOf(
  { file, recipe }: { readonly file: RecipeFile<ExposureRecipe>; readonly recipe: ExposureRecipe },
  sets: {
    readonly train: ExposureSet;
    readonly test: ExposureSet;
    readonly measured: readonly SetExposure[];
  },
  run: {
    readonly cache: string;
    readonly scratch: string;
    readonly jobs: readonly Training[];
    readonly signal: AbortSignal | undefined;
    readonly onNote: (note: string) => void;
    readonly onDone: () => void;
  },
): Promise<ComparedAnswers & { readonly y: Int32Array; readonly categories: readonly string[] }> {
  const threads = availableParallelism();
  const { path } = file;
  const train = await openSetInputs(sets.train, recipe, { threads, path, cache: run.cache });
  const { columns } = train.maker;
  const test = await openSetInputs(sets.test, recipe, { threads, path, cache: run.cache, columns });
  const levels: LevelFigures[] = [];
  const answers = new Map<LabelsPerClass, Float64Array[]>();
  const { categories } = drawLabels(sets.train, recipe.data, recipe.seed, 'all');
  const y = Int32Array.from(sets.measured, ({ reasons }) => {
    const c = categories.indexOf(reasons![0]);
    if (c >= 0) return c;
    throw new SurveyError(
      'TABLE_LABELS',
      `holds the category ${reasons![0]}, of which the set to train on has no label`,
      {
        path: sets.test.path,
      },
    );
  });
  try {
    for (const { level, draw } of run.jobs) {
      const seed = recipe.seed + draw;
      const folder = join(run.scratch, `${recipe.name}-${level}-${draw}`);
      const context: HeadContext = { seed, threads, signal: run.signal, folder, onNote: () => undefined };
      const labels = drawLabels(sets.train, recipe.data, seed, level);
      const found = await answer(
        recipe,
        labels,
        { train: train.rows, test: test.rows },
        sets.measured,
        y,
        context,
      );
      await rm(folder, { recursive: true, force: true });
      levels.push({ level, draw, exposures: labels.exposures.length, ...found.figures });
      answers.set(level, [...(answers.get(level) ?? []), found.probabilities]);
      if (draw === 0)
        labels.notes.forEach((note) => run.onNote(`'${recipe.name}', ${level} a category: ${note}`));
      run.onDone();
    }
  } finally {
    await train.close();
    await test.close();
  }
  return { name: recipe.name, recipe: path, levels, answers, y, categories };
}

/** One training, and what it says of the test exposures. */
async function answer(
  recipe: ExposureRecipe,
  labels: Parameters<typeof fitExposures>[1],
  rows: { readonly train: InputRows; readonly test: InputRows },
  measured: readonly SetExposure[],
  y: Int32Array,
  context: HeadContext,
) {
  const fitted = await fitExposures(recipe, labels, rows.train, context);
  const places = measured.flatMap((exposure) => exposure.rows);
  let from = 0;
  const of = measured.map((exposure) => exposure.rows.map(() => from++));
  const chosen = chooseRows(rows.test, places);
  const found = [];
  for (const head of fitted.heads) {
    found.push(await head.predict(chosen));
    await head.close();
  }
  const ccds = combine(found, fitted.weights);
  const { probabilities, bad } = judgedOf(ccds, of, y, labels.categories, fitted.temperature);
  const { categories } = labels;
  const review =
    fitted.judged === null
      ? null
      : reviewed(chooseExposureDecision(fitted.judged, recipe.decision).decision, bad, y);
  return {
    probabilities,
    figures: {
      ...meanFigures(y, [probabilities], categories, recipe.decision.accuracy),
      review,
      weights: fitted.weights,
    },
  };
}

function reviewed(
  { moreThan, probability }: { readonly moreThan: number; readonly probability: number },
  bad: readonly (readonly number[])[],
  y: Int32Array,
): LevelFigures['review'] {
  const flagged = bad.map((ccds) => exposureScore(ccds, moreThan) >= probability);
  const share = (is: (c: number) => boolean) => {
    const own = flagged.filter((_, e) => is(y[e]));
    return own.length === 0 ? null : own.filter(Boolean).length / own.length;
  };
  return { good: share((c) => c === 0), bad: share((c) => c !== 0) };
}
