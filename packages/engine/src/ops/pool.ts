import type { Graph } from '../onnx/graph.ts';
import type { Value } from '../onnx/model.ts';
import type { Operator } from '../operator.ts';
import { elementCount, formatShape, ShapeError } from '../shape.ts';
import type { Shape } from '../shape.ts';
import { enlargeNearest } from './resize.ts';

type Pair = readonly [height: number, width: number];

export interface PoolAttributes {
  readonly kernel: Pair;
  readonly stride: Pair;
  /** Rows and columns around the image: top, left, bottom, right; fewer than the kernel has. */
  readonly padding: readonly [number, number, number, number];
}

function pooled([x]: readonly Shape[], { kernel, stride, padding }: PoolAttributes): number[] {
  if (x.length !== 4) {
    throw new ShapeError(
      `${formatShape(x)} cannot be pooled: it must be [batch, channels, height, width]; reshape it`,
    );
  }
  const whole = (least: number) => (value: number) => Number.isInteger(value) && value >= least;
  if (![...kernel, ...stride].every(whole(1)) || !padding.every(whole(0))) {
    throw new ShapeError(
      `kernel [${kernel.join()}] and stride [${stride.join()}] must be whole numbers of at least 1, padding ` +
        `[${padding.join()}] of at least 0; change the one that is not`,
    );
  }
  if (padding.some((count, side) => count >= kernel[side % 2])) {
    throw new ShapeError(
      `padding [${padding.join()}] must be smaller than the kernel [${kernel.join()}], or a window would hold no pixel; ` +
        'lower it or take a larger kernel',
    );
  }
  const extent = (axis: 0 | 1) =>
    Math.floor((x[axis + 2] + padding[axis] + padding[axis + 2] - kernel[axis]) / stride[axis]) + 1;
  const [height, width] = [extent(0), extent(1)];
  if (height < 1 || width < 1) {
    throw new ShapeError(
      `windows of [${kernel.join()}] are larger than ${formatShape(x)} with padding [${padding.join()}]; take smaller ones`,
    );
  }
  return [x[0], x[1], height, width];
}

const nodeAttributes = ({ kernel, stride, padding }: PoolAttributes) => ({
  kernel_shape: kernel,
  strides: stride,
  pads: padding,
});

/** Whether windows neither overlap nor leave gaps nor reach over the edge: each pixel is in one of them. */
function tiles(x: Shape, { kernel, stride, padding }: PoolAttributes): boolean {
  return (
    padding.every((count) => count === 0) &&
    kernel.every((size, axis) => size === stride[axis] && x[axis + 2] % size === 0)
  );
}

/**
 * Largest value of each window [N, C, H, W] → [N, C, H', W'], padding counting as −∞. The whole gradient goes to that value, on
 * a tie to the first in reading order, as in PyTorch; a pixel that is the largest of several windows gets the sum. Unlike PyTorch's
 * it passes over NaN where the window has a number.
 */
export const maxPool: Operator<PoolAttributes> = {
  name: 'maxPool',
  shape: pooled,
  emit(g, [x], attributes) {
    const shape = pooled([x.shape], attributes);
    const node = nodeAttributes(attributes);
    if (!g.options.contributed) return { output: g.node('MaxPool', [x], node, shape) };
    if (tiles(x.shape, attributes)) return { output: g.node('MaxPool', [x], node, shape) };
    // The indices come as int64; nothing but the gradient reads them.
    const [output, indices] = g.nodes('MaxPool', [x], node, [shape, shape]);
    return { output, saved: [indices] };
  },
  gradient(g, { inputs: [x], output, gradient, saved: [indices], attributes }) {
    if (tiles(x.shape, attributes)) return [firstOfLargest(g, x, output, gradient, attributes)];
    if (indices === undefined) return [gradientByComparison(g, x, output, gradient, attributes)];
    const flat = (value: Value) => g.reshape(value, [elementCount(value.shape)]);
    const zeros = g.zeros(flat(x).shape);
    const scattered = g.node(
      'ScatterElements',
      [zeros, flat(indices), flat(gradient)],
      { axis: 0, reduction: 'add' },
      zeros.shape,
    );
    return [g.reshape(scattered, x.shape)];
  },
};

/**
 * The gradient where the pixel is its window's largest, and of several the first. ONNX Runtime finds indices with a plain loop that
 * takes three times as long as all this: each largest pixel gets a number that falls in reading order, and the highest number of the
 * window wins.
 */
function firstOfLargest(g: Graph, x: Value, largest: Value, d: Value, attributes: PoolAttributes): Value {
  const { kernel } = attributes;
  const [height, width] = x.shape.slice(2);
  const numbers = Array.from({ length: height * width }, (_, k) => {
    const [row, column] = [Math.floor(k / width) % kernel[0], (k % width) % kernel[1]];
    return kernel[0] * kernel[1] - (row * kernel[1] + column);
  });
  const spread = (value: Value) => enlargeNearest(g, value, kernel, x.shape);
  // Products with zeros and ones: ONNX Runtime's Where goes three times through memory.
  const isLargest = g.indicator(g.compare('Equal', x, spread(largest)));
  const order = g.mul(isLargest, g.constant(numbers, [1, 1, height, width]));
  const first = g.node('MaxPool', [order], nodeAttributes(attributes), d.shape);
  return g.mul(g.indicator(g.compare('Equal', order, spread(first))), spread(d));
}

