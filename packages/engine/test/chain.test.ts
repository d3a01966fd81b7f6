import { describe, expect, it } from 'vitest';
import {
  chainActivations,
  chainNetwork,
  chainToOnnx,
  decodeSafetensors,
  encodeSafetensors,
  inspectOnnx,
  loadModel,
  networkParameters,
  restateOpset,
} from '../src/index.ts';
import type { Chain, ChainLayer, Weights } from '../src/index.ts';

const conv: ChainLayer = {
  type: 'conv',
  name: 'conv',
  out: 2,
  kernel: [3, 3],
  stride: [1, 1],
  padding: [0, 0, 0, 0],
  dilation: [1, 1],
  groups: 1,
  bias: true,
};
const flatten: ChainLayer = { type: 'flatten', name: 'flatten', order: 'channels-first' };
const dense: ChainLayer = { type: 'dense', name: 'dense', out: 1, bias: true };

const names = { input: 'input', output: 'output' };

function chain(...layers: ChainLayer[]): Chain {
  return { name: 'net', input: [1, 5, 5], layers };
}

function weightsOf(network: Chain, value = 0.5): Weights {
  return Object.fromEntries(
    networkParameters(chainNetwork(network, names)).map(({ name, shape }) => [
      name,
      { shape, data: new Float32Array(shape.reduce((n, extent) => n * extent, 1)).fill(value) },
    ]),
  );
}

describe('a chain', () => {
  it('becomes a model of standard operators at opset 17 with an open batch', async () => {
    const network = chain(conv, { type: 'activation', name: 'relu', kind: 'relu' }, flatten, dense);
    const bytes = chainToOnnx(network, weightsOf(network), names);
    const { opsets, operators, irVersion, outputOperators, externalData, functions } = inspectOnnx(bytes);
    expect([...opsets]).toEqual([['', 17]]);
    expect(operators).toEqual(['Conv', 'Gemm', 'Relu', 'Reshape']);
    expect(outputOperators.get('output')).toBe('Gemm');
    expect({ irVersion, externalData, functions }).toEqual({
      irVersion: 8,
      externalData: false,
      functions: 0,
    });
    const model = await loadModel(bytes, { threads: 1 });
    const { output } = await model.run({ input: new Float32Array(50).fill(1) });
    // Each of 18 convolved values is 9·0.5 + 0.5 = 5: the answer 18·5·0.5 + 0.5.
    expect(output).toEqual({ shape: [2, 1], data: new Float32Array([45.5, 45.5]) });
    await model.close();
  });

  it('flattens in either order', async () => {
    const answers = [];
    for (const order of ['channels-first', 'channels-last'] as const) {
      const network: Chain = {
        name: 'flat',
        input: [2, 1, 3],
        layers: [{ type: 'flatten', name: 'f', order }],
      };
      const model = await loadModel(chainToOnnx(network, {}, names), { threads: 1 });
      answers.push([...(await model.run({ input: Float32Array.from([0, 1, 2, 3, 4, 5]) })).output.data]);
      await model.close();
    }
    expect(answers).toEqual([
      [0, 1, 2, 3, 4, 5],
      [0, 3, 1, 4, 2, 5],
    ]);
  });

  it('has every activation, each as its formula', async () => {
    const formulas: Readonly<Record<string, (x: number) => number>> = {
      relu: (x) => Math.max(x, 0),
      'leaky-relu': (x) => (x > 0 ? x : 0.2 * x),
      elu: (x) => (x > 0 ? x : 0.2 * Math.expm1(x)),
      selu: (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x)),
      silu: (x) => x / (1 + Math.exp(-x)),
      sigmoid: (x) => 1 / (1 + Math.exp(-x)),
      tanh: Math.tanh,
      softplus: (x) => Math.log1p(Math.exp(x)),
    };
    const x = Float32Array.of(-80, -2, -0.5, 0, 0.5, 2, 80);
    for (const kind of chainActivations) {
      // Compared with Keras's own in the survey package.
      if (kind === 'gelu' || kind === 'softmax') continue;
      const layer: ChainLayer = { type: 'activation', name: 'a', kind, slope: 0.2 };
      const network: Chain = { name: kind, input: [x.length], layers: [layer] };
      const model = await loadModel(chainToOnnx(network, {}, names), { threads: 1 });
      const { output } = await model.run({ input: x });
      await model.close();
      for (const [i, value] of x.entries())
        expect(output.data[i], `${kind}(${value})`).toBeCloseTo(formulas[kind](value), 5);
    }
  });

  it.each([
    [
      chain(dense),
      'layer "dense" (dense): its input is [N, 1, 5, 5], where [N, features] is needed: flatten it',
    ],
    [
      chain(flatten, conv),
      'layer "conv" (conv2d): input [N, 25] and kernel [2, 25, 3, 3] must both have four axes',
    ],
    [
      chain({ ...conv, kernel: [6, 6] }),
      'layer "conv" (conv2d): kernel [2, 1, 6, 6] is larger than the padded input [N, 1, 5, 5]',
    ],
    [
      chain({ ...conv, groups: 2 }),
      'layer "conv": 1 channels for input [N, 1, 5, 5] do not divide into 2 groups',
    ],
    [chain(conv, { ...conv, kernel: [1, 1] }), 'two layers are named "conv.weight"'],
  ])('names the layer that does not fit (%#)', (network, message) => {
    expect(() => chainToOnnx(network, {}, names)).toThrow(message);
  });

  it('names weights that are missing, left over, of another shape or not finite', () => {
    const network = chain(flatten, dense);
    const good = weightsOf(network);
    const refused = (weights: Weights) => () => chainToOnnx(network, weights, names);
    const { 'dense.bias': bias, ...rest } = good;
    expect(refused(rest)).toThrow('dense.bias [1] is missing');
    expect(refused({ ...good, extra: bias })).toThrow('extra is not in the network');
    expect(refused({ ...good, 'dense.weight': bias })).toThrow(
      'dense.weight is [1], the network has [1, 25]',
    );
    expect(refused({ ...good, 'dense.bias': { shape: [1], data: new Float32Array([NaN]) } })).toThrow(
      'dense.bias hold values that are not finite',
    );
  });
});

