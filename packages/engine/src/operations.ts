import { operators as ops } from './ops/table.ts';
import type { MatmulAttributes } from './ops/matmul.ts';
import type { PoolAttributes } from './ops/pool.ts';
import type { ResizeAttributes } from './ops/resize.ts';
import { ParameterScope } from './parameter-scope.ts';
import { elementCount, pair, sides } from './shape.ts';
import type { Shape } from './shape.ts';
import type { Tensor } from './tensor.ts';

type ResizeMode = ResizeAttributes['mode'];

export interface PoolOptions {
  /** Height and width of a window; 2 by default. */
  readonly kernel?: number | readonly [height: number, width: number];
  /** Step from window to window; the window's size by default. */
  readonly stride?: number | readonly [height: number, width: number];
  /** Rows and columns around the image [top, left, bottom, right]; none by default. */
  readonly padding?: number | readonly [number, number, number, number];
}

/** The operators of the table as methods: what a network and a loss are written in where no layer is wanted. */
export class Operations extends ParameterScope {
  add(a: Tensor, b: Tensor): Tensor {
    return this.apply(ops.add, [a, b], {});
  }

  sub(a: Tensor, b: Tensor): Tensor {
    return this.apply(ops.sub, [a, b], {});
  }

  mul(a: Tensor, b: Tensor): Tensor {
    return this.apply(ops.mul, [a, b], {});
  }

  div(a: Tensor, b: Tensor): Tensor {
    return this.apply(ops.div, [a, b], {});
  }

  scale(x: Tensor, factor: number): Tensor {
    return this.mul(x, this.scalar(factor));
  }

  neg(x: Tensor): Tensor {
    return this.apply(ops.neg, [x], {});
  }

  exp(x: Tensor): Tensor {
    return this.apply(ops.exp, [x], {});
  }

  log(x: Tensor): Tensor {
    return this.apply(ops.log, [x], {});
  }

  sqrt(x: Tensor): Tensor {
    return this.apply(ops.sqrt, [x], {});
  }

  abs(x: Tensor): Tensor {
    return this.apply(ops.abs, [x], {});
  }

  /** x to a fixed power. */
  pow(x: Tensor, exponent: number): Tensor {
    return this.apply(ops.pow, [x], { exponent });
  }

  /** x held within [least, most]. */
  clip(x: Tensor, least: number, most: number): Tensor {
    if (!(least <= most)) throw new RangeError(`clip: ${least} must not be above ${most}; swap them`);
    return this.apply(ops.clip, [x], { least, most });
  }

  /** log cosh x, for any size of x. */
  logCosh(x: Tensor): Tensor {
    return this.apply(ops.logCosh, [x], {});
  }

  relu(x: Tensor): Tensor {
    return this.apply(ops.relu, [x], {});
  }

  /** x where positive, else slope·x; 0.01 as in PyTorch (Keras: 0.3). */
  leakyRelu(x: Tensor, slope = 0.01): Tensor {
    return this.apply(ops.leakyRelu, [x], { slope });
  }

  /** x·Φ(x) with the exact normal distribution function. */
  gelu(x: Tensor): Tensor {
    return this.apply(ops.gelu, [x], {});
  }

  silu(x: Tensor): Tensor {
    return this.apply(ops.silu, [x], {});
  }

  sigmoid(x: Tensor): Tensor {
    return this.apply(ops.sigmoid, [x], {});
  }

  tanh(x: Tensor): Tensor {
    return this.apply(ops.tanh, [x], {});
  }

  softplus(x: Tensor): Tensor {
    return this.apply(ops.softplus, [x], {});
  }

  softmax(x: Tensor): Tensor {
    return this.apply(ops.softmax, [x], {});
  }

  logSoftmax(x: Tensor): Tensor {
    return this.apply(ops.logSoftmax, [x], {});
  }

  /** α·A·B over the last two axes, each operand transposed on request. */
  matmul(a: Tensor, b: Tensor, options: Partial<MatmulAttributes> = {}): Tensor {
    return this.apply(ops.matmul, [a, b], { transposeA: false, transposeB: false, alpha: 1, ...options });
  }

  /** x·weightᵀ + bias with weights at hand, or parts of some: x [N, I] or [N, T, I], weight [O, I], bias [O]. */
  linear(x: Tensor, weight: Tensor, bias: Tensor): Tensor {
    return this.apply(ops.dense, [x, weight, bias], {});
  }

  /**
   * Multi-head attention of packed queries, keys and values [N, T, 3·D] → [N, T, D]; `mask` [N, T] is 1 for keys that count
   * and 0 for others.
   */
  scaledDotProductAttention(packed: Tensor, options: { heads: number; mask?: Tensor }): Tensor {
    const { heads, mask } = options;
    return this.apply(ops.attention, mask ? [packed, mask] : [packed], { heads });
  }

