import { bootstrapMany, coverageAtAccuracy, measureOverAnswers } from '@blemish/evaluate';
import type { Interval, Measure } from '@blemish/evaluate';
import type { ExposureRecipe, LabelsPerClass } from '../exposure-recipe.ts';
import { sureness } from './measure-exposures.ts';

/** Figures that models are compared by, in this order wherever there are several. */
export const comparedFigures = ['accuracy', 'f1', 'coverage'] as const;
export type ComparedFigure = (typeof comparedFigures)[number];

/** One training of a recipe, measured on the test exposures. */
export interface LevelFigures extends Readonly<Record<ComparedFigure, number | null>> {
  readonly level: LabelsPerClass;
  readonly draw: number;
  /** Labelled exposures it learned from. */
  readonly exposures: number;
  /** Share on the review list of good exposures and of the others; null where no decision could be fitted. */
  readonly review: { readonly good: number | null; readonly bad: number | null } | null;
  /** Of the members. */
  readonly weights: readonly number[];
}

/** A recipe with its answers to the test exposures. */
export interface ComparedAnswers {
  readonly name: string;
  readonly recipe: string;
  readonly levels: readonly LevelFigures[];
  /** [exposures, categories] of each draw. */
  readonly answers: ReadonlyMap<LabelsPerClass, readonly Float64Array[]>;
}

/** Several recipes on the same test exposures. Plain JSON. */
export interface ExposureComparison {
  readonly data: string;
  readonly about: string | null;
  readonly measuredOn: string;
  readonly n: number;
  readonly categories: readonly string[];
  /** Labels per class of figures and differences. */
  readonly level: LabelsPerClass;
  /** Accuracy at which coverage is measured. */
  readonly accuracy: number;
  /** Accuracy of always answering the commonest category of the test exposures. */
  readonly majority: number;
  readonly models: readonly {
    readonly name: string;
    readonly recipe: string;
    /** Means over the draws at the level, intervals over the test exposures. */
    readonly figures: Readonly<Record<ComparedFigure, Interval>>;
    readonly levels: readonly LevelFigures[];
  }[];
  /** Of each pair, means over the draws that both have: first minus second. */
  readonly differences: readonly {
    readonly of: readonly [string, string];
    readonly figures: Readonly<Record<ComparedFigure, Interval>>;
  }[];
  readonly paper: ExposureRecipe['paper'] | null;
  readonly interrupted: boolean;
  readonly out: string | null;
}

export interface CompareAnswersOptions {
  readonly y: Int32Array;
  readonly categories: readonly string[];
  readonly groups: readonly string[];
  readonly level: LabelsPerClass;
  readonly accuracy: number;
  readonly samples?: number | undefined;
}

/** Intervals of all recipes and all pairs on the same resamples of the test exposures. */
export function compareAnswers(
  models: readonly ComparedAnswers[],
  { y, categories, groups, level, accuracy, samples = 1000 }: CompareAnswersOptions,
): Pick<
  ExposureComparison,
  'n' | 'categories' | 'level' | 'accuracy' | 'majority' | 'models' | 'differences'
> {
  const pairs = models.flatMap((_, a) => models.slice(a + 1).map((__, k) => [a, a + 1 + k] as const));
  const measures = models.map(({ answers }) =>
    (answers.get(level) ?? []).map((each) => figuresOf(y, [each], categories, accuracy)),
  );
  const width = comparedFigures.length;
  const intervals =
    models.length === 0
      ? []
      : bootstrapMany(
          (weights) => {
            const found = measures.map((draws) => draws.map((measure) => measure(weights)));
            return [
              ...found.flatMap((draws) => meanOf(draws)),
              ...pairs.flatMap(([a, b]) => {
                const both = Math.min(found[a].length, found[b].length);
                const [left, right] = [meanOf(found[a].slice(0, both)), meanOf(found[b].slice(0, both))];
                return left.map((measure, f) => minus(measure, right[f]));
              }),
            ];
          },
          groups,
          { samples },
        );
  const named = (k: number) =>
    Object.fromEntries(comparedFigures.map((name, f) => [name, intervals[k * width + f]])) as Record<
      ComparedFigure,
      Interval
    >;
  const counts = categories.map((_, c) => y.filter((label) => label === c).length);
  return {
    n: y.length,
    categories,
    level,
    accuracy,
    majority: Math.max(0, ...counts) / y.length,
    models: models.map(({ name, recipe, levels }, k) => ({ name, recipe, figures: named(k), levels })),
    differences: pairs.map(([a, b], p) => ({
      of: [models[a].name, models[b].name],
      figures: named(models.length + p),
    })),
  };
}

/** The figures alone, means over answers to the same exposures. */
export function meanFigures(
  y: Int32Array,
  answers: readonly Float64Array[],
  categories: readonly string[],
  accuracy: number,
): Record<ComparedFigure, number | null> {
  const measures = figuresOf(y, answers, categories, accuracy)(new Float64Array(y.length).fill(1));
  return Object.fromEntries(comparedFigures.map((name, f) => [name, measures[f].value])) as Record<
    ComparedFigure,
    number | null
  >;
}

function figuresOf(
  y: Int32Array,
  answers: readonly Float64Array[],
  categories: readonly string[],
  accuracy: number,
): (weights: Float64Array) => Measure[] {
  const classes = categories;
  const metrics = measureOverAnswers(y, answers, ['accuracy', 'f1'], { classes });
  const coverages = answers.map((probabilities) => {
    const { confidence, correct } = sureness(probabilities, y, categories.length);
    return coverageAtAccuracy(confidence, correct, accuracy);
  });
  return (weights) => {
    const covered = coverages.map((coverage) => coverage(weights));
    return [...metrics(weights), { value: covered.reduce((sum, value) => sum + value, 0) / covered.length }];
  };
}

function meanOf(draws: readonly (readonly Measure[])[]): Measure[] {
  return comparedFigures.map((_, f) => {
    let sum = 0;
    for (const draw of draws) {
      const measure = draw[f];
      if (measure.value === null) return measure;
      sum += measure.value;
    }
    return draws.length === 0
      ? { value: null, reason: 'not trained at this number of labels' }
      : { value: sum / draws.length };
  });
}

function minus(a: Measure, b: Measure): Measure {
  if (a.value === null) return a;
  return b.value === null ? b : { value: a.value - b.value };
}
