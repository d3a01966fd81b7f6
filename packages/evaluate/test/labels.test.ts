import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataRoot } from '@blemish/testkit';
import { describe, expect, test } from 'vitest';
import { consensus, flipLabels, fleissKappa, krippendorffAlpha, labelErrors } from '../src/index.ts';
import { createRandom } from '../src/random.ts';

/** Votes of annotators with known chances of being right; wrong answers are spread evenly, some votes are missing. */
function simulate(n: number, k: number, reliabilities: readonly number[], missing: number, seed: number) {
  const random = createRandom(seed);
  const truth = Array.from({ length: n }, () => random.integer(k));
  const votes = truth.map((c) => {
    const row = reliabilities.map((reliability) => {
      if (random.uniform() < missing) return null;
      return random.uniform() < reliability ? c : (c + 1 + random.integer(k - 1)) % k;
    });
    return row.some((vote) => vote !== null) ? row : [c, ...row.slice(1)];
  });
  return { truth, votes };
}

describe('consensus', () => {
  test.each([
    [2, [0.95, 0.9, 0.85, 0.6, 0.55]],
    [4, [0.9, 0.8, 0.7, 0.5, 0.3]],
  ])('of %i classes finds known reliabilities and beats the majority', (k, reliabilities) => {
    const { truth, votes } = simulate(3000, k, reliabilities, 0.2, k);
    const found = consensus(votes, { classes: k });
    expect(found.converged).toBe(true);
    found.annotators.forEach(({ reliability }, a) => {
      // 2400 votes: a standard error of at most 0.01, and as much again for the truth being hidden.
      expect(Math.abs(reliability - reliabilities[a])).toBeLessThan(0.05);
    });
    const right = (labels: ArrayLike<number>): number =>
      truth.reduce((sum, c, i) => sum + (labels[i] === c ? 1 : 0), 0) / truth.length;
    const majority = votes.map((row) => {
      const counts = new Float64Array(k);
      for (const vote of row) if (vote !== null) counts[vote]++;
      return counts.indexOf(Math.max(...counts));
    });
    expect(right(found.labels)).toBeGreaterThan(right(majority) + 0.01);
    // Calibrated: the mean probability of the label is how often it is right.
    const sure = found.labels.reduce((sum, c, i) => sum + found.probabilities[i * k + c], 0) / truth.length;
    expect(Math.abs(sure - right(found.labels))).toBeLessThan(0.02);
  });
  test('does not depend on the order of items or of annotators', () => {
    const { votes } = simulate(200, 3, [0.9, 0.7, 0.6], 0.1, 5);
    const one = consensus(votes, { classes: 3 });
    const other = consensus(
      [...votes].reverse().map((row) => [...row].reverse()),
      { classes: 3 },
    );
    for (let i = 0; i < 200; i++) {
      for (let c = 0; c < 3; c++) {
        expect(Math.abs(one.probabilities[3 * i + c] - other.probabilities[3 * (199 - i) + c])).toBeLessThan(
          1e-6,
        );
      }
    }
    expect(one.annotators[0].reliability).toBeCloseTo(other.annotators[2].reliability, 6);
  });
  test('one annotator alone is believed; a class nobody names gets nothing', () => {
    const found = consensus([[0], [1], [1], [1]], { classes: 3, smoothing: 0 });
    expect([...found.labels]).toEqual([0, 1, 1, 1]);
    expect([...found.shares]).toEqual([0.25, 0.75, 0]);
    expect(found.annotators[0]).toMatchObject({ votes: 4, reliability: 1 });
  });
  test.skipIf(dataRoot === null)('is the latent-class label of the MeerLICHT volunteers', () => {
    const rows = readFileSync(join(dataRoot!, 'meerlicht-votes', 'votes.csv'), 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(',').map(Number));
    const votes = rows.map((row) => row.slice(1, 11));
    const found = consensus(votes, { classes: 2 });
    // Theirs is a latent class model of ten votes too; a plain majority (ties to 0) gives 4965 of them.
    expect(rows.filter((row, i) => row[11] === found.labels[i])).toHaveLength(5000);
    expect(Math.min(...found.annotators.map(({ reliability }) => reliability))).toBeGreaterThan(0.85);
    // High agreement, the same by either measure at ten votes an item.
    const kappa = fleissKappa(votes, 2).value!;
    expect(kappa).toBeGreaterThan(0.75);
    expect(Math.abs(kappa - krippendorffAlpha(votes, 2).value!)).toBeLessThan(1e-4);
  });
  test.each([
    [[], '0 items'],
    [[[0, 1], [0]], 'item 1 has 1 annotators, item 0 2: write null'],
    [[[0, 2]], 'vote of annotator 1 on item 0 is 2: classes are 0 … 1'],
    [[[0], [null]], 'item 1 has no vote'],
  ])('refuses %j', (votes, message) => {
    expect(() => consensus(votes, { classes: 2 })).toThrow(message);
  });
});

