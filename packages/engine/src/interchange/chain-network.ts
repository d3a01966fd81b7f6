import type { Builder } from '../builder.ts';
import { exportOnnx } from '../export.ts';
import { anyExtents, checkWeights, defineNetwork, instantiate } from '../network.ts';
import type { NetworkDefinition, Weights } from '../network.ts';
import { formatShape, ShapeError } from '../shape.ts';
import type { Shape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import type { Chain, ChainActivationLayer, ChainLayer } from './chain.ts';

/** Names of a chain's input and output in the model. */
export interface ChainNames {
  readonly input: string;
  readonly output: string;
}

/**
 * A chain as a network of the engine: it can be exported, and trained further. Throws {@link ShapeError} or RangeError naming the layer
 * that does not fit.
 */
export function chainNetwork(chain: Chain, names: ChainNames): NetworkDefinition {
  return defineNetwork({
    name: chain.name,
    inputs: { [names.input]: ['N', ...chain.input] },
    build: (b, inputs) => ({
      [names.output]: chain.layers.reduce((x, layer) => addLayer(b, x, layer), inputs[names.input]),
    }),
  });
}

/** Extents of one sample of a chain's output. Throws as {@link chainNetwork}. */
export function chainOutput(chain: Chain): Shape {
  const network = chainNetwork(chain, { input: 'x', output: 'y' });
  return instantiate(network, anyExtents, 'inference').outputs['y'].shape.slice(1);
}

/**
 * A chain with its weights as an ONNX model: opset 17, standard operators only, the batch left open as `N`. Throws as
 * {@link chainNetwork}, and RangeError naming weights that are missing, left over, of another shape or not finite.
 */
export function chainToOnnx(chain: Chain, weights: Weights, names: ChainNames): Uint8Array {
  const network = chainNetwork(chain, names);
  checkWeights(network, weights);
  const bad = Object.keys(weights).filter((name) => !weights[name].data.every(Number.isFinite));
  if (bad.length > 0) {
    throw new RangeError(
      `${bad.join(', ')} hold values that are not finite; give the weights of a network that works`,
    );
  }
  // Weights stay those of the file, bit for bit; the runtime folds what it can when it loads the model.
  return exportOnnx(network, weights, { fold: false });
}

function addLayer(b: Builder, x: Tensor, layer: ChainLayer): Tensor {
  switch (layer.type) {
    case 'conv':
      return b.conv2d(x, layer);
    case 'dense':
      if (x.shape.length !== 2)
        throw misfit(x, layer, '[N, features] is needed: flatten it or pool it globally first');
      return b.dense(x, layer);
    case 'batch-norm':
      return b.batchNorm(x, layer);
    default:
      return b.scope(layer.name, () => addPlain(b, x, layer));
  }
}

type PlainLayer = Exclude<ChainLayer, { readonly type: 'conv' | 'dense' | 'batch-norm' }>;

/** A layer without weights, inside a scope of its name. */
function addPlain(b: Builder, x: Tensor, layer: PlainLayer): Tensor {
  switch (layer.type) {
    case 'max-pool':
      return b.maxPool(x, layer);
    case 'average-pool':
      return b.averagePool(x, layer);
    case 'global-average-pool':
      return b.globalMean(x);
    case 'global-max-pool':
      return b.globalMax(x);
    case 'zero-pad': {
      const [top, left, bottom, right] = layer.padding;
      return b.pad(x, [0, 0, top, left], [0, 0, bottom, right]);
    }
    case 'flatten': {
      if (x.shape.length === 2) return x;
      return b.flatten(layer.order === 'channels-last' ? b.transpose(x, [0, 2, 3, 1]) : x);
    }
    case 'scale':
      return b.add(b.mul(x, b.scalar(layer.factor)), b.scalar(layer.offset));
    case 'activation':
      return addActivation(b, x, layer);
  }
}

function addActivation(b: Builder, x: Tensor, layer: ChainActivationLayer): Tensor {
  switch (layer.kind) {
    case 'leaky-relu':
      return b.leakyRelu(x, layer.slope);
    case 'elu':
      return exponentialUnit(b, x, layer.slope ?? 1, 1);
    case 'selu':
      // Klambauer et al. 2017, equation 14.
      return exponentialUnit(b, x, 1.6732632423543772, 1.0507009873554805);
    case 'softmax':
      if (x.shape.length !== 2) throw misfit(x, layer, 'softmax shares out the features of [N, features]');
      return b.softmax(x);
    default:
      return b.activation(x, layer.kind);
  }
}

/** scale·x where positive, else scale·α·(e^x − 1) (Clevert et al. 2016): e^x is taken of min(x, 0) = −relu(−x), and cannot overflow. */
function exponentialUnit(b: Builder, x: Tensor, alpha: number, scale: number): Tensor {
  const below = b.exp(b.neg(b.relu(b.neg(x))));
  const negative = b.mul(b.sub(below, b.scalar(1)), b.scalar(scale * alpha));
  return b.add(b.mul(b.relu(x), b.scalar(scale)), negative);
}

function misfit(x: Tensor, layer: ChainLayer, needed: string): ShapeError {
  return new ShapeError(
    `layer "${layer.name}" (${layer.type}): its input is ${formatShape(x.shape)}, where ${needed}`,
  );
}
