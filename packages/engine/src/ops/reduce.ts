import { normaliseAxes, reducedShape } from '../shape.ts';
import type { Operator } from '../operator.ts';
import type { Value } from '../onnx/model.ts';
import type { Graph } from '../onnx/graph.ts';

export interface ReduceAttributes {
  readonly axes: readonly number[];
  /** Keep the reduced axes with extent 1. */
  readonly keep: boolean;
}

const shape = ([x]: readonly (readonly number[])[], { axes, keep }: ReduceAttributes) =>
  reducedShape(x, axes, keep);

/** Gives a reduced value its reduced axes back, with extent 1. */
function restoreAxes(g: Graph, value: Value, x: Value, { axes }: ReduceAttributes): Value {
  return g.reshape(value, reducedShape(x.shape, axes, true));
}

function spread(g: Graph, value: Value, x: Value): Value {
  return g.node('Expand', [value, g.integers(x.shape)], {}, x.shape);
}

export const sum: Operator<ReduceAttributes> = {
  name: 'sum',
  shape,
  emit: (g, [x], { axes, keep }) => ({ output: g.reduce('Sum', x, axes, keep) }),
  gradient: (g, { inputs: [x], gradient, attributes }) => [
    spread(g, restoreAxes(g, gradient, x, attributes), x),
  ],
};

/**
 * The mean over rows, columns or both of [N, C, H, W] as a pooling, for models that only infer: ONNX Runtime keeps channels in blocks
 * from convolution to pooling, and would put them back in order for a reduction.
 */
function averagePool(g: Graph, x: Value, axes: readonly number[], keep: boolean): Value | null {
  const [batch, channels, height, width] = x.shape;
  const over = normaliseAxes(axes, x.shape.length);
  if (g.options.contributed || x.shape.length !== 4 || over.some((axis) => axis < 2)) return null;
  const kernel = [over.includes(2) ? height : 1, over.includes(3) ? width : 1];
  const pooled = [batch, channels, height / kernel[0], width / kernel[1]];
  const output =
    over.length === 2
      ? g.node('GlobalAveragePool', [x], {}, pooled)
      : g.node('AveragePool', [x], { kernel_shape: kernel, strides: [1, 1] }, pooled);
  return keep ? output : g.reshape(output, reducedShape(x.shape, axes, false));
}

export const mean: Operator<ReduceAttributes> = {
  name: 'mean',
  shape,
  emit: (g, [x], { axes, keep }) => ({
    output: averagePool(g, x, axes, keep) ?? g.reduce('Mean', x, axes, keep),
  }),
  gradient(g, { inputs: [x], gradient, attributes }) {
    const count = normaliseAxes(attributes.axes, x.shape.length).reduce((n, axis) => n * x.shape[axis], 1);
    const scaled = g.mul(restoreAxes(g, gradient, x, attributes), g.scalar(1 / count));
    return [spread(g, scaled, x)];
  },
};

/** Largest value; where several are equal they share the gradient evenly, as PyTorch's amax does. */
export const max: Operator<ReduceAttributes> = {
  name: 'max',
  shape,
  emit: (g, [x], { axes, keep }) => ({ output: g.reduce('Max', x, axes, keep) }),
  gradient(g, { inputs: [x], output, gradient, attributes }) {
    const equal = g.compare('Equal', x, restoreAxes(g, output, x, attributes));
    const mask = g.indicator(equal);
    const ties = g.reduce('Sum', mask, attributes.axes, true);
    return [g.mul(mask, g.div(restoreAxes(g, gradient, x, attributes), ties))];
  },
};
