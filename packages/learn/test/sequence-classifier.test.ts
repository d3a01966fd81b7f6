// Recurrent classifiers against PyTorch: fixtures/sequence_classifier.json, written by fixtures/sequence_classifier.py, which
// says how weights and frames are drawn.
import { readFileSync } from 'node:fs';
import { compileTraining, exportOnnx, initialWeights, loadModel, networkParameters } from '@blemish/engine';
import type { Feeds, LoadedModel, WeightArray } from '@blemish/engine';
import { describe, expect, it } from 'vitest';
import { sequenceClassifier } from '../src/index.ts';

interface Fixture {
  readonly features: number;
  readonly hidden: number;
  readonly batches: readonly {
    readonly steps: number;
    readonly lengths: readonly number[];
    readonly labels: readonly number[];
  }[];
  readonly variants: readonly {
    readonly cell: 'gru' | 'lstm';
    readonly bidirectional: boolean;
    readonly weightDecay: number;
    readonly names: readonly string[];
    readonly losses: readonly number[];
    readonly logits: readonly number[];
  }[];
}
const url = new URL('./fixtures/sequence_classifier.json', import.meta.url);
const { features, hidden, batches, variants } = JSON.parse(readFileSync(url, 'utf8')) as Fixture;

/** The generator of the script: numbers in [−1, 1). */
function generator(): (count: number) => Float32Array {
  let state = 1;
  return (count) =>
    Float32Array.from({ length: count }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 31 - 1;
    });
}

async function logits(
  model: LoadedModel,
  frames: Float32Array,
  lengths: readonly number[],
): Promise<Float32Array> {
  const shape = [lengths.length, frames.length / lengths.length / features, features];
  const results = await model.run({
    frames: { data: frames, shape },
    lengths: Float32Array.from(lengths),
  });
  return results.logits.data;
}

const largest = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.max(...Array.from(a, (value, k) => Math.abs(value - b[k])));

describe('the recurrent classifiers of the frame-sequence paper', () => {
  it.each(variants.map((v) => [`${v.bidirectional ? 'bi' : ''}${v.cell}`, v] as const))(
    'go through PyTorch’s losses on packed sequences, and their export gives its logits: %s',
    async (_, { cell, bidirectional, weightDecay, names, losses, logits: expected }) => {
      const network = sequenceClassifier({ features, hidden, cell, bidirectional });
      const parameters = networkParameters(network);
      expect(parameters.map(({ name }) => name)).toEqual(names);
      const draw = generator();
      const weights = Object.fromEntries(
        parameters.map(({ name, shape }): [string, WeightArray] => {
          const count = shape.reduce((product, extent) => product * extent, 1);
          return [name, { shape, data: draw(count).map((u) => u * 0.4) }];
        }),
      );
      const feeds = batches.map(({ steps, lengths, labels }): Feeds => ({
        frames: draw(lengths.length * steps * features),
        lengths: Float32Array.from(lengths),
        labels: Float32Array.from(labels.flatMap((label) => [1 - label, label])),
      }));
      const session = compileTraining(network, {
        targets: { labels: ['N', 2] },
        loss(b, outputs, { labels }) {
          const crossEntropy = b.neg(b.sum(b.mul(b.logSoftmax(outputs.logits), labels), [1]));
          return { loss: b.mean(crossEntropy) };
        },
        optimizer: { kind: 'adam', learningRate: 0.01 },
        groups: [{ parameters: '*', weightDecay }],
        weights,
      });
      for (const [t, loss] of losses.entries()) {
        const step = await session.step(feeds[t % feeds.length]);
        expect(Math.abs(step.loss - loss), `step ${t}`).toBeLessThan(1e-5);
      }
      const model = await loadModel(exportOnnx(network, session.weights()), { threads: 1 });
      const found = await logits(model, feeds[0].frames, batches[0].lengths);
      expect(largest(found, expected)).toBeLessThan(1e-4);
      await Promise.all([session.close(), model.close()]);
    },
  );

  it('score an object alike alone, among others and with more padding', async () => {
    const network = sequenceClassifier({ features, cell: 'gru', bidirectional: true });
    const model = await loadModel(exportOnnx(network, initialWeights(network, 3)), { threads: 1 });
    const draw = generator();
    const lengths = [9, 4, 6];
    const objects = lengths.map((length) => draw(length * features));
    const together = (steps: number, padding: number) => {
      const frames = new Float32Array(lengths.length * steps * features).fill(padding);
      objects.forEach((object, k) => frames.set(object, k * steps * features));
      return logits(model, frames, lengths);
    };
    const first = await together(9, 0);
    expect(largest(await together(20, 5), first)).toBeLessThan(1e-6);
    for (const [k, object] of objects.entries()) {
      const alone = await logits(model, object, [lengths[k]]);
      expect(largest(alone, first.subarray(2 * k, 2 * k + 2))).toBeLessThan(1e-6);
    }
    await model.close();
  });

  it('list the cells they know', () => {
    const cell = 'rnn' as 'gru';
    expect(() => sequenceClassifier({ features, cell })).toThrow(/unknown cell "rnn".*gru, lstm/);
  });
});
