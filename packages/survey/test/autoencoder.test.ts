import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Rng } from '@blemish/sky';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeNpy, encodeNpy } from '../src/arrays/index.ts';
import { embedObjects } from '../src/frames/index.ts';
import { trainFromRecipe } from '../src/training/index.ts';

const timeout = 120_000;
const [objects, perObject] = [12, 25];

let root: string;
let data: string;
let recipe: string;

/** A star of some width at some place, noise: what three numbers say. */
function frames(oid: number): Float32Array {
  const rng = new Rng(7, oid);
  const out = new Float32Array(perObject * 784);
  for (let t = 0; t < perObject; t++) {
    const width = rng.uniform(1.5, 3);
    const [cx, cy] = [rng.uniform(7, 20), rng.uniform(7, 20)];
    for (let i = 0; i < 784; i++) {
      const [x, y] = [i % 28, Math.floor(i / 28)];
      const star = Math.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * width ** 2));
      out[t * 784 + i] = 300 + 2000 * star + rng.normal(0, 20);
    }
  }
  return out;
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'blemish-autoencoder-'));
  data = join(root, 'objects');
  await mkdir(data);
  for (let oid = 0; oid < objects; oid++) {
    const stack = { shape: [perObject, 28, 28], data: frames(oid) };
    if (oid === 3) stack.data.fill(NaN, 0, 784);
    await writeFile(join(data, `${oid}.npy`), encodeNpy(stack));
  }
  await writeFile(join(data, 'short.npy'), encodeNpy({ shape: [3, 5], data: new Float32Array(15) }));
  recipe = join(root, 'tiny.toml');
  await writeFile(
    recipe,
    `name = "tiny"
task = "autoencoder"
[data]
validation = 0.25
[model]
network = "vae"
latent = 6
[training]
epochs = 8
batch = 16
learning_rate = 2e-3
schedule = "cosine"
rotation = "quarter-turns"
`,
  );
});
afterAll(() => rm(root, { recursive: true, force: true }));

interface MetricsFile {
  readonly epochs: readonly {
    readonly epoch: number;
    readonly training: object;
    readonly validation: object;
  }[];
  readonly reconstruction: {
    readonly logCosh: Readonly<Record<string, { value: number; low: number; high: number }>>;
  };
  readonly failed: readonly { readonly code: string }[];
}

const metricsOf = async (run: string): Promise<MetricsFile> =>
  JSON.parse(await readFile(join(run, 'metrics.json'), 'utf8')) as MetricsFile;

describe('an autoencoder of frames', () => {
  it('makes unseen frames again better than their mean, and is opened by embed', { timeout }, async () => {
    const run = join(root, 'run');
    const notes: string[] = [];
    const result = await trainFromRecipe(recipe, { data, out: run, onNote: (note) => notes.push(note) });
    expect(result.interrupted).toBe(false);
    const { reconstruction, epochs, failed } = await metricsOf(run);
    expect(epochs.map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(reconstruction.logCosh['network'].high).toBeLessThan(reconstruction.logCosh['mean frame'].low);
    expect(failed.map(({ code }) => code)).toEqual(['STAMP_SHAPE', 'SEQUENCE_SHORT']);
    expect(notes).toContain('left out: 1 frames without a pixel that has a value');
    const report = await readFile(join(run, 'report.html'), 'utf8');
    // Ten frames drawn and the ten worst, each beside what network and principal components make of it.
    expect(report.match(/<img src="data:image\/png/g)!.length).toBe(2 * 3 * 10);

    const out = join(root, 'embeddings');
    const embedded = await embedObjects({ model: run, inputs: [data], out });
    expect(embedded).toMatchObject({ objects, frames: objects * perObject, empty: 1, dimensions: 6 });
    const { shape, data: values } = decodeNpy(await readFile(join(out, '5.npy')));
    expect(shape).toEqual([perObject, 6]);
    // The numbers say something: they differ between frames, and by far less than a random network's would overflow.
    const numbers = [...values].map(Number);
    expect(numbers.every(Number.isFinite)).toBe(true);
    expect(new Set(numbers).size).toBeGreaterThan(perObject);
  });

  it('interrupted twice and resumed has the losses of one go', { timeout }, async () => {
    const run = join(root, 'resumed');
    for (const steps of [4, 30]) {
      const stop = new AbortController();
      const onProgress = ({ done, message }: { done: number; message: string }) => {
        if (message.startsWith('training') && done >= steps) stop.abort();
      };
      const part = await trainFromRecipe(recipe, {
        data,
        out: run,
        resume: true,
        signal: stop.signal,
        onProgress,
      });
      expect(part.interrupted).toBe(true);
    }
    await expect(trainFromRecipe(recipe, { data, out: run })).rejects.toMatchObject({
      code: 'OUTPUT_EXISTS',
    });
    await trainFromRecipe(recipe, { data, out: run, resume: true });
    const [once, resumed] = [await metricsOf(join(root, 'run')), await metricsOf(run)];
    const losses = ({ epochs }: MetricsFile) =>
      epochs.map(({ training, validation }) => [training, validation]);
    expect(losses(resumed)).toEqual(losses(once));
    expect(resumed.reconstruction).toEqual(once.reconstruction);
  });

  it('is refused without frames, and with those of one object', async () => {
    const refused = (options: { data?: string }) =>
      trainFromRecipe(recipe, { ...options, out: join(root, 'refused'), force: true });
    await expect(refused({})).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    const one = join(data, '1.npy');
    await expect(refused({ data: one })).rejects.toMatchObject({ code: 'FRAMES_REFUSED' });
    const none = join(data, 'short.npy');
    await expect(refused({ data: none })).rejects.toMatchObject({ code: 'FRAMES_REFUSED' });
  });
});
