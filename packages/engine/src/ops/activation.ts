import { contributedDomain } from '../onnx/graph.ts';
import type { Graph } from '../onnx/graph.ts';
import { elementTypes } from '../onnx/model.ts';
import type { Value } from '../onnx/model.ts';
import { unary } from './elementwise.ts';

/** max(x, 0). The gradient at 0 is 0: y ≠ 0 as a number, two casts being faster than Sign or Where. */
export const relu = unary(
  'relu',
  (g, x) => g.unary('Relu', x),
  (g, d, _, y) =>
    g.mul(d, g.indicator(g.node('Cast', [y], { to: elementTypes.bool }, y.shape, { type: 'bool' }))),
);

/** 1 / (1 + e^−x). */
export const sigmoid = unary(
  'sigmoid',
  (g, x) => g.unary('Sigmoid', x),
  (g, d, _, y) => g.mul(d, g.mul(y, g.sub(g.scalar(1), y))),
);

export const tanh = unary(
  'tanh',
  (g, x) => g.unary('Tanh', x),
  (g, d, _, y) => g.mul(d, g.sub(g.scalar(1), g.mul(y, y))),
);

/** x·σ(x) (Elfwing et al. 2018). d/dx = σ + y·(1 − σ). */
export const silu = unary('silu', emitSilu, (g, d, x, y) => {
  const s = g.unary('Sigmoid', x);
  return g.mul(d, g.add(s, g.mul(y, g.sub(g.scalar(1), s))));
});

function emitSilu(g: Graph, x: Value): Value {
  // ONNX Runtime's QuickGelu is x·σ(αx): one pass instead of two.
  if (!g.options.contributed) return g.mul(x, g.unary('Sigmoid', x));
  return g.node('QuickGelu', [x], { alpha: { float: 1 } }, x.shape, { domain: contributedDomain });
}

/** log(1 + e^x). */
export const softplus = unary(
  'softplus',
  (g, x) => g.unary('Softplus', x),
  (g, d, x) => g.mul(d, g.unary('Sigmoid', x)),
);
