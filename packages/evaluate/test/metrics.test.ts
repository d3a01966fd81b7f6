import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  averagePrecision,
  brierScore,
  confusionCounts,
  confusionMatrix,
  confusionMetrics,
  coverageAccuracy,
  expectedCalibrationError,
  intersectionOverUnion,
  logLoss,
  macroAverage,
  maskOverlap,
  recallAtFpr,
  reliabilityBins,
  rocAuc,
} from '../src/index.ts';

const binary = fc
  .array(fc.record({ score: fc.integer({ min: 0, max: 20 }), label: fc.integer({ min: 0, max: 1 }) }), {
    minLength: 2,
    maxLength: 60,
  })
  .map((rows) => ({ scores: rows.map((r) => r.score / 20), labels: rows.map((r) => r.label) }));

describe('undefined metrics say why', () => {
  const good = { scores: [0.1, 0.2], labels: [0, 0] };
  const bad = { scores: [0.1, 0.2], labels: [1, 1] };
  test('one class only', () => {
    expect(rocAuc(good)).toEqual({
      value: null,
      reason: 'no positive example: the ROC curve needs both classes',
    });
    expect(rocAuc(bad).value).toBeNull();
    expect(averagePrecision(good).value).toBeNull();
    expect(recallAtFpr(bad, 0.1).value).toBeNull();
  });
  test('no data', () => {
    const empty = { scores: [], labels: [] };
    for (const metric of [rocAuc, averagePrecision, logLoss, brierScore, expectedCalibrationError]) {
      expect(metric(empty)).toMatchObject({ value: null, reason: expect.any(String) as string });
    }
  });
  test('nothing flagged', () => {
    expect(confusionMetrics(confusionCounts(good, 0.9)).precision).toEqual({
      value: null,
      reason: 'nothing was flagged',
    });
  });
  test('a macro average with a class that has none', () => {
    expect(
      macroAverage([{ value: 1 }, { value: null, reason: 'no positive example' }], ['Ghost', 'Haze']),
    ).toEqual({
      value: null,
      reason: 'Haze: no positive example',
    });
  });
  test('never NaN, whatever the data', () => {
    fc.assert(
      fc.property(binary, fc.double({ min: 0, max: 1, noNaN: true }), (data, rate) => {
        for (const m of [
          rocAuc(data),
          averagePrecision(data),
          recallAtFpr(data, rate),
          expectedCalibrationError(data),
        ]) {
          expect(m.value === null || (m.value >= 0 && m.value <= 1)).toBe(true);
        }
      }),
    );
  });
});

describe('refused input names the entry', () => {
  test.each([
    [{ scores: [0.5, NaN], labels: [0, 1] }, /scores\[1\] is NaN/],
    [{ scores: [0.5, 0.5], labels: [0, 2] }, /labels\[1\] is 2/],
    [{ scores: [0.5], labels: [0, 1] }, /labels has 2 entries, scores 1/],
    [{ scores: [0.5], labels: [1], weights: [-1] }, /weights\[0\] is -1/],
  ])('%#', (data, message) => {
    expect(() => rocAuc(data)).toThrow(message);
  });
  test('logits where probabilities belong', () => {
    expect(() => logLoss({ scores: [2.5], labels: [1] })).toThrow(/give probabilities/);
  });
});

