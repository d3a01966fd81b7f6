import { calibrate, correctPrior, fitIsotonic, fitPlatt } from '@blemish/evaluate';
import type { Calibration, ThresholdChoice } from '@blemish/evaluate';
import { chooseThreshold } from '../analyser/choose-threshold.ts';
import type { ThresholdOptions } from '../analyser/types.ts';
import { formatInterval, formatPercent } from '../report/format.ts';
import type { TableRecipe } from '../table-recipe.ts';
import { largestLogit } from './scores.ts';
import type { RowScores } from './scores.ts';

/** How scores of two classes become probabilities and a decision; plain data, part of `model.json`. */
export interface TableDecision {
  /** Null: the learner's own probabilities. */
  readonly calibration: Calibration | null;
  /** Scores are kept within ± this: an infinite one stands for half the smallest probability seen. */
  readonly scoreLimit: number;
  /** Share of positives in the validation rows, and where the model will be used. */
  readonly validationShare: number;
  readonly prior: number;
  /** What the threshold is chosen by unless a command says otherwise. */
  readonly criterion: ThresholdOptions;
}

/** Validation rows a threshold can be chosen on later. */
export interface ValidationRows {
  readonly scores: Float64Array;
  readonly labels: Int32Array;
  readonly groups: Int32Array | null;
}

/**
 * Fits calibration on validation rows (held out, or out of fold) and notes how the threshold is to be chosen. A calibration whose
 * slope is not positive would turn the ranking round; it is left out, and a note says so.
 */
export function fitDecision(
  { scores }: RowScores,
  labels: ArrayLike<number>,
  asked: TableRecipe['decision'],
): { readonly decision: TableDecision; readonly notes: readonly string[] } {
  if (scores === null) throw new RangeError('a decision by threshold needs two classes');
  const largest = scores.reduce(
    (most, score) => (Number.isFinite(score) ? Math.max(most, Math.abs(score)) : most),
    0,
  );
  const scoreLimit = Math.min(largestLogit, largest + Math.LN2);
  const data = { scores: scores.map((score) => within(score, scoreLimit)), labels };
  const validationShare = Array.from(labels).reduce((sum, label) => sum + label, 0) / labels.length;
  const { calibration, note } = fitCalibration(data, asked.calibration);
  const decision: TableDecision = {
    calibration,
    scoreLimit,
    validationShare,
    prior: asked.prior ?? validationShare,
    criterion: criterionOf(asked),
  };
  return { decision, notes: note === null ? [] : [note] };
}

function fitCalibration(
  data: { readonly scores: Float64Array; readonly labels: ArrayLike<number> },
  kind: TableRecipe['decision']['calibration'],
): { readonly calibration: Calibration | null; readonly note: string | null } {
  if (kind === 'none') return { calibration: null, note: null };
  const fitted = kind === 'platt' ? fitPlatt(data) : fitIsotonic(data);
  if (fitted.kind === 'none') return { calibration: null, note: `not calibrated: ${fitted.reason}` };
  const ranks = fitted.kind === 'platt' ? fitted.slope > 0 : fitted.probabilities.length > 1;
  return ranks
    ? { calibration: fitted, note: null }
    : { calibration: null, note: 'not calibrated: on validation rows the scores rank no better than chance' };
}

function criterionOf(asked: TableRecipe['decision']): ThresholdOptions {
  if (asked.max_fpr !== undefined) return { maxFpr: asked.max_fpr };
  if (asked.max_fnr !== undefined) return { maxFnr: asked.max_fnr };
  if (asked.min_precision !== undefined) return { minPrecision: asked.min_precision };
  if (asked.miss_cost !== undefined) return { missCost: asked.miss_cost };
  if (asked.review_budget !== undefined) return { reviewBudget: asked.review_budget };
  return { threshold: asked.threshold ?? 0.5 };
}

/** Calibrated probability of the positive class of each row, at the prior of the decision. */
export function positiveProbabilities(
  { probabilities, scores }: RowScores,
  { calibration, scoreLimit, validationShare, prior }: TableDecision,
): Float64Array {
  const at = (p: number) => (prior === validationShare ? p : correctPrior(p, validationShare, prior));
  return calibration === null
    ? Float64Array.from({ length: probabilities.rows }, (_, i) => at(probabilities.data[2 * i + 1]))
    : scores!.map((score) => at(calibrate(calibration, within(score, scoreLimit))));
}

function within(score: number, limit: number): number {
  return Math.max(-limit, Math.min(limit, score));
}

/** Rows that `--review-budget` and `review_budget` count by. */
const budgetRows = 1000;

/**
 * The threshold, from validation rows: as asked, else as the recipe says.
 * @throws RangeError where the option is out of range, or the validation rows are too few for it
 */
export function tableThreshold(
  { scores, labels, groups }: ValidationRows,
  { prior, criterion }: TableDecision,
  asked: ThresholdOptions,
): ThresholdChoice {
  const given = Object.values(asked).some((value) => value !== undefined);
  const { reviewBudget, ...options } = given ? asked : criterion;
  const choice = chooseThreshold(
    {
      prior,
      decision: {
        validation: { scores, labels, ...(groups === null ? {} : { groups }) },
        ccdsPerExposure: budgetRows,
        falsePerExposure: 1,
      },
    },
    // That function counts false CCDs in ten exposures.
    reviewBudget === undefined ? options : { reviewBudget: 10 * reviewBudget },
  );
  return { ...choice, sentence: describe(choice) };
}

function describe(choice: ThresholdChoice): string {
  const { fpr, fnr, falsePerExposure, nPositive, nNegative, prior, resolved } = choice;
  const warning = resolved ? '' : ' These validation rows are too few to measure such a rate.';
  return (
    `Flag at probability ≥ ${choice.threshold.toPrecision(4)}: ${wanted(choice)}, chosen on ${nNegative} negative and ${nPositive} ` +
    `positive validation rows. Expected: ${formatInterval(fpr, 'percent')} of negative rows flagged, ` +
    `${formatInterval(fnr, 'percent')} of positive rows missed, ${formatInterval(falsePerExposure)} negative rows flagged in ` +
    `${budgetRows} rows if ${formatPercent(prior)} are positive.${warning}`
  );
}

function wanted({ criterion }: ThresholdChoice): string {
  switch (criterion.kind) {
    case 'fixed':
      return 'as given';
    case 'max-fpr':
      return `at most ${formatPercent(criterion.maxFpr)} of negative rows flagged`;
    case 'max-fnr':
      return `at most ${formatPercent(criterion.maxFnr)} of positive rows missed`;
    case 'min-precision':
      return `at least ${formatPercent(criterion.minPrecision)} of the flagged rows positive`;
    case 'min-cost':
      return `the least expected cost where a miss costs ${criterion.falseNegative / criterion.falsePositive} false flags`;
    case 'review-budget':
      return `at most ${criterion.falsePerExposure} negative rows flagged in ${budgetRows}`;
  }
}
