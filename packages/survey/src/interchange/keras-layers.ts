import { chainActivations } from '@blemish/engine';
import type { ChainActivation, ChainLayer, Pair, Sides } from '@blemish/engine';
import { z } from 'zod';
import type { KerasLayer } from './keras-architecture.ts';

/**
 * What a layer becomes: nothing in inference, or several where Keras puts an activation into it.
 * @param input extents of the sample before it: [C, H, W] or [features]
 */
type Convert = (layer: KerasLayer, input: readonly number[]) => readonly ChainLayer[];

/** Layers that do nothing in inference. */
const identity: Convert = () => [];

const converters: Readonly<Record<string, Convert>> = {
  Conv2D: (layer, input) =>
    withActivation(layer, [
      conv(layer, input, {
        name: layer.name,
        out: integer(layer, 'filters'),
        groups: integer(layer, 'groups', 1),
        bias: hasBias(layer),
      }),
    ]),
  DepthwiseConv2D: (layer, input) =>
    withActivation(layer, [depthwise(layer, input, { name: layer.name, bias: hasBias(layer) })]),
  SeparableConv2D(layer, input) {
    const [spatial, pointwise] = separableNames(layer.name);
    return withActivation(layer, [
      depthwise(layer, input, { name: spatial, bias: false }),
      {
        type: 'conv',
        name: pointwise,
        out: integer(layer, 'filters'),
        kernel: [1, 1],
        stride: [1, 1],
        padding: [0, 0, 0, 0],
        dilation: [1, 1],
        groups: 1,
        bias: hasBias(layer),
      },
    ]);
  },
  Dense: (layer) =>
    withActivation(layer, [
      { type: 'dense', name: layer.name, out: integer(layer, 'units'), bias: hasBias(layer) },
    ]),
  BatchNormalization: (layer) => [
    { type: 'batch-norm', name: layer.name, epsilon: number(layer, 'epsilon', 1e-3) },
  ],
  MaxPooling2D: (layer, input) => [pool('max-pool', layer, input)],
  AveragePooling2D: (layer, input) => [pool('average-pool', layer, input)],
  GlobalAveragePooling2D: (layer) => [globalPool('global-average-pool', layer)],
  GlobalMaxPooling2D: (layer) => [globalPool('global-max-pool', layer)],
  ZeroPadding2D: (layer) => [{ type: 'zero-pad', name: layer.name, padding: sides(layer) }],
  Flatten: ({ name }) => [{ type: 'flatten', name, order: 'channels-last' }],
  Activation: (layer) => withActivation(layer, []),
  ReLU: relu,
  LeakyReLU: (layer) => [
    // Keras 2 says alpha, Keras 3 negative_slope; the default of both is 0.3 (PyTorch's is 0.01).
    activation(layer, 'leaky-relu', number(layer, 'alpha' in layer.config ? 'alpha' : 'negative_slope', 0.3)),
  ],
  ELU: (layer) => [activation(layer, 'elu', number(layer, 'alpha', 1))],
  Softmax: (layer) => [activation(layer, 'softmax')],
  Rescaling: (layer) => [
    {
      type: 'scale',
      name: layer.name,
      factor: number(layer, 'scale', 1),
      offset: number(layer, 'offset', 0),
    },
  ],
  Dropout: identity,
  SpatialDropout2D: identity,
  GaussianNoise: identity,
  GaussianDropout: identity,
  AlphaDropout: identity,
  ActivityRegularization: identity,
};

/** Classes of Keras layers that are read. */
export const kerasLayers: readonly string[] = ['InputLayer', ...Object.keys(converters)].sort();

/** @throws RangeError naming the layer and what of it is not known */
export function convertKerasLayer(layer: KerasLayer, input: readonly number[]): readonly ChainLayer[] {
  const convert = Object.hasOwn(converters, layer.className) ? converters[layer.className] : undefined;
  if (convert === undefined) {
    throw new RangeError(
      `layer "${layer.name}" is a ${layer.className}, which is not known; known are ${kerasLayers.join(', ')}`,
    );
  }
  if (layer.config['data_format'] === 'channels_first') {
    throw new RangeError(
      `layer "${layer.name}" has data_format "channels_first"; only channels_last networks are read: export ONNX instead`,
    );
  }
  return convert(layer, input);
}

/** Names of the two convolutions that a SeparableConv2D becomes. */
export function separableNames(name: string): readonly [spatial: string, pointwise: string] {
  return [`${name}.depthwise`, `${name}.pointwise`];
}

function hasBias(layer: KerasLayer): boolean {
  return layer.config['use_bias'] !== false;
}

interface ConvParts {
  readonly name: string;
  readonly out: number;
  readonly groups: number;
  readonly bias: boolean;
}

function conv(layer: KerasLayer, input: readonly number[], parts: ConvParts): ChainLayer {
  const kernel = pair(layer, 'kernel_size');
  const stride = pair(layer, 'strides', [1, 1]);
  const dilation = pair(layer, 'dilation_rate', [1, 1]);
  return {
    type: 'conv',
    ...parts,
    kernel,
    stride,
    dilation,
    padding: padding(layer, kernel, stride, dilation, input),
  };
}

/** Each channel by itself, `depth_multiplier` outputs from each. */
function depthwise(
  layer: KerasLayer,
  input: readonly number[],
  parts: Pick<ConvParts, 'name' | 'bias'>,
): ChainLayer {
  const [channels] = input;
  return conv(layer, input, {
    ...parts,
    out: channels * integer(layer, 'depth_multiplier', 1),
    groups: channels,
  });
}

