import { resolve } from 'node:path';
import { compareOverAnswers, comparePaired } from '@blemish/evaluate';
import type { ClassificationMetrics } from '@blemish/evaluate';
import { median } from '../outputs/median.ts';
import type { RecipeFile } from '../recipe.ts';
import type { TableRecipe } from '../table-recipe.ts';
import type { ComparedModel, SeededFigure, TableComparison } from './comparison.ts';
import { writeComparison } from './comparison-report.ts';
import type { LabelledRows } from './fit-table.ts';
import { meanSpread } from './mean-spread.ts';
import { measureRows, rowFigures } from './measure.ts';
import { answersOf, describeSetting, measuredRows, openSetting, seedsOf, settingBeside } from './setting.ts';
import type { Setting } from './setting.ts';

export interface CompareTablesOptions {
  readonly data: string | undefined;
  /** Folder for `comparison.json` and `report.html`; absent: none is written. */
  readonly out?: string | undefined;
  /** For the report. */
  readonly command?: string | undefined;
  /** Trainings of each recipe; absent: as many as the recipe says. */
  readonly seeds?: number | undefined;
  readonly bootstrap?: number | undefined;
  /** First training seed, instead of the recipes'. */
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number, message: string) => void) | undefined;
  readonly onNote?: ((note: string) => void) | undefined;
}

/**
 * Trains several recipes on one split and measures all on the same rows: the test table where there is one, else the training rows out
 * of fold, in the folds of the first recipe. Rows are decided for the likelier class by the learner's own probabilities; calibration and
 * threshold are the business of `train`. Interrupted, it gives the recipes done.
 * @throws SurveyError of the training table, and where recipes name other labels than the first
 */
export async function compareTables(
  files: readonly RecipeFile<TableRecipe>[],
  options: CompareTablesOptions,
): Promise<TableComparison> {
  const repeats = Math.max(...files.map(({ recipe }) => recipe.split.repeats));
  const first = withRepeats(files[0], repeats);
  const setting = await openSetting(first.recipe, options);
  const baseline: TableRecipe = {
    ...first.recipe,
    name: 'majority',
    steps: [],
    model: { learner: 'majority' },
  };
  const entries = [
    ...files.map((file) => withRepeats(file, repeats)).map(({ path, recipe }) => ({ path, recipe })),
    {
      path: null,
      recipe: { ...baseline, training: { ...baseline.training, seeds: 1, class_weights: undefined } },
    },
  ];
  // Groups of the first recipe: every interval is over the same ones.
  const rows = measuredRows(setting);
  const total = entries.reduce((sum, { recipe }) => sum + seedsOf(recipe, options).length, 0);
  const done: Compared[] = [];
  let fits = 0;
  for (const { path, recipe } of entries) {
    try {
      const beside = { recipe: first.recipe, setting };
      const own = await settingBeside(beside, recipe, path ?? 'majority', options);
      const result = await compareOne(recipe, path, { setting: own, rows }, options, () =>
        options.onProgress?.(++fits, total, `'${recipe.name}'`),
      );
      done.push(result);
    } catch (error) {
      if (options.signal?.aborted) break;
      throw error;
    }
  }
  const ranked = [...done].sort((a, b) => rank(b.model) - rank(a.model));
  const out = options.out === undefined || ranked.length === 0 ? null : resolve(options.out);
  const comparison: TableComparison = {
    data: options.data!,
    n: rows.x.rows,
    trained: setting.table.rows.x.rows,
    classes: rows.classes,
    models: ranked.map(({ model, answers }, k) => ({
      ...model,
      behind: k === 0 ? null : behind(rows, answers, ranked[0].answers, options),
    })),
    ...(await describeSetting(setting)),
    out,
    interrupted: options.signal?.aborted === true,
  };
  if (out !== null) {
    const probabilities = ranked.map(({ answers }) => answers[0]);
    await writeComparison(out, { comparison, rows, probabilities, files, command: options.command });
  }
  return comparison;
}

/** All in as many foldings as one of them asks for. */
function withRepeats(file: RecipeFile<TableRecipe>, repeats: number): RecipeFile<TableRecipe> {
  const { recipe } = file;
  return { ...file, recipe: { ...recipe, split: { ...recipe.split, repeats } } };
}

async function compareOne(
  recipe: TableRecipe,
  path: string | null,
  { setting, rows }: { readonly setting: Setting; readonly rows: LabelledRows },
  options: CompareTablesOptions,
  onFit: () => void,
): Promise<Compared> {
  const seeds = seedsOf(recipe, options);
  const { answers, deterministic } = await answersOf(recipe, setting, seeds, {
    signal: options.signal,
    onFit,
  });
  for (const note of answers[0].warnings) options.onNote?.(`'${recipe.name}': ${note}`);
  const { metrics } = measureRows(rows, answers[0].probabilities, {
    threshold: null,
    samples: options.bootstrap,
  });
  const bySeed = answers.map(({ probabilities }) => rowFigures(rows, probabilities));
  return {
    answers: answers.map(({ probabilities }) => probabilities),
    model: {
      name: recipe.name,
      recipe: path,
      learner: recipe.model.learner,
      auc: seeded('auc', metrics, bySeed),
      accuracy: seeded('accuracy', metrics, bySeed),
      metrics,
      seeds,
      deterministic,
      seconds: {
        fit: median(answers.map(({ fit }) => fit))!,
        predict: median(answers.map(({ predict }) => predict))!,
      },
    },
  };
}

/** The interval is of the first seed's answer. */
function seeded(
  name: string,
  first: ClassificationMetrics['metrics'],
  figures: readonly Readonly<Record<string, number | null>>[],
): SeededFigure {
  const bySeed = figures.map((each) => each[name]);
  const over = meanSpread(bySeed);
  return { ...first[name], mean: over?.mean ?? null, spread: over?.spread ?? null, bySeed };
}

/** The baseline is last whatever it reaches. */
function rank({ recipe, auc, accuracy }: Omit<ComparedModel, 'behind'>): number {
  return recipe === null ? -1 : (auc.mean ?? accuracy.mean ?? 0);
}

/** A model with its answers to the measured rows, one for each seed. */
interface Compared {
  readonly model: Omit<ComparedModel, 'behind'>;
  readonly answers: readonly Float64Array[];
}

function behind(
  { y, classes, groups }: LabelledRows,
  answers: readonly Float64Array[],
  best: readonly Float64Array[],
  { bootstrap = 1000 }: CompareTablesOptions,
): ComparedModel['behind'] {
  const options = { classes, samples: bootstrap, ...(groups === null ? {} : { groups }) };
  const { metrics, mcnemar } = comparePaired(y, answers[0], best[0], options);
  const several = answers.length === best.length && answers.length > 1;
  const names = classes.length === 2 ? ['auc', 'accuracy'] : ['accuracy'];
  return {
    auc: metrics['auc'],
    accuracy: metrics['accuracy'],
    mcnemar,
    overSeeds: several ? compareOverAnswers(y, answers, best, names, options) : null,
  };
}