describe('agreement', () => {
  const cast = (counts: number[]): number[] => counts.flatMap((count, c) => Array<number>(count).fill(c));
  test('the worked example of Fleiss’ kappa: ten items, fourteen raters, five classes', () => {
    const votes = [
      [0, 0, 0, 0, 14],
      [0, 2, 6, 4, 2],
      [0, 0, 3, 5, 6],
      [0, 3, 9, 2, 0],
      [2, 2, 8, 1, 1],
      [7, 7, 0, 0, 0],
      [3, 2, 6, 3, 0],
      [2, 5, 3, 2, 2],
      [6, 5, 2, 1, 0],
      [0, 2, 2, 3, 7],
    ].map(cast);
    expect(fleissKappa(votes, 5).value).toBeCloseTo(0.20993070442195522, 12);
  });
  test('Krippendorff’s own example with missing votes: 0.743', () => {
    const table = [
      [1, 2, 3, 3, 2, 1, 4, 1, 2, null, null, null],
      [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, null, 3],
      [null, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, null],
      [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, null],
    ];
    const votes = table[0].map((_, item) => table.map((row) => (row[item] === null ? null : row[item] - 1)));
    expect(krippendorffAlpha(votes, 5).value).toBeCloseTo(0.743, 3);
    expect(fleissKappa(votes, 5)).toMatchObject({
      value: null,
      reason: expect.stringContaining("Krippendorff's alpha") as string,
    });
  });
  test('full agreement is 1, coin tosses 0, one class or one vote undefined', () => {
    expect(
      fleissKappa(
        [
          [0, 0, 0],
          [1, 1, 1],
        ],
        2,
      ).value,
    ).toBe(1);
    const { votes } = simulate(5000, 2, [0.5, 0.5, 0.5], 0, 2);
    expect(Math.abs(fleissKappa(votes, 2).value!)).toBeLessThan(0.03);
    expect(
      fleissKappa(
        [
          [1, 1],
          [1, 1],
        ],
        2,
      ),
    ).toEqual({ value: null, reason: 'all votes are for one class' });
    expect(krippendorffAlpha([[1], [0]], 2)).toMatchObject({ value: null });
  });
});

describe('flipped labels', () => {
  const labels = Array.from({ length: 500 }, (_, i) => i % 3);
  test('exactly the share, every one to another class, the rest untouched', () => {
    const { labels: noisy, flipped } = flipLabels(labels, 3, 0.13, 4);
    expect(flipped).toHaveLength(65);
    expect(labels.flatMap((label, i) => (label === noisy[i] ? [] : [i]))).toEqual([...flipped]);
    expect([...flipLabels(labels, 3, 0).labels]).toEqual(labels);
  });
  test('a larger share keeps the smaller one', () => {
    const few = flipLabels(labels, 3, 0.1, 4);
    const more = flipLabels(labels, 3, 0.3, 4);
    for (const i of few.flipped) expect(more.labels[i]).toBe(few.labels[i]);
  });
  test('bad input', () => {
    expect(() => flipLabels(labels, 3, 1.5)).toThrow(/share is 1.5/);
    expect(() => flipLabels([3], 3, 0.5)).toThrow(/labels\[0\] is 3/);
  });
});

