import type { Graph } from '../onnx/graph.ts';
import type { Value } from '../onnx/model.ts';
import type { Operator } from '../operator.ts';
import { anyBatch, formatShape, ShapeError } from '../shape.ts';
import type { Shape } from '../shape.ts';

type Pair = readonly [height: number, width: number];

export interface ResizeAttributes {
  readonly size: Pair;
  /**
   * `nearest`: output pixel i copies ⌊i·H/H'⌋. `bilinear`: weights from pixel centres, (i + ½)·H/H' − ½, edges repeated, and no
   * filter when shrinking. Both as torch.nn.functional.interpolate with align_corners=False, antialias=False.
   */
  readonly mode: 'nearest' | 'bilinear';
}

/** Another height and width: [N, C, H, W] → [N, C, H', W']. */
export const resize: Operator<ResizeAttributes> = {
  name: 'resize',
  shape([x], { size }) {
    if (x.length !== 4) {
      throw new ShapeError(`${formatShape(x)} is not [batch, channels, height, width]; reshape it`);
    }
    if (size.some((extent) => !Number.isInteger(extent) || extent < 1)) {
      throw new ShapeError(
        `${formatShape(x)} cannot get size [${size.join()}]; give a whole height and width of at least 1`,
      );
    }
    return [x[0], x[1], ...size];
  },
  emit(g, [x], { size, mode }) {
    const shape = [x.shape[0], x.shape[1], ...size];
    if (mode === 'bilinear') return { output: bilinear(g, x, shape) };
    const factors = integerFactors(x.shape, shape);
    if (factors) return { output: enlargeNearest(g, x, factors, shape) };
    const pick = (value: Value, axis: number) =>
      g.node(
        'Gather',
        [value, g.integers(nearestIndices(x.shape[axis], shape[axis]))],
        { axis },
        value.shape.map((extent, k) => (k === axis ? shape[axis] : extent)),
      );
    return { output: pick(pick(x, 2), 3) };
  },
  // Resizing is linear in rows and in columns, y = R·x·Cᵀ, so the gradient is Rᵀ·d·C.
  gradient(g, { inputs: [x], gradient, attributes: { mode } }) {
    const factors = integerFactors(x.shape, gradient.shape);
    if (mode === 'nearest' && factors) {
      // The sum over each block: its average times the area, and average pooling reads memory once.
      const window = { kernel_shape: factors, strides: factors };
      const average = g.node('AveragePool', [gradient], window, x.shape);
      return [g.mul(average, g.scalar(factors[0] * factors[1]))];
    }
    const weights = (axis: number) => resizeMatrix(g, mode, x.shape[axis], gradient.shape[axis]);
    const rows = g.matmul(weights(2), gradient, { transposeA: true });
    return [g.matmul(rows, weights(3))];
  },
};

/** Repeats each pixel `factors` times in height and width. */
export function enlargeNearest(g: Graph, x: Value, factors: Pair, shape: Shape): Value {
  const attributes = {
    mode: 'nearest',
    nearest_mode: 'floor',
    coordinate_transformation_mode: 'asymmetric',
  };
  return g.node('Resize', [x, null, g.constant([1, 1, ...factors], [4])], attributes, shape);
}

function bilinear(g: Graph, x: Value, shape: Shape): Value {
  const attributes = { mode: 'linear', coordinate_transformation_mode: 'half_pixel' };
  // Sizes and not factors, whose rounding could lose a row. An open batch is read from the input.
  const sizes =
    shape[0] === anyBatch
      ? g.node(
          'Concat',
          [g.node('Shape', [x], { start: 0, end: 2 }, [2], { type: 'int64' }), g.integers(shape.slice(2))],
          { axis: 0 },
          [4],
          { type: 'int64' },
        )
      : g.integers(shape);
  return g.node('Resize', [x, null, null, sizes], attributes, shape);
}

function integerFactors(from: Shape, to: Shape): Pair | null {
  const factors = [to[2] / from[2], to[3] / from[3]] as const;
  return factors.every(Number.isInteger) ? factors : null;
}

function nearestIndices(from: number, to: number): number[] {
  return Array.from({ length: to }, (_, k) => Math.floor((k * from) / to));
}

/** [to, from]: what each output row takes of each input row. */
function resizeMatrix(g: Graph, mode: ResizeAttributes['mode'], from: number, to: number): Value {
  const matrix = Array<number>(to * from).fill(0);
  if (mode === 'nearest') {
    nearestIndices(from, to).forEach((index, k) => (matrix[k * from + index] = 1));
  } else {
    for (let k = 0; k < to; k++) {
      const centre = Math.max(0, ((k + 0.5) * from) / to - 0.5);
      const below = Math.min(Math.floor(centre), from - 1);
      const above = Math.min(below + 1, from - 1);
      const share = Math.min(centre - below, 1);
      matrix[k * from + below] += 1 - share;
      matrix[k * from + above] += share;
    }
  }
  return g.constant(matrix, [to, from]);
}
