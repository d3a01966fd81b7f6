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
