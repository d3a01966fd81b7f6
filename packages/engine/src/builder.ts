import { operators as ops } from './ops/table.ts';
import { elementCount, formatShape, ShapeError } from './shape.ts';
import type { Shape } from './shape.ts';
import { apply } from './tensor.ts';
import type { Leaf, Tensor } from './tensor.ts';

/** How a parameter starts. */
export type Initial =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'normal'; readonly deviation: number };

export interface ParameterDefinition {
  readonly name: string;
  readonly shape: Shape;
  readonly initial: Initial;
  /** Trained by gradient; otherwise state such as running statistics. */
  readonly trained: boolean;
  /** Subject to weight decay (kernels are, biases and normalisation are not). */
  readonly decay: boolean;
}

export type Activation = 'relu' | 'silu' | 'sigmoid' | 'tanh' | 'softplus' | 'none';

export interface Conv2dOptions {
  readonly name: string;
  /** Output channels. */
  readonly out: number;
  readonly kernel?: number | readonly [height: number, width: number];
  readonly stride?: number;
  /** Zeros on each side [top, left, bottom, right]; by default half the kernel, so that stride 1 keeps the size. */
  readonly padding?: readonly [number, number, number, number];
  readonly bias?: boolean;
  /** What biases start from (0): the logit of a rare class's share spares training the way there. */
  readonly startBias?: number;
}

type Mode = 'training' | 'inference';

/**
 * Lays down a network layer by layer. The same function builds it for training (batch statistics, dropout) and for
 * inference. Layers own parameters, named `<layer>.weight`, `<layer>.bias` as PyTorch names them; a `scope` prefixes names.
 */
export class Builder {
  readonly mode: Mode;
  readonly definitions = new Map<string, ParameterDefinition>();
  readonly leaves = new Map<string, Leaf>();
  readonly #scopes: string[] = [];
  #masks = 0;

  constructor(mode: Mode) {
    this.mode = mode;
  }

  /** Names made inside `body` begin with `name.`. */
  scope<T>(name: string, body: () => T): T {
    this.#scopes.push(name);
    try {
      return body();
    } finally {
      this.#scopes.pop();
    }
  }

