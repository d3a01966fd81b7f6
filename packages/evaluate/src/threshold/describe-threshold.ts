import { checkProbabilities, checkScores } from '../check-scores.ts';
import { groupedProportion } from '../proportion-interval.ts';
import type { Interval } from '../types.ts';
import type { ThresholdChoice, ThresholdCriterion, ThresholdOptions, ValidationScores } from './types.ts';

export interface ThresholdDraft {
  readonly threshold: number;
  readonly criterion: ThresholdCriterion;
  readonly method: ThresholdChoice['method'];
  readonly resolved: boolean;
  /** Expected rate of the class the threshold was set on, where counting would flatter it. */
  readonly expectedFpr?: number;
  readonly expectedFnr?: number;
  /** How it was chosen, without the numbers that follow. */
  readonly how: string;
}

/**
 * @throws TypeError where the data do not say that they are validation data.
 * @throws RangeError on bad scores, labels, prior.
 */
export function checkValidation(data: ValidationScores, options: ThresholdOptions): void {
  // A caller without types can still pass anything.
  if ((data as { split?: unknown }).split !== 'validation') {
    throw new TypeError("thresholds are chosen on validation data only: pass { split: 'validation', … }");
  }
  checkScores(data);
  checkProbabilities(data.scores);
  if (data.groups !== undefined && data.groups.length !== data.scores.length) {
    throw new RangeError(`groups has ${data.groups.length} entries, scores ${data.scores.length}`);
  }
  const { prior = 0.06, ccdsPerExposure = 62 } = options;
  if (!(prior > 0 && prior < 1)) throw new RangeError(`prior is ${prior}: give a share in (0, 1)`);
  if (!(ccdsPerExposure >= 1)) throw new RangeError(`ccdsPerExposure is ${ccdsPerExposure}: give at least 1`);
}

/** Fills in what to expect of a threshold: rates with intervals, precision and false CCDs at the prior, the sentence. */
export function describeThreshold(
  data: ValidationScores,
  draft: ThresholdDraft,
  options: ThresholdOptions,
): ThresholdChoice {
  const { prior = 0.06, ccdsPerExposure = 62, confidence = 0.95 } = options;
  const n = data.scores.length;
  const flagged = Uint8Array.from(data.scores, (score) => (score >= draft.threshold ? 1 : 0));
  const missed = flagged.map((flag) => 1 - flag);
  const bad = Uint8Array.from(data.labels);
  const good = bad.map((label) => 1 - label);
  const groups = data.groups ?? null;
  const fpr = expect(groupedProportion(flagged, good, groups, options), draft.expectedFpr, 'no good image');
  const fnr = expect(groupedProportion(missed, bad, groups, options), draft.expectedFnr, 'no bad image');
  const nPositive = bad.reduce((sum, label) => sum + label, 0);
  const nNegative = n - nPositive;
  const falsePerExposure = scale(fpr, ccdsPerExposure * (1 - prior));
  const smallestResolvableFpr = nNegative > 0 ? 1 / nNegative : 1;
  const nGroups = groups === null ? null : new Set(Array.from(groups)).size;
  return {
    threshold: draft.threshold,
    criterion: draft.criterion,
    method: draft.method,
    fpr,
    fnr,
    prior,
    precision: precisionAt(prior, fpr, fnr),
    falsePerExposure,
    ccdsPerExposure,
    confidence,
    nPositive,
    nNegative,
    nGroups,
    smallestResolvableFpr,
    resolved: draft.resolved,
    sentence: sentence(draft, {
      fpr,
      fnr,
      falsePerExposure,
      nPositive,
      nNegative,
      nGroups,
      ccdsPerExposure,
      prior,
    }),
  };
}

/** The interval from counts, moved to contain the expected rate. */
function expect(counted: Interval, expected: number | undefined, reason: string): Interval {
  if (counted.value === null) return { value: null, reason };
  if (expected === undefined) return counted;
  return {
    ...counted,
    value: expected,
    low: Math.min(counted.low, expected),
    high: Math.max(counted.high, expected),
  };
}

function scale(interval: Interval, factor: number): Interval {
  if (interval.value === null) return interval;
  return {
    ...interval,
    value: interval.value * factor,
    low: interval.low * factor,
    high: interval.high * factor,
  };
}

/** Share of flagged images that are bad; its interval takes both rates at their worst and best together (conservative). */
function precisionAt(prior: number, fpr: Interval, fnr: Interval): Interval {
  if (fpr.value === null) return fpr;
  if (fnr.value === null) return fnr;
  const at = (f: number, m: number): number | null => {
    const right = prior * (1 - m);
    const wrong = (1 - prior) * f;
    return right + wrong > 0 ? right / (right + wrong) : null;
  };
  const value = at(fpr.value, fnr.value);
  if (value === null) return { value: null, reason: 'nothing is flagged' };
  return { value, low: at(fpr.high, fnr.high) ?? 0, high: at(fpr.low, fnr.low) ?? 1 };
}

function sentence(
  { threshold, method, resolved, how }: ThresholdDraft,
  s: Pick<
    ThresholdChoice,
    'fpr' | 'fnr' | 'falsePerExposure' | 'nPositive' | 'nNegative' | 'nGroups' | 'ccdsPerExposure' | 'prior'
  >,
): string {
  const from = s.nGroups === null ? '' : ` from ${s.nGroups} exposures`;
  const parts = [
    `Flag at probability ≥ ${threshold.toPrecision(4)}: ${how}, chosen on ${s.nNegative} good and ${s.nPositive} bad validation images${from}.`,
  ];
  const rates: string[] = [];
  if (s.fpr.value !== null) rates.push(`${percent(s.fpr)} of good images flagged`);
  if (s.fnr.value !== null) rates.push(`${percent(s.fnr)} of bad ones missed`);
  if (s.falsePerExposure.value !== null) {
    const f = s.falsePerExposure;
    rates.push(
      `${short(f.value)} (${short(f.low)}–${short(f.high)}) false CCDs per ${s.ccdsPerExposure}-CCD exposure if ${short(100 * s.prior)} % are bad`,
    );
  }
  if (rates.length > 0) parts.push(`Expected: ${rates.join(', ')}.`);
  if (method === 'tail-fit') {
    parts.push(
      resolved
        ? 'Fewer than ten validation images lie beyond it, so it was raised to a conservative fit of the tail.'
        : 'These validation data are too few to measure such a rate; the threshold is a conservative extrapolation of their tail, and the upper limits are what the counts allow.',
    );
  } else if (!resolved) {
    parts.push('These validation data are too few to measure such a rate.');
  }
  return parts.join(' ');
}

function percent(interval: Extract<Interval, { value: number }>): string {
  return `${short(100 * interval.value)} % (${short(100 * interval.low)}–${short(100 * interval.high)} %)`;
}

function short(x: number): string {
  return x === 0 ? '0' : Number(x.toPrecision(x >= 100 ? 3 : 2)).toString();
}
