import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeNpy } from '../src/arrays/index.ts';
import { checkRecipe } from '../src/recipe.ts';
import type { StampRecipe } from '../src/stamp-recipe.ts';
import { asLogits, fitStampTemperature, stampProbabilities } from '../src/stamp-models/stamp-figures.ts';
import { drawChange, StampFeed } from '../src/stamp-models/stamp-feed.ts';
import { labelStamps } from '../src/stamp-models/stamp-labels.ts';
import type { LabelledStamps } from '../src/stamp-models/stamp-labels.ts';
import { stampParts } from '../src/stamp-models/stamp-parts.ts';
import { readStampSet } from '../src/stamps/read-stamp-set.ts';
import { Rng } from '@blemish/sky';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'blemish-stamp-sets-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

function recipe(data: Record<string, unknown>): StampRecipe {
  const table = { name: 'r', task: 'stamp', data, model: { learner: 'cnn', network: 'sdss-cnn' } };
  return checkRecipe(table, 'r.toml') as StampRecipe;
}

/** Stamps of 2 × 2 pixels in groups of three, of which only labels and groups matter. */
function stamps(count: number): LabelledStamps {
  const values = Array.from({ length: count }, (_, i) => String(i % 2));
  const table = {
    ...{ path: 'stamps.csv', rows: count, unusable: [], originOf: () => ({ path: 'stamps.csv', row: 1 }) },
    columns: [
      { name: 'label', kind: 'text', values } as const,
      { name: 'group', kind: 'text', values: values.map((_, i) => `g${Math.floor(i / 3)}`) } as const,
    ],
  };
  const pixels = Float32Array.from({ length: 4 * count }, (_, i) => i);
  const set = {
    path: 's',
    name: 's',
    count,
    height: 2,
    width: 2,
    channels: 1,
    pixels,
    table,
    simulated: true,
  };
  return labelStamps(set, { label: 'label', group: 'group', leave_out: [] }, 'standard');
}

describe('the parts of a set of stamps', () => {
  it('share no group and no stamp, and hold every stamp', () => {
    fc.assert(
      fc.property(fc.integer({ min: 60, max: 300 }), fc.integer({ min: 0, max: 1000 }), (count, seed) => {
        const all = stamps(count);
        const parts = stampParts(all, { ...recipe({ group: 'group' }), seed });
        const three = [parts.training, parts.validation, parts.test!];
        const groups = three.map((part) => new Set(part.groups));
        expect(groups[0].size + groups[1].size + groups[2].size).toBe(new Set(all.groups).size);
        expect(three.flatMap(({ places }) => [...places]).sort((a, b) => a - b)).toEqual([...all.places]);
      }),
      { numRuns: 40 },
    );
  });

  it('get wrong labels in the stated share of training stamps alone; more noise keeps the wrong ones', () => {
    const all = stamps(400);
    const clean = stampParts(all, recipe({ group: 'group' }));
    const truth = (places: Int32Array) => [...places].map((place) => place % 2);
    const [some, more] = [0.1, 0.3].map((label_noise) =>
      stampParts(all, recipe({ group: 'group', label_noise })),
    );
    for (const [parts, share] of [
      [some, 0.1],
      [more, 0.3],
    ] as const) {
      const { places, y } = parts.training;
      const wrong = [...places].filter((place, i) => y[i] !== place % 2);
      expect(wrong).toHaveLength(Math.round(share * places.length));
      expect(wrong).toEqual([...parts.flipped]);
      expect([...parts.validation.y]).toEqual(truth(parts.validation.places));
      expect([...parts.test!.y]).toEqual(truth(parts.test!.places));
      expect(places).toEqual(clean.training.places);
    }
    expect([...more.flipped]).toEqual(expect.arrayContaining([...some.flipped]));
  });

  it('are limited class by class', () => {
    const { training, validation } = stampParts(stamps(400), recipe({ group: 'group', limit: 30 }));
    expect(training.places).toHaveLength(30);
    expect(validation.places.length).toBeGreaterThan(80);
  });

  it('follow a column, which may not divide a group', () => {
    const all = stamps(60);
    const withSplit = (of: (row: number) => string): LabelledStamps => {
      const values = Array.from({ length: 60 }, (_, row) => of(row));
      const columns = [...all.set.table.columns, { name: 'part', kind: 'text', values } as const];
      return { ...all, set: { ...all.set, table: { ...all.set.table, columns } } };
    };
    const wanted = recipe({ group: 'group', split: { column: 'part' } });
    const third = (row: number) => ['train', 'validation', 'test'][Math.floor(row / 3) % 3];
    expect(stampParts(withSplit(third), wanted).test!.places[0]).toBe(6);
    expect(() =>
      stampParts(
        withSplit((row) => (row === 1 ? 'test' : third(row))),
        wanted,
      ),
    ).toThrow(/row 2: the group 'g0' is in 'train' and in 'test'/);
    expect(() =>
      stampParts(
        withSplit(() => 'tran'),
        wanted,
      ),
    ).toThrow(/row 1: .*'tran'; known are 'train'/);
  });
});

