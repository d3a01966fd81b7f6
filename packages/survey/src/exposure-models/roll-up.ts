import { applySoftmaxTemperature, calibrate } from '@blemish/evaluate';
import type { ExposureDescription } from '../bundle-description.ts';
import { median } from '../outputs/median.ts';
import type { CcdJudgement, ExposureJudgement, LabelledNeighbour } from './exposure-model.ts';

/** What turns judgements of CCDs into one of their exposure: part of `model.json`. */
export type RollUp = Pick<ExposureDescription, 'categories' | 'temperature' | 'reasons' | 'decision'>;

/**
 * The probability of not being good that more than `moreThan` of the CCDs reach: that of CCD number `moreThan` + 1 from the worst; of an
 * exposure with no more CCDs, that of its best.
 * @throws RangeError on no CCD
 */
export function exposureScore(bad: ArrayLike<number>, moreThan: number): number {
  if (bad.length === 0) throw new RangeError('an exposure of no CCD: there is nothing to judge');
  const sorted = Array.from(bad).sort((a, b) => b - a);
  return sorted[Math.min(moreThan, sorted.length - 1)];
}

/** [K] mean over the CCDs of the logarithm of each category's probability. Rows of `probabilities` [n, K] have no zero. */
export function meanLogs(probabilities: readonly ArrayLike<number>[], categories: number): Float64Array {
  const out = new Float64Array(categories);
  for (const row of probabilities)
    for (let c = 0; c < categories; c++) out[c] += Math.log(row[c]) / probabilities.length;
  return out;
}

/** What is decided of an exposure. */
export type DecidedExposure = Omit<ExposureJudgement, 'noveltyShare' | 'neighbours'>;

/**
 * Decides on an exposure.
 * @param probabilities [categories] of the exposure, calibrated
 * @param bad of each CCD, the probability that it is not good
 * @throws RangeError on no CCD
 */
export function decideExposure(
  probabilities: Float64Array,
  bad: readonly number[],
  { categories, reasons, decision }: Omit<RollUp, 'temperature'>,
): DecidedExposure {
  const score = exposureScore(bad, decision.moreThan);
  const best = probabilities.indexOf(Math.max(...probabilities));
  return {
    ccds: bad.length,
    badCcds: bad.filter((p) => p >= decision.probability).length,
    score,
    bad: score >= decision.probability,
    probabilities,
    category: categories[best],
    decided: decision.confidence === null || probabilities[best] >= decision.confidence,
    reasons: reasonsOf(probabilities, reasons),
  };
}

/** An exposure from its CCDs. @throws RangeError on no CCD */
export function rollUp(ccds: readonly CcdJudgement[], how: RollUp): ExposureJudgement {
  const k = how.categories.length;
  const logs = meanLogs(
    ccds.map((ccd) => ccd.probabilities),
    k,
  );
  const scale = { kind: 'softmax-temperature', temperature: how.temperature ?? 1 } as const;
  const decided = decideExposure(
    applySoftmaxTemperature(scale, logs, k),
    ccds.map((ccd) => ccd.bad),
    how,
  );
  return {
    ...decided,
    noveltyShare: median(ccds.map(({ noveltyShare }) => noveltyShare)),
    neighbours: nearestExposures(ccds),
  };
}

/** Each category against the rest. */
function reasonsOf(probabilities: Float64Array, lines: RollUp['reasons']): Float64Array {
  if (lines === null) return probabilities;
  return probabilities.map((p, c) => calibrate(lines[c], logOdds(p)));
}

/** Kept finite at 0 and 1. */
export function logOdds(p: number): number {
  const within = Math.min(1 - 1e-9, Math.max(1e-9, p));
  return Math.log(within) - Math.log1p(-within);
}

/** From near to far, each labelled exposure at its nearest CCD; as many as a CCD has. */
function nearestExposures(ccds: readonly CcdJudgement[]): LabelledNeighbour[] {
  const count = Math.max(...ccds.map(({ neighbours }) => neighbours.length));
  const nearest = new Map<string, LabelledNeighbour>();
  for (const neighbour of ccds.flatMap(({ neighbours }) => neighbours)) {
    const before = nearest.get(neighbour.exposure);
    if (before === undefined || neighbour.distance < before.distance)
      nearest.set(neighbour.exposure, neighbour);
  }
  return [...nearest.values()].sort((a, b) => a.distance - b.distance).slice(0, count);
}
