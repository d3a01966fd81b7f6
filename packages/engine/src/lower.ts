import type { Graph } from './onnx/graph.ts';
import type { Value } from './onnx/model.ts';
import type { Emitted } from './operator.ts';
import type { Leaf, Tensor } from './tensor.ts';
import { topologicalOrder } from './tensor.ts';

/** The ONNX side of a network: what each tensor became. */
export type Lowered = ReadonlyMap<Tensor, Emitted>;

/** Writes the nodes that compute `outputs`; `leaf` gives the value of each input, parameter, state, mask. */
export function lower(graph: Graph, outputs: readonly Tensor[], leaf: (tensor: Leaf) => Value): Lowered {
  const lowered = new Map<Tensor, Emitted>();
  for (const tensor of topologicalOrder(outputs)) {
    if (tensor.kind !== 'applied') {
      const output = tensor.kind === 'constant' ? graph.constant(tensor.values!, tensor.shape) : leaf(tensor);
      lowered.set(tensor, { output });
      continue;
    }
    const inputs = tensor.inputs.map((input) => lowered.get(input)!.output);
    lowered.set(tensor, tensor.operator.emit(graph, inputs, tensor.attributes as never));
  }
  return lowered;
}

/**
 * Writes the nodes of the backward pass (reverse mode): ∂loss/∂p for each of `parameters`, a scalar `loss` having
 * gradient 1. A parameter that the loss does not depend on is absent from the result.
 */
export function differentiate(
  graph: Graph,
  lowered: Lowered,
  loss: Tensor,
  parameters: readonly Tensor[],
): Map<Tensor, Value> {
  const order = topologicalOrder([loss]);
  const wanted = new Set<Tensor>(parameters);
  for (const tensor of order) {
    if (tensor.kind === 'applied' && tensor.inputs.some((input) => wanted.has(input))) wanted.add(tensor);
  }
  const gradients = new Map<Tensor, Value>([
    [loss, graph.constant([1], loss.shape.length === 0 ? [] : loss.shape)],
  ]);
  for (const tensor of order.reverse()) {
    const gradient = gradients.get(tensor);
    if (tensor.kind !== 'applied' || !gradient || !wanted.has(tensor)) continue;
    const { output, saved = [] } = lowered.get(tensor)!;
    const partials = tensor.operator.gradient(graph, {
      inputs: tensor.inputs.map((input) => lowered.get(input)!.output),
      output,
      saved,
      gradient,
      attributes: tensor.attributes as never,
      wanted: tensor.inputs.map((input) => wanted.has(input)),
    });
    tensor.inputs.forEach((input, index) => {
      const partial = partials[index];
      if (!partial || !wanted.has(input)) return;
      const sum = gradients.get(input);
      gradients.set(input, sum ? graph.add(sum, partial) : partial);
    });
  }
  return new Map(
    parameters.flatMap((parameter) => {
      const gradient = gradients.get(parameter);
      return gradient ? [[parameter, gradient] as const] : [];
    }),
  );
}