describe('a set of stamps', () => {
  it('of 8-bit pictures stays so in memory; other numbers become float32', async () => {
    const shape = [3, 2, 2, 1];
    await writeFile(join(root, 'stamps.csv'), 'label\na\nb\na\n');
    await writeFile(join(root, 'stamps.npy'), encodeNpy({ shape, data: new Uint8Array(12).fill(7) }));
    expect((await readStampSet(root, ['label'])).pixels).toEqual(new Uint8Array(12).fill(7));
    await writeFile(join(root, 'stamps.npy'), encodeNpy({ shape, data: new Float64Array(12).fill(0.1) }));
    expect((await readStampSet(root, ['label'])).pixels).toEqual(new Float32Array(12).fill(0.1));
    await writeFile(join(root, 'stamps.npy'), encodeNpy({ shape: [3, 4], data: new Uint8Array(12) }));
    await expect(readStampSet(root, [])).rejects.toMatchObject({ code: 'STAMP_SHAPE' });
    const cut = encodeNpy({ shape, data: new Float32Array(12) }).subarray(0, -4);
    await writeFile(join(root, 'stamps.npy'), cut);
    await expect(readStampSet(root, [])).rejects.toThrow(/ends after 44 of 48 bytes/);
  });

  it('comes from HDF5 with images and classes, as the SDSS paper has it', async () => {
    const { default: h5wasm } = await import('h5wasm/node');
    await h5wasm.ready;
    const path = join(root, 'six.h5');
    const file = new h5wasm.File(path, 'w');
    const pixels = Uint8Array.from({ length: 6 * 4 * 5 * 3 }, (_, i) => i % 251);
    file.create_dataset({ name: 'images', data: pixels, shape: [6, 4, 5, 3] });
    file.create_dataset({ name: 'ans', data: Uint8Array.from([0, 1, 2, 0, 1, 2]) });
    file.create_dataset({ name: 'ra', data: Float64Array.from([1, 2, 3, 4, 5, 6]) });
    file.close();
    const set = await readStampSet(path, ['label']);
    expect(set).toMatchObject({ count: 6, height: 4, width: 5, channels: 3, simulated: false });
    expect(set.pixels).toEqual(pixels);
    const found = labelStamps(set, { label: 'label', leave_out: ['2'] }, 'divide-255');
    expect([...found.places]).toEqual([0, 1, 3, 4]);
    expect(found.classes).toEqual(['0', '1']);
    const bad = new h5wasm.File(join(root, 'bad.h5'), 'w');
    bad.create_dataset({ name: 'pictures', data: pixels, shape: [6, 4, 5, 3] });
    bad.close();
    await expect(readStampSet(join(root, 'bad.h5'), [])).rejects.toThrow(
      /no data set 'images' or 'stamps'; there are: pictures/,
    );
  });
});

