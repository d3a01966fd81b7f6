import { differentiate, lower } from '../lower.ts';
import { readPart } from '../interchange/read-part.ts';
import type { OnnxPart } from '../interchange/read-part.ts';
import { Graph } from '../onnx/graph.ts';
import type { OnnxGraph } from '../onnx/read-graph.ts';
import { operators as ops } from '../ops/table.ts';
import { channelBlock } from '../runtime/channel-block.ts';
import { createSession, tensorOver, checkData } from '../runtime/session.ts';
import type { Shape } from '../shape.ts';
import { apply } from '../tensor.ts';
import type { Leaf } from '../tensor.ts';

export interface OutputGradient {
  /** Shape of the output whose gradient is taken, the batch first. */
  readonly shape: Shape;
  /**
   * ∂ Σ weights·output / ∂ from, of the shape of `from`, and the output itself. With weights that pick one number of each sample it is
   * each sample's own gradient, for samples do not mix.
   * @param feeds `from` and the sides by name
   */
  run(
    feeds: Readonly<Record<string, Float32Array>>,
    weights: Float32Array,
  ): Promise<{ readonly gradient: Float32Array; readonly output: Float32Array }>;
  close(): Promise<void>;
}

/**
 * Compiles the exact gradient of a value of an ONNX model with respect to another one: the part between the two is read into the engine and
 * differentiated by its rules.
 * @param shapes of `part.from` and of its sides, every extent fixed
 * Throws OperatorError for an operator without a rule, ShapeError where the shapes do not fit.
 */
export async function openOutputGradient(
  model: OnnxGraph,
  part: OnnxPart,
  shapes: ReadonlyMap<string, Shape>,
  options: { readonly threads?: number } = {},
): Promise<OutputGradient> {
  const { inputs, output, constants } = readPart(model, part, shapes);
  const weights: Leaf = { kind: 'input', name: 'weights', shape: output.shape };
  const picked = apply(ops.mul, [output, weights], {}, 'picked');
  const axes = picked.shape.map((_, axis) => axis);
  const total = apply(ops.sum, [picked], { axes, keep: false }, 'total');
  const graph = new Graph({
    opset: 21,
    contributed: true,
    differentiated: true,
    channelBlock: await channelBlock(),
  });
  // The model's own names could be those the graph gives: everything is numbered instead.
  const fed = [...inputs.values(), weights].map((leaf, k) => ({
    leaf,
    value: graph.input(`fed/${k}`, leaf.shape),
  }));
  const held = [...constants.keys()];
  const lowered = lower(graph, [total], (leaf) =>
    leaf.kind === 'input'
      ? fed.find((each) => each.leaf === leaf)!.value
      : graph.weight(`held/${held.indexOf(leaf.name)}`, constants.get(leaf.name)!.data, leaf.shape),
  );
  const from = inputs.get(part.from)!;
  const gradient = differentiate(graph, lowered, total, [from]).get(from) ?? graph.zeros(from.shape);
  const names = { gradient: 'result/gradient', output: 'result/output' };
  const results = { [names.gradient]: gradient, [names.output]: lowered.get(output)!.output };
  const session = await createSession(graph.toModel('gradient', results), {
    threads: options.threads ?? 2,
  });
  return {
    shape: output.shape,
    async run(feeds, picks) {
      const tensors = fed.map(({ leaf, value }) => {
        const data = leaf === weights ? picks : feeds[leaf.name];
        checkData(leaf.name, data, leaf.shape);
        return [value.name, tensorOver(data, leaf.shape)] as const;
      });
      const answer = await session.run(Object.fromEntries(tensors));
      return {
        gradient: answer[names.gradient].data as Float32Array,
        output: answer[names.output].data as Float32Array,
      };
    },
    close: () => session.release(),
  };
}
