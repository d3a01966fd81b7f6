import { groupedProportion } from '../proportion-interval.ts';
import { rankScores } from '../ranking.ts';
import { kFold } from '../splits/split-rows.ts';
import type { Interval } from '../types.ts';
import { checkValidation, describeThreshold } from './describe-threshold.ts';
import { logit } from './order-threshold.ts';
import type { ThresholdChoice, ThresholdOptions, ValidationScores } from './types.ts';

/** What each decision costs, in any unit; right decisions cost nothing where left out. */
export interface Costs {
  readonly falsePositive: number;
  readonly falseNegative: number;
  readonly truePositive?: number;
  readonly trueNegative?: number;
}

export interface CostThreshold extends ThresholdChoice {
  /** Expected cost of an image at the prior, measured on images that had no part in choosing the threshold. */
  readonly cost: Interval;
  /** The better of flagging every image and flagging none. */
  readonly trivialCost: number;
}

/**
 * The threshold of least expected cost at the prior: the one that minimises, over the validation images,
 * (1 − prior) [FPR c₊₋ + (1 − FPR) c₋₋] + prior [FNR c₋₊ + (1 − FNR) c₊₊]. For calibrated scores it lies near Elkan's
 * (2001, eq. 2); here it is found on the scores as they are, so it needs no calibration. Of equal costs the highest
 * wins: fewer flags. It stands halfway, in logits, between the last image flagged and the next.
 *
 * The least cost on the images it was found on is too good to be true (a third too low at a few hundred images). So cost,
 * FPR and FNR are cross-fitted: up to ten folds, by group where there are groups, each judged by the threshold that is
 * best on the others.
 * @throws RangeError where a mistake costs no more than the right decision, or a class has fewer than two images (or groups).
 */
export function thresholdForCost(
  data: ValidationScores,
  costs: Costs,
  options: ThresholdOptions = {},
): CostThreshold {
  checkValidation(data, options);
  const { falsePositive, falseNegative, truePositive = 0, trueNegative = 0 } = costs;
  if (!(falsePositive > trueNegative)) {
    throw new RangeError(
      `a false positive costs ${falsePositive}, a true negative ${trueNegative}: the mistake must cost more`,
    );
  }
  if (!(falseNegative > truePositive)) {
    throw new RangeError(
      `a false negative costs ${falseNegative}, a true positive ${truePositive}: the mistake must cost more`,
    );
  }
  const { prior = 0.06 } = options;
  const { scores, labels, groups } = data;
  const n = scores.length;
  const costAt = (fpr: number, fnr: number): number =>
    (1 - prior) * (fpr * falsePositive + (1 - fpr) * trueNegative) +
    prior * (fnr * falseNegative + (1 - fnr) * truePositive);
  const rows = Uint32Array.from({ length: n }, (_, i) => i);
  const threshold = cheapest(data, rows, costAt);

  const foldCount = Math.min(10, rarest(data));
  if (foldCount < 2) {
    throw new RangeError(
      `fewer than two ${groups === undefined ? 'images' : 'groups'} of a class: a cost needs good and bad validation images, label more`,
    );
  }
  const flagged = new Uint8Array(n);
  const folds = kFold(n, foldCount, {
    labels,
    seed: options.seed ?? 0,
    ...(groups === undefined ? {} : { groups }),
  });
  for (const { train, test } of folds) {
    const cut = cheapest(data, train, costAt);
    for (const i of test) flagged[i] = scores[i] >= cut ? 1 : 0;
  }
  const good = Uint8Array.from(labels, (label) => 1 - label);
  const missed = flagged.map((flag) => 1 - flag);
  const fpr = groupedProportion(flagged, good, groups ?? null, options);
  const fnr = groupedProportion(missed, Uint8Array.from(labels), groups ?? null, options);
  const choice = describeThreshold(
    data,
    {
      threshold,
      criterion: { kind: 'min-cost', falsePositive, falseNegative, truePositive, trueNegative },
      method: 'empirical',
      resolved: true,
      ...(fpr.value === null ? {} : { expectedFpr: fpr.value }),
      ...(fnr.value === null ? {} : { expectedFnr: fnr.value }),
      how: `least expected cost where a false flag costs ${falsePositive} and a missed image ${falseNegative}`,
    },
    options,
  );
  const cost = sum(costAt(0, 0), [
    { weight: (1 - prior) * (falsePositive - trueNegative), rate: fpr },
    { weight: prior * (falseNegative - truePositive), rate: fnr },
  ]);
  return { ...choice, cost, trivialCost: Math.min(costAt(0, 1), costAt(1, 0)) };
}

/**
 * A weighted sum of independent rates; its ends are the weighted distances to theirs, added in quadrature (Zou and Donner 2008,
 * Stat. Med. 27, 1693, eq. 7). It keeps the right width where a rate rests on a few mistakes and the bootstrap does not.
 */
function sum(
  constant: number,
  terms: readonly { readonly weight: number; readonly rate: Interval }[],
): Interval {
  let value = constant;
  let below = 0;
  let above = 0;
  for (const { weight, rate } of terms) {
    if (rate.value === null) return rate;
    value += weight * rate.value;
    below += (weight * (rate.value - rate.low)) ** 2;
    above += (weight * (rate.high - rate.value)) ** 2;
  }
  return { value, low: value - Math.sqrt(below), high: value + Math.sqrt(above) };
}

/** Threshold of least cost on some of the rows. */
function cheapest(
  { scores, labels }: ValidationScores,
  rows: Uint32Array,
  costAt: (fpr: number, fnr: number) => number,
): number {
  const { n, positive, runEnd, score } = rankScores({
    scores: Float64Array.from(rows, (i) => scores[i]),
    labels: Uint8Array.from(rows, (i) => labels[i]),
  });
  const bad = positive.reduce((sum, label) => sum + label, 0);
  let flaggedCount = 0;
  let least = costAt(0, 1);
  let tp = 0;
  for (let k = 0; k < n; k++) {
    tp += positive[k];
    if (runEnd[k] !== 1) continue;
    const cost = costAt((k + 1 - tp) / (n - bad), 1 - tp / bad);
    if (cost < least) {
      least = cost;
      flaggedCount = k + 1;
    }
  }
  // Above every probability, or below.
  if (flaggedCount === 0) return 1 + Number.EPSILON;
  if (flaggedCount === n) return 0;
  const between = 0.5 * (logit(score[flaggedCount - 1]) + logit(score[flaggedCount]));
  const halfway = 1 / (1 + Math.exp(-between));
  // Where two scores are neighbours in double precision, the upper one separates them.
  return halfway > score[flaggedCount] ? Math.min(halfway, score[flaggedCount - 1]) : score[flaggedCount - 1];
}

/** The fewest images, or groups that hold some, of either class. */
function rarest({ labels, groups }: ValidationScores): number {
  return Math.min(
    ...[0, 1].map((label) => {
      const seen = new Set<number | string>();
      for (let i = 0; i < labels.length; i++) if (labels[i] === label) seen.add(groups?.[i] ?? i);
      return seen.size;
    }),
  );
}
