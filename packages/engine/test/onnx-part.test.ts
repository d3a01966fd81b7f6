// Networks written as ONNX and read again: the part between two values gives the same numbers and exact gradients.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  defineNetwork,
  exportOnnx,
  exposeOutputs,
  initialWeights,
  loadModel,
  openOutputGradient,
  partBetween,
  readOnnxGraph,
  replaceWeights,
  unknownOperators,
} from '../src/index.ts';
import type { NetworkDefinition, WeightArray } from '../src/index.ts';
import { operatorRules } from '../src/interchange/read-operators.ts';
import { ProtobufWriter } from '../src/onnx/protobuf.ts';
import { generator } from './support/gradient-check.ts';

interface Stored {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}
const fixture = JSON.parse(readFileSync(new URL('./fixtures/cams.json', import.meta.url), 'utf8')) as {
  readonly input: Stored;
  readonly weights: Readonly<Record<string, Stored>>;
  readonly activation: Stored;
  readonly logits: Stored;
  readonly cases: readonly { readonly class: number; readonly gradient: Stored }[];
};

const floats = ({ shape, data }: Stored): WeightArray => ({ shape, data: Float32Array.from(data) });
const worst = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, value, k) => Math.max(most, Math.abs(value - b[k])), 0);
};

/** The network of fixtures/cams.py. */
const small = defineNetwork({
  name: 'cams',
  inputs: { x: ['N', 2, 11, 9] },
  build(b, { x }) {
    const a = b.maxPool(b.leakyRelu(b.conv2d(x, { name: 'a', out: 4, kernel: 3, padding: 1 }), 0.1));
    const activation = b.relu(
      b.batchNorm(b.conv2d(a, { name: 'b', out: 5, kernel: 3, padding: 1 }), { name: 'norm' }),
    );
    const hidden = b.tanh(b.dense(b.flatten(activation), { name: 'hidden', out: 8 }));
    return { logits: b.dense(hidden, { name: 'out', out: 3 }) };
  },
});
const smallWeights = Object.fromEntries(
  Object.entries(fixture.weights).map(([name, value]) => [name, floats(value)]),
);

/** Output of the last node of this operator. */
function lastOf(bytes: Uint8Array, operator: string): string {
  return readOnnxGraph(bytes)
    .nodes.filter((node) => node.operator === operator)
    .at(-1)!.outputs[0];
}

describe('the gradient of a logit with respect to an activation', () => {
  for (const fold of [true, false]) {
    it(`is PyTorch's, batch normalisation ${fold ? 'folded' : 'as a node'}`, async () => {
      const bytes = exportOnnx(small, smallWeights, { fold });
      const name = lastOf(bytes, 'Relu');
      const model = await loadModel(exposeOutputs(bytes, [name]), { threads: 1 });
      const answer = await model.run({ x: Float32Array.from(fixture.input.data) });
      await model.close();
      expect(answer[name].shape).toEqual(fixture.activation.shape);
      expect(worst(answer[name].data, fixture.activation.data)).toBeLessThan(2e-6);
      expect(worst(answer['logits'].data, fixture.logits.data)).toBeLessThan(2e-6);
      const graph = readOnnxGraph(bytes);
      const part = partBetween(graph, name, 'logits');
      expect(part.sides).toEqual([]);
      const gradient = await openOutputGradient(graph, part, new Map([[name, fixture.activation.shape]]));
      for (const test of fixture.cases) {
        const picks = Float32Array.from({ length: 6 }, (_, i) => (i % 3 === test.class ? 1 : 0));
        const result = await gradient.run({ [name]: answer[name].data }, picks);
        expect(worst(result.gradient, test.gradient.data)).toBeLessThan(2e-6);
        expect(worst(result.output, answer['logits'].data)).toBeLessThan(1e-6);
      }
      await gradient.close();
    });
  }
});

