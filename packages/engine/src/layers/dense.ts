import { resolveInitial } from '../initial.ts';
import type { Initial, InitialName } from '../initial.ts';
import type { Operations } from '../operations.ts';
import { operators as ops } from '../ops/table.ts';
import type { Tensor } from '../tensor.ts';
import { biasVector } from './bias.ts';

export interface DenseOptions {
  readonly name: string;
  /** Output features. */
  readonly out: number;
  readonly bias?: boolean;
  /** Weights start from a normal distribution of deviation √(gain / inputs); 2, He's, suits ReLU-like activations. */
  readonly gain?: number;
  /** What biases start from (0). */
  readonly startBias?: number;
  /** What weights start from, in place of `gain`. */
  readonly initial?: InitialName | Initial;
}

export function dense(b: Operations, x: Tensor, options: DenseOptions): Tensor {
  const { out, gain = 2 } = options;
  const layer = b.path(options.name);
  const features = b.extent(x, x.shape.length === 3 ? 2 : 1, layer);
  const fans = { in: features, out };
  const initial = options.initial ?? { kind: 'normal', deviation: Math.sqrt(gain / features) };
  const weight = b.kernel(layer, [out, features], resolveInitial(initial, fans));
  const inputs = [x, weight, ...biasVector(b, layer, out, fans, { ...options, initial })];
  return b.apply(ops.dense, inputs, {}, layer);
}

export interface EmbeddingOptions {
  readonly name: string;
  /** Number of rows: indices run from 0 to one less. */
  readonly rows: number;
  /** Features of a row. */
  readonly out: number;
  /** What the table starts from: deviation 1 as in PyTorch (Keras: uniform in ±0.05). */
  readonly initial?: Initial;
}

export function embedding(b: Operations, indices: Tensor, options: EmbeddingOptions): Tensor {
  const { rows, out, initial = { kind: 'normal', deviation: 1 } } = options;
  const layer = b.path(options.name);
  return b.apply(ops.gather, [b.kernel(layer, [rows, out], initial), indices], {}, layer);
}
