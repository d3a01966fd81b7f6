// Every operator as exported: opset 17, standard operators only, no gradient; it must compute what the training graph computes.
import { describe, expect, it } from 'vitest';
import { lower } from '../src/lower.ts';
import { Graph } from '../src/onnx/graph.ts';
import type { GraphOptions } from '../src/onnx/graph.ts';
import type { AnyOperator } from '../src/operator.ts';
import { operators } from '../src/ops/table.ts';
import { channelBlock } from '../src/runtime/channel-block.ts';
import { createSession, tensorOver } from '../src/runtime/session.ts';
import { anyBatch, elementCount } from '../src/shape.ts';
import type { Shape } from '../src/shape.ts';
import { apply } from '../src/tensor.ts';
import type { Leaf } from '../src/tensor.ts';
import { generator } from './support/gradient-check.ts';
import type { GradientCase } from './support/gradient-check.ts';
import { gradientCases } from './support/gradient-cases.ts';

async function run(
  operator: AnyOperator,
  test: GradientCase,
  options: GraphOptions,
  shapes: readonly Shape[],
) {
  const random = generator(7);
  const leaves = shapes.map((shape, k): Leaf => ({ kind: 'parameter', name: `x${k}`, shape }));
  const output = apply(operator, leaves, (test.attributes ?? {}) as never, 'exported');
  const graph = new Graph(options);
  const values = new Map(leaves.map((leaf) => [leaf, graph.input(leaf.name, leaf.shape)]));
  const { output: y } = lower(graph, [output], (leaf) => values.get(leaf)!).get(output)!;
  const model = graph.toModel('form', { y });
  const session = await createSession(model, { threads: 1 });
  const feeds = test.inputs.map((shape, k) => {
    const data = Float32Array.from({ length: elementCount(shape) }, () =>
      (test.domain ?? ((u: number) => u))(random(), k),
    );
    return [`x${k}`, tensorOver(data, shape)] as const;
  });
  const result = (await session.run(Object.fromEntries(feeds))).y;
  await session.release();
  return {
    model: Buffer.from(model).toString('latin1'),
    data: result.data as Float32Array,
    dims: result.dims,
  };
}

/** Operators whose first axis is no batch here (broadcasts among them), or is fixed by an attribute. */
const noBatch: readonly string[] = [
  ...['add', 'sub', 'mul', 'div', 'gather', 'matmul'],
  ...['reshape', 'transpose', 'sum', 'mean', 'max', 'concat'],
];
/** Training's batch statistics are never exported: `frozenBatchNorm` stands in their place. */
const exported = Object.entries(gradientCases).filter(([name]) => name !== 'batchNorm');

describe('the standard form of every operator computes what the training form does', () => {
  for (const [name, list] of exported) {
    const operator = (operators as Record<string, AnyOperator>)[name];
    it.each(list.map((test) => [JSON.stringify(test.inputs), test] as const))(
      `${name} %s`,
      async (_, test) => {
        const training = { opset: 21, contributed: true, channelBlock: await channelBlock() };
        const expected = await run(operator, test, training, test.inputs);
        const standard = await run(operator, test, { opset: 17, contributed: false }, test.inputs);
        expect(standard.model).not.toContain('com.microsoft');
        expect(standard.dims).toEqual(expected.dims);
        // Both are float32 of numbers of order one, summed over at most some hundred terms in another order.
        standard.data.forEach((value, k) => expect(value).toBeCloseTo(expected.data[k], 5));
      },
    );
  }

  it.each(exported.filter(([name, [test]]) => !noBatch.includes(name) && test.inputs[0].length > 1))(
    '%s with the batch left open',
    async (name, list) => {
      const operator = (operators as Record<string, AnyOperator>)[name];
      for (const test of list) {
        const batch = test.inputs[0][0];
        // What shares the batch (a mask, targets, lengths) has it open too; parameters have not.
        const open = test.inputs.map((shape, k) =>
          k === 0 || (shape[0] === batch && (test.constant ?? []).includes(k))
            ? [anyBatch, ...shape.slice(1)]
            : shape,
        );
        const fixed = await run(operator, test, { opset: 17, contributed: false }, test.inputs);
        const left = await run(operator, test, { opset: 17, contributed: false }, open);
        expect(left.dims).toEqual(fixed.dims);
        expect(left.data).toEqual(fixed.data);
      }
    },
  );
});