describe('changes to training stamps', () => {
  const set = {
    ...stamps(2).set,
    height: 3,
    width: 3,
    channels: 2,
    pixels: Float32Array.from({ length: 18 }, (_, i) => i),
  };
  const feed = new StampFeed(set, { version: 1, name: 'none' });
  const plane = (change: Partial<ReturnType<typeof drawChange>>) => {
    const full = { mirror: false, flip: false, quarters: 0, dx: 0, dy: 0, ...change };
    return [...feed.take([0], () => full).subarray(0, 9)];
  };

  it('mirror, turn and move, edges mirrored in', () => {
    expect(plane({})).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16]);
    expect(plane({ mirror: true })).toEqual([4, 2, 0, 10, 8, 6, 16, 14, 12]);
    expect(plane({ flip: true })).toEqual([12, 14, 16, 6, 8, 10, 0, 2, 4]);
    expect(plane({ quarters: 1 })).toEqual([4, 10, 16, 2, 8, 14, 0, 6, 12]);
    expect(plane({ quarters: 2 })).toEqual([16, 14, 12, 10, 8, 6, 4, 2, 0]);
    expect(plane({ quarters: 3 })).toEqual([12, 6, 0, 14, 8, 2, 16, 10, 4]);
    expect(plane({ dx: 1 })).toEqual([0, 0, 2, 6, 6, 8, 12, 12, 14]);
    expect(plane({ dy: -1 })).toEqual([6, 8, 10, 12, 14, 16, 12, 14, 16]);
  });

  it('hang on the generator alone and only move pixels about', () => {
    const augment = { flips: true, turns: true, shift: 0 };
    for (let seed = 0; seed < 50; seed++) {
      const change = drawChange(augment, set, new Rng(seed));
      expect(drawChange(augment, set, new Rng(seed))).toEqual(change);
      expect(plane(change).sort((a, b) => a - b)).toEqual(plane({}));
    }
  });
});

describe('a temperature', () => {
  it('is found again where logits were multiplied by a factor', () => {
    const rng = new Rng(3);
    const n = 4000;
    const logits = Float64Array.from({ length: n }, () => 2 * rng.normal());
    const labels = Int32Array.from(logits, (z) => (rng.uniform() < 1 / (1 + Math.exp(-z)) ? 1 : 0));
    const fitted = fitStampTemperature(
      logits.map((z) => 3 * z),
      labels,
      2,
    );
    // Of 4,000 draws the factor is known to some per cent.
    expect(fitted.kind === 'temperature' && Math.abs(fitted.temperature / 3 - 1)).toBeLessThan(0.12);
    // The same question with a third class that never is.
    const three = Float64Array.from({ length: 3 * n }, (_, i) =>
      i % 3 === 0 ? 0 : i % 3 === 1 ? 3 * logits[Math.floor(i / 3)] : -200,
    );
    const soft = fitStampTemperature(three, labels, 3);
    expect(soft.kind === 'temperature' && Math.abs(soft.temperature / 3 - 1)).toBeLessThan(0.12);
  });

  it('leaves no stamp certain where validation stamps do not overlap', () => {
    const labels = Int32Array.from({ length: 50 }, (_, i) => i % 2);
    const logits = Float64Array.from(labels, (label) => (label === 1 ? 5 : -5));
    const fitted = fitStampTemperature(logits, labels, 2);
    if (fitted.kind === 'none') throw new Error(fitted.reason);
    const p = stampProbabilities(logits, 2, fitted)[3];
    // (n + 1)/(n + 2) of 25 stamps.
    expect(p).toBeCloseTo(26 / 27, 3);
  });

  it('turns probabilities into logits and back', () => {
    const p = Float64Array.from([0.2, 0.8, 0.9, 0.1]);
    expect([...stampProbabilities(asLogits(p, 1), 2)].map((v) => v.toFixed(12))).toEqual(
      [...p].map((v) => v.toFixed(12)),
    );
    const three = Float64Array.from([0.2, 0.5, 0.3]);
    expect([...stampProbabilities(asLogits(three, 3), 3)].map((v) => v.toFixed(12))).toEqual(
      [...three].map((v) => v.toFixed(12)),
    );
  });
});
