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

export const mean: Operator<ReduceAttributes> = {
  name: 'mean',
  shape,
  emit: (g, [x], { axes, keep }) => ({ output: g.reduce('Mean', x, axes, keep) }),
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