describe('a serialised model', () => {
  const network = chain(flatten, dense);
  const bytes = chainToOnnx(network, weightsOf(network), names);

  it('states another opset, everything else as it was', async () => {
    const restated = restateOpset(bytes, 15);
    expect([...inspectOnnx(restated).opsets]).toEqual([['', 15]]);
    const model = await loadModel(restated, { threads: 1 });
    expect((await model.run({ input: new Float32Array(25) })).output.data[0]).toBe(0.5);
    await model.close();
  });

  it('cut off anywhere, or damaged, is refused or read, and never throws anything but a RangeError', () => {
    for (let cut = 1; cut < bytes.length; cut++) {
      for (const damaged of [bytes.slice(0, cut), bytes.with(cut, bytes[cut] ^ 0xff)]) {
        try {
          inspectOnnx(damaged);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }
    }
    expect(() => inspectOnnx(bytes.slice(0, -1))).toThrow('beyond the end');
  });
});

describe('safetensors', () => {
  const file = (dtype: string, shape: number[], body: Uint8Array): Uint8Array => {
    const header = new TextEncoder().encode(
      JSON.stringify({ x: { dtype, shape, data_offsets: [0, body.length] } }),
    );
    const out = new Uint8Array(8 + header.length + body.length);
    new DataView(out.buffer).setBigUint64(0, BigInt(header.length), true);
    out.set(header, 8);
    out.set(body, 8 + header.length);
    return out;
  };
  const bytesOf = (data: ArrayBufferView) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

  it.each([
    ['F64', Float64Array.of(1.5, -2, 0.1), [1.5, -2, Math.fround(0.1)]],
    ['F32', Float32Array.of(1.5, -2, 0.1), [1.5, -2, Math.fround(0.1)]],
    ['F16', Uint16Array.of(0x3e00, 0xc000, 0x0001, 0x7bff), [1.5, -2, 2 ** -24, 65504]],
    ['BF16', Uint16Array.of(0x3fc0, 0xc000, 0x4049), [1.5, -2, 3.140625]],
    ['I64', BigInt64Array.of(7n, -9n), [7, -9]],
    ['I32', Int32Array.of(7, -9), [7, -9]],
    ['I16', Int16Array.of(7, -9), [7, -9]],
    ['I8', Int8Array.of(7, -9), [7, -9]],
    ['U8', Uint8Array.of(7, 255), [7, 255]],
    ['BOOL', Uint8Array.of(1, 0), [1, 0]],
  ])('%s is read as float32, also from a Node Buffer at any place', (dtype, data, values) => {
    const bytes = file(dtype, [values.length], bytesOf(data));
    expect([...decodeSafetensors(bytes).arrays.get('x')!.data]).toEqual(values);
    const shifted = Buffer.concat([Buffer.alloc(3), bytes]).subarray(3);
    expect([...decodeSafetensors(shifted).arrays.get('x')!.data]).toEqual(values);
  });

  it.each([
    [file('F8_E4M3', [1], new Uint8Array(1)), 'array "x" is F8_E4M3, read are F32'],
    [file('F32', [2], new Uint8Array(4)), 'array "x" does not fill its shape [2]'],
    [file('F32', [-1], new Uint8Array(4)), 'describes array "x" wrongly'],
    [new Uint8Array(4), 'no safetensors header'],
    [Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0x5b, 0x5d), 'not a JSON object'],
  ])('bad files say what is wrong (%#)', (bytes, message) => {
    expect(() => decodeSafetensors(bytes)).toThrow(RangeError);
    expect(() => decodeSafetensors(bytes)).toThrow(message);
  });

  it('comes back as written', () => {
    const arrays = new Map([['w', { shape: [2, 1], data: Float32Array.of(1, 2) }]]);
    expect(decodeSafetensors(encodeSafetensors(arrays, { by: 'me' }))).toEqual({
      arrays,
      metadata: { by: 'me' },
    });
  });
});
