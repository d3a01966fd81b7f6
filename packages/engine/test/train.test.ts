import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  cosine,
  defineNetwork,
  exportOnnx,
  loadModel,
  loadWeights,
  train,
  TrainingError,
} from '../src/index.ts';
import type { Feeds, Progress, TrainOptions } from '../src/index.ts';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'engine-'))));
afterEach(() => rm(folder, { recursive: true }));

const network = defineNetwork({
  name: 'blobs',
  inputs: { image: ['N', 1, 8, 8] },
  build(b, { image }) {
    const x = b.relu(b.batchNorm(b.conv2d(image, { name: 'conv', out: 8, bias: false }), { name: 'norm' }));
    return { logits: b.dense(b.dropout(b.globalMax(x), 0.25), { name: 'logits', out: 1 }) };
  },
});

/** Noise with a bright 2×2 blob in every other image; the last batch is smaller. */
function* batches(epoch: number, sizes = [8, 8, 5]): Generator<Feeds> {
  let state = 7 + epoch;
  const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 4294967296;
  for (const size of sizes) {
    const image = Float32Array.from({ length: size * 64 }, () => random() - 0.5);
    const label = Float32Array.from({ length: size }, (_, k) => k % 2);
    for (let k = 1; k < size; k += 2) {
      const at = k * 64 + Math.floor(random() * 7) * 8 + Math.floor(random() * 7);
      for (const pixel of [at, at + 1, at + 8, at + 9]) image[pixel] += 1.5;
    }
    yield { image, label };
  }
}

function options(more: Partial<TrainOptions<'image', 'logits', 'label'>> = {}) {
  const base: TrainOptions<'image', 'logits', 'label'> = {
    network,
    targets: { label: ['N', 1] },
    loss: (b, { logits }, { label }) => ({ loss: b.mean(b.bceWithLogits(logits, label)) }),
    data: (epoch) => batches(epoch),
    epochs: 4,
    optimizer: { learningRate: 0.01 },
    averageDecay: 0.9,
    gradientClip: 1,
    seed: 3,
  };
  return { ...base, ...more };
}

const losses = (list: number[]) => ({ onProgress: (p: Progress) => void list.push(p.result.loss) });

describe('train', () => {
  it('learns, with batches of several sizes, and its export agrees', async () => {
    const result = await train(
      options({ epochs: 60, schedule: cosine({ totalSteps: 180, warmupSteps: 10 }) }),
    );
    expect(result.stopped).toBe('finished');
    expect(result.steps).toBe(180);
    expect(result.history.at(-1)!.training.loss).toBeLessThan(0.35);
    const model = await loadModel(exportOnnx(network, result.weights), { threads: 1 });
    const [{ image, label }] = batches(1000, [64]);
    const { logits } = await model.run({ image });
    const right = logits.data.reduce((count, z, k) => count + (z > 0 === label[k] > 0.5 ? 1 : 0), 0);
    expect(right).toBeGreaterThan(60);
    await model.close();
  });

  it('goes through the same losses interrupted within an epoch or not, dropout and averages included', async () => {
    const whole: number[] = [];
    const straight = await train(options(losses(whole)));
    const parts: number[] = [];
    const controller = new AbortController();
    const first = await train(
      options({
        checkpointDir: folder,
        signal: controller.signal,
        onProgress(p) {
          parts.push(p.result.loss);
          if (p.step === 5) controller.abort();
        },
      }),
    );
    expect(first.stopped).toBe('aborted');
    expect(parts).toHaveLength(5);
    const second = await train(options({ checkpointDir: folder, resume: true, ...losses(parts) }));
    expect(parts).toEqual(whole);
    expect(second.weights).toEqual(straight.weights);
    expect(second.best).toEqual(straight.best);
    const lines = (await readFile(join(folder, 'metrics.jsonl'), 'utf8')).trim().split('\n');
    const entries = lines.map((line) => JSON.parse(line) as Record<string, number>);
    expect(entries.filter((entry) => 'gradientNorm' in entry).map((entry) => entry.loss)).toEqual(whole);
    expect(entries.filter((entry) => 'training.loss' in entry)).toHaveLength(4);
    expect((await readdir(folder)).sort()).toEqual(['best.safetensors', 'last.safetensors', 'metrics.jsonl']);
    expect((await loadWeights(join(folder, 'best.safetensors'))).weights).toEqual(second.weights);
  });

  it('stops at a batch with NaN, names it and keeps the last checkpoint', async () => {
    const broken = options({
      checkpointDir: folder,
      *data(epoch: number) {
        for (const feeds of batches(epoch)) {
          if (epoch === 2 && feeds.label.length === 5) feeds.image[3] = NaN;
          yield feeds;
        }
      },
    });
    const error = await train(broken).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(TrainingError);
    expect(error).toMatchObject({ code: 'NOT_FINITE' });
    expect((error as Error).message).toMatch(/^epoch 2, batch 2: .*last\.safetensors$/);
    const result = await train(options({ checkpointDir: folder, resume: true }));
    expect(result.steps).toBe(12);
  });

  it('keeps the best epoch and stops early', async () => {
    const scores = [0.5, 0.9, 0.7, 0.8, 0.95];
    const result = await train(
      options({
        epochs: 10,
        validate: ({ epoch }) => ({ auc: scores[epoch] }),
        monitor: { metric: 'auc', mode: 'max' },
        earlyStopping: { patience: 2 },
      }),
    );
    expect(result.stopped).toBe('early');
    expect(result.best).toEqual({ epoch: 1, value: 0.9 });
    expect(result.history).toHaveLength(4);
  });

  it('has stopped early for good: resumed, it trains no further', async () => {
    const scores = [0.5, 0.9, 0.7, 0.8, 0.95, 0.99];
    const stopping = options({
      epochs: 6,
      validate: ({ epoch }) => ({ auc: scores[epoch] }),
      monitor: { metric: 'auc', mode: 'max' },
      earlyStopping: { patience: 2 },
      checkpointDir: folder,
      resume: true,
    });
    const first = await train(stopping);
    const again = await train(stopping);
    expect([again.stopped, again.steps]).toEqual(['early', first.steps]);
    expect(again.best).toEqual({ epoch: 1, value: 0.9 });
  });

  it('says what differs in a checkpoint of another architecture', async () => {
    await train(options({ epochs: 1, checkpointDir: folder }));
    const wider = defineNetwork({
      ...network,
      build: (b, { image }) => ({ logits: b.dense(b.flatten(image), { name: 'logits', out: 1 }) }),
    });
    const resumed = train(options({ network: wider, checkpointDir: folder, resume: true }));
    await expect(resumed).rejects.toThrow(/weights\/logits\.weight is \[1, 8\], the network has \[1, 64\]/);
  });
});
