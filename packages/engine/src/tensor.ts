import type { AnyOperator, Operator } from './operator.ts';
import { formatShape, ShapeError } from './shape.ts';
import type { Shape } from './shape.ts';

/**
 * A symbolic tensor: a node of the network's definition. Leaves are inputs, parameters (trained), their moving averages,
 * state (kept up beside training, such as running statistics), masks (random, drawn anew each step) and constants; the others apply an
 * operator.
 */
export type Tensor = Leaf | Applied;

export interface Leaf {
  readonly kind: 'input' | 'parameter' | 'average' | 'state' | 'constant' | 'mask';
  readonly name: string;
  readonly shape: Shape;
  /** Values of a constant. */
  readonly values?: readonly number[];
  /** Share of elements that a mask sets to zero; the others become 1 / (1 − rate). */
  readonly rate?: number;
}

export interface Applied {
  readonly kind: 'applied';
  /** The layer it belongs to, for messages. */
  readonly name: string;
  readonly shape: Shape;
  readonly operator: AnyOperator;
  readonly attributes: unknown;
  readonly inputs: readonly Tensor[];
}

/** Applies `operator`, checking shapes. Throws {@link ShapeError} that begins with the layer's name. */
export function apply<A>(
  operator: Operator<A>,
  inputs: readonly Tensor[],
  attributes: A,
  layer: string,
): Tensor {
  try {
    const shape = operator.shape(
      inputs.map((input) => input.shape),
      attributes,
    );
    if (shape.some((extent) => extent === 0 || !Number.isInteger(extent))) {
      throw new ShapeError(
        `the result would have shape ${formatShape(shape)}; every extent must be a whole number of at least 1`,
      );
    }
    return { kind: 'applied', name: layer, shape, operator, attributes, inputs };
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    throw new ShapeError(`layer "${layer}" (${operator.name}): ${error.message}`, { cause: error });
  }
}

/** Every tensor the outputs depend on, inputs before what uses them. */
export function topologicalOrder(outputs: readonly Tensor[]): Tensor[] {
  const order: Tensor[] = [];
  const seen = new Set<Tensor>();
  const stack = outputs.map((tensor) => ({ tensor, expanded: false })).reverse();
  while (stack.length > 0) {
    const { tensor, expanded } = stack.pop()!;
    if (expanded) {
      order.push(tensor);
      continue;
    }
    if (seen.has(tensor)) continue;
    seen.add(tensor);
    stack.push({ tensor, expanded: true });
    if (tensor.kind === 'applied') {
      for (const input of [...tensor.inputs].reverse()) stack.push({ tensor: input, expanded: false });
    }
  }
  return order;
}
