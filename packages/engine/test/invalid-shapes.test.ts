// Random shapes, most of them wrong, for every operator: what does not fit is refused with a ShapeError that says so; what is
// accepted runs, forward and backward, and gives the shape announced. So no ill-shaped graph ever reaches ONNX Runtime, where it
// could take the process down.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { differentiate, lower } from '../src/lower.ts';
import { Graph } from '../src/onnx/graph.ts';
import type { AnyOperator } from '../src/operator.ts';
import { operators } from '../src/ops/table.ts';
import { channelBlock } from '../src/runtime/channel-block.ts';
import { createSession, tensorOver } from '../src/runtime/session.ts';
import { elementCount, formatShape, ShapeError } from '../src/shape.ts';
import type { Shape } from '../src/shape.ts';
import { apply } from '../src/tensor.ts';
import type { Leaf, Tensor } from '../src/tensor.ts';
import { gradientCases } from './support/gradient-cases.ts';

/** Changes to a list of shapes: an extent, an axis more or less, two axes swapped. */
const change = fc.record({
  kind: fc.constantFrom('extent', 'append', 'prepend', 'drop', 'swap'),
  input: fc.nat(4),
  axis: fc.nat(4),
  extent: fc.integer({ min: 1, max: 7 }),
});

type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

function changed(shapes: readonly Shape[], changes: readonly Change[]): Shape[] {
  const result = shapes.map((shape) => [...shape]);
  for (const { kind, input, axis, extent } of changes) {
    const shape = result[input % result.length];
    const at = axis % Math.max(1, shape.length);
    if (kind === 'extent' && shape.length > 0) shape[at] = extent;
    if (kind === 'append') shape.push(extent);
    if (kind === 'prepend') shape.unshift(extent);
    if (kind === 'drop') shape.splice(at, 1);
    if (kind === 'swap' && shape.length > 1) shape.push(...shape.splice(at, 1));
  }
  return result;
}

async function runs(
  operator: AnyOperator,
  output: Tensor,
  leaves: readonly Leaf[],
  constant: readonly number[],
) {
  const graph = new Graph({
    opset: 21,
    contributed: true,
    differentiated: true,
    channelBlock: await channelBlock(),
  });
  const values = new Map(leaves.map((leaf) => [leaf, graph.input(leaf.name, leaf.shape)]));
  const axes = output.shape.map((_, axis) => axis);
  const loss = apply(operators.sum, [output], { axes, keep: false }, 'loss');
  const lowered = lower(graph, [loss], (leaf) => values.get(leaf)!);
  const wanted = leaves.filter((_, k) => !constant.includes(k));
  const gradients = differentiate(graph, lowered, loss, wanted);
  const named = wanted.map((leaf) => [`d${leaf.name}`, gradients.get(leaf)!] as const);
  const model = graph.toModel('fuzz', { y: lowered.get(output)!.output, ...Object.fromEntries(named) });
  const session = await createSession(model, { threads: 1, quiet: true });
  const feeds = leaves.map(({ name, shape }) => {
    // Ones are in every operator's domain, indices included: tables of one row are left out below.
    return [name, tensorOver(new Float32Array(elementCount(shape)).fill(1), shape)] as const;
  });
  const results = await session.run(Object.fromEntries(feeds));
  await session.release();
  expect(results.y.dims, operator.name).toEqual(output.shape);
  for (const leaf of wanted) expect(results[`d${leaf.name}`].dims, operator.name).toEqual(leaf.shape);
}

describe('random shapes are refused by name or run', () => {
  it.each(Object.entries(gradientCases))('%s', async (name, list) => {
    const operator = (operators as Record<string, AnyOperator>)[name];
    const changes = fc.array(change, { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...list), changes, async (test, applied) => {
        const shapes = changed(test.inputs, applied);
        fc.pre(name !== 'gather' || shapes[0][0] !== 1);
        const leaves = shapes.map((shape, k): Leaf => ({ kind: 'parameter', name: `x${k}`, shape }));
        let output: Tensor;
        try {
          output = apply(operator, leaves, (test.attributes ?? {}) as never, 'the layer');
        } catch (error) {
          expect(error).toBeInstanceOf(ShapeError);
          const { message } = error as ShapeError;
          expect(message).toContain(`layer "the layer" (${name})`);
          // Names a shape that was met and, after it, the remedy.
          expect(shapes.some((shape) => message.includes(formatShape(shape))) || /axis/.test(message)).toBe(
            true,
          );
          expect(message).toMatch(/; |must|give /);
          return;
        }
        await runs(operator, output, leaves, test.constant ?? []);
      }),
      { numRuns: 40, seed: 4 },
    );
  });
});
