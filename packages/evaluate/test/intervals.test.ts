import { describe, expect, test } from 'vitest';
import {
  bootstrap,
  classIntervals,
  groupedProportion,
  proportionInterval,
  recallAtFpr,
  rocAuc,
  rocAucInterval,
  rocBand,
} from '../src/index.ts';
import { createRandom } from '../src/random.ts';

function normals(seed: number): () => number {
  const random = createRandom(seed);
  return () => Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
}

/** Standard normal distribution function (Abramowitz and Stegun 7.1.26 is not enough; series by numerical integration). */
function normalCdf(x: number): number {
  let sum = 0;
  const steps = 2000;
  for (let i = 0; i < steps; i++) sum += Math.exp(-0.5 * ((x * (i + 0.5)) / steps) ** 2);
  return 0.5 + (sum * x) / steps / Math.sqrt(2 * Math.PI);
}

describe('bootstrap', () => {
  test('is the same for one seed and not for another', () => {
    const values = Array.from({ length: 50 }, (_, i) => (i * 37) % 11);
    const mean = (w: Float64Array) => ({
      value: values.reduce((s, v, i) => s + v * w[i], 0) / values.length,
    });
    const a = bootstrap(mean, 50, { seed: 1 });
    expect(bootstrap(mean, 50, { seed: 1 })).toEqual(a);
    expect(bootstrap(mean, 50, { seed: 2 })).not.toEqual(a);
  });

  test('covers the true AUC as often as it says', () => {
    // Two unit normals 1.5 apart: AUC = Φ(1.5/√2).
    const truth = normalCdf(1.5 / Math.SQRT2);
    const trials = 300;
    let covered = 0;
    for (let t = 0; t < trials; t++) {
      const normal = normals(1000 + t);
      const labels = Array.from({ length: 120 }, (_, i) => i % 2);
      const scores = labels.map((label) => normal() + 1.5 * label);
      const interval = rocAucInterval({ scores, labels }, undefined, {
        samples: 300,
        seed: t,
        confidence: 0.9,
      });
      if (interval.value === null) throw new Error(interval.reason);
      if (interval.low <= truth && truth <= interval.high) covered++;
    }
    // 90 % of 300 is 270; the binomial spread is 5.2, percentile intervals run a few per cent short at n = 120.
    expect(covered).toBeGreaterThan(250);
    expect(covered).toBeLessThan(288);
  });

  test('by groups covers where images of an exposure go together, image by image it does not', () => {
    const trials = 150;
    let byGroup = 0;
    let byImage = 0;
    for (let t = 0; t < trials; t++) {
      const normal = normals(5000 + t);
      const groups: number[] = [];
      const values: number[] = [];
      for (let g = 0; g < 40; g++) {
        const shared = normal();
        for (let i = 0; i < 10; i++) {
          groups.push(g);
          values.push(shared + 0.3 * normal());
        }
      }
      const mean = (w: Float64Array) => {
        let sum = 0;
        let total = 0;
        for (let i = 0; i < values.length; i++) {
          sum += w[i] * values[i];
          total += w[i];
        }
        return { value: sum / total };
      };
      const a = bootstrap(mean, groups, { samples: 300, seed: t });
      const b = bootstrap(mean, values.length, { samples: 300, seed: t });
      if (a.value !== null && a.low <= 0 && a.high >= 0) byGroup++;
      if (b.value !== null && b.low <= 0 && b.high >= 0) byImage++;
    }
    expect(byGroup / trials).toBeGreaterThan(0.88);
    expect(byImage / trials).toBeLessThan(0.6);
  });

  test('says so where a class is too rare to be drawn', () => {
    const data = { scores: [0.9, 0.1, 0.2], labels: [1, 0, 0] };
    const rare = bootstrap((w) => (w[0] > 1 ? { value: 1 } : { value: null, reason: 'not drawn' }), 3);
    expect(rare).toMatchObject({ value: null });
    expect(rocAucInterval(data).value).toBe(1);
  });

  test('a single group is drawn image by image, with a note', () => {
    const interval = bootstrap(() => ({ value: 1 }), ['a', 'a', 'a']);
    expect(interval).toMatchObject({ value: 1, note: expect.stringContaining('one group') as string });
  });

  test('refuses no entries', () => {
    expect(() => bootstrap(() => ({ value: 1 }), 0)).toThrow(/0 entries/);
  });
});

