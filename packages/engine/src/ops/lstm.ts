import type { Graph } from '../onnx/graph.ts';
import type { Operator } from '../operator.ts';
import {
  directionWeights,
  emitRecurrent,
  gateSum,
  previousSteps,
  recurrentShape,
  stepMask,
  timeMajor,
  weightGradients,
} from './recurrent.ts';
import type { DirectionContext, GateGradients, RecurrentAttributes } from './recurrent.ts';

/**
 * Long short-term memory (Hochreiter & Schmidhuber 1997, with forget gate), as `torch.nn.LSTM` has it, gates in its order
 * i, f, g, o: i, f, o = σ(W x + b + R h + c), g = tanh(W_g x + b_g + R_g h + c_g), cell s' = f·s + i·g, h' = o·tanh(s').
 */
export const lstm: Operator<RecurrentAttributes> = {
  name: 'lstm',
  shape: (inputs, attributes) => recurrentShape(inputs, attributes, 4),
  emit: (g, inputs, attributes) => emitRecurrent(g, 'LSTM', [0, 3, 1, 2], inputs, attributes),
  gradient(g, { inputs, saved, gradient, attributes, wanted }) {
    const { hidden, masked } = attributes;
    const [batch, steps, features] = inputs[0].shape;
    const rows = steps * batch;
    const weights = directionWeights(inputs, attributes);
    const states = weights.map((_, k) => g.slice(saved[0], [1], [k], [k + 1]));
    const x = g.reshape(g.transpose(inputs[0], [1, 0, 2]), [rows, features]);
    const mask = masked ? stepMask(g, inputs[inputs.length - 1], steps) : null;
    const gates = weights.map((own, k) => {
      const used = g.slice(gradient, [2], [k * hidden], [(k + 1) * hidden]);
      return direction(g, {
        ...own,
        x,
        previous: g.reshape(previousSteps(g, states[k], k === 1), [rows, hidden]),
        gradient: g.transpose(used, [1, 0, 2]),
        mask,
        backwards: k === 1,
        hidden,
      });
    });
    return weightGradients(g, { inputs, attributes, wanted, gates, states });
  },
};

/**
 * ONNX keeps the last cell only, so a loop of two nodes computes them again from the gates. With d the gradient of a state and
 * e that of its cell from the step after it, e' = e + d·o(1 − tanh² s'); the gates before their activations get
 * e'·g·i(1 − i), e'·s·f(1 − f), e'·i(1 − g²) and d·tanh(s')·o(1 − o), the step before these times R, and its cell e'·f.
 * In padding i, f and o count as 0, and with them everything.
 */
function direction(g: Graph, context: DirectionContext): GateGradients {
  const { mask, gradient, backwards, hidden, hiddenWeight } = context;
  const [steps, batch] = gradient.shape;
  const reverse = !backwards;
  const one = g.scalar(1);
  const zero = g.zeros([batch, hidden]);
  const [i, f, o] = [0, 1, 3].map((gate) => g.unary('Sigmoid', gateSum(g, context, gate)));
  const candidate = g.unary('Tanh', gateSum(g, context, 2));
  const [inside, kept, shown] = [i, f, o].map((gate) => (mask ? g.mul(gate, mask) : gate));

  const cellInputs = [kept, g.mul(inside, candidate)];
  const forwards = g.scan(
    [zero],
    cellInputs.map((value) => ({ value: timeMajor(g, value, steps), reverse: backwards })),
    (inner, [cell], [keep, added]) => {
      const next = inner.add(inner.mul(cell, keep), added);
      return { states: [next], outputs: [{ value: next, reverse: backwards }] };
    },
  );
  const [cells] = forwards.outputs;
  const rows = [steps * batch, hidden];
  const bounded = g.unary('Tanh', g.reshape(cells, rows));
  const before = g.reshape(previousSteps(g, cells, backwards), rows);

  const falling = (masked: typeof i, gate: typeof i) => g.mul(masked, g.sub(one, gate));
  const factors = g.concat(
    [
      g.mul(candidate, falling(inside, i)),
      g.mul(before, falling(kept, f)),
      g.mul(inside, g.sub(one, g.mul(candidate, candidate))),
      g.mul(bounded, falling(shown, o)),
    ],
    1,
  );
  const toCell = g.mul(shown, g.sub(one, g.mul(bounded, bounded)));
  const { outputs } = g.scan(
    [zero, zero],
    [factors, toCell, kept, gradient].map((value) => ({ value: timeMajor(g, value, steps), reverse })),
    (inner, [carried, carriedCell], [factor, share, keep, used]) => {
      const state = inner.add(carried, used);
      const cell = inner.add(carriedCell, inner.mul(state, share));
      const gates = inner.mul(inner.concat([cell, cell, cell, state], 1), factor);
      return {
        states: [inner.gemm(gates, hiddenWeight, null), inner.mul(cell, keep)],
        outputs: [{ value: gates, reverse }],
      };
    },
  );
  const gates = g.reshape(outputs[0], [steps * batch, 4 * hidden]);
  return { input: [gates], hidden: [gates] };
}
