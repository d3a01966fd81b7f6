import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  compileTraining,
  defineNetwork,
  exportOnnx,
  initialWeights,
  loadModel,
  train,
} from '../src/index.ts';
import type { Device, Feeds, TrainingOptions, TrainOptions, Weights } from '../src/index.ts';
import type { OptimizerOptions } from '../src/training/optimizer-options.ts';
import { blobs } from './support/blobs.ts';
import { webgpuMissing } from './support/webgpu.ts';

const missing = await webgpuMissing();
if (missing) console.warn(`skipped: ${missing}`);

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'webgpu-'))));
afterEach(() => rm(folder, { recursive: true }));

const network = defineNetwork({
  name: 'blobs',
  inputs: { image: ['N', 1, 8, 8] },
  build(b, { image }) {
    const x = b.batchNorm(b.conv2d(image, { name: 'conv', out: 8, bias: false }), { name: 'norm' });
    const y = b.relu(b.conv2d(b.maxPool(b.relu(x)), { name: 'deep', out: 12 }));
    return { logits: b.dense(b.dropout(b.globalMax(y), 0.25), { name: 'logits', out: 1 }) };
  },
});

type Options = TrainingOptions<'logits', 'label'>;
const options = (device: Device, more: Partial<Options> = {}): Options => ({
  targets: { label: ['N', 1] },
  loss(b, { logits }, { label }) {
    const loss = b.mean(b.bceWithLogits(logits, label));
    return { loss, parts: { half: b.scale(loss, 0.5) } };
  },
  seed: 3,
  device,
  ...more,
});

function largestDifference(a: Weights, b: Weights): number {
  expect(Object.keys(a).sort()).toEqual(Object.keys(b).sort());
  let worst = 0;
  for (const [name, { data }] of Object.entries(a)) {
    data.forEach((value, i) => (worst = Math.max(worst, Math.abs(value - b[name].data[i]))));
  }
  return worst;
}