/** Heads of many kinds; each begins after the one convolution, whose output is looked at. */
const heads: Readonly<Record<string, NetworkDefinition['build']>> = {
  'a flatten with channels last, as of Keras': (b, { x }) => {
    const y = b.flatten(b.transpose(b.maxPool(b.conv2d(x, conv)), [0, 2, 3, 1]));
    return { y: b.softmax(b.dense(y, { name: 'out', out: 3 })) };
  },
  'means, maxima and another input side by side': (b, { x, more }) => {
    const map = b.silu(b.conv2d(x, conv));
    const side = b.tanh(b.dense(more, { name: 'side', out: 4 }));
    const all = b.concat([b.globalMean(map), b.globalMax(map), side]);
    return { y: b.dense(b.gelu(b.dense(all, { name: 'hidden', out: 5 })), { name: 'out', out: 2 }) };
  },
  'a decoder': (b, { x }) => {
    const map = b.conv2d(x, conv);
    const low = b.averagePool(map, { kernel: 3, stride: 2, padding: 1, countPadding: false });
    const up = b.convTranspose2d(b.softplus(low), { name: 'up', out: 4, kernel: 2, stride: 2 });
    const size = b.resize(up, [8, 8], 'nearest');
    const smooth = b.resize(low, [8, 8], 'bilinear');
    const joined = b.concat([b.add(map, size), smooth]);
    const norm = b.batchNorm(
      b.conv2d(b.pad(joined, [0, 0, 1, 0], [0, 0, 0, 1]), { name: 'c', out: 2, kernel: 3 }),
      {
        name: 'norm',
      },
    );
    return { y: b.flatten(b.sigmoid(b.clip(b.mean(norm, [3], true), -3, 3))) };
  },
  'arithmetic and a normalisation': (b, { x }) => {
    const map = b.conv2d(x, conv);
    const rows = b.layerNorm(b.reshape(map, [map.shape[0], 4, 64]), { name: 'ln' });
    const part = b.slice(rows, 1, 1, 3);
    const y = b.div(b.exp(b.scale(part, 0.3)), b.add(b.pow(b.sub(part, b.scalar(0.5)), 2), b.scalar(1)));
    return { y: b.sum(b.mul(b.logSoftmax(y), b.sqrt(b.add(b.abs(part), b.scalar(1)))), [2]) };
  },
};
const conv = { name: 'conv', out: 4, kernel: 3, padding: 1 } as const;

describe.each(Object.entries(heads))('%s', (_, build) => {
  const network = defineNetwork({
    name: 'head',
    inputs: { x: ['N', 2, 8, 8], more: ['N', 3] },
    build,
  });

  it('computes what ONNX Runtime does, with the gradient that differences give', async () => {
    const bytes = exportOnnx(network, initialWeights(network, 3), { fold: false });
    const graph = readOnnxGraph(bytes);
    const name = graph.nodes.find(({ operator }) => operator === 'Conv')!.outputs[0];
    const part = partBetween(graph, name, 'y');
    expect(unknownOperators(part)).toEqual([]);
    const model = await loadModel(exposeOutputs(bytes, [name, ...part.sides]), { threads: 1 });
    const random = generator(5);
    const draw = (count: number) => Float32Array.from({ length: count }, random);
    const answer = await model.run({ x: draw(2 * 2 * 64), more: draw(6) });
    await model.close();
    const shapes = new Map([name, ...part.sides].map((each) => [each, answer[each].shape]));
    const gradient = await openOutputGradient(graph, part, shapes, { threads: 1 });
    const feeds = Object.fromEntries([...shapes.keys()].map((each) => [each, answer[each].data.slice()]));
    const weights = draw(answer['y'].data.length);
    const exact = await gradient.run(feeds, weights);
    expect(worst(exact.output, answer['y'].data)).toBeLessThan(3e-6);
    const value = async () =>
      (await gradient.run(feeds, weights)).output.reduce((sum, y, k) => sum + y * weights[k], 0);
    const largest = exact.gradient.reduce((most, d) => Math.max(most, Math.abs(d)), 0);
    for (let i = 3; i < feeds[name].length; i += 29) {
      const at = feeds[name][i];
      const step = 1 / 256;
      feeds[name][i] = at + step;
      const above = await value();
      feeds[name][i] = at - step;
      const below = await value();
      feeds[name][i] = at;
      expect(Math.abs((above - below) / (2 * step) - exact.gradient[i])).toBeLessThan(5e-3 * largest + 2e-5);
    }
    await gradient.close();
  });
});