  /** A parameter of the network's own, for what no layer offers. */
  parameter(name: string, shape: Shape, initial: Initial, options: { decay?: boolean } = {}): Tensor {
    return this.#define({
      name: this.#path(name),
      shape,
      initial,
      trained: true,
      decay: options.decay ?? true,
    });
  }

  constant(values: readonly number[], shape: Shape): Tensor {
    if (elementCount(shape) !== values.length) {
      throw new ShapeError(
        `constant: ${values.length} values do not fill ${formatShape(shape)}; give as many as its elements`,
      );
    }
    return { kind: 'constant', name: this.#path('constant'), shape, values };
  }

  scalar(value: number): Tensor {
    return this.constant([value], []);
  }

  /**
   * Convolution of x [N, C, H, W] → [N, out, H', W']. Kernels start from He's normal distribution (deviation
   * √(2 / (C·kernel area)); He et al. 2015), biases from 0.
   */
  conv2d(x: Tensor, options: Conv2dOptions): Tensor {
    const { out, kernel = 3, stride = 1, bias = true, startBias = 0 } = options;
    const [height, width] = typeof kernel === 'number' ? [kernel, kernel] : kernel;
    const layer = this.#path(options.name);
    const channels = this.#extent(x, 1, layer);
    const before = [Math.floor((height - 1) / 2), Math.floor((width - 1) / 2)] as const;
    const padding =
      options.padding ?? ([before[0], before[1], height - 1 - before[0], width - 1 - before[1]] as const);
    const deviation = Math.sqrt(2 / (channels * height * width));
    const inputs = [x, this.#weight(layer, [out, channels, height, width], deviation)];
    if (bias) inputs.push(this.#vector(layer, 'bias', out, startBias));
    return apply(ops.conv2d, inputs, { stride, padding }, layer);
  }

  /** x [N, I] → [N, out]: x·Wᵀ + b. Weights start with deviation √(gain / I); `gain` 2 suits ReLU-like activations. */
  dense(
    x: Tensor,
    options: { name: string; out: number; bias?: boolean; gain?: number; startBias?: number },
  ): Tensor {
    const { out, bias = true, gain = 2, startBias = 0 } = options;
    const layer = this.#path(options.name);
    const features = this.#extent(x, 1, layer);
    const inputs = [x, this.#weight(layer, [out, features], Math.sqrt(gain / features))];
    if (bias) inputs.push(this.#vector(layer, 'bias', out, startBias));
    return apply(ops.dense, inputs, {}, layer);
  }

  /**
   * Batch normalisation over all axes but the channels (axis 1). Training uses the batch's statistics and keeps running
   * ones (`running_mean`, `running_var`), which inference uses.
   */
  batchNorm(x: Tensor, options: { name: string; epsilon?: number; momentum?: number }): Tensor {
    const { epsilon = 1e-5, momentum = 0.1 } = options;
    const layer = this.#path(options.name);
    const channels = this.#extent(x, 1, layer);
    const gamma = this.#vector(layer, 'weight', channels, 1);
    const beta = this.#vector(layer, 'bias', channels, 0);
    const mean = this.#state(`${layer}.running_mean`, [channels], 0);
    const variance = this.#state(`${layer}.running_var`, [channels], 1);
    if (this.mode === 'inference') {
      return apply(ops.frozenBatchNorm, [x, gamma, beta, mean, variance], { epsilon }, layer);
    }
    const attributes = { epsilon, momentum, mean: mean.name, variance: variance.name };
    return apply(ops.batchNorm, [x, gamma, beta], attributes, layer);
  }

  /**
   * In training sets a share `rate` of the elements to zero and divides the others by 1 − rate; the identity in inference.
   * With `channels` whole channels of [N, C, H, W] go together (spatial dropout).
   */
  dropout(x: Tensor, rate: number, options: { channels?: boolean } = {}): Tensor {
    if (!(rate >= 0 && rate < 1)) throw new RangeError(`dropout rate ${rate} must be at least 0 and below 1`);
    if (this.mode === 'inference' || rate === 0) return x;
    const shape = options.channels ? x.shape.map((extent, axis) => (axis < 2 ? extent : 1)) : x.shape;
    const mask: Leaf = { kind: 'mask', name: `mask:${this.#masks++}`, shape, rate };
    this.leaves.set(mask.name, mask);
    return apply(ops.mul, [x, mask], {}, this.#path('dropout'));
  }

  activation(x: Tensor, kind: Activation): Tensor {
    if (kind === 'none') return x;
    if (!activations.includes(kind)) {
      throw new RangeError(`unknown activation "${String(kind)}"; known are ${activations.join(', ')}`);
    }
    return this.#apply(ops[kind], [x], {});
  }

  add(a: Tensor, b: Tensor): Tensor {
    return this.#apply(ops.add, [a, b], {});
  }

  sub(a: Tensor, b: Tensor): Tensor {
    return this.#apply(ops.sub, [a, b], {});
  }

  mul(a: Tensor, b: Tensor): Tensor {
    return this.#apply(ops.mul, [a, b], {});
  }

  div(a: Tensor, b: Tensor): Tensor {
    return this.#apply(ops.div, [a, b], {});
  }

  scale(x: Tensor, factor: number): Tensor {
    return this.mul(x, this.scalar(factor));
  }

  neg(x: Tensor): Tensor {
    return this.#apply(ops.neg, [x], {});
  }

  exp(x: Tensor): Tensor {
    return this.#apply(ops.exp, [x], {});
  }

  log(x: Tensor): Tensor {
    return this.#apply(ops.log, [x], {});
  }

  sqrt(x: Tensor): Tensor {
    return this.#apply(ops.sqrt, [x], {});
  }

  relu(x: Tensor): Tensor {
    return this.#apply(ops.relu, [x], {});
  }

  silu(x: Tensor): Tensor {
    return this.#apply(ops.silu, [x], {});
  }

  sigmoid(x: Tensor): Tensor {
    return this.#apply(ops.sigmoid, [x], {});
  }

  tanh(x: Tensor): Tensor {
    return this.#apply(ops.tanh, [x], {});
  }

  softplus(x: Tensor): Tensor {
    return this.#apply(ops.softplus, [x], {});
  }

  softmax(x: Tensor): Tensor {
    return this.#apply(ops.softmax, [x], {});
  }

  logSoftmax(x: Tensor): Tensor {
    return this.#apply(ops.logSoftmax, [x], {});
  }

  matmul(a: Tensor, b: Tensor): Tensor {
    return this.#apply(ops.matmul, [a, b], {});
  }

  maxPool(x: Tensor): Tensor {
    return this.#apply(ops.maxPool, [x], {});
  }

  averagePool(x: Tensor): Tensor {
    return this.#apply(ops.averagePool, [x], {});
  }

  /** Over `axes` (all by default), kept with extent 1 on request. */
  sum(x: Tensor, axes: readonly number[] = x.shape.map((_, axis) => axis), keep = false): Tensor {
    return this.#apply(ops.sum, [x], { axes, keep });
  }

  mean(x: Tensor, axes: readonly number[] = x.shape.map((_, axis) => axis), keep = false): Tensor {
    return this.#apply(ops.mean, [x], { axes, keep });
  }

  max(x: Tensor, axes: readonly number[] = x.shape.map((_, axis) => axis), keep = false): Tensor {
    return this.#apply(ops.max, [x], { axes, keep });
  }

  /** Mean of each channel over the map: [N, C, H, W] → [N, C]. */
  globalMean(x: Tensor): Tensor {
    return this.mean(x, [2, 3]);
  }

  /** Largest value of each channel over the map: [N, C, H, W] → [N, C]. */
  globalMax(x: Tensor): Tensor {
    return this.max(x, [2, 3]);
  }

  /** Doubles height and width by repeating pixels. */
  upsample(x: Tensor): Tensor {
    return this.#apply(ops.upsample, [x], {});
  }

  concat(tensors: readonly Tensor[], axis = 1): Tensor {
    return this.#apply(ops.concat, tensors, { axis });
  }

  slice(x: Tensor, axis: number, start: number, end: number): Tensor {
    return this.#apply(ops.slice, [x], { axis, start, end });
  }

  pad(x: Tensor, before: readonly number[], after: readonly number[]): Tensor {
    return this.#apply(ops.pad, [x], { before, after });
  }

  reshape(x: Tensor, shape: Shape): Tensor {
    return this.#apply(ops.reshape, [x], { shape });
  }

  transpose(x: Tensor, permutation: readonly number[]): Tensor {
    return this.#apply(ops.transpose, [x], { permutation });
  }

  /** All axes after the batch in one: [N, …] → [N, features]. */
  flatten(x: Tensor): Tensor {
    return this.reshape(x, [x.shape[0], elementCount(x.shape.slice(1))]);
  }

  /** Element-wise binary cross-entropy of logits against targets in [0, 1]. */
  bceWithLogits(logits: Tensor, targets: Tensor): Tensor {
    return this.#apply(ops.bceWithLogits, [logits, targets], {});
  }

  /** Σ w·x / max(Σ w, 1e-6): weights of 0 leave elements out, and a batch of none gives 0. */
  weightedMean(x: Tensor, weights: Tensor): Tensor {
    // max(s, ε) through ReLU, so that no operator is needed for it alone.
    const floor = this.scalar(1e-6);
    const total = this.add(this.relu(this.sub(this.sum(weights), floor)), floor);
    return this.div(this.sum(this.mul(x, weights)), total);
  }

  #apply<A>(operator: Parameters<typeof apply<A>>[0], inputs: readonly Tensor[], attributes: A): Tensor {
    return apply(operator, inputs, attributes, this.#path(operator.name));
  }

  #path(name: string): string {
    return [...this.#scopes, name].join('.');
  }

  #extent(x: Tensor, axis: number, layer: string): number {
    const extent = x.shape[axis];
    if (extent === undefined) {
      throw new ShapeError(`layer "${layer}": input ${formatShape(x.shape)} has no axis ${axis}; reshape it`);
    }
    return extent;
  }

  #weight(layer: string, shape: Shape, deviation: number): Tensor {
    const initial: Initial = { kind: 'normal', deviation };
    return this.#define({ name: `${layer}.weight`, shape, initial, trained: true, decay: true });
  }

  #vector(layer: string, name: string, size: number, value: number): Tensor {
    const initial: Initial = { kind: 'constant', value };
    return this.#define({ name: `${layer}.${name}`, shape: [size], initial, trained: true, decay: false });
  }

  #state(name: string, shape: Shape, value: number): Leaf {
    return this.#define({ name, shape, initial: { kind: 'constant', value }, trained: false, decay: false });
  }

  #define(definition: ParameterDefinition): Leaf {
    const { name, shape, trained } = definition;
    if (this.definitions.has(name)) {
      throw new RangeError(`two layers are named "${name}"; give each its own name or scope`);
    }
    this.definitions.set(name, definition);
    const leaf: Leaf = { kind: trained ? 'parameter' : 'state', name, shape };
    this.leaves.set(name, leaf);
    return leaf;
  }
}

const activations: readonly string[] = ['relu', 'silu', 'sigmoid', 'tanh', 'softplus', 'none'];
