// Isolation forest against scikit-learn's scores over 40 seeds.
import { describe, expect, it } from 'vitest';
import { fitIsolationForest, loadIsolationForest, matrix } from '../src/index.ts';
import { areaUnderCurve } from './support/autoscan.ts';
import { numbers } from './support/numbers.ts';
import { context, stored, table } from './support/tables.ts';
import { fixture, mean, spread } from './support/trees-fixture.ts';

describe('isolation forest', () => {
  const cloud = table(fixture.isolation.x);
  const isOutlier = Array.from({ length: cloud.rows }, (_, i) => Number(i >= 600));

  it('scores as scikit-learn does, within its spread over seeds', async () => {
    const scores: Float64Array[] = [];
    for (let seed = 1; seed <= 8; seed++) {
      scores.push(await (await fitIsolationForest(cloud, {}, { seed })).score(cloud));
    }
    // Means of 8 and of 40 seeds; five spreads, since there are 630 rows.
    const share = 5 * Math.sqrt(1 / 8 + 1 / 40);
    const { mean: expected, spread: width, auc } = fixture.isolation;
    for (let i = 0; i < cloud.rows; i++) {
      expect(Math.abs(mean(scores.map((score) => score[i])) - expected[i])).toBeLessThan(share * width[i]);
    }
    const own = mean(scores.map((score) => areaUnderCurve(score, isOutlier)));
    expect(Math.abs(own - mean(auc))).toBeLessThan(share * spread(auc));
  });

  it('scores the same once saved and loaded, and under the same seed', async () => {
    const forest = await fitIsolationForest(cloud, { trees: 20, samples: 64 }, context);
    const again = await fitIsolationForest(cloud, { trees: 20, samples: 64 }, { ...context, threads: 1 });
    const scores = await forest.score(cloud);
    expect(await loadIsolationForest(stored(forest.save())).score(cloud)).toEqual(scores);
    expect(await again.score(cloud)).toEqual(scores);
  });

  it('gives 2^(−1) to what is as deep as expected: two rows need one split', async () => {
    const forest = await fitIsolationForest(matrix(2, 1, [0, 1]), {}, context);
    expect(Array.from(await forest.score(matrix(2, 1, [0, 1])))).toEqual([0.5, 0.5]);
  });

  it('says nothing about rows that are all alike, or one alone', async () => {
    const alike = matrix(50, 2, new Array<number>(100).fill(3));
    const scores = await (await fitIsolationForest(alike, {}, context)).score(alike);
    expect(new Set(scores).size).toBe(1);
    const lone = await fitIsolationForest(matrix(1, 2, [1, 2]), {}, context);
    expect(Array.from(await lone.score(matrix(1, 2, [1, 2])))).toEqual([0.5]);
  });

  it('refuses missing values by row and column, and options of nothing', async () => {
    const holes = matrix(3, 2, [1, 2, 3, NaN, 5, 6]);
    await expect(fitIsolationForest(holes, {}, context)).rejects.toThrow(/row 2, column 2: a missing value/);
    const x = matrix(30, 2, numbers(60, 1));
    await expect(fitIsolationForest(x, { trees: 0 }, context)).rejects.toThrow(/at least 1/);
    const forest = await fitIsolationForest(x, { trees: 2 }, context);
    await expect(forest.score(matrix(1, 3, [1, 2, 3]))).rejects.toThrow(/fitted on 2/);
  });
});