describe('a graph read', () => {
  it('says what has no rule, and where no way leads', async () => {
    const bytes = exportOnnx(small, smallWeights);
    const graph = readOnnxGraph(bytes);
    const name = lastOf(bytes, 'Relu');
    const part = partBetween(graph, name, 'logits');
    const odd = { ...part, nodes: part.nodes.map((node) => ({ ...node, operator: 'NonMaxSuppression' })) };
    expect(unknownOperators(odd)).toEqual(['NonMaxSuppression']);
    await expect(openOutputGradient(graph, odd, new Map())).rejects.toThrow(
      'NonMaxSuppression: has no gradient rule here',
    );
    expect(() => partBetween(graph, 'logits', name)).toThrow('does not depend on');
  });

  it('holds the weights, which can be replaced by name', async () => {
    const bytes = exportOnnx(small, smallWeights, { fold: false });
    const held = readOnnxGraph(bytes).constants.get('out.weight')!;
    expect(held.shape).toEqual([3, 8]);
    expect([...held.data]).toEqual([...smallWeights['out.weight'].data]);
    const zero = new Map([
      ['out.weight', { shape: [3, 8], data: new Float32Array(24) }],
      ['out.bias', { shape: [3], data: Float32Array.of(1, 2, 3) }],
    ]);
    const model = await loadModel(replaceWeights(bytes, zero), { threads: 1 });
    const { logits } = await model.run({ x: new Float32Array(198) });
    expect([...logits.data]).toEqual([1, 2, 3]);
    await model.close();
    expect(() => replaceWeights(bytes, new Map([['none', zero.get('out.bias')!]]))).toThrow('named none');
  });

  it('takes constants in every form that the format has', () => {
    const packed = new ProtobufWriter().bytes(4, new Uint8Array(Float32Array.of(1.5, -2).buffer)).finish();
    const tensor = (...parts: ProtobufWriter[]) =>
      parts.reduce((all, part) => [...all, ...part.finish()], [] as number[]);
    const make = (name: string, type: number, data: Uint8Array | number[]) =>
      Uint8Array.from([
        ...tensor(new ProtobufWriter().integer(1, 2).integer(2, type).string(8, name)),
        ...data,
      ]);
    const graph = [
      make('packed', 1, packed),
      make('half', 10, tensor(new ProtobufWriter().bytes(9, Uint8Array.of(0, 0x3c, 0, 0xc0)))),
      make('whole', 7, tensor(new ProtobufWriter().integer(7, -1).integer(7, 300))),
      make('packedWhole', 7, tensor(new ProtobufWriter().bytes(7, Uint8Array.of(0x05, 0xac, 0x02)))),
    ].map((bytes) => new ProtobufWriter().bytes(5, bytes).finish());
    const model = new ProtobufWriter().bytes(7, Uint8Array.from(graph.flatMap((each) => [...each]))).finish();
    const { constants } = readOnnxGraph(model);
    expect([...constants.get('packed')!.data]).toEqual([1.5, -2]);
    expect([...constants.get('half')!.data]).toEqual([1, -2]);
    expect(constants.get('whole')!.integers).toEqual([-1, 300]);
    expect(constants.get('packedWhole')!.integers).toEqual([5, 300]);
  });

  it('reads under standard names alone', () => {
    for (const name of Object.keys(operatorRules)) expect(name).toMatch(/^[A-Z][A-Za-z]+$/);
  });
});