function pool(type: 'max-pool' | 'average-pool', layer: KerasLayer, input: readonly number[]): ChainLayer {
  const kernel = pair(layer, 'pool_size', [2, 2]);
  const stride = layer.config['strides'] == null ? kernel : pair(layer, 'strides');
  return {
    type,
    name: layer.name,
    kernel,
    stride,
    padding: padding(layer, kernel, stride, [1, 1], input),
    countPadding: false,
  };
}

function globalPool(type: 'global-average-pool' | 'global-max-pool', layer: KerasLayer): ChainLayer {
  if (layer.config['keepdims'] === true)
    throw new RangeError(
      `layer "${layer.name}" keeps its dimensions (keepdims); only keepdims=False is read`,
    );
  return { type, name: layer.name };
}

/** TensorFlow's SAME: as many outputs as ⌈input / stride⌉, the odd row or column of padding behind. */
function padding(
  layer: KerasLayer,
  kernel: Pair,
  stride: Pair,
  dilation: Pair,
  input: readonly number[],
): Sides {
  const kind = layer.config['padding'] ?? 'valid';
  if (kind === 'valid') return [0, 0, 0, 0];
  if (kind !== 'same')
    throw new RangeError(
      `layer "${layer.name}": unknown padding ${JSON.stringify(kind)}; known are valid, same`,
    );
  const [, height, width] = input;
  const total = [height, width].map((extent, k) => {
    const reach = (kernel[k] - 1) * dilation[k] + 1;
    return Math.max((Math.ceil(extent / stride[k]) - 1) * stride[k] + reach - extent, 0);
  });
  const before = total.map((count) => Math.floor(count / 2));
  return [before[0], before[1], total[0] - before[0], total[1] - before[1]];
}

/** `((top, bottom), (left, right))`. */
function sides(layer: KerasLayer): Sides {
  const value = layer.config['padding'];
  const parsed = z
    .tuple([z.tuple([z.number(), z.number()]), z.tuple([z.number(), z.number()])])
    .safeParse(value);
  if (!parsed.success)
    throw new RangeError(
      `layer "${layer.name}": padding ${JSON.stringify(value)} is not ((top, bottom), (left, right))`,
    );
  const [[top, bottom], [left, right]] = parsed.data;
  return [top, left, bottom, right];
}

function withActivation(layer: KerasLayer, before: readonly ChainLayer[]): readonly ChainLayer[] {
  const name = activationName(layer);
  return name === 'linear' ? before : [...before, activation(layer, chainActivation(layer, name))];
}

/** Keras names an activation by a word, or by an object with a class or a function in it. */
function activationName(layer: KerasLayer): string {
  const value = layer.config['activation'] ?? 'linear';
  if (typeof value === 'string') return value;
  const { class_name, config } = value as { class_name?: unknown; config?: unknown };
  if (class_name === 'function' && typeof config === 'string') return config;
  return typeof class_name === 'string' ? class_name.toLowerCase() : JSON.stringify(value);
}

function chainActivation(layer: KerasLayer, name: string): ChainActivation {
  const kind = name === 'swish' ? 'silu' : name.replace('_', '-');
  const known = chainActivations.find((each) => each === kind);
  // Inside other layers leaky_relu takes another slope in each version of Keras; a layer of its own states it.
  if (known === undefined || known === 'leaky-relu') {
    const names = chainActivations.filter((each) => each !== 'leaky-relu').join(', ');
    throw new RangeError(`layer "${layer.name}": unknown activation "${name}"; known are linear, ${names}`);
  }
  return known;
}

function activation(layer: KerasLayer, kind: ChainActivation, slope?: number): ChainLayer {
  return { type: 'activation', name: layer.name, kind, slope };
}

function relu(layer: KerasLayer): readonly ChainLayer[] {
  const slope = number(layer, 'negative_slope', 0);
  const plain = layer.config['max_value'] == null && number(layer, 'threshold', 0) === 0;
  if (!plain)
    throw new RangeError(`layer "${layer.name}" (ReLU) has a max_value or threshold, which is not read`);
  return [slope === 0 ? activation(layer, 'relu') : activation(layer, 'leaky-relu', slope)];
}

function pair(layer: KerasLayer, key: string, missing?: Pair): Pair {
  const value = layer.config[key] ?? missing;
  const whole = (n: unknown): n is number => Number.isInteger(n) && (n as number) > 0;
  if (whole(value)) return [value, value];
  if (Array.isArray(value) && value.length === 2 && whole(value[0]) && whole(value[1]))
    return [value[0], value[1]];
  throw new RangeError(`layer "${layer.name}": ${key} is ${JSON.stringify(value)}, not two whole numbers`);
}

function integer(layer: KerasLayer, key: string, missing?: number): number {
  const value = layer.config[key] ?? missing;
  if (typeof value === 'number' && Number.isInteger(value) && value > 0) return value;
  throw new RangeError(
    `layer "${layer.name}": ${key} is ${JSON.stringify(value)}, not a whole number above 0`,
  );
}

function number(layer: KerasLayer, key: string, missing: number): number {
  const value = layer.config[key] ?? missing;
  if (typeof value === 'number') return value;
  throw new RangeError(`layer "${layer.name}": ${key} is ${JSON.stringify(value)}, not a number`);
}
