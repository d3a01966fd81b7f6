import type { Graph } from '../onnx/graph.ts';
import { elementTypes } from '../onnx/model.ts';
import type { Value } from '../onnx/model.ts';
import type { Emitted } from '../operator.ts';
import { elementCount, formatShape, ShapeError } from '../shape.ts';
import type { Shape } from '../shape.ts';

/**
 * What the recurrent operators share. Inputs: x [N, T, I]; then for each direction weight_ih [G·H, I], weight_hh [G·H, H],
 * bias_ih [G·H], bias_hh [G·H], the G gates in PyTorch's order; then, where `masked`, lengths [N]. The output holds the
 * states of all steps, [N, T, directions·H], forward states first; the first state is zero.
 */
export interface RecurrentAttributes {
  /** H */
  readonly hidden: number;
  /** 1: forward in time; 2: backward too. */
  readonly directions: 1 | 2;
  /**
   * Sequences have lengths of their own, as whole numbers from 1 to T: padding after them never enters a state, states
   * there are 0, and the backward direction starts at each sequence's own end (`torch.nn.utils.rnn.pack_padded_sequence`).
   */
  readonly masked: boolean;
}

/** Weights of one direction, as PyTorch names and orders them. */
export interface DirectionWeights {
  readonly inputWeight: Value;
  readonly hiddenWeight: Value;
  readonly inputBias: Value;
  readonly hiddenBias: Value;
}

const perDirection = 4;

export function recurrentShape(
  inputs: readonly Shape[],
  { hidden, directions, masked }: RecurrentAttributes,
  gates: number,
): Shape {
  const [x] = inputs;
  if (x.length !== 3) {
    throw new ShapeError(`input ${formatShape(x)} must be [batch, steps, features]; reshape it`);
  }
  const rows = gates * hidden;
  const expected: Shape[] = Array.from({ length: directions }, () => [
    [rows, x[2]],
    [rows, hidden],
    [rows],
    [rows],
  ]).flat();
  if (masked) expected.push([x[0]]);
  const given = inputs.slice(1);
  const fits = (shape: Shape, k: number) => given[k]?.join() === shape.join();
  if (given.length !== expected.length || !expected.every(fits)) {
    throw new ShapeError(
      `input ${formatShape(x)} with weights and lengths ${given.map(formatShape).join(', ')}: ${directions} direction(s) of ` +
        `${hidden} hidden units need ${expected.map(formatShape).join(', ')}; change the features of the input or the weights`,
    );
  }
  return [x[0], x[1], directions * hidden];
}

export function directionWeights(
  inputs: readonly Value[],
  { directions }: RecurrentAttributes,
): DirectionWeights[] {
  return Array.from({ length: directions }, (_, k) => {
    const start = 1 + k * perDirection;
    const [inputWeight, hiddenWeight, inputBias, hiddenBias] = inputs.slice(start, start + perDirection);
    return { inputWeight, hiddenWeight, inputBias, hiddenBias };
  });
}

/**
 * ONNX's own node, whose gates stand in another `order` (ONNX's k-th gate is PyTorch's order[k]-th). Weights that are
 * constants are reordered here, so that an exported model holds them as ONNX wants them. Saves the states of all steps,
 * [T, directions, N, H].
 */
export function emitRecurrent(
  g: Graph,
  type: 'GRU' | 'LSTM',
  order: readonly number[],
  inputs: readonly Value[],
  attributes: RecurrentAttributes,
): Emitted {
  const { hidden, directions, masked } = attributes;
  const [x] = inputs;
  const [batch, steps] = x.shape;
  const weights = directionWeights(inputs, attributes);
  const pack = (parts: readonly Value[][], shape: Shape) => packGates(g, parts, order, hidden, shape);
  const rows = order.length * hidden;
  const w = pack(
    weights.map((d) => [d.inputWeight]),
    [directions, rows, x.shape[2]],
  );
  const r = pack(
    weights.map((d) => [d.hiddenWeight]),
    [directions, rows, hidden],
  );
  const b = pack(
    weights.map((d) => [d.inputBias, d.hiddenBias]),
    [directions, 2 * rows],
  );
  const timeMajor = g.transpose(x, [1, 0, 2]);
  const nodeInputs = [timeMajor, w, r, b];
  if (masked) {
    const lengths = inputs[inputs.length - 1];
    nodeInputs.push(g.node('Cast', [lengths], { to: elementTypes.int32 }, lengths.shape, { type: 'int32' }));
  }
  const states = g.node(
    type,
    nodeInputs,
    {
      hidden_size: hidden,
      direction: directions === 2 ? 'bidirectional' : 'forward',
      ...(type === 'GRU' ? { linear_before_reset: 1 } : {}),
    },
    [steps, directions, batch, hidden],
  );
  const output = g.reshape(g.transpose(states, [2, 0, 1, 3]), [batch, steps, directions * hidden]);
  return { output, saved: [states] };
}

/** Stacks directions, and within each its arrays, every one with its gates reordered. */
function packGates(
  g: Graph,
  parts: readonly (readonly Value[])[],
  order: readonly number[],
  hidden: number,
  shape: Shape,
): Value {
  const constants = parts.flat().map((part) => g.dataOf(part));
  if (constants.every((data) => data !== null)) {
    const packed = new Float32Array(constants.reduce((total, data) => total + data.length, 0));
    let at = 0;
    for (const data of constants) {
      const gate = data.length / order.length;
      for (const k of order) {
        packed.set(data.subarray(k * gate, (k + 1) * gate), at);
        at += gate;
      }
    }
    return g.weight(`${parts[0][0].name}/onnx`, packed, shape);
  }
  const reordered = parts.flat().map((part) => {
    const gates = g.reshape(part, [order.length, hidden, ...part.shape.slice(1)]);
    return g.node('Gather', [gates, g.integers(order)], { axis: 0 }, gates.shape);
  });
  return g.reshape(g.concat(reordered, 0), shape);
}

