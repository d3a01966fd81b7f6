import type { Graph, ScanStep } from '../onnx/graph.ts';
import type { Value } from '../onnx/model.ts';
import type { Emitted, Operator } from '../operator.ts';
import { directionWeights, emitRecurrent, recurrentShape, stepMask, weightGradients } from './recurrent.ts';
import type { RecurrentAttributes } from './recurrent.ts';

/**
 * Gated recurrent unit (Cho et al. 2014), as `torch.nn.GRU` has it, gates in its order r, z, n:
 * r = σ(W_r x + b_r + R_r h + c_r), z = σ(W_z x + b_z + R_z h + c_z), n = tanh(W_n x + b_n + r·(R_n h + c_n)),
 * h' = (1 − z)·n + z·h.
 *
 * A model that is only run has ONNX's own node. Training writes its own loops, one forward and one backward, in which both
 * directions step together: the products of a step are one batched node, which threads share, and what the gradient needs is
 * kept when it is at hand.
 */
export const gru: Operator<RecurrentAttributes> = {
  name: 'gru',
  shape: (inputs, attributes) => recurrentShape(inputs, attributes, 3),
  emit: (g, inputs, attributes) =>
    g.options.differentiated
      ? forward(g, inputs, attributes)
      : emitRecurrent(g, 'GRU', [1, 0, 2], inputs, attributes),
  gradient(g, { inputs, saved, gradient, attributes, wanted }) {
    if (!g.options.differentiated) {
      throw new Error(
        'gru keeps what its gradient needs only in a graph made with the option "differentiated"',
      );
    }
    const gates = backward(g, inputs, saved, gradient, attributes);
    return weightGradients(g, { inputs, attributes, wanted, gates, states: saved.slice(3) });
  },
};

/**
 * With d the gradient of a state from its use and from the step after it, the gradients of the gates before their
 * activations are d times factors that the forward loop knows: n: B = (1 − z)(1 − n²); z: A = (h − n)·z·(1 − z);
 * R_n h: D = B·r; r: C = D·(R_n h + c_n)·(1 − r). The step before gets d·[C, A, D]·R + d·z. In padding A to D and z count as 0.
 *
 * Saves [C, A, D], z and B of all steps, [T, directions, N, …] in each direction's own order, and the states of each direction
 * in order of time, [T, 1, N, H].
 */
function forward(g: Graph, inputs: readonly Value[], attributes: RecurrentAttributes): Emitted {
  const { hidden, directions, masked } = attributes;
  const [batch, steps, features] = inputs[0].shape;
  const x = g.reshape(g.transpose(inputs[0], [1, 0, 2]), [steps * batch, features]);
  const weights = directionWeights(inputs, attributes);
  const project = (weight: Value, bias: Value) =>
    g.reshape(g.gemm(x, weight, bias, { transposeB: true }), [steps, 1, batch, weight.shape[0]]);
  const rows = (value: Value, from: number, to: number) =>
    g.slice(value, [0], [from * hidden], [to * hidden]);
  const open = weights.map((w) =>
    project(rows(w.inputWeight, 0, 2), g.add(rows(w.inputBias, 0, 2), rows(w.hiddenBias, 0, 2))),
  );
  const candidates = weights.map((w) => project(rows(w.inputWeight, 2, 3), rows(w.inputBias, 2, 3)));
  const recurrent = stack(
    g,
    weights.map((w) => g.transpose(w.hiddenWeight, [1, 0])),
  );
  const bias = stack(
    g,
    weights.map((w) => g.reshape(rows(w.hiddenBias, 2, 3), [1, hidden])),
  );
  const masks = masked
    ? weights.map(() => g.reshape(stepMask(g, inputs[inputs.length - 1], steps), [steps, 1, batch, 1]))
    : [];

  const body = (inner: Graph, [h]: readonly Value[], slices: readonly Value[]): ScanStep => {
    const joined = (index: number) =>
      inner.concat(slices.slice(index * directions, (index + 1) * directions), 0);
    const [gates, fromState] = inner.split(inner.matmul(h, recurrent), 2, [2 * hidden, hidden]);
    const [r, z] = inner.split(inner.unary('Sigmoid', inner.add(gates, joined(0))), 2, [hidden, hidden]);
    const biased = inner.add(fromState, bias);
    const n = inner.unary('Tanh', inner.add(joined(1), inner.mul(r, biased)));
    const difference = inner.sub(h, n);
    const one = inner.scalar(1);
    const mask = masked ? joined(2) : one;
    const keep = masked ? inner.mul(z, mask) : z;
    const renew = inner.sub(mask, keep);
    const next = inner.add(masked ? inner.mul(n, mask) : n, inner.mul(keep, difference));
    const a = inner.mul(difference, inner.mul(z, renew));
    const b = inner.mul(renew, inner.sub(one, inner.mul(n, n)));
    const d = inner.mul(b, r);
    const c = inner.mul(inner.mul(d, biased), inner.sub(one, r));
    return {
      states: [next],
      outputs: [
        ...[inner.concat([c, a, d], 2), keep, b].map((value) => ({ value, reverse: false })),
        ...unstack(inner, next).map((value, k) => ({ value, reverse: k === 1 })),
      ],
    };
  };
  const { outputs } = g.scan(
    [g.zeros([directions, batch, hidden])],
    [open, candidates, masks].flatMap((list) => list.map((value, k) => ({ value, reverse: k === 1 }))),
    body,
  );
  const states = outputs.slice(3).map((value) => g.reshape(value, [steps, batch, hidden]));
  return { output: g.transpose(g.concat(states, 2), [1, 0, 2]), saved: outputs };
}