  /** Rows of a table [V, ...] by number, `indices` [...I] → [...I, ...]. */
  gather(table: Tensor, indices: Tensor): Tensor {
    return this.apply(ops.gather, [table, indices], {});
  }

  /** Largest value of each window: 2×2 side by side by default. */
  maxPool(x: Tensor, options: PoolOptions = {}): Tensor {
    return this.apply(ops.maxPool, [x], poolAttributes(options));
  }

  /** Mean of each window: 2×2 side by side by default. */
  averagePool(x: Tensor, options: PoolOptions & { countPadding?: boolean } = {}): Tensor {
    const { countPadding = true } = options;
    return this.apply(ops.averagePool, [x], { ...poolAttributes(options), countPadding });
  }

  /** Over `axes` (all by default), kept with extent 1 on request. */
  sum(x: Tensor, axes: readonly number[] = x.shape.map((_, axis) => axis), keep = false): Tensor {
    return this.apply(ops.sum, [x], { axes, keep });
  }

  mean(x: Tensor, axes: readonly number[] = x.shape.map((_, axis) => axis), keep = false): Tensor {
    return this.apply(ops.mean, [x], { axes, keep });
  }

  max(x: Tensor, axes: readonly number[] = x.shape.map((_, axis) => axis), keep = false): Tensor {
    return this.apply(ops.max, [x], { axes, keep });
  }

  /** Mean of each channel over the map: [N, C, H, W] → [N, C]. */
  globalMean(x: Tensor): Tensor {
    return this.mean(x, [2, 3]);
  }

  /** Largest value of each channel over the map: [N, C, H, W] → [N, C]. */
  globalMax(x: Tensor): Tensor {
    return this.max(x, [2, 3]);
  }

  /** Another height and width, by repeating pixels or between their centres. */
  resize(x: Tensor, size: readonly [height: number, width: number], mode: ResizeMode): Tensor {
    return this.apply(ops.resize, [x], { size, mode });
  }

  /** Doubles height and width by repeating pixels. */
  upsample(x: Tensor): Tensor {
    const layer = this.path('upsample');
    const size = [2 * this.extent(x, 2, layer), 2 * this.extent(x, 3, layer)] as const;
    return this.apply(ops.resize, [x], { size, mode: 'nearest' }, layer);
  }

  concat(tensors: readonly Tensor[], axis = 1): Tensor {
    return this.apply(ops.concat, tensors, { axis });
  }

  slice(x: Tensor, axis: number, start: number, end: number): Tensor {
    return this.apply(ops.slice, [x], { axis, start, end });
  }

  pad(x: Tensor, before: readonly number[], after: readonly number[]): Tensor {
    return this.apply(ops.pad, [x], { before, after });
  }

  reshape(x: Tensor, shape: Shape): Tensor {
    return this.apply(ops.reshape, [x], { shape });
  }

  /** [N, C, …] → [N·C, …]: the second axis becomes part of the batch, which may be open. */
  mergeBatch(x: Tensor): Tensor {
    return this.apply(ops.mergeBatch, [x], {});
  }

  /** [N·C, …] → [N, C, …], the other way. */
  splitBatch(x: Tensor, count: number): Tensor {
    return this.apply(ops.splitBatch, [x], { count });
  }

  transpose(x: Tensor, permutation: readonly number[]): Tensor {
    return this.apply(ops.transpose, [x], { permutation });
  }

  /** All axes after the batch in one: [N, …] → [N, features]. */
  flatten(x: Tensor): Tensor {
    return this.reshape(x, [x.shape[0], elementCount(x.shape.slice(1))]);
  }

  /** Element-wise binary cross-entropy of logits against targets in [0, 1]. */
  bceWithLogits(logits: Tensor, targets: Tensor): Tensor {
    return this.apply(ops.bceWithLogits, [logits, targets], {});
  }

  /** Σ w·x / max(Σ w, 1e-6): weights of 0 leave elements out, and a batch of none gives 0. */
  weightedMean(x: Tensor, weights: Tensor): Tensor {
    // max(s, ε) through ReLU, so that no operator is needed for it alone.
    const floor = this.scalar(1e-6);
    const total = this.add(this.relu(this.sub(this.sum(weights), floor)), floor);
    return this.div(this.sum(this.mul(x, weights)), total);
  }
}

function poolAttributes(options: PoolOptions): PoolAttributes {
  const kernel = pair(options.kernel ?? 2);
  return { kernel, stride: pair(options.stride ?? kernel), padding: sides(options.padding ?? 0) };
}
