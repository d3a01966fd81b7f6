import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Rng } from '@blemish/sky';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeNpy } from '../src/arrays/index.ts';
import { selfDistillationRecipe } from '../src/self-distillation-recipe.ts';
import type { SelfDistillationRecipe } from '../src/self-distillation-recipe.ts';
import { findCollapse } from '../src/self-distillation/collapse.ts';
import { cropBatches } from '../src/self-distillation/crop-batches.ts';
import { cropView } from '../src/self-distillation/crop-view.ts';
import { embeddingHealth } from '../src/self-distillation/embedding-health.ts';
import { trainFromRecipe } from '../src/training/index.ts';

const timeout = 120_000;
/** CCDs of exposures of four, views of 16 × 16. */
const [count, size, views] = [40, 16, 2];

const minimal = {
  name: 'tiny',
  task: 'self-distillation',
  data: { validation: 0.2 },
  model: {
    size: 'tiny',
    ...{ dim: 16, depth: 1, heads: 2, patch: 4, registers: 1 },
    head: { hidden: 16, bottleneck: 8, outputs: 16 },
  },
  crops: { small: 2, small_size: 8, large_size: 12 },
  training: { epochs: 3, batch: 8 },
  // These pictures differ in one way alone.
  collapse: { rank: 1 },
};

let root: string;
let data: string;

