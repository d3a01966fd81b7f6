import type { Graph } from '../onnx/graph.ts';
import type { Operator } from '../operator.ts';
import {
  emitRecurrent,
  gateRows,
  gateSum,
  recurrentGradient,
  recurrentShape,
  timeMajor,
} from './recurrent.ts';
import type { DirectionContext, GateGradients, RecurrentAttributes } from './recurrent.ts';

/**
 * Gated recurrent unit (Cho et al. 2014), as `torch.nn.GRU` has it, gates in its order r, z, n:
 * r = σ(W_r x + b_r + R_r h + c_r), z = σ(W_z x + b_z + R_z h + c_z), n = tanh(W_n x + b_n + r·(R_n h + c_n)),
 * h' = (1 − z)·n + z·h.
 */
export const gru: Operator<RecurrentAttributes> = {
  name: 'gru',
  shape: (inputs, attributes) => recurrentShape(inputs, attributes, 3),
  emit: (g, inputs, attributes) => emitRecurrent(g, 'GRU', [1, 0, 2], inputs, attributes),
  gradient: (g, context) => recurrentGradient(g, context, direction),
};

/**
 * With d the gradient of a state from its use and from the step after it, the gradients of the gates before their
 * activations are d times factors known in advance: n: B = (1 − z)(1 − n²); z: A = (h − n)·z·(1 − z); R_n h: D = B·r;
 * r: C = D·(R_n h + c_n)·(1 − r). The step before gets d·[C, A, D]·R + d·z. In padding all of A to D and z are 0.
 */
function direction(g: Graph, context: DirectionContext): GateGradients {
  const { x, previous, mask, gradient, backwards, hidden, hiddenWeight } = context;
  const [steps, batch] = gradient.shape;
  const reverse = !backwards;
  const one = g.scalar(1);
  const [r, z] = [0, 1].map((gate) => g.unary('Sigmoid', gateSum(g, context, gate)));
  const candidate = gateRows(g, context, 2);
  const transposeB = true;
  const fromState = g.gemm(previous, candidate.hiddenWeight, candidate.hiddenBias, { transposeB });
  const fromInput = g.gemm(x, candidate.inputWeight, candidate.inputBias, { transposeB });
  const n = g.unary('Tanh', g.add(fromInput, g.mul(r, fromState)));

  const keep = mask ? g.mul(z, mask) : z;
  const renew = g.sub(mask ?? one, keep);
  const a = g.mul(g.sub(previous, n), g.mul(z, renew));
  const b = g.mul(renew, g.sub(one, g.mul(n, n)));
  const d = g.mul(b, r);
  const c = g.mul(g.mul(d, fromState), g.sub(one, r));

  const { outputs } = g.scan(
    [g.zeros([batch, hidden])],
    [g.concat([c, a, d], 1), keep, gradient].map((value) => ({ value: timeMajor(g, value, steps), reverse })),
    (inner, [carried], [factors, kept, used]) => {
      const state = inner.add(carried, used);
      const gates = inner.mul(inner.concat([state, state, state], 1), factors);
      const before = inner.gemm(gates, hiddenWeight, inner.mul(state, kept));
      return {
        states: [before],
        outputs: [state, gates].map((value) => ({ value, reverse })),
      };
    },
  );
  const [state, gates] = outputs.map((value) => g.reshape(value, [steps * batch, value.shape[2]]));
  return {
    input: [g.slice(gates, [1], [0], [2 * hidden]), g.mul(state, b)],
    hidden: [gates],
  };
}
