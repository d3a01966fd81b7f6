import type { Graph } from '../onnx/graph.ts';
import type { Value } from '../onnx/model.ts';
import type { Operator } from '../operator.ts';
import { broadcastShapes } from '../shape.ts';

type None = Record<never, never>;

/** a ∘ b with NumPy's broadcasting; `partials` gives the two gradients before the sum over what was broadcast. */
function binary(
  name: string,
  type: string,
  partials: (g: Graph, d: Value, a: Value, b: Value, y: Value) => [() => Value, () => Value],
): Operator<None> {
  return {
    name,
    shape: ([a, b]) => broadcastShapes(a, b),
    emit: (g, [a, b]) => ({ output: g.binary(type, a, b) }),
    gradient(g, { inputs: [a, b], output, gradient, wanted }) {
      const [left, right] = partials(g, gradient, a, b, output);
      return [wanted[0] ? g.sumTo(left(), a.shape) : null, wanted[1] ? g.sumTo(right(), b.shape) : null];
    },
  };
}

export const add = binary('add', 'Add', (_, d) => [() => d, () => d]);
export const sub = binary('sub', 'Sub', (g, d) => [() => d, () => g.unary('Neg', d)]);
export const mul = binary('mul', 'Mul', (g, d, a, b) => [() => g.mul(d, b), () => g.mul(d, a)]);
/** y = a / b; ∂/∂b = −d·y/b. */
export const div = binary('div', 'Div', (g, d, _a, b, y) => [
  () => g.div(d, b),
  () => g.unary('Neg', g.div(g.mul(d, y), b)),
]);

/** An operator of one input that keeps its shape. */
export function unary(
  name: string,
  forward: (g: Graph, x: Value) => Value,
  backward: (g: Graph, d: Value, x: Value, y: Value) => Value,
): Operator<None> {
  return {
    name,
    shape: ([x]) => x,
    emit: (g, [x]) => ({ output: forward(g, x) }),
    gradient: (g, { inputs: [x], output, gradient }) => [backward(g, gradient, x, output)],
  };
}

const simple = (type: string) => (g: Graph, x: Value) => g.unary(type, x);

export const neg = unary('neg', simple('Neg'), (g, d) => g.unary('Neg', d));
export const exp = unary('exp', simple('Exp'), (g, d, _, y) => g.mul(d, y));
export const log = unary('log', simple('Log'), (g, d, x) => g.div(d, x));
export const sqrt = unary('sqrt', simple('Sqrt'), (g, d, _, y) => g.div(d, g.mul(y, g.scalar(2))));
/** |x|. The gradient at 0 is 0. */
export const abs = unary('abs', simple('Abs'), (g, d, x) => g.mul(d, g.unary('Sign', x)));

/** x to a fixed power; NaN for a negative x and a power that is not whole. */
export const pow: Operator<{ readonly exponent: number }> = {
  name: 'pow',
  shape: ([x]) => x,
  emit: (g, [x], { exponent }) => ({ output: g.binary('Pow', x, g.scalar(exponent)) }),
  gradient: (g, { inputs: [x], gradient, attributes: { exponent } }) => [
    g.mul(gradient, g.mul(g.binary('Pow', x, g.scalar(exponent - 1)), g.scalar(exponent))),
  ],
};

/** x held within [least, most]. What was held gets no gradient; a value at the limit does, as in PyTorch. */
export const clip: Operator<{ readonly least: number; readonly most: number }> = {
  name: 'clip',
  shape: ([x]) => x,
  emit: (g, [x], { least, most }) => ({
    output: g.node('Clip', [x, g.scalar(least), g.scalar(most)], {}, x.shape),
  }),
  gradient: (g, { inputs: [x], output, gradient }) => [
    g.mul(gradient, g.indicator(g.compare('Equal', x, output))),
  ],
};

/** log cosh x = |x| + log(1 + e^−2|x|) − log 2, which overflows for no x; the gradient is tanh x. */
export const logCosh = unary(
  'logCosh',
  (g, x) => {
    const size = g.unary('Abs', x);
    // log(1 + e^−2|x|) as −log σ(2|x|): ONNX Runtime's Sigmoid is vectorised, its Softplus is not.
    const tail = g.unary('Log', g.unary('Sigmoid', g.mul(size, g.scalar(2))));
    return g.sub(g.sub(size, tail), g.scalar(Math.LN2));
  },
  (g, d, x) => g.mul(d, g.unary('Tanh', x)),
);
