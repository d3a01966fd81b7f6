import type { Graph } from '../onnx/graph.ts';
import type { Value } from '../onnx/model.ts';
import { divisorNear, elementCount } from '../shape.ts';
import type { Shape } from '../shape.ts';
import { batchLastConv, batchLastInputGradient, batchLastWeightGradient } from './batch-last-conv.ts';
import { blockedConv } from './blocked-conv.ts';
import { nodeAttributes } from './conv-attributes.ts';
import type { ConvAttributes } from './conv-attributes.ts';
import { sample, window } from './window.ts';

type Four = readonly [number, number, number, number];

/**
 * Up to this many pixels of output, batches are convolved in one matrix product (measured: at 2×2 a half to a seventh of the time, at
 * 4×4 about the same); a transposed convolution gains longer, ONNX Runtime's node being slower there.
 */
const smallMap = 8;
const smallSpread = 16;
/**
 * Numbers in the matrix products of single images, per number in images and gradient, from which it is their sum over the batch that
 * takes the time; and the batch from which a strided kernel gains anyway, columns being copied in steps otherwise.
 */
const manyProducts = 2;
const manyImages = 32;

/** Whether training may lay batches innermost: shapes are fixed, channels not in groups, batches worth a copy of their own. */
function batchLastSuits(g: Graph, x: Value, { groups }: ConvAttributes): boolean {
  return g.options.contributed && g.options.target !== 'webgpu' && groups === 1 && x.shape[0] >= 8;
}

/** The convolution itself, of x, kernel and perhaps bias. */
export function convolve(
  g: Graph,
  inputs: readonly Value[],
  attributes: ConvAttributes,
  shape: Shape,
): Value {
  const [x, weight, bias] = inputs;
  if (shape[2] * shape[3] <= smallMap && batchLastSuits(g, x, attributes)) {
    const product = batchLastConv(g, x, weight, attributes, shape);
    return bias ? g.add(product, g.reshape(bias, [shape[1], 1, 1])) : product;
  }
  return (
    blockedConv(g, inputs, attributes, shape) ??
    g.node('Conv', inputs, nodeAttributes(attributes, weight.shape), shape)
  );
}

/**
 * What a convolution's input gets from the gradient `d` of its output. Stride 1: a convolution of it with the kernel flipped
 * in space and its channel axes swapped.
 */
export function convInputGradient(
  g: Graph,
  d: Value,
  weight: Value,
  shape: Shape,
  attributes: ConvAttributes,
): Value {
  const { stride, padding, dilation, groups } = attributes;
  const [outputs, channels, kernelHeight, kernelWidth] = weight.shape as Four;
  const [, , height, width] = shape;
  const [top, left, bottom, right] = padding;
  const reach = [dilation[0] * (kernelHeight - 1), dilation[1] * (kernelWidth - 1)] as const;
  const pads = [reach[0] - top, reach[1] - left, reach[0] - bottom, reach[1] - right] as const;
  const unstrided = stride[0] === 1 && stride[1] === 1 && pads.every((count) => count >= 0);
  if (d.shape[2] * d.shape[3] <= (unstrided ? smallMap : smallSpread) && batchLastSuits(g, d, attributes)) {
    return batchLastInputGradient(g, d, weight, shape, attributes);
  }
  if (unstrided) {
    const grouped = g.reshape(g.flip(weight, [2, 3]), [
      groups,
      outputs / groups,
      channels,
      kernelHeight,
      kernelWidth,
    ]);
    const flipped = g.reshape(g.transpose(grouped, [0, 2, 1, 3, 4]), [
      groups * channels,
      outputs / groups,
      kernelHeight,
      kernelWidth,
    ]);
    return convolve(g, [d, flipped], { stride, padding: pads, dilation, groups }, shape);
  }
  // Rows and columns of the input that no window reached get a zero gradient through output_padding.
  const output_padding = [
    height - ((d.shape[2] - 1) * stride[0] + reach[0] + 1 - top - bottom),
    width - ((d.shape[3] - 1) * stride[1] + reach[1] + 1 - left - right),
  ];
  return g.node(
    'ConvTranspose',
    [d, weight],
    { ...nodeAttributes(attributes, weight.shape), output_padding },
    shape,
  );
}

/**
 * dW[o, c, i, j] = Σ d[o, p, q] · x[c, s·p + D·i − top, s·q + D·j − left], D the dilation. With D·i − top = s·u + a the sum runs
 * over rows r = p + u of the phase x[s·r + a]: so the gradient is shifted by whole rows u, the input sampled at the phases a and
 * shifted by columns, and one matrix product of all of the first with all of the second holds every kernel element. That copies
 * (kernel height · outputs + kernel width · channels) planes, where one column per kernel element copies
 * kernel area · channels: 2.3 times less time for 3×3. Where the products of all images are more numbers than the images themselves,
 * the batch is summed in the product too (measured: up to nine times less time).
 */
