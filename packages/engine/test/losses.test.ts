// Compares losses and their gradients with fixtures/losses.json, written by fixtures/losses.py.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Builder } from '../src/builder.ts';
import { differentiate, lower } from '../src/lower.ts';
import {
  binaryCrossEntropy,
  categoricalCrossEntropy,
  categoricalFocal,
  dice,
  focal,
  logCoshError,
  meanSquaredError,
  selfDistillation,
  tversky,
  variationalLoss,
} from '../src/index.ts';
import { Graph } from '../src/onnx/graph.ts';
import type { Operations } from '../src/operations.ts';
import { createSession, tensorOver } from '../src/runtime/session.ts';
import type { Leaf, Tensor } from '../src/tensor.ts';

interface Stored {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}
interface Case {
  readonly loss: keyof typeof losses;
  readonly tensors: Readonly<Record<string, readonly Stored[]>>;
  readonly options: never;
  readonly value: number;
  readonly gradients: Readonly<Record<string, readonly Stored[]>>;
}

type Loss = (b: Operations, tensors: never, options: never) => Tensor | { readonly loss: Tensor };
const losses = {
  binaryCrossEntropy,
  categoricalCrossEntropy,
  categoricalFocal,
  dice,
  focal,
  logCoshError,
  meanSquaredError,
  selfDistillation,
  tversky,
  variationalLoss,
} as const satisfies Record<string, Loss>;

const url = new URL('./fixtures/losses.json', import.meta.url);
const fixture = JSON.parse(readFileSync(url, 'utf8')) as { readonly cases: readonly Case[] };

/** Largest difference, relative to the largest expected size or 1. */
function distance(actual: ArrayLike<number>, expected: readonly number[]): number {
  const scale = Math.max(1, ...expected.map(Math.abs));
  return expected.reduce((worst, value, k) => Math.max(worst, Math.abs(value - actual[k])), 0) / scale;
}

describe('losses agree with PyTorch and the papers’ formulas, value and gradients', () => {
  it('in a case for each', () => {
    const covered = new Set(fixture.cases.map((test) => test.loss));
    expect([...covered].sort()).toEqual(Object.keys(losses).sort());
  });

  it.each(fixture.cases.map((test, k) => [`${k}: ${test.loss}`, test] as const))('%s', async (_, test) => {
    const leaves: Leaf[] = [];
    const tensors = Object.entries(test.tensors).map(([name, [{ shape }]]) => {
      const made: Leaf = { kind: 'parameter', name: `${name}/0`, shape };
      leaves.push(made);
      return [name, made] as const;
    });
    const function_ = losses[test.loss] as Loss;
    const result = function_(new Builder('training'), Object.fromEntries(tensors) as never, test.options);
    const loss = 'loss' in result ? result.loss : result;
    expect(loss.shape).toEqual([]);
    const graph = new Graph({ opset: 21, contributed: true, differentiated: true });
    const values = new Map(leaves.map((leaf) => [leaf.name, graph.input(leaf.name, leaf.shape)]));
    const lowered = lower(graph, [loss], (leaf) => values.get(leaf.name)!);
    const wanted = leaves.filter((leaf) => leaf.name.split('/')[0] in test.gradients);
    const gradients = differentiate(graph, lowered, loss, wanted);
    const named = wanted.map((leaf) => [`d${leaf.name}`, gradients.get(leaf)!] as const);
    const model = graph.toModel('loss', { y: lowered.get(loss)!.output, ...Object.fromEntries(named) });
    const session = await createSession(model, { threads: 1 });
    const feeds = Object.entries(test.tensors).flatMap(([name, list]) =>
      list.map(({ shape, data }, k) => [`${name}/${k}`, tensorOver(Float32Array.from(data), shape)] as const),
    );
    const results = await session.run(Object.fromEntries(feeds));
    // The oracle is in double precision: what remains are a few roundings of float32.
    expect(distance(results.y.data as Float32Array, [test.value])).toBeLessThan(1e-6);
    for (const [name, list] of Object.entries(test.gradients)) {
      list.forEach(({ data }, k) => {
        expect(distance(results[`d${name}/${k}`].data as Float32Array, data), name).toBeLessThan(2e-6);
      });
    }
    await session.release();
  });
});

describe('a loss refuses what does not fit', () => {
  const b = new Builder('training');
  const leaf = (...shape: number[]): Leaf => ({ kind: 'input', name: shape.join('x'), shape });
  it.each<[string, () => unknown, RegExp]>([
    [
      'targets that would broadcast',
      () => meanSquaredError(b, { predictions: leaf(4, 1), targets: leaf(4) }),
      /loss "meanSquaredError": predictions \[4, 1\] and targets \[4\] must have the same shape; reshape/,
    ],
    [
      'weights of other samples',
      () => focal(b, { logits: leaf(4, 2), targets: leaf(4, 2), sampleWeights: leaf(2) }),
      /loss "focal": sample weights \[2\] do not fit \[4, 2\]; they must be \[4\]/,
    ],
    [
      'too few class weights',
      () => categoricalCrossEntropy(b, { logits: leaf(4, 3), targets: leaf(4, 3) }, { classWeights: [1, 2] }),
      /2 class weights do not fit targets \[4, 3\]/,
    ],
    [
      'classes on no axis',
      () => dice(b, { probabilities: leaf(4), targets: leaf(4) }),
      /\[batch, classes, \.\.\.\]/,
    ],
    [
      'a smoothing of 1',
      () => binaryCrossEntropy(b, { logits: leaf(2), targets: leaf(2) }, { labelSmoothing: 1 }),
      /below 1/,
    ],
    [
      'a focal γ of ½',
      () => focal(b, { logits: leaf(2), targets: leaf(2) }, { gamma: 0.5 }),
      /0 or at least 1/,
    ],
    [
      'Tversky without smoothing',
      () => tversky(b, { probabilities: leaf(2, 1), targets: leaf(2, 1) }, { smooth: 0 }),
      /above 0/,
    ],
    [
      'a single crop',
      () => selfDistillation(b, { student: leaf(2, 1, 3), teacher: leaf(2, 1, 3) }),
      /no pair of different crops/,
    ],
    [
      'a teacher of other outputs',
      () => selfDistillation(b, { student: leaf(2, 4, 3), teacher: leaf(2, 2, 5) }),
      /heads \[2, 4, 3\] and \[2, 2, 5\] must be \[batch, crops, outputs\] of the same samples/,
    ],
  ])('%s', (_, call, message) => expect(call).toThrow(message));
});