describe.skipIf(missing)('training on WebGPU', () => {
  it('goes through the losses of the processor, with dropout, clipping, groups and averages', async () => {
    const more: Partial<Options> = {
      optimizer: { learningRate: 0.01, weightDecay: 0.1 },
      gradientClip: 0.5,
      averageDecay: 0.9,
      groups: [
        { parameters: 'deep.*', rateFactor: 0.5, l1: 1e-3, l2: 1e-2 },
        { parameters: 'conv.weight', frozen: true },
      ],
    };
    const cpu = compileTraining(network, options('cpu', more));
    const card = compileTraining(network, options('webgpu', more));
    // The last batch is smaller: a second graph, on the same state.
    for (const [step, size] of [8, 8, 8, 5, 8, 5].entries()) {
      const feeds = blobs(0, step, size);
      const expected = await cpu.step(feeds);
      const { loss, parts, gradientNorm } = await card.step(feeds);
      expect(Math.abs(loss - expected.loss)).toBeLessThan(1e-3);
      expect(parts.half).toBeCloseTo(loss / 2, 5);
      expect(Math.abs(gradientNorm / expected.gradientNorm - 1)).toBeLessThan(1e-3);
    }
    expect(() => card.weights()).toThrow(/await sync\(\) first/);
    await card.sync();
    for (const averaged of [false, true]) {
      expect(largestDifference(cpu.weights({ averaged }), card.weights({ averaged }))).toBeLessThan(1e-4);
      const feeds = blobs(1, 0, 8);
      const expected = await cpu.evaluate(feeds, { averaged });
      expect((await card.evaluate(feeds, { averaged })).loss).toBeCloseTo(expected.loss, 4);
    }
    expect(card.weights()['conv.weight']).toEqual(initialWeights(network, 3)['conv.weight']);
    expect(() => card.gradients()).toThrow(/stay on the device/);
    await Promise.all([cpu.close(), card.close()]);
  }, 240_000);

  it('leaves everything as it was where a batch holds NaN', async () => {
    const card = compileTraining(network, options('webgpu'));
    await card.step(blobs(0, 0, 8));
    await card.sync();
    const before = structuredClone([...card.arrays()]);
    const broken = blobs(0, 1, 8);
    broken.image.fill(NaN);
    await expect(card.step(broken)).rejects.toMatchObject({ code: 'NOT_FINITE' });
    expect(card.steps).toBe(1);
    await card.sync();
    expect([...card.arrays()]).toEqual(before);
    await card.step(blobs(0, 1, 8));
    await card.close();
  }, 240_000);

  it('leaves checkpoints that the processor goes on from, and goes on from its own', async () => {
    const whole: number[] = [];
    const run = (device: Device, epochs: number, losses: number[]) =>
      train({
        ...options(device, { averageDecay: 0.9 }),
        network,
        data: (epoch) => [0, 1, 2].map((batch): Feeds => blobs(epoch, batch, 8)),
        epochs,
        checkpointDir: folder,
        resume: losses !== whole,
        onProgress: ({ result }) => void losses.push(result.loss),
      } satisfies TrainOptions<'image', 'logits', 'label'>);
    await run('cpu', 3, whole);
    await rm(folder, { recursive: true });
    const parts: number[] = [];
    await run('webgpu', 1, parts);
    await run('cpu', 2, parts);
    const { history } = await run('webgpu', 3, parts);
    expect(parts).toHaveLength(9);
    parts.forEach((loss, k) => expect(Math.abs(loss - whole[k])).toBeLessThan(1e-3));
    expect(history).toHaveLength(1);
  }, 240_000);

  const kinds: OptimizerOptions[] = [
    { kind: 'sgd', momentum: 0, weightDecay: 0.1 },
    { kind: 'sgd', defaults: 'keras', momentum: 0.9, nesterov: true },
    { kind: 'rmsprop', defaults: 'keras', momentum: 0.5, centered: true },
    { kind: 'rmsprop', weightDecay: 0.1 },
    { kind: 'adadelta' },
    { kind: 'adam', defaults: 'keras' },
    { kind: 'adam', weightDecay: 0.1 },
  ];
  it.each(kinds)(
    'takes the steps of $kind $defaults',
    async (optimizer) => {
      const line = defineNetwork({
        name: 'line',
        inputs: { x: ['N', 3] },
        build: (b, { x }) => ({ y: b.dense(x, { name: 'y', out: 2 }) }),
      });
      const sessions = (['cpu', 'webgpu'] as const).map((device) =>
        compileTraining(line, {
          targets: { t: ['N', 2] },
          loss: (b, { y }, { t }) => ({ loss: b.mean(b.mul(b.sub(y, t), b.sub(y, t))) }),
          optimizer,
          gradientClipValue: 0.4,
          device,
        }),
      );
      for (let k = 0; k < 4; k++) {
        const feeds = {
          x: Float32Array.from({ length: 12 }, (_, i) => Math.sin(i + k)),
          t: Float32Array.from({ length: 8 }, (_, i) => Math.cos(2 * i + k)),
        };
        for (const session of sessions) await session.step(feeds, { learningRate: 0.05 });
      }
      const [cpu, card] = sessions;
      await card.sync();
      const [expected, found] = [cpu.arrays(), card.arrays()];
      expect([...found.keys()]).toEqual([...expected.keys()]);
      for (const [name, { data }] of expected) {
        data.forEach((value, i) => expect(found.get(name)!.data[i]).toBeCloseTo(value, 5));
      }
      for (const session of sessions) await session.close();
    },
    120_000,
  );
});

describe.skipIf(missing)('inference on WebGPU', () => {
  it('gives what the processor gives', async () => {
    const deep = defineNetwork({
      name: 'deep',
      inputs: { image: ['N', 9, 16, 16] },
      build(b, { image }) {
        const x = b.relu(b.batchNorm(b.conv2d(image, { name: 'a', out: 16, stride: 2 }), { name: 'norm' }));
        return { logits: b.dense(b.globalMean(x), { name: 'logits', out: 3 }) };
      },
    });
    const bytes = exportOnnx(deep, initialWeights(deep, 1));
    const image = Float32Array.from({ length: 2 * 9 * 256 }, (_, i) => Math.sin(i * i));
    const [expected, found] = await Promise.all(
      (['cpu', 'webgpu'] as const).map(async (device) => {
        const model = await loadModel(bytes, { device });
        const { logits } = await model.run({ image });
        await model.close();
        return logits;
      }),
    );
    expect(found.shape).toEqual([2, 3]);
    expected.data.forEach((value, i) => expect(found.data[i]).toBeCloseTo(value, 4));
  }, 120_000);
});