test('a perfect separation gets a bound, not an empty interval', () => {
  const labels = Array.from({ length: 60 }, (_, i) => (i < 20 ? 1 : 0));
  const interval = rocAucInterval({ scores: labels, labels });
  if (interval.value === null) throw new Error(interval.reason);
  expect(interval.value).toBe(1);
  expect(interval.high).toBe(1);
  expect(interval.low).toBeCloseTo(0.0125 ** (1 / 20) * 0.0125 ** (1 / 40), 12);
});

test('Clopper–Pearson covers at least what it says', () => {
  const random = createRandom(3);
  for (const p of [0.005, 0.1, 0.5]) {
    let covered = 0;
    for (let t = 0; t < 400; t++) {
      let k = 0;
      for (let i = 0; i < 200; i++) if (random.uniform() < p) k++;
      const interval = proportionInterval(k, 200);
      if (interval.value !== null && interval.low <= p && p <= interval.high) covered++;
    }
    expect(covered).toBeGreaterThan(0.95 * 400 - 3 * Math.sqrt(400 * 0.05 * 0.95));
  }
});

test('a grouped proportion is at least as wide as the exact one', () => {
  const hit = Array.from({ length: 100 }, (_, i) => (i < 10 ? 1 : 0));
  const groups = hit.map((_, i) => Math.floor(i / 10));
  const member = hit.map(() => 1);
  const plain = groupedProportion(hit, member, null);
  const grouped = groupedProportion(hit, member, groups);
  if (plain.value === null || grouped.value === null) throw new Error('undefined');
  expect(grouped.value).toBe(0.1);
  expect(grouped.low).toBeLessThan(plain.low);
  expect(grouped.high).toBeGreaterThan(plain.high);
});

test('class intervals: 16 classes on shared resamples, an empty one left out', () => {
  const normal = normals(9);
  const groups = Array.from({ length: 2000 }, (_, i) => i >> 2);
  const classes = Array.from({ length: 16 }, (_, k) => {
    const labels = Array.from({ length: 2000 }, (__, i) => ((i * 7 + k) % 16 === 0 ? 1 : 0));
    return { name: `class ${k}`, data: { scores: labels.map((label) => normal() + 2 * label), labels } };
  });
  const empty = { name: 'empty', data: { scores: new Float64Array(2000), labels: new Uint8Array(2000) } };
  const result = classIntervals([...classes, empty], [0.005, 0.05], groups, { seed: 4, samples: 200 });
  expect(result.leftOut.map(({ name }) => name)).toEqual(['empty']);
  const mean = classes.reduce((sum, c) => sum + rocAuc(c.data).value!, 0) / 16;
  expect(result.macroAuc.value).toBeCloseTo(mean, 12);
  expect(result.classes[16].auc.value).toBeNull();
  for (const [f, rate] of [0.005, 0.05].entries()) {
    const recalls = classes.map((c) => recallAtFpr(c.data, rate).value!);
    expect(result.classes[3].recallAtFpr[f].value).toBe(recalls[3]);
    expect(result.macroRecallAtFpr[f].value).toBeCloseTo(recalls.reduce((a, b) => a + b) / 16, 12);
  }
});

test('the ROC band contains its curve and runs from 0 to 1', () => {
  const normal = normals(11);
  const labels = Array.from({ length: 300 }, (_, i) => i % 2);
  const band = rocBand({ scores: labels.map((label) => normal() + 1.5 * label), labels });
  if (!('fpr' in band)) throw new Error(band.reason);
  expect(band.tpr.at(-1)).toBe(1);
  band.tpr.forEach((y, i) => {
    expect(y).toBeGreaterThanOrEqual(band.low[i] - 0.05);
    expect(y).toBeLessThanOrEqual(band.high[i] + 0.05);
  });
});
