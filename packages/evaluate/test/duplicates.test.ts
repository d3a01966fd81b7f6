import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataRoot } from '@blemish/testkit';
import { describe, expect, test } from 'vitest';
import { labelConflicts, nearDuplicates, samePositions } from '../src/index.ts';
import { createRandom } from '../src/random.ts';

/** Connected sets of pairs within the tolerance, all pairs tried. */
function byBruteForce(rows: number, columns: number, data: Float64Array, tolerance: number): number[][] {
  const root = Array.from({ length: rows }, (_, i) => i);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < i; j++) {
      let sum = 0;
      for (let c = 0; c < columns; c++) sum += (data[i * columns + c] - data[j * columns + c]) ** 2;
      if (sum > tolerance ** 2) continue;
      const [a, b] = [root[i], root[j]];
      root.forEach((r, k) => {
        if (r === a) root[k] = b;
      });
    }
  }
  return [...new Set(root)]
    .map((r) => [...root.keys()].filter((i) => root[i] === r))
    .filter((set) => set.length > 1);
}

describe('nearDuplicates', () => {
  test.each([1, 3, 12])('finds in %i dimensions exactly what trying all pairs finds', (columns) => {
    const random = createRandom(columns);
    const rows = 400;
    const data = Float64Array.from({ length: rows * columns }, () => random.uniform());
    for (let copy = 0; copy < 60; copy++) {
      const from = random.integer(rows);
      const to = random.integer(rows);
      for (let c = 0; c < columns; c++) {
        data[to * columns + c] = data[from * columns + c] + (copy % 3) * 0.002 * (random.uniform() - 0.5);
      }
    }
    for (const tolerance of [1e-9, 0.001, 0.003]) {
      const found = nearDuplicates({ rows, columns, data }, { tolerance });
      const key = (sets: number[][]): string[] =>
        sets.map((set) => [...set].sort((a, b) => a - b).join()).sort();
      expect(key(found)).toEqual(key(byBruteForce(rows, columns, data, tolerance)));
      expect(found.length).toBeGreaterThan(5);
    }
  });
  test('30,000 rows of 40 columns with hidden copies, in seconds', () => {
    const random = createRandom(8);
    const [rows, columns] = [30_000, 40];
    const data = Float64Array.from({ length: rows * columns }, () => random.uniform());
    for (let k = 0; k < 50; k++) {
      const from = k * columns;
      for (let c = 0; c < columns; c++) {
        data[(rows - 1 - k) * columns + c] = data[from + c] + 1e-4 * (random.uniform() - 0.5);
      }
    }
    const started = performance.now();
    const found = nearDuplicates({ rows, columns, data }, { tolerance: 1e-3 });
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(found).toEqual(Array.from({ length: 50 }, (_, k) => [k, rows - 1 - k]));
  });
  test('missing values equal each other and nothing else, −0 equals 0, equal rows of one kind are one set', () => {
    const data = [NaN, 1, NaN, 1, 0, 1, -0, 1, 0.05, 1, NaN, 1];
    expect(nearDuplicates({ rows: 6, columns: 2, data })).toEqual([
      [0, 1, 5],
      [2, 3],
    ]);
    expect(nearDuplicates({ rows: 6, columns: 2, data }, { tolerance: 0.1 })).toEqual([
      [0, 1, 5],
      [2, 3, 4],
    ]);
  });
  test('bad input', () => {
    expect(() => nearDuplicates({ rows: 2, columns: 2, data: [1] })).toThrow(
      /1 numbers for 2 rows of 2 columns/,
    );
    expect(() => nearDuplicates({ rows: 0, columns: 2, data: [] }, { tolerance: -1 })).toThrow(
      /tolerance is -1/,
    );
    expect(() => samePositions([1], [NaN])).toThrow(/row 0 is at ra 1, dec NaN/);
    expect(nearDuplicates({ rows: 0, columns: 2, data: [] }, { tolerance: 1 })).toEqual([]);
  });
});

test('positions on both sides of ra 0 and at the pole are near', () => {
  const sets = samePositions([359.9999, 0.0001, 10, 190, 50], [0, 0, 89.9999, 89.9999, 0], 1);
  expect(sets).toEqual([
    [0, 1],
    [2, 3],
  ]);
  expect(samePositions([359.9999, 0.0001], [0, 0], 0.7)).toEqual([]);
});

test('conflicts are the sets whose labels differ', () => {
  expect(
    labelConflicts(
      [
        [0, 1],
        [2, 3],
        [4, 5, 6],
      ],
      [1, 1, 0, 1, 1, 1, 0],
    ),
  ).toEqual([
    { rows: [4, 5, 6], labels: [1, 1, 0] },
    { rows: [2, 3], labels: [0, 1] },
  ]);
});

test.skipIf(dataRoot === null)('779 positions of the DES galaxies carry both labels', () => {
  const rows = ['train', 'val', 'test'].flatMap((part) =>
    readFileSync(join(dataRoot!, 'des-lsbg-coordinates', `${part}.csv`), 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(',').map(Number)),
  );
  const sets = samePositions(
    rows.map(([, ra]) => ra),
    rows.map(([, , dec]) => dec),
    0,
  );
  const labels = rows.map(([, , , label]) => label);
  expect(labelConflicts(sets, labels)).toHaveLength(779);
});
