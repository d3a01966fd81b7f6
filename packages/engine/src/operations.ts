import { operators as ops } from './ops/table.ts';
import { ParameterScope } from './parameter-scope.ts';
import { elementCount } from './shape.ts';
import type { Shape } from './shape.ts';
import type { Tensor } from './tensor.ts';

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

  relu(x: Tensor): Tensor {
    return this.apply(ops.relu, [x], {});
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

  matmul(a: Tensor, b: Tensor): Tensor {
    return this.apply(ops.matmul, [a, b], {});
  }

  maxPool(x: Tensor): Tensor {
    return this.apply(ops.maxPool, [x], {});
  }

  averagePool(x: Tensor): Tensor {
    return this.apply(ops.averagePool, [x], {});
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

  /** Doubles height and width by repeating pixels. */
  upsample(x: Tensor): Tensor {
    return this.apply(ops.upsample, [x], {});
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
