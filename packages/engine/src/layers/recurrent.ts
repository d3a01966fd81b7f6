import type { Initial } from '../initial.ts';
import type { Operations } from '../operations.ts';
import { operators as ops } from '../ops/table.ts';
import type { Tensor } from '../tensor.ts';

export interface RecurrentOptions {
  readonly name: string;
  /** H, units of the state, for each direction. */
  readonly hidden: number;
  /** Also go from the last step to the first; its states follow the others'. Default false. */
  readonly bidirectional?: boolean;
  /** Layers on top of each other, each reading the states of the one below. Default 1. */
  readonly layers?: number;
  /**
   * Lengths [N] of the sequences, whole numbers from 1 to T: what stands after them never enters a state. Without them every
   * sequence has T steps.
   */
  readonly lengths?: Tensor;
}

/** What a recurrent layer gives; what is not used costs nothing. */
export interface RecurrentResult {
  /** States of the last layer at all steps [N, T, directions·H]; 0 in padding. */
  readonly steps: Tensor;
  /** Its last states [N, directions·H]: forward that of a sequence's last step, backward that of its first. */
  readonly final: Tensor;
}

const gates = { gru: 3, lstm: 4 } as const;

export function recurrent(
  b: Operations,
  kind: keyof typeof gates,
  x: Tensor,
  options: RecurrentOptions,
): RecurrentResult {
  const { hidden, bidirectional = false, layers = 1, lengths } = options;
  const layer = b.path(options.name);
  if (!Number.isInteger(hidden) || hidden < 1 || !Number.isInteger(layers) || layers < 1) {
    throw new RangeError(
      `layer "${layer}": hidden ${hidden} and layers ${layers} must be whole numbers from 1`,
    );
  }
  const directions = bidirectional ? 2 : 1;
  const rows = gates[kind] * hidden;
  const initial: Initial = { kind: 'uniform', limit: 1 / Math.sqrt(hidden) };
  let steps = x;
  for (let depth = 0; depth < layers; depth++) {
    const features = b.extent(steps, 2, layer);
    const weights = ['', '_reverse'].slice(0, directions).flatMap((suffix) => {
      const name = (part: string) => `${part}_l${depth}${suffix}`;
      return [
        b.kernel(layer, [rows, features], initial, name('weight_ih')),
        b.kernel(layer, [rows, hidden], initial, name('weight_hh')),
        b.vector(layer, name('bias_ih'), rows, initial),
        b.vector(layer, name('bias_hh'), rows, initial),
      ];
    });
    const inputs = [steps, ...weights, ...(lengths ? [lengths] : [])];
    steps = b.apply(ops[kind], inputs, { hidden, directions, masked: lengths !== undefined }, layer);
  }
  const final = b.apply(ops.finalState, lengths ? [steps, lengths] : [steps], { directions }, layer);
  return { steps, final };
}
