import type { Graph } from '../onnx/graph.ts';
import type { Value } from '../onnx/model.ts';
import type { Shape } from '../shape.ts';
import type { ConvAttributes } from './conv-attributes.ts';
import { sample, window } from './window.ts';

type Four = readonly [number, number, number, number];
type Pair = readonly [number, number];

/**
 * Convolutions of one group with the batch as the innermost axis, [C, H, W, N]: shifts along height and width then copy whole
 * batches, and each direction is a single matrix product over batch and area. On small maps, of which other kernels make one small
 * product per image, that takes a fraction of the time.
 */
export function batchLastConv(
  g: Graph,
  x: Value,
  weight: Value,
  attributes: ConvAttributes,
  shape: Shape,
): Value {
  const [batch, outputs, height, width] = shape as Four;
  const product = g.gemm(
    flatKernel(g, weight),
    columns(g, x, weight.shape, attributes, [height, width]),
    null,
  );
  return batchFirst(g, g.reshape(product, [outputs, height, width, batch]));
}

/** dW: the gradient of the output times the columns that made it. */
export function batchLastWeightGradient(
  g: Graph,
  d: Value,
  x: Value,
  shape: Shape,
  attributes: ConvAttributes,
): Value {
  const [batch, outputs, height, width] = d.shape as Four;
  const rows = g.reshape(batchLast(g, d), [outputs, height * width * batch]);
  const product = g.gemm(rows, columns(g, x, shape, attributes, [height, width]), null, { transposeB: true });
  return g.reshape(product, shape);
}

/** dx: the kernel's elements times the gradient, each added where its element of the kernel lay. */
export function batchLastInputGradient(
  g: Graph,
  d: Value,
  weight: Value,
  shape: Shape,
  attributes: ConvAttributes,
): Value {
  const { stride, padding, dilation } = attributes;
  const [batch, outputs, height, width] = d.shape as Four;
  const [, channels, kernelHeight, kernelWidth] = weight.shape as Four;
  const rows = g.reshape(batchLast(g, d), [outputs, height * width * batch]);
  const product = g.gemm(flatKernel(g, weight), rows, null, { transposeA: true });
  const spread = g.reshape(product, [channels, kernelHeight, kernelWidth, height, width, batch]);
  // Axis 1 holds the kernel's rows, axis 3 the map's; with these added up, axis 1 the kernel's columns and axis 3 the map's.
  const inRows = addTaps(g, spread, stride[0], padding[0], dilation[0], shape[2]);
  const inColumns = addTaps(
    g,
    g.reshape(inRows, [channels, kernelWidth, 1, shape[2], width, batch]),
    stride[1],
    padding[1],
    dilation[1],
    shape[3],
    4,
  );
  return batchFirst(g, g.reshape(inColumns, [channels, shape[2], shape[3], batch]));
}

/**
 * y[s·p + D·i − before] = Σ over taps i of x[i, p], the taps on axis 1 and p on `axis`; the result has `extent` elements there and no
 * taps.
 */
function addTaps(
  g: Graph,
  x: Value,
  stride: number,
  before: number,
  dilation: number,
  extent: number,
  axis = 3,
): Value {
  const count = Math.ceil(extent / stride);
  const phases = Array.from({ length: stride }, (_, phase) => {
    // Elements s·r + phase: from tap i comes p = r + (phase + before − D·i) / s where that is whole.
    const parts = Array.from({ length: x.shape[1] }, (_unused, tap) => {
      const offset = phase + before - dilation * tap;
      if (offset % stride !== 0) return null;
      return window(g, g.slice(x, [1], [tap], [tap + 1]), axis, offset / stride, count);
    }).filter((part) => part !== null);
    const shape = x.shape.map((size, k) => (k === 1 ? 1 : k === axis ? count : size));
    const sum = parts.length === 0 ? g.zeros(shape) : parts.reduce((total, part) => g.add(total, part));
    return g.reshape(sum, [...shape.slice(0, axis + 1), 1, ...shape.slice(axis + 1)]);
  });
  const interleaved = g.concat(phases, axis + 1);
  const full = g.reshape(
    interleaved,
    x.shape.map((size, k) => (k === 1 ? 1 : k === axis ? count * stride : size)),
  );
  return g.slice(full, [axis], [0], [extent]);
}

/** For each channel and element of the kernel the pixels it meets: [C·h·w, area·N]. */
function columns(
  g: Graph,
  x: Value,
  kernel: Shape,
  { stride, padding, dilation }: ConvAttributes,
  [height, width]: Pair,
): Value {
  const [batch, channels] = x.shape;
  const [, , kernelHeight, kernelWidth] = kernel as Four;
  const last = batchLast(g, x);
  const parts: Value[] = [];
  for (let i = 0; i < kernelHeight; i++) {
    const rows = sample(g, last, 1, stride[0], dilation[0] * i - padding[0], height);
    for (let j = 0; j < kernelWidth; j++) {
      const part = sample(g, rows, 2, stride[1], dilation[1] * j - padding[1], width);
      parts.push(g.reshape(part, [channels, 1, height * width * batch]));
    }
  }
  return g.reshape(g.concat(parts, 1), [channels * kernelHeight * kernelWidth, height * width * batch]);
}

function flatKernel(g: Graph, weight: Value): Value {
  const [outputs, channels, height, width] = weight.shape;
  return g.reshape(weight, [outputs, channels * height * width]);
}

/** [N, C, H, W] → [C, H, W, N] */
function batchLast(g: Graph, x: Value): Value {
  return g.transpose(x, [1, 2, 3, 0]);
}

/** [C, H, W, N] → [N, C, H, W] */
function batchFirst(g: Graph, x: Value): Value {
  return g.transpose(x, [3, 0, 1, 2]);
}
