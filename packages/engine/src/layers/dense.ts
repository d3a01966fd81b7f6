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
  const features = b.extent(x, 1, layer);
  const fans = { in: features, out };
  const initial = options.initial ?? { kind: 'normal', deviation: Math.sqrt(gain / features) };
  const weight = b.kernel(layer, [out, features], resolveInitial(initial, fans));
  return b.apply(
    ops.dense,
    [x, weight, ...biasVector(b, layer, out, fans, { ...options, initial })],
    {},
    layer,
  );
}