export function convWeightGradient(
  g: Graph,
  d: Value,
  x: Value,
  shape: Shape,
  attributes: ConvAttributes,
): Value {
  const { stride, padding, dilation, groups } = attributes;
  const [outputs, channels, kernelHeight, kernelWidth] = shape as Four;
  const [batch, , height, width] = d.shape as Four;
  const [top, left] = padding;
  // With few channels one column per kernel element copies less.
  const plain =
    kernelHeight * kernelWidth * channels <= kernelHeight * (outputs / groups) + kernelWidth * channels;
  const split = Array.from({ length: kernelHeight }, (_, i) => {
    const offset = dilation[0] * i - top;
    const shift = plain ? 0 : Math.floor(offset / stride[0]);
    return { shift, phase: offset - stride[0] * shift };
  });
  const shifts = [...new Set(split.map((row) => row.shift))];
  const phases = [...new Set(split.map((row) => row.phase))];
  const rows = plain ? height : Math.max(height, Math.ceil(x.shape[2] / stride[0]));
  const products = batch * phases.length * kernelWidth * channels * shifts.length * outputs;
  const planes = elementCount(x.shape) + elementCount(d.shape);
  const manySteps = stride[1] > 1 && batch >= manyImages;
  if ((products > manyProducts * planes || manySteps) && batchLastSuits(g, x, attributes)) {
    return batchLastWeightGradient(g, d, x, shape, attributes);
  }

  // [batch, groups, planes of one group, area], joined along the planes.
  const area = rows * width;
  const join = (parts: readonly Value[], planes: number) =>
    g.reshape(
      g.concat(
        groups === 1 ? parts : parts.map((part) => g.reshape(part, [batch, groups, planes, area])),
        groups === 1 ? 1 : 2,
      ),
      [batch, groups, parts.length * planes, area],
    );
  const gradients = shifts.map((shift) => window(g, d, 2, -shift, rows));
  const samples = phases.flatMap((phase) => {
    const inRows = sample(g, x, 2, stride[0], phase, rows);
    return Array.from({ length: kernelWidth }, (_, j) =>
      sample(g, inRows, 3, stride[1], dilation[1] * j - left, width),
    );
  });
  const columns = join(samples, channels);
  const shifted = join(gradients, outputs / groups);
  const product = productOverArea(g, columns, shifted);
  const table = g.reshape(product, [
    groups,
    phases.length,
    kernelWidth,
    channels,
    shifts.length,
    outputs / groups,
  ]);
  if (phases.length === 1) {
    // groups, width, channels, height, outputs → groups, outputs, channels, height, width
    return g.reshape(g.transpose(table, [0, 5, 3, 1, 4, 2]), shape);
  }
  const kernelRows = split.map(({ shift, phase }) => {
    const a = phases.indexOf(phase);
    const u = shifts.indexOf(shift);
    return g.slice(table, [1, 4], [a, u], [a + 1, u + 1]);
  });
  // groups, height, width, channels, 1, outputs → groups, outputs, channels, height, width
  return g.reshape(g.transpose(g.concat(kernelRows, 1), [0, 5, 3, 1, 2, 4]), shape);
}

/** Stretch of the area that one matrix product covers on WebGPU. */
const areaPart = 512;

/**
 * Σ over batch and area of columns [N, G, A, area] times rows [N, G, B, area]: [G, A, B]. WebGPU runs through the area of one
 * product in order, and kernels are small beside it: so there the area is cut into parts that run side by side.
 */
function productOverArea(g: Graph, columns: Value, rows: Value): Value {
  // This way round ONNX Runtime transposes the smaller operand.
  if (g.options.target !== 'webgpu') {
    return g.reduce('Sum', g.matmul(columns, rows, { transposeB: true }), [0], false);
  }
  const [batch, groups, left, area] = columns.shape as Four;
  const right = rows.shape[2];
  const parts = divisorNear(area, area / areaPart);
  const split = (x: Value) => g.reshape(x, [batch, groups, x.shape[2], parts, area / parts]);
  const products = g.matmul(
    g.transpose(split(columns), [0, 3, 1, 2, 4]),
    g.transpose(split(rows), [0, 3, 1, 4, 2]),
  );
  return g.reduce('Sum', g.reshape(products, [batch * parts, groups, left, right]), [0], false);
}
