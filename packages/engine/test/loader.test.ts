import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defineNetwork, loadWeights, train, TrainingError } from '../src/index.ts';
import type { Feeds, Progress, TrainOptions } from '../src/index.ts';
import { BatchLoader } from '../src/workers/index.ts';
import type { BlobSettings } from './support/blob-worker.ts';

const sizes = [8, 8, 5, 8, 3];
const loaders: BatchLoader[] = [];

function loader(settings: Partial<BlobSettings> = {}, workers = 3, prefetch?: number): BatchLoader {
  const made = new BatchLoader({
    module: new URL('./support/blob-worker.ts', import.meta.url),
    settings: { sizes, ...settings },
    workers,
    ...(prefetch === undefined ? {} : { prefetch }),
  });
  loaders.push(made);
  return made;
}

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'loader-'))));
afterEach(async () => {
  await Promise.all(loaders.splice(0).map((one) => one.close()));
  await rm(folder, { recursive: true });
});

async function all(batches: AsyncIterable<Feeds>): Promise<Feeds[]> {
  const list: Feeds[] = [];
  for await (const feeds of batches) list.push(feeds);
  return list;
}

const network = defineNetwork({
  name: 'blobs',
  inputs: { image: ['N', 1, 8, 8] },
  build(b, { image }) {
    const x = b.relu(b.batchNorm(b.conv2d(image, { name: 'conv', out: 8, bias: false }), { name: 'norm' }));
    return { logits: b.dense(b.dropout(b.globalMax(x), 0.25), { name: 'logits', out: 1 }) };
  },
});

type Options = TrainOptions<'image', 'logits', 'label'>;
function options(from: BatchLoader, losses: number[], more: Partial<Options> = {}): Options {
  return {
    network,
    targets: { label: ['N', 1] },
    loss: (b, { logits }, { label }) => ({ loss: b.mean(b.bceWithLogits(logits, label)) }),
    data: { from: (epoch, first) => from.epoch(epoch, sizes.length, first) },
    epochs: 3,
    seed: 3,
    averageDecay: 0.9,
    onProgress: (p: Progress) => void losses.push(p.result.loss),
    ...more,
  };
}

describe('BatchLoader', () => {
  it('gives the same batches in order whatever the number of workers', async () => {
    const [one, three] = await Promise.all([all(loader({}, 1).epoch(4, 5)), all(loader({}, 3).epoch(4, 5))]);
    expect(one.map(({ label }) => label.length)).toEqual(sizes);
    expect(three).toEqual(one);
    expect(await all(loader({}, 2).epoch(4, 5, 3))).toEqual(one.slice(3));
  });

  it('names the batch that could not be made, after those before it', async () => {
    const seen: number[] = [];
    const failing = (async () => {
      for await (const { label } of loader({ broken: [2, 3] }).epoch(2, 5)) seen.push(label.length);
    })();
    await expect(failing).rejects.toThrow('epoch 2, batch 3 could not be made: the disk is gone');
    await expect(failing).rejects.toMatchObject({ code: 'BATCH_FAILED' });
    expect(seen).toEqual([8, 8, 5]);
  });

  it('refuses to work without workers', () => {
    expect(() => loader({}, 0)).toThrow(/workers 0 and prefetch 0 must be whole numbers of at least 1/);
  });
});

describe('training from worker threads', () => {
  it('goes through the same losses interrupted within an epoch or not, making no batch twice', async () => {
    const whole: number[] = [];
    const straight = await train(options(loader(), whole));
    const parts: number[] = [];
    const controller = new AbortController();
    const first = await train(
      options(loader({}, 2), parts, {
        checkpointDir: folder,
        signal: controller.signal,
        onProgress(p) {
          parts.push(p.result.loss);
          if (p.step === 8) controller.abort();
        },
      }),
    );
    expect(first.stopped).toBe('aborted');
    const asked: [number, number][] = [];
    const workers = loader({}, 1);
    const second = await train(
      options(workers, parts, {
        checkpointDir: folder,
        resume: true,
        data: {
          from(epoch, from) {
            asked.push([epoch, from]);
            return workers.epoch(epoch, sizes.length, from);
          },
        },
      }),
    );
    expect(asked).toEqual([
      [1, 3],
      [2, 0],
    ]);
    expect(parts).toEqual(whole);
    expect(second.weights).toEqual(straight.weights);
  });

  it('stops at a batch with NaN, names it and keeps the last good checkpoint', async () => {
    const losses: number[] = [];
    const broken = train(options(loader({ nan: [1, 2] }), losses, { checkpointDir: folder }));
    const error = await broken.catch((e: unknown) => e);
    expect(error).toBeInstanceOf(TrainingError);
    expect(error).toMatchObject({ code: 'NOT_FINITE' });
    expect((error as Error).message).toMatch(/^epoch 1, batch 2: .*last\.safetensors$/);
    expect(losses).toHaveLength(7);
    const { metadata, weights } = await loadWeights(join(folder, 'last.safetensors'));
    expect(JSON.parse(metadata.position)).toMatchObject({ steps: 5, epoch: 1, batch: 0 });
    for (const { data } of Object.values(weights)) expect(data.every(Number.isFinite)).toBe(true);
    const lines = (await readFile(join(folder, 'metrics.jsonl'), 'utf8')).trim().split('\n');
    expect(lines.every((line) => Number.isFinite((JSON.parse(line) as { step: number }).step))).toBe(true);
  });
});
