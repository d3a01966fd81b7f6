import { describe, expect, it } from 'vitest';
import {
  compileTraining,
  defineNetwork,
  dropoutShares,
  exportOnnx,
  initialWeights,
  loadModel,
  onnxWeights,
} from '../src/index.ts';

const network = defineNetwork({
  name: 'dropping',
  inputs: { image: ['N', 1, 4, 4] },
  build(b, { image }) {
    const x = b.relu(b.conv2d(image, { name: 'conv', out: 3 }));
    const normed = b.batchNorm(x, { name: 'norm' });
    const hidden = b.dropout(b.flatten(normed), 0.25);
    return { logits: b.dense(hidden, { name: 'logits', out: 2 }) };
  },
});
const weights = initialWeights(network, 1);
const image = Float32Array.from({ length: 32 }, (_, i) => Math.sin(i));

describe('a model exported with its dropout', () => {
  it('takes the masks as inputs: all ones is the model without, zeros leave the biases', async () => {
    expect(dropoutShares(network)).toEqual({ 'mask:0': 0.25 });
    const plain = await loadModel(exportOnnx(network, weights));
    const dropping = await loadModel(exportOnnx(network, weights, { dropout: true }));
    expect(dropping.inputs.map(({ name, shape }) => [name, shape])).toEqual([
      ['image', [-1, 1, 4, 4]],
      ['mask:0', [-1, 48]],
    ]);
    const logits = async (mask: Float32Array) =>
      (await dropping.run({ image, 'mask:0': { data: mask, shape: [2, 48] } }))['logits'].data;
    const expected = (await plain.run({ image }))['logits'].data;
    (await logits(new Float32Array(96).fill(1))).forEach((value, i) =>
      expect(value).toBeCloseTo(expected[i], 5),
    );
    const bias = weights['logits.bias'].data;
    expect([...(await logits(new Float32Array(96)))]).toEqual([...bias, ...bias]);
    await plain.close();
    await dropping.close();
  });
});

describe('weights in a model', () => {
  it('come back as they were where nothing was folded', () => {
    const found = onnxWeights(exportOnnx(network, weights, { fold: false }));
    for (const [name, { shape, data }] of Object.entries(weights)) {
      expect(found[name].shape, name).toEqual(shape);
      expect(found[name].data, name).toEqual(data);
    }
    expect(() => onnxWeights(new Uint8Array([7]))).toThrow(RangeError);
  });
});

describe('frozen batch normalisation', () => {
  it('keeps its statistics in training and answers with them', async () => {
    const frozen = defineNetwork({
      name: 'frozen',
      inputs: { x: ['N', 3] },
      build(b, { x }) {
        const dense = b.dense(x, { name: 'dense', out: 2 });
        return { y: b.batchNorm(dense, { name: 'norm', frozen: true }) };
      },
    });
    const session = compileTraining(frozen, {
      targets: { wanted: ['N', 2] },
      loss: (b, { y }, { wanted }) => ({ loss: b.mean(b.pow(b.sub(y, wanted), 2)) }),
      optimizer: { kind: 'sgd', learningRate: 1e-3 },
    });
    const batch = { x: Float32Array.from([1, 2, 3, -4, 5, 6]), wanted: new Float32Array(4) };
    // In training and in evaluation the same statistics are used: the same loss.
    const { loss: before } = await session.evaluate(batch);
    const { loss } = await session.step(batch);
    expect(loss).toBeCloseTo(before, 5);
    expect([...session.weights()['norm.running_mean'].data]).toEqual([0, 0]);
    expect([...session.weights()['norm.running_var'].data]).toEqual([1, 1]);
    expect((await session.evaluate(batch))['loss']).toBeLessThan(before);
    await session.close();
  });
});
