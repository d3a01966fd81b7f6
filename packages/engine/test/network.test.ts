import { describe, expect, it } from 'vitest';
import { compileTraining, cosine, defineNetwork, initialWeights } from '../src/index.ts';
import type { Builder, Tensor, TrainingOptions } from '../src/index.ts';

const define = (build: (b: Builder, x: Tensor) => Tensor) =>
  defineNetwork({ name: 'test', inputs: { x: ['N', 3, 8, 6] }, build: (b, { x }) => ({ y: build(b, x) }) });

describe('defineNetwork', () => {
  it.each<[string, (b: Builder, x: Tensor) => Tensor, RegExp]>([
    [
      'a join of different sizes',
      (b, x) => b.scope('up', () => b.concat([b.conv2d(x, { name: 'down', out: 2, stride: 2 }), x])),
      /layer "up\.concat" \(concat\): \[N, 2, 4, 3\] and \[N, 3, 8, 6\] cannot be joined along axis 1.*resize/,
    ],
    [
      'a broadcast',
      (b, x) => b.add(x, b.constant([1, 2], [2])),
      /layer "add".*\[N, 3, 8, 6\] and \[2\] do not broadcast.*reshape/,
    ],
    [
      'windows larger than the map',
      (b, x) => b.maxPool(b.averagePool(x), { kernel: [2, 4] }),
      /layer "maxPool".*\[2,4\] are larger than \[N, 3, 4, 3\].*smaller/,
    ],
    [
      'a dense layer on a map',
      (b, x) => b.dense(x, { name: 'out', out: 2 }),
      /layer "out" \(dense\).*\[N, 3, 8, 6\].*flatten/,
    ],
    [
      'a kernel larger than the image',
      (b, x) => b.conv2d(x, { name: 'big', out: 1, kernel: 9, padding: [0, 0, 0, 0] }),
      /layer "big".*kernel \[1, 3, 9, 9\] is larger.*padding/,
    ],
    ['a reshape that loses elements', (b, x) => b.reshape(x, [x.shape[0], 7]), /\[N, 3, 8, 6\].*\[N, 7\]/],
    ['an axis that is not there', (b, x) => b.mean(x, [4]), /layer "mean".*axis 4 does not exist/],
    [
      'two layers of one name',
      (b, x) => b.conv2d(b.conv2d(x, { name: 'a', out: 3 }), { name: 'a', out: 3 }),
      /two layers are named "a\.weight"/,
    ],
    [
      'an unknown activation',
      (b, x) => b.activation(x, 'swish' as never),
      /"swish"; known are relu, leakyRelu/,
    ],
    ['a dropout rate of 1', (b, x) => b.dropout(x, 1), /dropout rate 1 must be/],
  ])('names layer, shapes and remedy for %s', (_, build, message) => {
    expect(() => define(build)).toThrow(message);
  });

  it('refuses a parameter with the name of an input, which a graph could not tell apart', () => {
    expect(() => define((b, x) => b.mul(x, b.parameter('x', [1], { kind: 'constant', value: 1 })))).toThrow(
      /network "test": "x" names an input and a parameter; rename/,
    );
  });

  it('draws the same weights from a seed, whatever other layers there are, with He’s deviation', () => {
    const one = define((b, x) => b.conv2d(x, { name: 'a', out: 400 }));
    const two = define((b, x) => b.conv2d(b.conv2d(x, { name: 'first', out: 3 }), { name: 'a', out: 400 }));
    const a = initialWeights(one, 5)['a.weight'].data;
    expect(initialWeights(two, 5)['a.weight'].data).toEqual(a);
    expect(initialWeights(one, 6)['a.weight'].data).not.toEqual(a);
    const variance = a.reduce((sum, w) => sum + w * w, 0) / a.length;
    expect(variance / (2 / 27)).toBeGreaterThan(0.95);
    expect(variance / (2 / 27)).toBeLessThan(1.05);
  });
});

describe('compileTraining', () => {
  const network = define((b, x) => b.dropout(b.conv2d(x, { name: 'a', out: 1, kernel: 1 }), 0.5));
  const options: TrainingOptions<'y', 't'> = {
    targets: { t: ['N', 1, 8, 6] },
    loss: (b, { y }, { t }) => ({ loss: b.mean(b.bceWithLogits(y, t)) }),
  };

  it('says what is wrong with feeds and losses before anything runs', async () => {
    const session = compileTraining(network, options);
    const x = new Float32Array(2 * 144);
    const t = new Float32Array(2 * 48);
    await expect(session.step({ t })).rejects.toThrow(/input "x" is not fed/);
    await expect(session.step({ x: new Float32Array(100), t })).rejects.toThrow(/100 values.*whole samples/);
    await expect(session.step({ x })).rejects.toThrow(/"t" \[2, 1, 8, 6\] is not fed/);
    await expect(session.step({ x, t: new Float32Array(48) })).rejects.toThrow(/"t" has 48 values.*needs 96/);
    const shared = new Float32Array(new SharedArrayBuffer(x.byteLength));
    await expect(session.step({ x: shared, t })).rejects.toThrow(/shared memory.*slice/);
    await session.close();
    const unreduced = compileTraining(network, {
      ...options,
      loss: (b, { y }, { t }) => ({ loss: b.bceWithLogits(y, t) }),
    });
    await expect(unreduced.step({ x, t })).rejects.toThrow(/loss "loss" has shape \[2, 1, 8, 6\]; reduce it/);
    expect(() => compileTraining(network, { ...options, weights: {} })).toThrow(
      /a\.weight \[1, 3, 1, 1\] is missing/,
    );
  });

  it('drops the share of elements asked for, differently each step, and none in evaluation', async () => {
    // The loss is the mean output; with weights of 0 and a bias of 1 it is the mean of the mask.
    const session = compileTraining(network, {
      targets: {},
      loss: (b, { y }) => ({ loss: b.mean(y) }),
      optimizer: { learningRate: 0 },
      weights: {
        'a.weight': { shape: [1, 3, 1, 1], data: new Float32Array(3) },
        'a.bias': { shape: [1], data: Float32Array.of(1) },
      },
    });
    const x = new Float32Array(100 * 144);
    const means: number[] = [];
    for (let k = 0; k < 20; k++) means.push((await session.step({ x })).loss);
    // Each is a mean of 4800 elements 0 or 2: standard deviation 1 / √4800 = 0.0144.
    for (const mean of means) expect(Math.abs(mean - 1)).toBeLessThan(0.075);
    expect(new Set(means).size).toBeGreaterThan(10);
    expect((await session.evaluate({ x })).loss).toBe(1);
    await session.close();
  });
});

it('cosine rises over the warm-up and falls to its final factor', () => {
  const schedule = cosine({ totalSteps: 110, warmupSteps: 10, final: 0.1 });
  expect(schedule(0)).toBeCloseTo(0.1);
  expect(schedule(9)).toBeCloseTo(1);
  expect(schedule(60)).toBeCloseTo(0.55);
  expect(schedule(110)).toBeCloseTo(0.1);
  expect(schedule(1000)).toBeCloseTo(0.1);
  expect(() => cosine({ totalSteps: 5, warmupSteps: 5 })).toThrow(/must exceed/);
});
