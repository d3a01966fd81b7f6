import { resolveInitial } from '../initial.ts';
import type { Initial, InitialName } from '../initial.ts';
import type { Operations } from '../operations.ts';
import { operators as ops } from '../ops/table.ts';
import { formatShape, pair, ShapeError, sides } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { biasVector } from './bias.ts';

type Pair = readonly [height: number, width: number];
type Sides = readonly [top: number, left: number, bottom: number, right: number];

export interface Conv2dOptions {
  readonly name: string;
  /** Output channels. */
  readonly out: number;
  readonly kernel?: number | Pair;
  readonly stride?: number | Pair;
  /** Zeros on each side [top, left, bottom, right]; by default half the kernel, so that stride 1 keeps the size. */
  readonly padding?: number | Sides;
  readonly dilation?: number | Pair;
  /** Separate groups of channels; as many as input channels make a depthwise convolution. */
  readonly groups?: number;
  readonly bias?: boolean;
  /** What biases start from (0): the logit of a rare class's share spares training the way there. */
  readonly startBias?: number;
  /** What kernels start from; `he-normal` by default. */
  readonly initial?: InitialName | Initial;
}

export interface ConvTranspose2dOptions extends Omit<Conv2dOptions, 'padding'> {
  /** Taken off each side of the result; none by default. */
  readonly padding?: number | Sides;
  /** Rows and columns added at the bottom and right, fewer than the stride; none by default. */
  readonly outputPadding?: number | Pair;
}

export interface Conv1dOptions extends Omit<Conv2dOptions, 'kernel' | 'stride' | 'padding' | 'dilation'> {
  readonly kernel?: number;
  readonly stride?: number;
  /** Zeros before and after; by default half the kernel, so that stride 1 keeps the length. */
  readonly padding?: readonly [before: number, after: number];
  readonly dilation?: number;
}

export function conv2d(b: Operations, x: Tensor, options: Conv2dOptions): Tensor {
  const { out, groups = 1, initial = 'he-normal' } = options;
  const kernel = pair(options.kernel ?? 3);
  const dilation = pair(options.dilation ?? 1);
  const layer = b.path(options.name);
  const channels = perGroup(b.extent(x, 1, layer), groups, layer, x);
  const area = kernel[0] * kernel[1];
  const fans = { in: channels * area, out: out * area };
  const weight = b.kernel(layer, [out, channels, ...kernel], resolveInitial(initial, fans));
  const inputs = [x, weight, ...biasVector(b, layer, out, fans, { ...options, initial })];
  const padding = options.padding === undefined ? halfOf(kernel, dilation) : sides(options.padding);
  const attributes = { stride: pair(options.stride ?? 1), padding, dilation, groups };
  return b.apply(ops.conv2d, inputs, attributes, layer);
}

export function convTranspose2d(b: Operations, x: Tensor, options: ConvTranspose2dOptions): Tensor {
  const { out, groups = 1, initial = 'he-normal' } = options;
  const kernel = pair(options.kernel ?? 3);
  const layer = b.path(options.name);
  const channels = b.extent(x, 1, layer);
  const outputs = perGroup(out, groups, layer, x);
  const area = kernel[0] * kernel[1];
  const fans = { in: outputs * area, out: channels * area };
  const weight = b.kernel(layer, [channels, outputs, ...kernel], resolveInitial(initial, fans));
  const inputs = [x, weight, ...biasVector(b, layer, out, fans, { ...options, initial })];
  const attributes = {
    stride: pair(options.stride ?? 1),
    padding: sides(options.padding ?? 0),
    dilation: pair(options.dilation ?? 1),
    groups,
    outputPadding: pair(options.outputPadding ?? 0),
  };
  return b.apply(ops.convTranspose2d, inputs, attributes, layer);
}

/** A two-dimensional convolution of one row; the weight is stored [out, in / groups, kernel] as PyTorch has it. */
export function conv1d(b: Operations, x: Tensor, options: Conv1dOptions): Tensor {
  const { out, kernel = 3, stride = 1, dilation = 1, groups = 1, initial = 'he-normal' } = options;
  const layer = b.path(options.name);
  const length = b.extent(x, 2, layer);
  const channels = perGroup(b.extent(x, 1, layer), groups, layer, x);
  const fans = { in: channels * kernel, out: out * kernel };
  const weight = b.kernel(layer, [out, channels, kernel], resolveInitial(initial, fans));
  const row = b.apply(ops.reshape, [x], { shape: [x.shape[0], x.shape[1], 1, length] }, layer);
  const plane = b.apply(ops.reshape, [weight], { shape: [out, channels, 1, kernel] }, layer);
  const inputs = [row, plane, ...biasVector(b, layer, out, fans, { ...options, initial })];
  const [, left, , right] = halfOf([1, kernel], [1, dilation]);
  const [before, after] = options.padding ?? [left, right];
  const attributes = {
    stride: [1, stride],
    padding: [0, before, 0, after],
    dilation: [1, dilation],
    groups,
  } as const;
  const y = b.apply(ops.conv2d, inputs, attributes, layer);
  return b.apply(ops.reshape, [y], { shape: [y.shape[0], y.shape[1], y.shape[3]] }, layer);
}

/** Padding under which a convolution of stride 1 keeps the size; an even kernel gets the odd one behind. */
function halfOf(kernel: Pair, dilation: Pair): Sides {
  const reach = [dilation[0] * (kernel[0] - 1), dilation[1] * (kernel[1] - 1)] as const;
  const before = [Math.floor(reach[0] / 2), Math.floor(reach[1] / 2)] as const;
  return [before[0], before[1], reach[0] - before[0], reach[1] - before[1]];
}

function perGroup(channels: number, groups: number, layer: string, x: Tensor): number {
  if (!Number.isInteger(groups) || groups < 1 || channels % groups !== 0) {
    throw new ShapeError(
      `layer "${layer}": ${channels} channels for input ${formatShape(x.shape)} do not divide into ${groups} groups; ` +
        'choose a divisor',
    );
  }
  return channels / groups;
}