describe('ROC', () => {
  test('equals counting all pairs, ties half', () => {
    fc.assert(
      fc.property(binary, (data) => {
        let won = 0;
        let pairs = 0;
        data.scores.forEach((s, i) => {
          data.scores.forEach((t, j) => {
            if (data.labels[i] !== 1 || data.labels[j] !== 0) return;
            pairs++;
            won += s > t ? 1 : s === t ? 0.5 : 0;
          });
        });
        const auc = rocAuc(data);
        if (pairs === 0) expect(auc.value).toBeNull();
        else expect(auc.value).toBeCloseTo(won / pairs, 12);
      }),
    );
  });
  test('a weight of 2 is the entry twice', () => {
    fc.assert(
      fc.property(binary, (data) => {
        const twice = {
          scores: [...data.scores, data.scores[0]],
          labels: [...data.labels, data.labels[0]],
        };
        const weights = data.scores.map((_, i) => (i === 0 ? 2 : 1));
        const a = rocAuc({ ...data, weights }).value;
        const b = rocAuc(twice).value;
        if (a === null || b === null) expect(a).toBe(b);
        else expect(a).toBeCloseTo(b, 12);
      }),
    );
  });
  test('recall at a rate: conservative below interpolated, exact at steps', () => {
    const data = { scores: [0.9, 0.8, 0.7, 0.6, 0.5, 0.4], labels: [1, 0, 1, 1, 0, 0] };
    expect(recallAtFpr(data, 0).value).toBeCloseTo(1 / 3);
    expect(recallAtFpr(data, 0.3).value).toBeCloseTo(1 / 3);
    expect(recallAtFpr(data, 1 / 3).value).toBe(1);
    expect(
      recallAtFpr({ scores: [0.9, 0.9, 0.1], labels: [1, 0, 0] }, 0.25, { interpolate: true }).value,
    ).toBeCloseTo(0.5);
  });
});

test('reliability bins hold every entry once', () => {
  fc.assert(
    fc.property(binary, fc.constantFrom('width' as const, 'count' as const), (data, by) => {
      const bins = reliabilityBins(data, { bins: 7, by });
      expect(bins.reduce((sum, bin) => sum + bin.members.length, 0)).toBe(data.scores.length);
      for (const bin of bins) {
        expect(bin.meanProbability).toBeGreaterThanOrEqual(bin.low - 1e-12);
        expect(bin.meanProbability).toBeLessThanOrEqual(bin.high + 1e-12);
      }
    }),
  );
});

test('confusion matrix counts and refuses a class that is not there', () => {
  expect(Array.from(confusionMatrix([0, 1, 1, 2], [0, 1, 2, 2], 3))).toEqual([1, 0, 0, 0, 1, 1, 0, 0, 1]);
  expect(() => confusionMatrix([3], [0], 3)).toThrow(/class 3 of entry 0/);
});

test('coverage–accuracy ends at full coverage and overall accuracy', () => {
  const curve = coverageAccuracy([0.9, 0.8, 0.8, 0.6], [1, 1, 0, 0]);
  expect(Array.from(curve.coverage)).toEqual([0.25, 0.75, 1]);
  expect(Array.from(curve.accuracy)).toEqual([1, 2 / 3, 0.5]);
});

describe('mask overlap', () => {
  const width = 9;
  const height = 7;
  const column = (x: number, bit: number): Uint32Array =>
    Uint32Array.from({ length: width * height }, (_, i) => (i % width === x ? 1 << bit : 0));
  test('a column next to truth counts within the tolerance only', () => {
    const options = { width, height, bits: [3] };
    const apart = maskOverlap(column(4, 3), column(6, 3), options);
    expect(intersectionOverUnion(apart[0])).toEqual({ value: 0 });
    const close = maskOverlap(column(4, 3), column(6, 3), { ...options, tolerance: [2] });
    expect(intersectionOverUnion(close[0])).toEqual({ value: 1 });
    const far = maskOverlap(column(4, 3), column(7, 3), { ...options, tolerance: [2] });
    expect(intersectionOverUnion(far[0])).toEqual({ value: 0 });
  });
  test('bit 31 and classes side by side', () => {
    const truth = Uint32Array.from([0x80000000, 1, 3, 0]);
    const predicted = Int32Array.from([-0x80000000, 1, 1, 1]);
    const overlap = maskOverlap(truth, predicted, { width: 2, height: 2, bits: [31, 0, 1] });
    expect(overlap[0]).toEqual({ intersection: 1, union: 1, truth: 1, predicted: 1 });
    expect(overlap[1]).toEqual({ intersection: 2, union: 3, truth: 2, predicted: 3 });
    expect(intersectionOverUnion(overlap[2])).toEqual({ value: 0 });
  });
  test('nothing on either side is undefined', () => {
    const empty = new Uint32Array(4);
    expect(
      intersectionOverUnion(maskOverlap(empty, empty, { width: 2, height: 2, bits: [0] })[0]).value,
    ).toBeNull();
  });
});