/** The gradients of the gates of each direction, in blocks of columns, [T·N, …] in order of time. */
function backward(
  g: Graph,
  inputs: readonly Value[],
  [factors, keep, b]: readonly Value[],
  gradient: Value,
  attributes: RecurrentAttributes,
): { input: readonly Value[]; hidden: readonly Value[] }[] {
  const { hidden, directions } = attributes;
  const [batch, steps] = gradient.shape;
  const weights = directionWeights(inputs, attributes);
  const recurrent = stack(
    g,
    weights.map((w) => w.hiddenWeight),
  );
  const used = weights.map((_, k) => {
    const own = g.slice(gradient, [2], [k * hidden], [(k + 1) * hidden]);
    return g.reshape(g.transpose(own, [1, 0, 2]), [steps, 1, batch, hidden]);
  });
  const body = (inner: Graph, [carried]: readonly Value[], slices: readonly Value[]): ScanStep => {
    const [factor, kept, share, ...own] = slices;
    const d = inner.add(carried, inner.concat(own, 0));
    const gates = inner.mul(inner.concat([d, d, d], 2), factor);
    const [open, state] = inner.split(gates, 2, [2 * hidden, hidden]);
    const blocks = [open, state, inner.mul(d, share)].map((block) => unstack(inner, block));
    return {
      states: [inner.add(inner.matmul(gates, recurrent), inner.mul(d, kept))],
      outputs: blocks.flatMap((list) => list.map((value, k) => ({ value, reverse: k === 0 }))),
    };
  };
  const { outputs } = g.scan(
    [g.zeros([directions, batch, hidden])],
    [
      ...[factors, keep, b].map((value) => ({ value, reverse: true })),
      ...used.map((value, k) => ({ value, reverse: k === 0 })),
    ],
    body,
  );
  const block = (index: number, k: number) => {
    const value = outputs[index * directions + k];
    return g.reshape(value, [steps * batch, value.shape[3]]);
  };
  return weights.map((_, k) => ({
    input: [block(0, k), block(2, k)],
    hidden: [block(0, k), block(1, k)],
  }));
}

/** Values of one shape along a new first axis. */
function stack(g: Graph, values: readonly Value[]): Value {
  return g.concat(
    values.map((value) => g.reshape(value, [1, ...value.shape])),
    0,
  );
}

/** The parts of the first axis, each with extent 1. */
function unstack(g: Graph, value: Value): readonly Value[] {
  return g.split(
    value,
    0,
    Array.from({ length: value.shape[0] }, () => 1),
  );
}
