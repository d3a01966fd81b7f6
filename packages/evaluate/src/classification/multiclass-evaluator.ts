import { macroAverage } from '../macro-average.ts';
import type { Measure } from '../types.ts';
import { confusionFigures } from './confusion-figures.ts';
import type { Evaluator, EvaluatorOptions, Figure } from './evaluator.ts';
import { oneVsOne } from './one-vs-one.ts';
import { weightedConfusion } from './problem.ts';
import type { ClassificationProblem } from './problem.ts';
import { rankedAreas } from './ranked-areas.ts';
import { brierLosses, calibrationError, logLosses, weightedMean } from './row-losses.ts';

const perClass = ['precision', 'recall', 'f1', 'auc', 'averagePrecision'] as const;

/**
 * Figures of a problem of three or more classes. `precision`, `recall`, `f1`, `auc` (one against the rest) and
 * `averagePrecision` are plain means over the classes that have examples; `…Weighted` weighs them by examples,
 * `…Micro` pools all (row, class) decisions: for precision, recall and F1 that is the accuracy, so only the two areas
 * have it. A class of which a figure is undefined makes its mean undefined; in a resample it drops out of the mean.
 */
export function multiclassEvaluator(
  problem: ClassificationProblem,
  options: EvaluatorOptions = {},
): Evaluator {
  const { n, classes, labels, probabilities, decided } = problem;
  const k = classes.length;
  const areas = classes.map((_, c) =>
    rankedAreas({
      scores: Float64Array.from({ length: n }, (__, i) => probabilities[i * k + c]),
      labels: Uint8Array.from(labels, (label) => (label === c ? 1 : 0)),
    }),
  );
  const pooled = rankedAreas(
    {
      scores: probabilities,
      labels: Uint8Array.from(probabilities, (_, j) => (labels[Math.floor(j / k)] === j % k ? 1 : 0)),
    },
    (entry) => Math.floor(entry / k),
  );
  const confusion = weightedConfusion(problem);
  const surprise = logLosses(problem);
  const squared = brierLosses(problem);
  const miscalibration = calibrationError(problem, options.bins ?? 15);

  const byClass = (weights: Float64Array) => {
    const figures = confusionFigures(confusion(weights), k);
    return {
      ...figures,
      auc: areas.map((area) => area.auc(weights)),
      averagePrecision: areas.map((area) => area.averagePrecision(weights)),
    };
  };
  const full = byClass(new Float64Array(n).fill(1));
  const present = [...classes.keys()].filter((c) => full.support[c] > 0);
  const names = present.map((c) => classes[c]);
  const pairwise = oneVsOne(problem, present);
  // Undefined on all rows: undefined for good, whatever a resample would make of it.
  const undefinedMean = new Map<string, Measure>();
  for (const metric of perClass) {
    const mean = macroAverage(
      present.map((c) => full[metric][c]),
      names,
    );
    if (mean.value === null) undefinedMean.set(metric, mean);
  }

  const figures: Figure[] = [
    { name: 'auc', ofClass: null },
    { name: 'aucWeighted', ofClass: null },
    { name: 'aucMicro', ofClass: null },
    { name: 'aucOneVsOne', ofClass: null },
    { name: 'averagePrecision', ofClass: null },
    { name: 'averagePrecisionWeighted', ofClass: null },
    { name: 'averagePrecisionMicro', ofClass: null },
    { name: 'accuracy', ofClass: null, members: () => true },
    { name: 'balancedAccuracy', ofClass: null },
    ...(['precision', 'recall', 'f1'] as const).flatMap((name) => [
      { name, ofClass: null },
      { name: `${name}Weighted`, ofClass: null },
    ]),
    { name: 'mcc', ofClass: null },
    { name: 'logLoss', ofClass: null },
    { name: 'brier', ofClass: null },
    { name: 'ece', ofClass: null },
    ...classes.flatMap((_, c) => [
      { name: 'precision', ofClass: c, members: (row: number) => decided[row] === c },
      { name: 'recall', ofClass: c, members: (row: number) => labels[row] === c },
      ...['f1', 'auc', 'averagePrecision'].map((name) => ({ name, ofClass: c })),
    ]),
  ];

  return {
    figures,
    measure(weights) {
      const found = byClass(weights);
      const mean = (metric: (typeof perClass)[number], weighted: boolean): Measure =>
        undefinedMean.get(metric) ??
        meanOfDefined(
          present.map((c) => found[metric][c]),
          present.map((c) => (weighted ? found.support[c] : 1)),
        );
      return [
        mean('auc', false),
        mean('auc', true),
        pooled.auc(weights),
        pairwise(weights),
        mean('averagePrecision', false),
        mean('averagePrecision', true),
        pooled.averagePrecision(weights),
        found.accuracy,
        mean('recall', false),
        ...(['precision', 'recall', 'f1'] as const).flatMap((name) => [mean(name, false), mean(name, true)]),
        found.mcc,
        weightedMean(surprise, weights),
        weightedMean(squared, weights),
        miscalibration(weights),
        ...classes.flatMap((_, c) => perClass.map((metric) => found[metric][c])),
      ];
    },
  };
}

function meanOfDefined(measures: readonly Measure[], weights: readonly number[]): Measure {
  let sum = 0;
  let total = 0;
  measures.forEach((measure, i) => {
    if (measure.value === null) return;
    sum += weights[i] * measure.value;
    total += weights[i];
  });
  return total > 0 ? { value: sum / total } : { value: null, reason: 'no class with examples' };
}