/** Each exposure has waves of its own length, which one label in two tells. */
function pixels(): Uint8Array {
  const rng = new Rng(11, 1);
  const out = new Uint8Array(count * size * size * views);
  for (let i = 0; i < out.length; i++) {
    const ccd = Math.floor(i / (size * size * views));
    const x = Math.floor(i / views) % size;
    const wave = Math.sin((x * Math.PI) / (2 + (Math.floor(ccd / 4) % 2) * 6));
    out[i] = Math.round(120 + 60 * wave + rng.uniform(0, 20));
  }
  return out;
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'blemish-views-'));
  data = join(root, 'set');
  await mkdir(data);
  const array = { shape: [count, size, size, views], data: pixels() };
  await writeFile(join(data, 'stamps.npy'), encodeNpy(array));
  const rows = Array.from({ length: count }, (_, k) => {
    const exposure = Math.floor(k / 4);
    return `${k},${exposure},${exposure},${exposure % 2 === 0 ? 'Noise' : 'Good'}`;
  });
  await writeFile(join(data, 'stamps.csv'), `index,exposure,group,reason\n${rows.join('\n')}\n`);
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** TOML of a plain object of tables. */
async function recipeFile(name: string, changes: object): Promise<string> {
  const table = (entries: object): string =>
    Object.entries(entries)
      .filter(([, value]) => typeof value !== 'object' || Array.isArray(value))
      .map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`)
      .join('');
  const merged: Record<string, object> = { ...minimal, ...changes } as never;
  const tables = Object.entries(merged).flatMap(([key, value]) =>
    typeof value === 'object' ? [`[${key}]\n${table(value)}`] : [],
  );
  const path = join(root, `${name}.toml`);
  await writeFile(path, `${table(merged)}${tables.join('')}[model.head]\n${table(minimal.model.head)}`);
  return path;
}

const collapseBounds = selfDistillationRecipe.parse({ ...minimal, collapse: {} }).collapse;

describe('collapse', () => {
  const figures = { rank: 6, deviation: 0.3, spread: 4, entropy: 3 };
  it.each([
    ['of healthy figures: none', {}, null],
    ['one embedding', { deviation: 0.001 }, 'deviation'],
    ['one direction', { rank: 1.01 }, 'rank'],
    ['one output takes all', { spread: 0.01 }, 'spread'],
    ['even answers', { entropy: Math.log(1024) }, 'evenness'],
    ['figures that are no numbers', { rank: NaN }, 'rank'],
  ])('%s', (_, changed, measure) => {
    const found = findCollapse({ ...figures, ...changed }, collapseBounds, 1024);
    expect(found?.measure ?? null).toBe(measure);
    if (found !== null) expect(found.message).toMatch(/(below|above) .*collapse\.\w+\); .*training\./);
  });

  it('is told by embeddings: rank and deviation of numbers of known covariance', () => {
    const rng = new Rng(5, 0);
    const normal = (n: number, width: number, alive: number, around: number) =>
      Float32Array.from({ length: n * width }, (_, i) => around + (i % width < alive ? rng.normal() : 0));
    // Ten directions alike: a sample of 2000 spreads eigenvalues by √(10/2000).
    const isotropic = embeddingHealth(normal(2000, 10, 10, 0), 10);
    expect(isotropic.rank).toBeGreaterThan(9.8);
    expect(isotropic.deviation).toBeCloseTo(1, 1);
    expect(embeddingHealth(normal(500, 10, 1, 3), 10).rank).toBeCloseTo(1, 6);
    expect(embeddingHealth(new Float32Array(60).fill(2), 6).deviation).toBeLessThan(1e-12);
  });
});

describe('crops', () => {
  const crops = (changes: object): SelfDistillationRecipe['crops'] => ({
    ...selfDistillationRecipe.parse(minimal).crops,
    ...{ brightness: 0, contrast: 0, noise: 0 },
    ...changes,
  });
  const view = { pixels: Uint8Array.from({ length: 256 }, (_, k) => k), offset: 0, stride: 1, size: 16 };
  const cut = (seed: number, settings: SelfDistillationRecipe['crops'], side = 8) => {
    const out = new Float32Array(side * side);
    cropView(view, side, settings, { mean: 0, deviation: 1 / 255 }, new Rng(seed, 0), out);
    return Array.from(out, Math.round);
  };

  it('without magnification are the view’s own pixels, mirrored and turned', () => {
    const upright = cut(3, crops({ flips: false }));
    expect(upright.every((value, k) => value === upright[0] + 16 * Math.floor(k / 8) + (k % 8))).toBe(true);
    const steps = new Set<string>();
    for (let seed = 0; seed < 60; seed++) {
      const [first, right, ...others] = cut(seed, crops({}));
      steps.add(`${right - first},${others[6] - first}`);
    }
    expect(steps.size).toBe(8);
  });

  it('magnified lie between pixels: a plane of grey levels stays one, of half the slope', () => {
    const values = cut(9, crops({ zoom: [2, 2], flips: false }));
    // A cut at the edge repeats it; inside, two steps to the right are one pixel.
    for (let y = 2; y < 5; y++) expect(values[8 * y + 5] - values[8 * y + 3]).toBeLessThanOrEqual(2);
    expect(Math.abs(values[8 * 5 + 4] - values[8 * 3 + 4] - 16)).toBeLessThanOrEqual(1);
  });

  it('are of the views and CCDs that the recipe says', async () => {
    // A grey level says CCD and view.
    const level = (ccd: number, channel: number) => 10 * ccd + 100 * channel;
    const area = 16 * 16;
    const array = Uint8Array.from({ length: 8 * area * 2 }, (_, i) =>
      level(Math.floor(i / (2 * area)), i % 2),
    );
    const set = { pixels: array, size: 16, views: 2, groups: Uint32Array.from([0, 0, 1, 1, 2, 2, 3, 3]) };
    const seen = async (changes: object) => {
      const recipe = { ...selfDistillationRecipe.parse(minimal), crops: crops(changes) };
      const batches = cropBatches({
        ...{ set: set as never, grey: { mean: 0, deviation: 1 / 255 }, recipe, largeSize: 12 },
        ...{ temperature: () => 0.04, places: Uint32Array.from({ length: 8 }, (_, k) => k) },
      });
      const found: number[][] = [];
      for await (const { large, small } of batches.from(0, 0)) {
        for (let k = 0; k < 8; k++) {
          const of = (crop: Float32Array, side: number, i: number) =>
            Math.round(crop[(2 * k + i) * side * side]);
          found.push([of(large, 12, 0), of(large, 12, 1), of(small, 8, 0), of(small, 8, 1)]);
        }
      }
      return found;
    };
    for (const [a, b, c, d] of await seen({ across_ccds: 0 })) expect(new Set([a, b, c, d]).size).toBe(1);
    for (const [a, b, c, d] of await seen({ across_views: 1, across_ccds: 0 })) {
      expect([b, c, d]).toEqual([a + 100, a, a + 100]);
      expect(a).toBeLessThan(100);
    }
    for (const [a, b, c] of await seen({ across_ccds: 1 })) {
      expect(Math.floor(a / 20)).toBe(Math.floor(b / 20));
      expect(a).not.toBe(b);
      expect(c).toBe(a);
    }
    expect(await seen({})).toEqual(await seen({}));
  });
});

describe('training', () => {
  const train = async (name: string, options: object = {}, changes: object = {}) =>
    trainFromRecipe(await recipeFile(name, changes), { data, out: join(root, name), ...options });
  const network = (name: string) => readFile(join(root, name, 'bundle', 'model.onnx'));

  it(
    'killed within an epoch and resumed gives the bundle of one go',
    async () => {
      const whole = await train('whole');
      expect(whole.metrics).toMatchObject({
        rank: expect.any(Number) as number,
        probe: expect.any(Number) as number,
      });
      let steps = 0;
      const killed = train('parts', {
        onProgress: ({ message }: { readonly message: string }) => {
          // Nothing is saved on the way out.
          if (message.startsWith('training') && ++steps === 6) throw new Error('killed');
        },
      });
      await expect(killed).rejects.toThrow('killed');
      const stop = new AbortController();
      const aborted = await train('parts', {
        resume: true,
        signal: stop.signal,
        onProgress: ({ done }: { readonly done: number }) => {
          if (done === 7) stop.abort();
        },
      });
      expect(aborted.interrupted).toBe(true);
      const resumed = await train('parts', { resume: true });
      expect(resumed.metrics).toEqual(whole.metrics);
      expect((await network('parts')).equals(await network('whole'))).toBe(true);
    },
    timeout,
  );

  it(
    'that collapses ends with an error and a report that says why, and without a bundle',
    async () => {
      const bounds = { collapse: { rank: 40 } };
      await expect(train('collapsed', {}, bounds)).rejects.toMatchObject({ code: 'EMBEDDINGS_COLLAPSED' });
      const report = await readFile(join(root, 'collapsed', 'report.html'), 'utf8');
      expect(report).toMatch(
        /Stopped: this training collapsed.*effective rank of embeddings is [\d.]+, below 40/s,
      );
      await expect(network('collapsed')).rejects.toThrow('ENOENT');
      const notes: string[] = [];
      const warned = { onNote: (note: string) => notes.push(note) };
      await train('warned', warned, { collapse: { rank: 40, action: 'warn' } });
      expect(notes).toHaveLength(2);
      expect((await network('warned')).length).toBeGreaterThan(0);
    },
    timeout,
  );

  it('refuses sizes that do not fit, before anything is written', async () => {
    const wrong = { crops: { ...minimal.crops, small_size: 10 } };
    await expect(train('wrong', {}, wrong)).rejects.toMatchObject({
      code: 'VIEWS_REFUSED',
      message: expect.stringMatching(/crops of 10.*multiples of the patch, 4/) as string,
    });
    await expect(readFile(join(root, 'wrong', 'recipe.toml'))).rejects.toThrow('ENOENT');
  });
});
