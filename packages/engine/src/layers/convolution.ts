import { resolveInitial } from '../initial.ts';
import type { Initial, InitialName } from '../initial.ts';
import type { Operations } from '../operations.ts';
import { operators as ops } from '../ops/table.ts';
import type { Tensor } from '../tensor.ts';
import { biasVector } from './bias.ts';

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
  /** What kernels start from; `he-normal` by default. */
  readonly initial?: InitialName | Initial;
}

export function conv2d(b: Operations, x: Tensor, options: Conv2dOptions): Tensor {
  const { out, kernel = 3, stride = 1, initial = 'he-normal' } = options;
  const [height, width] = typeof kernel === 'number' ? [kernel, kernel] : kernel;
  const layer = b.path(options.name);
  const channels = b.extent(x, 1, layer);
  const before = [Math.floor((height - 1) / 2), Math.floor((width - 1) / 2)] as const;
  const padding =
    options.padding ?? ([before[0], before[1], height - 1 - before[0], width - 1 - before[1]] as const);
  const fans = { in: channels * height * width, out: out * height * width };
  const weight = b.kernel(layer, [out, channels, height, width], resolveInitial(initial, fans));
  const inputs = [x, weight, ...biasVector(b, layer, out, fans, { ...options, initial })];
  return b.apply(ops.conv2d, inputs, { stride, padding }, layer);
}
