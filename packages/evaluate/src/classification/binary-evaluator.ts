import { rankedFprAtFnr } from '../fpr-at-fnr.ts';
import { rankScores } from '../ranking.ts';
import { rankedRecallAtFpr } from '../recall-at-fpr.ts';
import type { Measure } from '../types.ts';
import { confusionFigures } from './confusion-figures.ts';
import type { Evaluator, EvaluatorOptions, Figure } from './evaluator.ts';
import { weightedConfusion } from './problem.ts';
import type { ClassificationProblem } from './problem.ts';
import { rankedAreas } from './ranked-areas.ts';
import { brierLosses, calibrationError, logLosses, weightedMean } from './row-losses.ts';

/** Figures of a yes/no problem, class 1 positive, with precision, recall and F1 of either class. */
export function binaryEvaluator(problem: ClassificationProblem, options: EvaluatorOptions = {}): Evaluator {
  const { n, labels, probabilities, decided } = problem;
  const { fpr = [0.01, 0.05], fnr = [0.01, 0.05] } = options.rates ?? {};
  const scores = Float64Array.from({ length: n }, (_, i) => probabilities[2 * i + 1]);
  const ranking = rankScores({ scores, labels });
  const areas = rankedAreas({ scores, labels });
  const confusion = weightedConfusion(problem);
  const surprise = logLosses(problem);
  const squared = brierLosses(problem);
  const miscalibration = calibrationError(problem, options.bins ?? 15);
  const is = (label: number) => (row: number) => labels[row] === label;
  const wasDecided = (label: number) => (row: number) => decided[row] === label;
  const figures: Figure[] = [
    { name: 'auc', ofClass: null },
    { name: 'averagePrecision', ofClass: null },
    { name: 'accuracy', ofClass: null, members: () => true },
    { name: 'balancedAccuracy', ofClass: null },
    { name: 'precision', ofClass: null, members: wasDecided(1) },
    { name: 'recall', ofClass: null, members: is(1) },
    { name: 'f1', ofClass: null },
    { name: 'mcc', ofClass: null },
    { name: 'fpr', ofClass: null, members: is(0) },
    { name: 'fnr', ofClass: null, members: is(1) },
    ...fpr.map((rate) => ({ name: `fnr@fpr=${rate}`, ofClass: null })),
    ...fnr.map((rate) => ({ name: `fpr@fnr=${rate}`, ofClass: null })),
    { name: 'logLoss', ofClass: null },
    { name: 'brier', ofClass: null },
    { name: 'ece', ofClass: null },
    ...[0, 1].flatMap((c) => [
      { name: 'precision', ofClass: c, members: wasDecided(c) },
      { name: 'recall', ofClass: c, members: is(c) },
      { name: 'f1', ofClass: c },
    ]),
  ];
  const nobody: Measure = { value: null, reason: 'no positive example and nothing flagged' };
  return {
    figures,
    measure(weights) {
      const { accuracy, mcc, precision, recall, f1 } = confusionFigures(confusion(weights), 2);
      const [specificity, sensitivity] = recall;
      return [
        areas.auc(weights),
        areas.averagePrecision(weights),
        accuracy,
        specificity.value === null || sensitivity.value === null
          ? { value: null, reason: 'needs positive and negative examples' }
          : { value: 0.5 * (specificity.value + sensitivity.value) },
        precision[1].value === null ? { value: null, reason: 'nothing was flagged' } : precision[1],
        sensitivity.value === null ? { value: null, reason: 'no positive example' } : sensitivity,
        f1[1].value === null ? nobody : f1[1],
        mcc,
        complement(specificity, 'no negative example'),
        complement(sensitivity, 'no positive example'),
        ...fpr.map((rate) => complement(rankedRecallAtFpr(ranking, rate, weights))),
        ...fnr.map((rate) => rankedFprAtFnr(ranking, rate, weights)),
        weightedMean(surprise, weights),
        weightedMean(squared, weights),
        miscalibration(weights),
        ...[0, 1].flatMap((c) => [precision[c], recall[c], f1[c]]),
      ];
    },
  };
}

function complement(measure: Measure, reason?: string): Measure {
  if (measure.value === null) return reason === undefined ? measure : { value: null, reason };
  return { value: 1 - measure.value };
}
