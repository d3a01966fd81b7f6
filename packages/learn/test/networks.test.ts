// Compares the papers' networks, at their full size, with fixtures/networks.json, written by fixtures/networks.py.
import { readFileSync } from 'node:fs';
import {
  binaryCrossEntropy,
  compileTraining,
  exportOnnx,
  loadModel,
  networkParameters,
  variationalLoss,
} from '@blemish/engine';
import type { NetworkDefinition, TrainingOptions } from '@blemish/engine';
import { describe, expect, it } from 'vitest';
import { deepShadowsCnn, sdssCnn, vae, vaeEncoder, vit } from '../src/index.ts';
import { filled } from './support/filled.ts';
import { numbers } from './support/numbers.ts';

interface Expected {
  readonly batch: number;
  readonly outputs: Readonly<Record<string, readonly number[]>>;
  readonly losses: readonly number[];
  readonly gradients: Readonly<
    Record<string, { readonly norm: number; readonly products: readonly number[] }>
  >;
}
const url = new URL('./fixtures/networks.json', import.meta.url);
const fixture = JSON.parse(readFileSync(url, 'utf8')) as { readonly networks: Record<string, Expected> };

interface Subject {
  readonly network: NetworkDefinition;
  readonly inputs: Readonly<Record<string, Float32Array>>;
  readonly training: Pick<TrainingOptions, 'targets' | 'loss'>;
  readonly targets: Readonly<Record<string, Float32Array>>;
}

const binary: Pick<TrainingOptions, 'targets' | 'loss'> = {
  targets: { answer: ['N', 1] },
  loss: (b, { logits }, { answer }) => ({ loss: binaryCrossEntropy(b, { logits, targets: answer }) }),
};
const alternating = (count: number) => Float32Array.from({ length: count }, (_, k) => k % 2);
const frames = numbers(6 * 28 * 28, 500, 0.5, 0.5);

const subjects: Record<string, Subject> = {
  'deepshadows-cnn': {
    network: deepShadowsCnn({ dropout: 0 }),
    inputs: { image: numbers(6 * 3 * 64 * 64, 500) },
    training: binary,
    targets: { answer: alternating(6) },
  },
  'sdss-cnn': {
    network: sdssCnn(),
    inputs: { image: numbers(4 * 3 * 69 * 69, 500) },
    training: binary,
    targets: { answer: alternating(4) },
  },
  vae: {
    network: vae(),
    inputs: { image: frames, noise: numbers(6 * 36, 501) },
    training: {
      targets: { images: ['N', 1, 28, 28] },
      loss: (b, { reconstruction, mean, logVariance }, { images }) => ({
        loss: variationalLoss(b, { images, reconstructions: reconstruction, mean, logVariance }).loss,
      }),
    },
    targets: { images: frames },
  },
  vit: {
    network: vit(),
    inputs: { image: numbers(4 * 64 * 64, 500) },
    training: binary,
    targets: { answer: alternating(4) },
  },
};

/** Largest difference relative to the largest expected size. */
function distance(actual: ArrayLike<number>, expected: readonly number[]): number {
  const scale = Math.max(...expected.map(Math.abs));
  return expected.reduce((worst, value, k) => Math.max(worst, Math.abs(value - actual[k])), 0) / scale;
}

describe.each(Object.entries(subjects))('%s', (name, { network, inputs, training, targets }) => {
  const expected = fixture.networks[name];
  const weights = filled(network);

  it('gives PyTorch’s outputs in evaluation, as exported', async () => {
    const bytes = exportOnnx(network, weights);
    // Normalisation right after a layer with weights is folded into them; DeepShadows has a ReLU between.
    const folded = name !== 'deepshadows-cnn';
    expect(Buffer.from(bytes).includes('BatchNormalization')).toBe(!folded);
    const model = await loadModel(bytes, { threads: 1 });
    const outputs = await model.run(inputs);
    expect(Object.keys(outputs).sort()).toEqual(Object.keys(expected.outputs).sort());
    for (const [output, values] of Object.entries(expected.outputs)) {
      expect(distance(outputs[output].data, values), output).toBeLessThan(1e-5);
    }
    await model.close();
  });

  it('has PyTorch’s gradients and goes through its losses', async () => {
    const session = compileTraining(network, {
      ...training,
      optimizer: { kind: 'adam', learningRate: 1e-4 },
      weights,
    });
    const feeds = { ...inputs, ...targets };
    const first = await session.step(feeds);
    const gradients = session.gradients();
    expect(Object.keys(gradients).sort()).toEqual(Object.keys(expected.gradients).sort());
    const largest = Math.max(...Object.values(expected.gradients).map(({ norm }) => norm));
    for (const [parameter, { norm, products }] of Object.entries(expected.gradients)) {
      const { data } = gradients[parameter];
      products.forEach((product, k) => {
        const fixed = numbers(data.length, 1000 + k);
        const found = data.reduce((sum, value, i) => sum + value * fixed[i], 0);
        // A bias before normalisation has gradient 0: what is left of it is rounding, small beside the largest of all.
        expect(Math.abs(found - product), parameter).toBeLessThan(1e-4 * norm + 1e-6 * largest);
      });
    }
    const losses = [first.loss];
    while (losses.length < expected.losses.length) losses.push((await session.step(feeds)).loss);
    // Adam's first steps move every weight by the learning rate whatever its gradient's size: where that is rounding, signs differ.
    expected.losses.forEach((loss, k) =>
      expect(Math.abs(losses[k] / loss - 1), `step ${k}`).toBeLessThan(k === 0 ? 1e-5 : 1e-3),
    );
    await session.close();
  });
});

it('the encoder alone has the whole network’s parameters and means', async () => {
  const all = filled(vae());
  const encoder = vaeEncoder();
  const own = networkParameters(encoder).map((definition) => definition.name);
  const weights = Object.fromEntries(own.map((name) => [name, all[name]]));
  const model = await loadModel(exportOnnx(encoder, weights), { threads: 1 });
  const { mean } = await model.run({ image: frames });
  expect(distance(mean.data, fixture.networks.vae.outputs.mean)).toBeLessThan(1e-5);
  await model.close();
});

it('sizes that do not fit are refused with the remedy', () => {
  expect(() => deepShadowsCnn({ size: 60 })).toThrow(/60 pixels.*multiple of 8/);
  expect(() => sdssCnn({ height: 7 })).toThrow(/at least 8 × 8/);
  expect(() => vit({ size: 60 })).toThrow(/60 pixels do not divide into patches of 8/);
  expect(() => vit({ depth: 1, heads: 5 })).toThrow(/do not divide into 5 heads/);
  expect(() => vit({ heads: 5 })).toThrow(/layer "blocks\.0\.attn\.attention" \(attention\).*5 heads/);
});
