import { formatShape, ShapeError } from '../shape.ts';
import type { Shape } from '../shape.ts';

type Pair = readonly [height: number, width: number];

/** Of a convolution, beside its kernel. */
export interface ConvAttributes {
  readonly stride: Pair;
  /** Zeros on each side: top, left, bottom, right. */
  readonly padding: readonly [number, number, number, number];
  /** Distance between neighbouring kernel elements on the image; 1 for an ordinary kernel. */
  readonly dilation: Pair;
  /** Channels in as many separate groups; as many as there are channels make a depthwise convolution. */
  readonly groups: number;
}

/** Attributes with what is left out at its usual value: stride 1, no padding, dilation 1, one group. */
export function convAttributes(given: Partial<ConvAttributes> = {}): ConvAttributes {
  return { stride: [1, 1], padding: [0, 0, 0, 0], dilation: [1, 1], groups: 1, ...given };
}

/** As ONNX's Conv and ConvTranspose take them. */
export function nodeAttributes({ stride, padding, dilation, groups }: ConvAttributes, kernel: Shape) {
  return {
    kernel_shape: kernel.slice(2),
    strides: stride,
    pads: padding,
    dilations: dilation,
    group: groups,
  };
}

/** Throws ShapeError unless `x` and `kernel` have four axes and all numbers are whole and in range. */
export function checkConvolution(x: Shape, kernel: Shape, attributes: ConvAttributes): void {
  if (x.length !== 4 || kernel.length !== 4) {
    throw new ShapeError(
      `input ${formatShape(x)} and kernel ${formatShape(kernel)} must both have four axes, [batch, channels, height, width] ` +
        'and channels with height and width; reshape them',
    );
  }
  const { stride, padding, dilation, groups } = attributes;
  const atLeast = (least: number) => (value: number) => Number.isInteger(value) && value >= least;
  if (![...stride, ...dilation, groups].every(atLeast(1)) || !padding.every(atLeast(0))) {
    throw new ShapeError(
      `stride [${stride.join()}], dilation [${dilation.join()}] and groups ${groups} must be whole numbers of at least 1, ` +
        `padding [${padding.join()}] of at least 0; change the one that is not`,
    );
  }
}

/** Throws ShapeError unless `bias` has one value for each of `outputs` channels. */
export function checkBias(bias: Shape | undefined, kernel: Shape, outputs: number): void {
  if (bias && (bias.length !== 1 || bias[0] !== outputs)) {
    throw new ShapeError(
      `bias ${formatShape(bias)} does not fit kernel ${formatShape(kernel)}; it must be [${outputs}]`,
    );
  }
}
