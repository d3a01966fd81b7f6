import { differentiate, lower } from '../../src/lower.ts';
import { Graph } from '../../src/onnx/graph.ts';
import type { Device } from '../../src/onnx/graph.ts';
import { channelBlock } from '../../src/runtime/channel-block.ts';
import { createSession, tensorOver } from '../../src/runtime/session.ts';
import { elementCount } from '../../src/shape.ts';
import type { Shape } from '../../src/shape.ts';
import { apply } from '../../src/tensor.ts';
import type { Leaf } from '../../src/tensor.ts';
import type { AnyOperator } from '../../src/operator.ts';
import { operators } from '../../src/ops/table.ts';

export interface GradientCase {
  readonly inputs: readonly Shape[];
  readonly attributes?: unknown;
  /** Maps uniform numbers in (−1, 1) to the operator's domain; the identity by default. */
  readonly domain?: (u: number, index: number) => number;
  /** Inputs that get no gradient (targets, statistics). */
  readonly constant?: readonly number[];
}

/** An operator's graph with Σ r·f(x), r fixed random numbers, as its loss, its inputs' values and what runs it. */
async function prepare(operator: AnyOperator, test: GradientCase, device: Device) {
  const random = generator(12345);
  const leaves = test.inputs.map((shape, k): Leaf => ({ kind: 'parameter', name: `x${k}`, shape }));
  const output = apply(operator, leaves, (test.attributes ?? {}) as never, 'checked');
  const data = test.inputs.map((shape, k) =>
    Float32Array.from({ length: elementCount(shape) }, () =>
      (test.domain ?? ((u: number) => u))(random(), k),
    ),
  );
  const weights = Array.from({ length: elementCount(output.shape) }, random);
  const loss = apply(
    operators.sum,
    [
      apply(
        operators.mul,
        [output, { kind: 'constant', name: 'r', shape: output.shape, values: weights }],
        {},
        'r',
      ),
    ],
    { axes: output.shape.map((_, axis) => axis), keep: false },
    'loss',
  );

  const graph = new Graph(
    device === 'cpu'
      ? { opset: 21, contributed: true, differentiated: true, channelBlock: await channelBlock() }
      : { opset: 21, contributed: false, differentiated: true, target: device },
  );
  const values = new Map(leaves.map((leaf) => [leaf, graph.input(leaf.name, leaf.shape)]));
  const lowered = lower(graph, [loss], (leaf) => values.get(leaf)!);
  const checked = leaves.filter((_, k) => !test.constant?.includes(k));
  const gradients = differentiate(graph, lowered, loss, checked);
  const results = {
    y: lowered.get(output)!.output,
    ...Object.fromEntries(checked.map((leaf) => [`d${leaf.name}`, gradients.get(leaf)!])),
  };
  const session = await createSession(graph.toModel('check', results), { threads: 1, device });
  const run = async (): Promise<Record<string, Float32Array>> => {
    const outputs = await session.run(
      Object.fromEntries(leaves.map((leaf, k) => [leaf.name, tensorOver(data[k], leaf.shape)])),
    );
    return Object.fromEntries(
      Object.entries(outputs).map(([name, tensor]) => [name, tensor.data as Float32Array]),
    );
  };
  return { session, leaves, checked, data, weights, run };
}

/**
 * Largest difference of the operator's value and gradients on `device` from those on the processor, relative to the largest of each
 * array (to 1 where all are smaller).
 */
export async function deviceError(
  operator: AnyOperator,
  test: GradientCase,
  device: Device,
): Promise<number> {
  const [expected, actual] = await Promise.all(
    (['cpu', device] as const).map(async (where) => {
      const { session, run } = await prepare(operator, test, where);
      const results = await run();
      await session.release();
      return results;
    }),
  );
  let worst = 0;
  for (const [name, reference] of Object.entries(expected)) {
    const largest = reference.reduce((max, value) => Math.max(max, Math.abs(value)), 1);
    const found = actual[name];
    reference.forEach((value, i) => {
      const difference = Math.abs(found[i] - value) / largest;
      if (!(difference <= worst)) worst = difference;
    });
  }
  return worst;
}

/**
 * Largest difference between the rule's gradient of Σ r·f(x), r fixed random numbers, and central differences of it,
 * relative to the largest gradient. Sums are taken in double precision, so that float32 limits only f itself.
 */
export async function gradientError(operator: AnyOperator, test: GradientCase): Promise<number> {
  const { session, leaves, checked, data, weights, run } = await prepare(operator, test, 'cpu');
  const value = async () => {
    const { y } = await run();
    return y.reduce((total, item, k) => total + item * weights[k], 0);
  };

  const analytic = await run();
  let worst = 0;
  let largest = 0;
  const step = 1 / 128;
  for (const leaf of checked) {
    const array = data[leaves.indexOf(leaf)];
    const rule = analytic[`d${leaf.name}`];
    if (rule.length !== array.length)
      throw new Error(`gradient of ${leaf.name} has ${rule.length} values, not ${array.length}`);
    for (let i = 0; i < array.length; i++) {
      const at = array[i];
      array[i] = at + step;
      const above = await value();
      array[i] = at - step;
      const below = await value();
      array[i] = at;
      const difference = (above - below) / (2 * step);
      worst = Math.max(worst, Math.abs(difference - rule[i]));
      largest = Math.max(largest, Math.abs(difference));
    }
  }
  await session.release();
  return worst / largest;
}

/** Uniform numbers in (−1, 1). */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (2 * state) / 4294967296 - 1;
  };
}