describe('label errors', () => {
  const names = (k: number): string[] => Array.from({ length: k }, (_, c) => `class ${c}`);

  test('the equations of the paper by hand: two labels swapped', () => {
    // Bars: mean p of the given class, 0.6 for either. Rows 2 and 5 reach the other class's bar.
    const found = labelErrors([0, 0, 0, 1, 1, 1], [0.1, 0.2, 0.9, 0.8, 0.9, 0.1], names(2));
    expect(found.confidence.map((value) => value!.toFixed(12))).toEqual(['0.600000000000', '0.600000000000']);
    expect(found.joint.flat().map((share) => share.toFixed(12))).toEqual(
      [1 / 3, 1 / 6, 1 / 6, 1 / 3].map((share) => share.toFixed(12)),
    );
    expect(found.noise).toBeCloseTo(1 / 3, 12);
    expect(found.suspects.map(({ row, label, suggested }) => [row, label, suggested])).toEqual([
      [2, 0, 1],
      [5, 1, 0],
    ]);
    expect(found.suspects[0].margin).toBeCloseTo(-0.8, 12);
  });
  test('counts are scaled to the rows given each class, whatever share of them was confident', () => {
    // Bars 0.7 and 0.8. Of class 0 rows 0 (own) and 3 (other) count, of class 1 row 4 alone.
    const found = labelErrors([0, 0, 0, 0, 1, 1], [0.05, 0.15, 0.05 + 0.05, 0.9, 0.9, 0.7], names(2));
    const [[own, other], [back, kept]] = found.joint;
    expect(own).toBeCloseTo((3 / 4) * (4 / 6), 12);
    expect(other).toBeCloseTo((1 / 4) * (4 / 6), 12);
    expect(back).toBe(0);
    expect(kept).toBeCloseTo(2 / 6, 12);
    expect(found.suspects.map(({ row }) => row)).toEqual([3]);
  });
  test('a class without labels is never suggested', () => {
    const found = labelErrors([0, 0, 1], [0.2, 0.1, 0.7, 0.6, 0.3, 0.1, 0.2, 0.7, 0.1], names(3));
    expect(found.confidence[2]).toBeNull();
    expect(found.suspects.every(({ suggested }) => suggested !== 2)).toBe(true);
  });
  test('finds labels flipped on purpose, the surest first, in the noise it estimates', () => {
    const random = createRandom(12);
    const n = 2000;
    const truth = Array.from({ length: n }, () => random.integer(3));
    const { labels, flipped } = flipLabels(truth, 3, 0.1, 3);
    const probabilities = truth.flatMap((c) => {
      const row = [0, 1, 2].map((other) => 0.1 + random.uniform() + (other === c ? 2 : 0));
      const sum = row.reduce((a, b) => a + b, 0);
      return row.map((p) => p / sum);
    });
    const found = labelErrors(labels, probabilities, names(3));
    expect(Math.abs(found.noise - 0.1)).toBeLessThan(0.02);
    const wrong = new Set(flipped);
    expect(
      found.suspects.slice(0, 100).every(({ row, suggested }) => wrong.has(row) && suggested === truth[row]),
    ).toBe(true);
    expect(found.suspects.filter(({ row }) => wrong.has(row)).length).toBeGreaterThan(0.9 * flipped.length);
  });
  test('clean labels of a sure model have no suspects', () => {
    const labels = [0, 0, 1, 1];
    const found = labelErrors(labels, [0.1, 0.2, 0.9, 0.8], ['real', 'artifact']);
    expect(found.suspects).toEqual([]);
    expect(found.noise).toBe(0);
  });
});
