import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dataRoot } from '@blemish/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeNpz } from '../src/arrays/index.ts';
import { openTable } from '../src/datasets/index.ts';
import { crossvalTable } from '../src/learning/index.ts';
import { readRecipeFor } from '../src/recipe.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'blemish-npz-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('a NumPy archive as a table', () => {
  const put = async (name: string, arrays: Parameters<typeof encodeNpz>[0]) => {
    const path = join(root, name);
    await writeFile(path, encodeNpz(arrays));
    return path;
  };

  it('has a column for each number of a row; what has no rows is said', async () => {
    const path = await put('a.npz', {
      X: { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, NaN, 6) },
      y: { shape: [2], data: BigInt64Array.of(1n, 0n) },
      deep: { shape: [1, 1, 1], data: Float32Array.of(0) },
    });
    const { rows, columns, unusable } = await openTable(path, { text: ['y'] });
    expect(rows).toBe(2);
    expect(columns.map(({ name, values }) => [name, ...values])).toEqual([
      ['X_0', 1, 4],
      ['X_1', 2, NaN],
      ['X_2', 3, 6],
      ['y', '1', '0'],
    ]);
    expect(unusable).toEqual([{ name: 'deep', reason: 'has 3 dimensions, not one or two' }]);
  });

  it('is refused where arrays are of different length, or none has rows', async () => {
    const one = { shape: [1], data: Float32Array.of(0) };
    const two = { shape: [2], data: Float32Array.of(0, 1) };
    await expect(openTable(await put('b.npz', { a: one, b: two }))).rejects.toMatchObject({
      code: 'TABLE_RAGGED',
    });
    const deep = { shape: [1, 1, 1], data: Float32Array.of(0) };
    await expect(openTable(await put('c.npz', { deep }))).rejects.toMatchObject({
      code: 'TABLE_UNREADABLE',
      message: expect.stringContaining("no array of rows ('deep' has 3 dimensions") as string,
    });
    const text = join(root, 'd.npz');
    await writeFile(text, 'no archive');
    await expect(openTable(text)).rejects.toMatchObject({ code: 'ARRAY_INVALID' });
  });
});

const folder = dataRoot === null ? null : join(dataRoot, 'decals-bad-exposures');
describe.skipIf(folder === null)('the published points of good exposures and ghosts', () => {
  it('by the published classifier: accuracy 0.82, ROC AUC 0.89', async () => {
    const path = fileURLToPath(
      new URL('../../../recipes/decals-exposure/published-points.toml', import.meta.url),
    );
    const { recipe, ...file } = await readRecipeFor(path, 'table');
    const found = await crossvalTable({ ...file, recipe }, { data: folder!, bootstrap: 1 });
    expect([found.n, found.folds, found.repeats]).toEqual([14078, 5, 5]);
    // scikit-learn 1.2, the mean of five StratifiedKFold: 0.8203 ± 0.0020 and 0.8910 ± 0.0012.
    expect(Math.abs(found.overRepeats['accuracy']!.mean - 0.82)).toBeLessThan(0.01);
    expect(Math.abs(found.overRepeats['auc']!.mean - 0.89)).toBeLessThan(0.01);
  });
});
