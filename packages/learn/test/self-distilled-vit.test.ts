import { readFileSync } from 'node:fs';
import { compileTraining, exportOnnx, loadModel, selfDistillation } from '@blemish/engine';
import type { Weights } from '@blemish/engine';
import { describe, expect, it } from 'vitest';
import { selfDistilledVit, viewEncoder } from '../src/index.ts';
import { positionMap } from '../src/networks/position-map.ts';
import { filled } from './support/filled.ts';
import { numbers } from './support/numbers.ts';

interface Expected {
  readonly losses: readonly number[];
  readonly gradients: Readonly<
    Record<string, { readonly norm: number; readonly products: readonly number[] }>
  >;
  readonly center: readonly number[];
  readonly embedding: readonly number[];
}
const url = new URL('./fixtures/self_distilled_vit.json', import.meta.url);
const expected = JSON.parse(readFileSync(url, 'utf8')) as Expected;

const transformer = { size: 16, patch: 4, dim: 16, depth: 2, heads: 2, registers: 2 };
const network = selfDistilledVit({
  transformer,
  head: { hidden: 12, bottleneck: 6, outputs: 10 },
  large: { count: 2, size: 16 },
  small: { count: 3, size: 8 },
});
const feeds = { large: numbers(5 * 2 * 16 * 16, 500), small: numbers(5 * 3 * 8 * 8, 501) };

function training(averageDecay?: () => number) {
  return compileTraining(network, {
    targets: {},
    loss: (b, { student, teacher }) => ({ loss: selfDistillation(b, { student, teacher }).loss }),
    optimizer: { learningRate: 1e-3, weightDecay: 0 },
    weights: filled(network, ['center.mean']),
    ...(averageDecay === undefined ? {} : { averageDecay }),
  });
}

describe('self-distillation of a transformer with registers', () => {
  it('goes through PyTorch’s gradients, losses, centre and teacher', async () => {
    const session = training(() => 0.8);
    const losses = [(await session.step(feeds)).loss];
    for (const [parameter, { norm, products }] of Object.entries(expected.gradients)) {
      const { data } = session.gradients()[parameter];
      products.forEach((product, k) => {
        const fixed = numbers(data.length, 1000 + k);
        const found = data.reduce((sum, value, i) => sum + value * fixed[i], 0);
        expect(Math.abs(found - product), parameter).toBeLessThan(1e-4 * norm + 1e-6);
      });
    }
    for (let step = 1; step < 3; step++) losses.push((await session.step(feeds)).loss);
    losses.forEach((loss, k) => expect(loss).toBeCloseTo(expected.losses[k], k === 0 ? 5 : 3));
    const teacher = session.weights({ averaged: true });
    teacher['center.mean'].data.forEach((value, k) => expect(value).toBeCloseTo(expected.center[k], 4));

    const encoder = viewEncoder({ transformer, views: 3, mean: 0.5, deviation: 0.3 });
    const own: Weights = Object.fromEntries(
      Object.entries(teacher).filter(([name]) => name.startsWith('encoder.')),
    );
    const model = await loadModel(exportOnnx(encoder, own), { threads: 1 });
    const { embedding } = await model.run({ views: numbers(2 * 3 * 16 * 16, 502) });
    expect(embedding.shape).toEqual([2, 32]);
    expected.embedding.forEach((value, k) => expect(embedding.data[k]).toBeCloseTo(value, 2));
    await model.close();
    await session.close();
  });

  it('needs a moving average, and is no network for a bundle', async () => {
    await expect(training().step(feeds)).rejects.toThrow(/reads average:encoder\..*give averageDecay/);
    const weights = filled(network, ['center.mean']);
    expect(() => exportOnnx(network, weights)).toThrow(/there in training alone/);
  });
});

it('positions on a finer grid and back are near what they were, and constants stay', () => {
  const apply = (map: readonly number[], x: readonly number[]) =>
    Array.from({ length: map.length / x.length }, (_, row) =>
      x.reduce((sum, value, k) => sum + map[row * x.length + k] * value, 0),
    );
  expect(apply(positionMap(4, 6), Array<number>(16).fill(2)).every((v) => Math.abs(v - 2) < 1e-12)).toBe(
    true,
  );
  const ramp = Array.from({ length: 64 }, (_, k) => (k % 8) + 2 * Math.floor(k / 8));
  const inner = apply(positionMap(8, 4), ramp).filter((_, k) => k % 4 > 0 && k % 4 < 3 && k > 3 && k < 12);
  expect(inner).toEqual([7.5, 9.5, 11.5, 13.5].map((v) => expect.closeTo(v, 6) as number));
});