/** What the gradient of one direction starts from; n runs over T·N rows, time outermost. */
export interface DirectionContext extends DirectionWeights {
  /** Inputs [T·N, I]. */
  readonly x: Value;
  /** The state before each step [T·N, H]. */
  readonly previous: Value;
  /** ∂loss/∂state of each step as the output was used, [T, N, H]. */
  readonly gradient: Value;
  /** 1 where a step belongs to its sequence, 0 in padding, [T·N, 1]; null where all belong. */
  readonly mask: Value | null;
  /** The direction goes from the last step to the first. */
  readonly backwards: boolean;
  readonly hidden: number;
}

/**
 * ∂loss/∂(weight_ih·x + bias_ih) and ∂loss/∂(weight_hh·h + bias_hh) of each step, in blocks [T·N, …] of columns that
 * together are all gates in order.
 */
export interface GateGradients {
  readonly input: readonly Value[];
  readonly hidden: readonly Value[];
}

/** The gradients of inputs, weights and biases: single products of those of the gates. */
export function weightGradients(
  g: Graph,
  context: {
    readonly inputs: readonly Value[];
    readonly attributes: RecurrentAttributes;
    readonly wanted: readonly boolean[];
    readonly gates: readonly GateGradients[];
    /** States of each direction [T, 1, N, H]. */
    readonly states: readonly Value[];
  },
): (Value | null)[] {
  const { inputs, attributes, wanted, gates, states } = context;
  const { hidden, masked } = attributes;
  const [batch, steps, features] = inputs[0].shape;
  const rows = steps * batch;
  const x = g.reshape(g.transpose(inputs[0], [1, 0, 2]), [rows, features]);
  const joined = (blocks: readonly Value[], each: (block: Value) => Value) => g.concat(blocks.map(each), 0);
  const product = (blocks: readonly Value[], right: Value) =>
    joined(blocks, (block) => g.gemm(block, right, null, { transposeA: true }));
  const total = (blocks: readonly Value[]) => joined(blocks, (block) => g.reduce('Sum', block, [0], false));
  let inputGradient: Value | null = null;
  const gradients: (Value | null)[] = [];
  for (const [k, { inputWeight }] of directionWeights(inputs, attributes).entries()) {
    const { input, hidden: recurrent } = gates[k];
    const previous = g.reshape(previousSteps(g, states[k], k === 1), [rows, hidden]);
    gradients.push(product(input, x), product(recurrent, previous), total(input), total(recurrent));
    if (!wanted[0]) continue;
    let from = 0;
    for (const block of input) {
      const to = from + block.shape[1];
      inputGradient = g.gemm(block, g.slice(inputWeight, [0], [from], [to]), inputGradient);
      from = to;
    }
  }
  if (inputGradient) {
    inputGradient = g.transpose(g.reshape(inputGradient, [steps, batch, features]), [1, 0, 2]);
  }
  return [inputGradient, ...gradients, ...(masked ? [null] : [])];
}

/** Rows of one gate in the weights of a direction. */
function gateRows(g: Graph, weights: DirectionContext, gate: number): DirectionWeights {
  const { hidden } = weights;
  const rows = (value: Value) => g.slice(value, [0], [gate * hidden], [(gate + 1) * hidden]);
  return {
    inputWeight: rows(weights.inputWeight),
    hiddenWeight: rows(weights.hiddenWeight),
    inputBias: rows(weights.inputBias),
    hiddenBias: rows(weights.hiddenBias),
  };
}

/** W x + b + R h + c of one gate [T·N, H]. */
export function gateSum(g: Graph, context: DirectionContext, gate: number): Value {
  const { inputWeight, hiddenWeight, inputBias, hiddenBias } = gateRows(g, context, gate);
  const fromInput = g.gemm(context.x, inputWeight, g.add(inputBias, hiddenBias), { transposeB: true });
  return g.gemm(context.previous, hiddenWeight, fromInput, { transposeB: true });
}

/** [T·N, C] as [T, N, C]. */
export function timeMajor(g: Graph, value: Value, steps: number): Value {
  const columns = value.shape[value.shape.length - 1];
  return g.reshape(value, [steps, elementCount(value.shape) / steps / columns, columns]);
}

/** Every step's value moved to the step after it in the direction's own order, zero for the first: [T, …]. */
export function previousSteps(g: Graph, values: Value, backwards: boolean): Value {
  const [steps, ...rest] = values.shape;
  if (steps === 1) return g.zeros(values.shape);
  const from = backwards ? 1 : 0;
  const others = rest.map(() => 0);
  return g.pad(g.slice(values, [0], [from], [steps - 1 + from]), [1 - from, ...others], [from, ...others]);
}

/** 1 for the steps of each sequence, 0 after them: [T·N, 1]. */
export function stepMask(g: Graph, lengths: Value, steps: number): Value {
  const [batch] = lengths.shape;
  const index = g.constant([...Array(steps).keys()], [steps, 1]);
  const inside = g.compare('Less', index, g.reshape(lengths, [1, batch]));
  return g.reshape(g.indicator(inside), [steps * batch, 1]);
}
