import type { Graph } from '../onnx/graph.ts';
import type { Value } from '../onnx/model.ts';
import type { Operator } from '../operator.ts';
import { formatShape, ShapeError } from '../shape.ts';
import type { Shape } from '../shape.ts';

export interface ConvAttributes {
  readonly stride: number;
  /** Zeros on each side: top, left, bottom, right. */
  readonly padding: readonly [number, number, number, number];
}

type Four = readonly [number, number, number, number];

function outputShape([x, weight, bias]: readonly Shape[], { stride, padding }: ConvAttributes): number[] {
  if (x.length !== 4 || weight.length !== 4 || x[1] !== weight[1]) {
    throw new ShapeError(
      `input ${formatShape(x)} does not fit kernel ${formatShape(weight)} [out, in, height, width]: the input needs ` +
        `${weight[1]} channels; change the input's channels or the kernel's second extent`,
    );
  }
  if (bias && (bias.length !== 1 || bias[0] !== weight[0])) {
    throw new ShapeError(
      `bias ${formatShape(bias)} does not fit kernel ${formatShape(weight)}; it must be [${weight[0]}]`,
    );
  }
  const [top, left, bottom, right] = padding;
  const height = Math.floor((x[2] + top + bottom - weight[2]) / stride) + 1;
  const width = Math.floor((x[3] + left + right - weight[3]) / stride) + 1;
  if (height < 1 || width < 1) {
    throw new ShapeError(
      `kernel ${formatShape(weight)} is larger than the padded input ${formatShape(x)} with padding [${padding.join()}]; ` +
        'add padding or take a smaller kernel',
    );
  }
  return [x[0], weight[0], height, width];
}

/** Cross-correlation: x [N, I, H, W], weight [O, I, h, w], bias [O] → [N, O, H', W']. */
export const conv2d: Operator<ConvAttributes> = {
  name: 'conv2d',
  shape: outputShape,
  emit(g, [x, weight, bias], attributes) {
    const inputs = bias ? [x, weight, bias] : [x, weight];
    const shape = outputShape(
      inputs.map((value) => value.shape),
      attributes,
    );
    return { output: conv(g, inputs, attributes, shape) };
  },
  gradient: (g, { inputs: [x, weight], gradient, attributes, wanted }) => [
    wanted[0] ? inputGradient(g, gradient, weight, x.shape as Four, attributes) : null,
    wanted[1] ? weightGradient(g, gradient, x, weight.shape as Four, attributes) : null,
    wanted[2] ? g.reduce('Sum', gradient, [0, 2, 3], false) : null,
  ],
};

function conv(g: Graph, inputs: readonly Value[], { stride, padding }: ConvAttributes, shape: Shape): Value {
  const attributes = { kernel_shape: inputs[1].shape.slice(2), strides: [stride, stride], pads: padding };
  return g.node('Conv', inputs, attributes, shape);
}

/** Stride 1: a convolution of the gradient with the kernel flipped in space and its channel axes swapped. */
function inputGradient(g: Graph, d: Value, weight: Value, shape: Four, attributes: ConvAttributes): Value {
  const { stride, padding } = attributes;
  const [, , kernelHeight, kernelWidth] = weight.shape as Four;
  const [, , height, width] = shape;
  const [top, left, bottom, right] = padding;
  if (stride === 1) {
    const flipped = g.transpose(g.flip(weight, [2, 3]), [1, 0, 2, 3]);
    const pads = [
      kernelHeight - 1 - top,
      kernelWidth - 1 - left,
      kernelHeight - 1 - bottom,
      kernelWidth - 1 - right,
    ] as const;
    return conv(g, [d, flipped], { stride: 1, padding: pads }, shape);
  }
  // Rows and columns of the input that no window reached get a zero gradient through output_padding.
  const output_padding = [
    height - ((d.shape[2] - 1) * stride + kernelHeight - top - bottom),
    width - ((d.shape[3] - 1) * stride + kernelWidth - left - right),
  ];
  return g.node(
    'ConvTranspose',
    [d, weight],
    { kernel_shape: [kernelHeight, kernelWidth], strides: [stride, stride], pads: padding, output_padding },
    shape,
  );
}

/** One shifted copy of the input per kernel element, then one matrix product per sample. */
function weightGradient(
  g: Graph,
  d: Value,
  x: Value,
  shape: Four,
  { stride, padding }: ConvAttributes,
): Value {
  const [outputs, channels, kernelHeight, kernelWidth] = shape;
  const [batch, , height, width] = d.shape as Four;
  const [top, left, bottom, right] = padding;
  const padded = g.pad(x, [0, 0, top, left], [0, 0, bottom, right]);
  const taps: Value[] = [];
  for (let i = 0; i < kernelHeight; i++) {
    for (let j = 0; j < kernelWidth; j++) {
      const ends = [i + (height - 1) * stride + 1, j + (width - 1) * stride + 1];
      taps.push(g.slice(padded, [2, 3], [i, j], ends, [stride, stride]));
    }
  }
  const area = height * width;
  const columns = g.reshape(g.concat(taps, 1), [batch, taps.length * channels, area]);
  const product = g.matmul(g.reshape(d, [batch, outputs, area]), columns, { transposeB: true });
  const total = g.reshape(g.reduce('Sum', product, [0], false), [outputs, taps.length, channels]);
  return g.reshape(g.transpose(total, [0, 2, 1]), shape);
}