/**
 * The gradient of windows that overlap or leave gaps without indices, which the WebGPU provider does not give: for each pixel of the window in reading order, the gradient goes
 * where it equals the largest value and none before it did.
 */
function gradientByComparison(
  g: Graph,
  x: Value,
  y: Value,
  d: Value,
  { kernel, stride, padding: [top, left, bottom, right] }: PoolAttributes,
): Value {
  const [batch, channels, height, width] = y.shape;
  const rows = x.shape[2] + top + bottom;
  const columns = x.shape[3] + left + right;
  const least = g.scalar(-3.4e38);
  const framed = g.pad(x, [0, 0, top, left], [0, 0, bottom, right], least);
  let taken: Value | null = null;
  let total: Value | null = null;
  for (let i = 0; i < kernel[0]; i++) {
    for (let j = 0; j < kernel[1]; j++) {
      const ends = [i + (height - 1) * stride[0] + 1, j + (width - 1) * stride[1] + 1];
      const pixel = g.slice(framed, [2, 3], [i, j], ends, stride);
      let here = g.indicator(g.compare('Equal', pixel, y));
      if (taken) here = g.mul(here, g.sub(g.scalar(1), taken));
      taken = taken ? g.add(taken, here) : here;
      // Back to the image's grid: zeros between the windows, then around them.
      const apart = g.pad(
        g.reshape(g.mul(d, here), [batch, channels, height, 1, width, 1]),
        [0, 0, 0, 0, 0, 0],
        [0, 0, 0, stride[0] - 1, 0, stride[1] - 1],
      );
      const spread = g.reshape(apart, [batch, channels, height * stride[0], width * stride[1]]);
      const inside = g.slice(spread, [2, 3], [0, 0], [ends[0] - i, ends[1] - j]);
      const placed = g.pad(inside, [0, 0, i, j], [0, 0, rows - ends[0], columns - ends[1]]);
      total = total ? g.add(total, placed) : placed;
    }
  }
  return g.slice(total!, [2, 3], [top, left], [rows - bottom, columns - right]);
}

export interface AveragePoolAttributes extends PoolAttributes {
  /** Whether padding counts as zeros (PyTorch's default) or is left out of the mean (as in Keras). */
  readonly countPadding: boolean;
}

/** Mean of each window: [N, C, H, W] → [N, C, H', W']. */
export const averagePool: Operator<AveragePoolAttributes> = {
  name: 'averagePool',
  shape: pooled,
  emit: (g, [x], attributes) => ({
    output: g.node(
      'AveragePool',
      [x],
      { ...nodeAttributes(attributes), count_include_pad: attributes.countPadding ? 1 : 0 },
      pooled([x.shape], attributes),
    ),
  }),
  gradient(g, { inputs: [x], gradient, attributes }) {
    const { kernel } = attributes;
    if (tiles(x.shape, attributes)) {
      const share = g.mul(gradient, g.scalar(1 / (kernel[0] * kernel[1])));
      return [enlargeNearest(g, share, kernel, x.shape)];
    }
    const share = g.mul(gradient, windowShares(g, x.shape, gradient.shape, attributes));
    return [spreadWindows(g, share, x.shape, attributes)];
  },
};

/** One over the number of pixels that each window's mean is over, [1, 1, H', W']. */
function windowShares(g: Graph, x: Shape, y: Shape, attributes: AveragePoolAttributes): Value {
  const { kernel, stride, padding, countPadding } = attributes;
  const counts = ([0, 1] as const).map((axis) =>
    Array.from({ length: y[axis + 2] }, (_, k) => {
      const start = k * stride[axis] - padding[axis];
      if (countPadding) return kernel[axis];
      return Math.min(start + kernel[axis], x[axis + 2]) - Math.max(start, 0);
    }),
  );
  const shares = counts[0].flatMap((rows) => counts[1].map((columns) => 1 / (rows * columns)));
  return g.constant(shares, [1, 1, y[2], y[3]]);
}

/** Adds each value to every pixel of its window: a transposed convolution of single planes with a kernel of ones. */
function spreadWindows(
  g: Graph,
  values: Value,
  shape: Shape,
  { kernel, stride, padding }: PoolAttributes,
): Value {
  const planes = g.reshape(values, [shape[0] * shape[1], 1, values.shape[2], values.shape[3]]);
  const ones = g.constant(Array<number>(kernel[0] * kernel[1]).fill(1), [1, 1, ...kernel]);
  const output_padding = ([0, 1] as const).map(
    (axis) =>
      shape[axis + 2] -
      ((values.shape[axis + 2] - 1) * stride[axis] + kernel[axis] - padding[axis] - padding[axis + 2]),
  );
  const spread = g.node(
    'ConvTranspose',
    [planes, ones],
    { kernel_shape: kernel, strides: stride, pads: padding, output_padding },
    [planes.shape[0], 1, shape[2], shape[3]],
  );
  return g.reshape(spread, shape);
}
