import { selfAttention } from './layers/attention.ts';
import type { AttentionOptions } from './layers/attention.ts';
import { conv1d, conv2d, convTranspose2d } from './layers/convolution.ts';
import type { Conv1dOptions, Conv2dOptions, ConvTranspose2dOptions } from './layers/convolution.ts';
import { dense, embedding } from './layers/dense.ts';
import type { DenseOptions, EmbeddingOptions } from './layers/dense.ts';
import { batchNorm, center, groupNorm, layerNorm } from './layers/normalization.ts';
import type {
  BatchNormOptions,
  CenterOptions,
  GroupNormOptions,
  LayerNormOptions,
} from './layers/normalization.ts';
import { recurrent } from './layers/recurrent.ts';
import type { RecurrentOptions, RecurrentResult } from './layers/recurrent.ts';
import { Operations } from './operations.ts';
import { operators as ops } from './ops/table.ts';
import type { Tensor } from './tensor.ts';

/** Activations by name; `leakyRelu` has slope 0.01, `gelu` is the exact one. */
export type Activation = 'relu' | 'leakyRelu' | 'gelu' | 'silu' | 'sigmoid' | 'tanh' | 'softplus' | 'none';

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

  /** Convolution of x [N, C, L] → [N, out, L']. */
  conv1d(x: Tensor, options: Conv1dOptions): Tensor {
    return conv1d(this, x, options);
  }

  /**
   * Transposed convolution of x [N, C, H, W] → [N, out, (H − 1)·stride − padding + dilation·(kernel − 1) + outputPadding + 1, …];
   * the weight is [C, out / groups, height, width] (torch.nn.ConvTranspose2d). Fans are counted as PyTorch and Keras do, from the
   * output's channels.
   */
  convTranspose2d(x: Tensor, options: ConvTranspose2dOptions): Tensor {
    return convTranspose2d(this, x, options);
  }

  /** x [N, I] → [N, out] or [N, T, I] → [N, T, out]: x·Wᵀ + b. */
  dense(x: Tensor, options: DenseOptions): Tensor {
    return dense(this, x, options);
  }

  /** A trained row for each whole number: indices [...I] → [...I, out]. They come as float32, as all data does. */
  embedding(indices: Tensor, options: EmbeddingOptions): Tensor {
    return embedding(this, indices, options);
  }

  /**
   * Batch normalisation over all axes but the channels (axis 1). Training uses the batch's statistics and keeps running
   * ones (`running_mean`, `running_var`), which inference uses.
   */
  batchNorm(x: Tensor, options: BatchNormOptions): Tensor {
    return batchNorm(this, x, options);
  }

  /** Rows x [N, K] less their running mean, which training keeps up (`<layer>.mean`). */
  center(x: Tensor, options: CenterOptions): Tensor {
    return center(this, x, options);
  }

  /** Layer normalisation over the last axis. */
  layerNorm(x: Tensor, options: LayerNormOptions): Tensor {
    return layerNorm(this, x, options);
  }

  /** Group normalisation of x [N, C, ...]. */
  groupNorm(x: Tensor, options: GroupNormOptions): Tensor {
    return groupNorm(this, x, options);
  }

  /**
   * Multi-head self-attention of x [N, T, D] → [N, T, D]. Parameters as in torch.nn.MultiheadAttention: `in_proj_weight`
   * [3·D, D] for queries, keys and values, `in_proj_bias`, `out_proj.weight`, `out_proj.bias`.
   */
  selfAttention(x: Tensor, options: AttentionOptions): Tensor {
    return selfAttention(this, x, options);
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
    if (rate === 0 || !this.drops) return x;
    const shape = options.channels ? x.shape.map((extent, axis) => (axis < 2 ? extent : 1)) : x.shape;
    return this.apply(ops.mul, [x, this.mask(shape, rate)], {}, this.path('dropout'));
  }

  /** An activation by name. Throws RangeError that lists the names known. */
  activation(x: Tensor, kind: Activation): Tensor {
    if (kind === 'none') return x;
    if (kind === 'leakyRelu') return this.leakyRelu(x);
    if (!activations.includes(kind)) {
      throw new RangeError(`unknown activation "${String(kind)}"; known are ${activations.join(', ')}`);
    }
    return this.apply(ops[kind], [x], {});
  }
}

const activations: readonly string[] = [
  'relu',
  'leakyRelu',
  'gelu',
  'silu',
  'sigmoid',
  'tanh',
  'softplus',
  'none',
];
