import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  averagePrecision,
  brierScore,
  calibrateAll,
  confusionCounts,
  confusionMetrics,
  expectedCalibrationError,
  fitIsotonic,
  fitPlatt,
  logLoss,
  precisionRecallCurve,
  proportionInterval,
  recallAtFpr,
  rocAuc,
  rocCurve,
} from '../src/index.ts';

interface Case {
  name: string;
  scores: number[];
  labels: number[];
  weights: number[] | null;
  auc: number;
  averagePrecision: number;
  logLoss: number;
  brier: number;
  fpr: number[];
  tpr: number[];
  precision: number[];
  recall: number[];
  accuracy: number;
  balancedAccuracy: number;
  f1: number;
  mcc: number;
  recallAtFpr: Record<string, number>;
  ece?: number;
  platt?: { slope: number; intercept: number };
  isotonic?: { at: number[]; probability: number[] };
}

const fixture = JSON.parse(
  readFileSync(new URL('fixtures/sklearn-metrics.json', import.meta.url), 'utf8'),
) as {
  cases: Case[];
  clopperPearson: [number, number, number, number, number][];
};

function near(actual: { value: number | null }, expected: number, tolerance = 1e-12): void {
  expect(actual.value).not.toBeNull();
  expect(Math.abs(actual.value! - expected)).toBeLessThanOrEqual(tolerance);
}

function nearAll(actual: ArrayLike<number>, expected: readonly number[], tolerance = 1e-12): void {
  expect(actual.length).toBe(expected.length);
  expect(Math.max(...expected.map((value, i) => Math.abs(value - actual[i])))).toBeLessThanOrEqual(tolerance);
}

describe.each(fixture.cases)('as scikit-learn to 1e-12: $name', (c) => {
  const data = { scores: c.scores, labels: c.labels, ...(c.weights === null ? {} : { weights: c.weights }) };

  test('areas and losses', () => {
    near(rocAuc(data), c.auc);
    near(averagePrecision(data), c.averagePrecision);
    near(logLoss(data), c.logLoss);
    near(brierScore(data), c.brier);
  });

  test('curves', () => {
    const roc = rocCurve(data);
    if (!('fpr' in roc)) throw new Error(roc.reason);
    nearAll(roc.fpr, c.fpr);
    nearAll(roc.tpr, c.tpr);
    const pr = precisionRecallCurve(data);
    if (!('precision' in pr)) throw new Error(pr.reason);
    // scikit-learn stops at the first threshold with full recall only in later versions; compare what both have.
    nearAll(pr.precision.slice(0, c.precision.length), c.precision);
    nearAll(pr.recall.slice(0, c.recall.length), c.recall);
  });

  test('figures at a threshold and at a rate', () => {
    const figures = confusionMetrics(confusionCounts(data, 0.5));
    near(figures.accuracy, c.accuracy);
    near(figures.balancedAccuracy, c.balancedAccuracy);
    near(figures.f1, c.f1);
    near(figures.mcc, c.mcc);
    for (const [rate, recall] of Object.entries(c.recallAtFpr)) near(recallAtFpr(data, Number(rate)), recall);
  });

  test.runIf(c.ece !== undefined)('calibration', () => {
    near(expectedCalibrationError(data, { bins: 10 }), c.ece!);
    const logits = c.scores.map((p) => Math.log(p) - Math.log1p(-p));
    const platt = fitPlatt({ scores: logits, labels: c.labels });
    if (platt.kind === 'none') throw new Error(platt.reason);
    // scikit-learn minimises with BFGS to a gradient of about 1e-5.
    expect(platt.slope).toBeCloseTo(c.platt!.slope, 4);
    expect(platt.intercept).toBeCloseTo(c.platt!.intercept, 4);
    const isotonic = fitIsotonic({ scores: logits, labels: c.labels });
    if (isotonic.kind === 'none') throw new Error(isotonic.reason);
    nearAll(calibrateAll(isotonic, c.isotonic!.at), c.isotonic!.probability, 1e-9);
  });
});

test.each(fixture.clopperPearson)(
  'Clopper–Pearson of %i in %i at %d as scipy',
  (k, n, confidence, low, high) => {
    const interval = proportionInterval(k, n, confidence);
    if (interval.value === null) throw new Error(interval.reason);
    expect(Math.abs(interval.low - low)).toBeLessThan(1e-10);
    expect(Math.abs(interval.high - high)).toBeLessThan(1e-10);
  },
);
