import type { WeightArray, Weights } from '../network.ts';
import { Graph } from '../onnx/graph.ts';
import type { Value } from '../onnx/model.ts';
import { anyBatch, elementCount, formatShape, sameShape, ShapeError } from '../shape.ts';
import type { Shape } from '../shape.ts';
import type { Chain, ChainActivationLayer, ChainConv, ChainLayer, ChainPool, Pair, Sides } from './chain.ts';

export interface ChainModelOptions {
  readonly inputName?: string;
  readonly outputName?: string;
  /** Written into the model's metadata_props. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A tensor of a chain and the extents it must have. */
export interface ChainWeight {
  readonly name: string;
  readonly shape: Shape;
}

/** Names and shapes of all weights that a chain takes, in order. Throws {@link ShapeError} where a layer does not fit its input. */
export function chainWeights(chain: Chain): ChainWeight[] {
  const weights: ChainWeight[] = [];
  write(chain, new Graph({ opset: 17, contributed: false }), 'input', (name, shape, graph) => {
    weights.push({ name, shape });
    return graph.weight(name, new Float32Array(0), shape);
  });
  return weights;
}

/**
 * A chain with its weights as an ONNX model: opset 17, standard operators only, the batch left open as `N`. Throws
 * {@link ShapeError} naming the layer where shapes do not fit, RangeError naming weights that are missing, left over or not finite.
 */
export function chainToOnnx(chain: Chain, weights: Weights, options: ChainModelOptions = {}): Uint8Array {
  const { inputName = 'input', outputName = 'output', metadata = {} } = options;
  checkChainWeights(chain, weights);
  const graph = new Graph({ opset: 17, contributed: false });
  const output = write(chain, graph, inputName, (name, shape) =>
    graph.weight(name, weights[name].data, shape),
  );
  return graph.toModel(chain.name, { [outputName]: output }, metadata);
}

/** Extents of one sample of a chain's output. */
export function chainOutput(chain: Chain): Shape {
  const graph = new Graph({ opset: 17, contributed: false });
  return write(chain, graph, 'input', (name, shape) =>
    graph.weight(name, new Float32Array(0), shape),
  ).shape.slice(1);
}

function checkChainWeights(chain: Chain, weights: Weights): void {
  const expected = chainWeights(chain);
  const problems: string[] = [];
  for (const { name, shape } of expected) {
    const found: WeightArray | undefined = weights[name];
    if (found === undefined) problems.push(`${name} ${formatShape(shape)} is missing`);
    else if (!sameShape(found.shape, shape))
      problems.push(`${name} is ${formatShape(found.shape)}, the architecture has ${formatShape(shape)}`);
    else if (!found.data.every(Number.isFinite)) problems.push(`${name} holds values that are not finite`);
  }
  const known = new Set(expected.map(({ name }) => name));
  for (const name of Object.keys(weights)) if (!known.has(name)) problems.push(`${name} belongs to no layer`);
  if (problems.length === 0) return;
  const more = problems.length > 8 ? `; and ${problems.length - 8} more` : '';
  throw new RangeError(
    `the weights do not fit "${chain.name}": ${problems.slice(0, 8).join('; ')}${more}. ` +
      'Give weights and architecture of the same network.',
  );
}

type WeightOf = (name: string, shape: Shape, graph: Graph) => Value;

function write(chain: Chain, graph: Graph, inputName: string, weight: WeightOf): Value {
  let x = graph.input(inputName, [anyBatch, ...chain.input]);
  const names = new Set<string>();
  for (const layer of chain.layers) {
    if (hasWeights(layer) && names.has(layer.name))
      throw new RangeError(`two layers of "${chain.name}" are named "${layer.name}"; give each its own name`);
    names.add(layer.name);
    x = writeLayer(graph, x, layer, (name, shape) => weight(`${layer.name}.${name}`, shape, graph));
  }
  return x;
}

function hasWeights({ type }: ChainLayer): boolean {
  return type === 'conv' || type === 'dense' || type === 'batch-norm';
}

function writeLayer(
  g: Graph,
  x: Value,
  layer: ChainLayer,
  weight: (name: string, shape: Shape) => Value,
): Value {
  switch (layer.type) {
    case 'conv':
      return conv(g, x, layer, weight);
    case 'dense': {
      const [, features] = expectRank(x, 2, layer, 'flatten it or pool it globally first');
      const inputs = [x, weight('weight', [layer.out, features])];
      if (layer.bias) inputs.push(weight('bias', [layer.out]));
      return g.node('Gemm', inputs, { transB: 1 }, [anyBatch, layer.out]);
    }
    case 'batch-norm': {
      const channels = [x.shape[1]];
      const names = ['weight', 'bias', 'running_mean', 'running_var'];
      const inputs = [x, ...names.map((name) => weight(name, channels))];
      return g.node('BatchNormalization', inputs, { epsilon: { float: layer.epsilon } }, x.shape);
    }
    case 'max-pool':
    case 'average-pool':
      return pool(g, x, layer);
    case 'global-average-pool':
    case 'global-max-pool': {
      const [, channels] = expectRank(x, 4, layer, 'it pools maps');
      const type = layer.type === 'global-max-pool' ? 'GlobalMaxPool' : 'GlobalAveragePool';
      return g.reshape(g.unary(type, x), [anyBatch, channels]);
    }
    case 'zero-pad': {
      expectRank(x, 4, layer, 'it pads maps');
      const [top, left, bottom, right] = layer.padding;
      return g.pad(x, [0, 0, top, left], [0, 0, bottom, right]);
    }
    case 'flatten': {
      if (x.shape.length === 2) return x;
      const ordered = layer.order === 'channels-last' ? g.transpose(x, [0, 2, 3, 1]) : x;
      return g.reshape(ordered, [anyBatch, elementCount(x.shape.slice(1))]);
    }
    case 'scale':
      return g.add(g.mul(x, g.scalar(layer.factor)), g.scalar(layer.offset));
    case 'activation':
      return activation(g, x, layer);
  }
}

function conv(g: Graph, x: Value, layer: ChainConv, weight: (name: string, shape: Shape) => Value): Value {
  const { kernel, stride, padding, dilation, groups, out, bias } = layer;
  const [, channels, height, width] = expectRank(x, 4, layer, 'it takes maps');
  if (channels % groups !== 0 || out % groups !== 0) {
    throw new ShapeError(
      `layer "${layer.name}": ${groups} groups divide neither evenly ${channels} input nor ${out} output channels; correct the groups`,
    );
  }
  const extents = windows([height, width], kernel, stride, padding, dilation, layer);
  const inputs = [x, weight('weight', [out, channels / groups, ...kernel])];
  if (bias) inputs.push(weight('bias', [out]));
  const attributes = {
    kernel_shape: kernel,
    strides: stride,
    pads: padding,
    dilations: dilation,
    group: groups,
  };
  return g.node('Conv', inputs, attributes, [anyBatch, out, ...extents]);
}

function pool(g: Graph, x: Value, layer: ChainPool): Value {
  const { kernel, stride, padding, countPadding } = layer;
  const [, channels, height, width] = expectRank(x, 4, layer, 'it pools maps');
  const shape = [anyBatch, channels, ...windows([height, width], kernel, stride, padding, [1, 1], layer)];
  const attributes = { kernel_shape: kernel, strides: stride, pads: padding };
  return layer.type === 'max-pool'
    ? g.node('MaxPool', [x], attributes, shape)
    : g.node('AveragePool', [x], { ...attributes, count_include_pad: countPadding ? 1 : 0 }, shape);
}

/** Positions of a window along height and width. */
function windows(
  input: Pair,
  kernel: Pair,
  stride: Pair,
  [top, left, bottom, right]: Sides,
  dilation: Pair,
  layer: ChainLayer,
): Pair {
  const count = (k: 0 | 1, padding: number): number => {
    const reach = (kernel[k] - 1) * dilation[k] + 1;
    return Math.floor((input[k] + padding - reach) / stride[k]) + 1;
  };
  const extents = [count(0, top + bottom), count(1, left + right)] as const;
  if (extents[0] < 1 || extents[1] < 1) {
    throw new ShapeError(
      `layer "${layer.name}": its window ${kernel.join('×')} is larger than its input ${input.join('×')}; ` +
        'check the input shape and the padding',
    );
  }
  return extents;
}

function activation(g: Graph, x: Value, { kind, slope }: ChainActivationLayer): Value {
  switch (kind) {
    case 'relu':
      return g.unary('Relu', x);
    case 'leaky-relu':
      return g.unary('LeakyRelu', x, { alpha: { float: slope ?? 0.01 } });
    case 'elu':
      return g.unary('Elu', x, { alpha: { float: slope ?? 1 } });
    case 'selu':
      return g.unary('Selu', x);
    case 'gelu': {
      // x·Φ(x) by the error function: Gelu is an operator of its own only since opset 20.
      const phi = g.add(g.unary('Erf', g.mul(x, g.scalar(Math.SQRT1_2))), g.scalar(1));
      return g.mul(g.mul(x, g.scalar(0.5)), phi);
    }
    case 'silu':
      return g.mul(x, g.unary('Sigmoid', x));
    case 'sigmoid':
      return g.unary('Sigmoid', x);
    case 'tanh':
      return g.unary('Tanh', x);
    case 'softplus':
      return g.unary('Softplus', x);
    case 'softmax':
      return g.unary('Softmax', x, { axis: 1 });
  }
}

function expectRank(x: Value, rank: 2 | 4, layer: ChainLayer, remedy: string): Shape {
  if (x.shape.length === rank) return x.shape;
  const wanted = rank === 2 ? '[N, features]' : '[N, C, H, W]';
  throw new ShapeError(
    `layer "${layer.name}" (${layer.type}): its input is ${formatShape(x.shape)} where ${wanted} is needed; ${remedy}`,
  );
}
