import { resolveInitial } from '../initial.ts';
import type { Initial, InitialName } from '../initial.ts';
import type { Operations } from '../operations.ts';
import { operators as ops } from '../ops/table.ts';
import type { Tensor } from '../tensor.ts';
import { dense } from './dense.ts';

export interface AttentionOptions {
  readonly name: string;
  readonly heads: number;
  /** [N, T]: 1 for items that may be attended to, 0 for padding. */
  readonly mask?: Tensor;
  /** What both weights start from; `glorot-uniform` by default, which is PyTorch's for the first. */
  readonly initial?: InitialName | Initial;
}

export function selfAttention(b: Operations, x: Tensor, options: AttentionOptions): Tensor {
  const { heads, mask, initial = 'glorot-uniform' } = options;
  const layer = b.path(options.name);
  const features = b.extent(x, 2, layer);
  const start = resolveInitial(initial, { in: features, out: 3 * features });
  const weight = b.kernel(layer, [3 * features, features], start, 'in_proj_weight');
  const bias = b.vector(layer, 'in_proj_bias', 3 * features, 0);
  const packed = b.apply(ops.dense, [x, weight, bias], {}, layer);
  const attended = b.apply(ops.attention, mask ? [packed, mask] : [packed], { heads }, layer);
  return b.scope(options.name, () => dense(b, attended, { name: 'out_proj', out: features, initial }));
}
