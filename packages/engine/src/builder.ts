import { conv2d } from './layers/convolution.ts';
import type { Conv2dOptions } from './layers/convolution.ts';
import { dense } from './layers/dense.ts';
import type { DenseOptions } from './layers/dense.ts';
import { batchNorm } from './layers/normalization.ts';
import type { BatchNormOptions } from './layers/normalization.ts';
import { recurrent } from './layers/recurrent.ts';
import type { RecurrentOptions, RecurrentResult } from './layers/recurrent.ts';
import { Operations } from './operations.ts';
import { operators as ops } from './ops/table.ts';
import type { Tensor } from './tensor.ts';

export type Activation = 'relu' | 'silu' | 'sigmoid' | 'tanh' | 'softplus' | 'none';

/**
 * Lays down a network layer by layer. The same function builds it for training (batch statistics, dropout) and for
 * inference. Layers own parameters, named `<layer>.weight`, `<layer>.bias` as PyTorch names them; a `scope` prefixes names.
 */
export class Builder extends Operations {
  /**
   * Convolution of x [N, C, H, W] → [N, out, H', W']. Kernels start from He's normal distribution (deviation
   * √(2 / (C·kernel area)); He et al. 2015), biases from 0.
   */
  conv2d(x: Tensor, options: Conv2dOptions): Tensor {
    return conv2d(this, x, options);
  }

  /** x [N, I] → [N, out]: x·Wᵀ + b. */
  dense(x: Tensor, options: DenseOptions): Tensor {
    return dense(this, x, options);
  }

  /**
   * Batch normalisation over all axes but the channels (axis 1). Training uses the batch's statistics and keeps running
   * ones (`running_mean`, `running_var`), which inference uses.
   */
  batchNorm(x: Tensor, options: BatchNormOptions): Tensor {
    return batchNorm(this, x, options);
  }

  /**
   * Gated recurrent unit over x [N, T, I], gates and names of parameters as in `torch.nn.GRU`. All weights start evenly in
   * ±1/√hidden, PyTorch's default.
   */
  gru(x: Tensor, options: RecurrentOptions): RecurrentResult {
    return recurrent(this, 'gru', x, options);
  }

  /** Long short-term memory, as {@link gru}, gates and names of parameters as in `torch.nn.LSTM`. */
  lstm(x: Tensor, options: RecurrentOptions): RecurrentResult {
    return recurrent(this, 'lstm', x, options);
  }

  /**
   * In training sets a share `rate` of the elements to zero and divides the others by 1 − rate; the identity in inference.
   * With `channels` whole channels of [N, C, H, W] go together (spatial dropout).
   */
  dropout(x: Tensor, rate: number, options: { channels?: boolean } = {}): Tensor {
    if (!(rate >= 0 && rate < 1)) throw new RangeError(`dropout rate ${rate} must be at least 0 and below 1`);
    if (this.mode === 'inference' || rate === 0) return x;
    const shape = options.channels ? x.shape.map((extent, axis) => (axis < 2 ? extent : 1)) : x.shape;
    return this.apply(ops.mul, [x, this.mask(shape, rate)], {}, this.path('dropout'));
  }

  activation(x: Tensor, kind: Activation): Tensor {
    if (kind === 'none') return x;
    if (!activations.includes(kind)) {
      throw new RangeError(`unknown activation "${String(kind)}"; known are ${activations.join(', ')}`);
    }
    return this.apply(ops[kind], [x], {});
  }
}

const activations: readonly string[] = ['relu', 'silu', 'sigmoid', 'tanh', 'softplus', 'none'];
