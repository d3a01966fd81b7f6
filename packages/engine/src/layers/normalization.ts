import type { Operations } from '../operations.ts';
import { operators as ops } from '../ops/table.ts';
import type { Tensor } from '../tensor.ts';

export interface BatchNormOptions {
  readonly name: string;
  /** Added to the variance: 1e-5 as in PyTorch (Keras: 1e-3). */
  readonly epsilon?: number;
  /** Share of each batch in the running statistics: 0.1 as in PyTorch (Keras's momentum 0.99 is a share of 0.01). */
  readonly momentum?: number;
  /** The running statistics are used in training too, and stay as they are (Keras's `trainable = False`). */
  readonly frozen?: boolean;
}

export function batchNorm(b: Operations, x: Tensor, options: BatchNormOptions): Tensor {
  const { epsilon = 1e-5, momentum = 0.1, frozen = false } = options;
  const layer = b.path(options.name);
  const channels = b.extent(x, 1, layer);
  const gamma = b.vector(layer, 'weight', channels, 1);
  const beta = b.vector(layer, 'bias', channels, 0);
  const mean = b.state(layer, 'running_mean', [channels], 0);
  const variance = b.state(layer, 'running_var', [channels], 1);
  if (b.mode === 'inference' || frozen) {
    return b.apply(ops.frozenBatchNorm, [x, gamma, beta, mean, variance], { epsilon }, layer);
  }
  const attributes = { epsilon, momentum, mean: mean.name, variance: variance.name };
  return b.apply(ops.batchNorm, [x, gamma, beta], attributes, layer);
}

export interface CenterOptions {
  readonly name: string;
  /** Share of the running mean that a step keeps: 0.9. */
  readonly momentum?: number;
}

export function center(b: Operations, x: Tensor, options: CenterOptions): Tensor {
  const layer = b.path(options.name);
  const mean = b.state(layer, 'mean', [b.extent(x, -1, layer)], 0);
  return b.apply(ops.center, [x, mean], { momentum: options.momentum ?? 0.9, state: mean.name }, layer);
}

export interface LayerNormOptions {
  readonly name: string;
  /** Added to the variance: 1e-5 as in PyTorch (Keras: 1e-3). */
  readonly epsilon?: number;
}

export function layerNorm(b: Operations, x: Tensor, options: LayerNormOptions): Tensor {
  const { epsilon = 1e-5 } = options;
  const layer = b.path(options.name);
  const features = b.extent(x, -1, layer);
  const inputs = [x, b.vector(layer, 'weight', features, 1), b.vector(layer, 'bias', features, 0)];
  return b.apply(ops.layerNorm, inputs, { epsilon }, layer);
}

export interface GroupNormOptions extends LayerNormOptions {
  /** Groups of channels; as many as channels make instance normalisation. */
  readonly groups: number;
}

export function groupNorm(b: Operations, x: Tensor, options: GroupNormOptions): Tensor {
  const { groups, epsilon = 1e-5 } = options;
  const layer = b.path(options.name);
  const channels = b.extent(x, 1, layer);
  const inputs = [x, b.vector(layer, 'weight', channels, 1), b.vector(layer, 'bias', channels, 0)];
  return b.apply(ops.groupNorm, inputs, { groups, epsilon }, layer);
}
