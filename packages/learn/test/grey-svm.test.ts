// Support vector machines over 8-bit images against scikit-learn's SVC: fixtures/grey-svm.json, written by fixtures/grey-svm.py.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fitGreySvm, loadGreySvm } from '../src/index.ts';
import type { GreySvmOptions } from '../src/index.ts';
import { GreyRows } from '../src/svm/grey-rows.ts';
import { context, farthest } from './support/tables.ts';

interface Fixture {
  readonly columns: number;
  readonly trained: number;
  readonly x: readonly (readonly number[])[];
  readonly cases: readonly {
    readonly options: GreySvmOptions;
    readonly y: readonly number[];
    readonly decisions: readonly (readonly number[])[];
    readonly answers: readonly number[];
  }[];
}
const { columns, trained, x, cases } = JSON.parse(
  readFileSync(new URL('./fixtures/grey-svm.json', import.meta.url), 'utf8'),
) as Fixture;
const rows = Uint8Array.from(x.slice(0, trained).flat());
const asked = Uint8Array.from(x.slice(trained).flat());

function fit(index: number) {
  const { y, options } = cases[index];
  const data = { rows, columns, y, classes: Math.max(...y) + 1 };
  return fitGreySvm(data, { ...options, tolerance: 1e-7 }, context);
}

describe('a support vector machine over grey images', () => {
  it.each(cases.map(({ options }, i) => [`${options.kernel}, C ${options.c}`, i] as const))(
    'decides as scikit-learn’s: %s',
    async (_, i) => {
      const { decisions, classes } = (await fit(i)).predict(asked);
      // Single precision in the solver, and what is added to the diagonal.
      expect(farthest(decisions, cases[i].decisions.flat())).toBeLessThan(1e-4);
      expect([...classes]).toEqual(cases[i].answers);
    },
  );

  it('comes back from what was saved, bit for bit', async () => {
    const svm = await fit(2);
    expect(loadGreySvm(svm.save()).predict(asked)).toEqual(svm.predict(asked));
    const sums = Array.from(svm.predict(asked).probabilities).reduce((sum, p) => sum + p, 0);
    expect(sums).toBeCloseTo(asked.length / columns, 9);
  });

  it('names a class without a row', async () => {
    const data = { rows, columns, y: cases[0].y, classes: 3 };
    await expect(fitGreySvm(data, cases[0].options, context)).rejects.toThrow(/class 2 has no row/);
  });
});

describe('inner products of rows of bytes', () => {
  it('are exact where they leave 32 bits, and for rows of any length', () => {
    for (const length of [1, 17, 200_001]) {
      const count = 6;
      const values = Uint8Array.from({ length: count * length }, (_, i) => (i % 7 === 0 ? 251 : 255));
      const grey = new GreyRows(values, length);
      const expected = Array.from({ length: count * count }, (_, at) => {
        const [i, j] = [Math.floor(at / count), at % count];
        let sum = 0;
        for (let k = 0; k < length; k++) sum += values[i * length + k] * values[j * length + k];
        return sum;
      });
      expect([...grey.gram()]).toEqual(expected);
      expect([...grey.products(values.subarray(0, 5 * length))]).toEqual(expected.slice(0, 5 * count));
    }
  });
});
