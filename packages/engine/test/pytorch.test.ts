// Compares with PyTorch on fixtures/pytorch.json and recurrent.json, written by the scripts of the same names.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileTraining, defineNetwork } from '../src/index.ts';
import type { WeightArray } from '../src/index.ts';
import { differentiate, lower } from '../src/lower.ts';
import { Graph } from '../src/onnx/graph.ts';
import type { AnyOperator } from '../src/operator.ts';
import { operators } from '../src/ops/table.ts';
import { channelBlock } from '../src/runtime/channel-block.ts';
import { createSession, tensorOver } from '../src/runtime/session.ts';
import { apply } from '../src/tensor.ts';
import type { Leaf } from '../src/tensor.ts';

interface Stored {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}
interface Case {
  readonly operator: keyof typeof operators;
  readonly attributes: unknown;
  readonly inputs: readonly Stored[];
  readonly output: Stored;
  readonly weights: Stored;
  readonly gradients: Readonly<Record<string, Stored>>;
}
interface Fixture {
  readonly torch: string;
  readonly cases: readonly Case[];
  readonly training: {
    readonly x: Stored;
    readonly y: Stored;
    readonly start: Readonly<Record<string, Stored>>;
    readonly end: Readonly<Record<string, Stored>>;
    readonly losses: readonly number[];
  };
}

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), 'utf8')) as Fixture;
const fixture = read('pytorch');
const cases = [...fixture.cases, ...read('recurrent').cases];

function expectClose(actual: Float32Array, expected: readonly number[], tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  const scale = Math.max(1, ...expected.map(Math.abs));
  const worst = expected.reduce((max, value, k) => Math.max(max, Math.abs(value - actual[k])), 0);
  expect(worst / scale).toBeLessThan(tolerance);
}

describe('operators agree with PyTorch, value and gradients', () => {
  it('in a case for every one in the table', () => {
    const covered = new Set(cases.map((test) => test.operator));
    expect([...covered].sort()).toEqual(Object.keys(operators).sort());
  });

  it.each(cases.map((test, k) => [`${k}: ${test.operator}`, test] as const))('%s', async (_, test) => {
    const operator: AnyOperator = operators[test.operator];
    const leaves = test.inputs.map(({ shape }, k): Leaf => ({ kind: 'parameter', name: `x${k}`, shape }));
    const output = apply(operator, leaves, test.attributes as never, 'checked');
    const r: Leaf = { kind: 'constant', name: 'r', shape: output.shape, values: test.weights.data };
    const axes = output.shape.map((_extent, axis) => axis);
    const product = apply(operators.mul, [output, r], {}, 'r');
    const loss = apply(operators.sum, [product], { axes, keep: false }, 'loss');
    const graph = new Graph({
      opset: 21,
      contributed: true,
      differentiated: true,
      channelBlock: await channelBlock(),
    });
    const values = new Map(leaves.map((leaf) => [leaf, graph.input(leaf.name, leaf.shape)]));
    const lowered = lower(graph, [loss], (leaf) => values.get(leaf)!);
    const wanted = leaves.filter((_leaf, k) => String(k) in test.gradients);
    const gradients = differentiate(graph, lowered, loss, wanted);
    const named = wanted.map((leaf) => [leaf.name, gradients.get(leaf)!] as const);
    const model = graph.toModel('case', {
      y: lowered.get(output)!.output,
      ...Object.fromEntries(named.map(([name, value]) => [`d${name}`, value])),
    });
    const session = await createSession(model, { threads: 1 });
    const feeds = test.inputs.map(
      ({ shape, data }, k) => [`x${k}`, tensorOver(Float32Array.from(data), shape)] as const,
    );
    const results = await session.run(Object.fromEntries(feeds));
    expect(results.y.dims).toEqual(test.output.shape);
    expectClose(results.y.data as Float32Array, test.output.data, 2e-6);
    for (const [k, expected] of Object.entries(test.gradients)) {
      expectClose(results[`dx${k}`].data as Float32Array, expected.data, 5e-6);
    }
    await session.release();
  });
});

it('training goes through PyTorch’s losses: batch normalisation, clipping, AdamW with decay of kernels only', async () => {
  const { x, y, start, end, losses } = fixture.training;
  const network = defineNetwork({
    name: 'small',
    inputs: { x: ['N', 1, 8, 8] },
    build(b, inputs) {
      const a = b.conv2d(inputs.x, { name: 'a', out: 4, stride: 2, bias: false });
      const c = b.silu(b.conv2d(b.relu(b.batchNorm(a, { name: 'n' })), { name: 'b', out: 6 }));
      return { logits: b.dense(b.globalMean(c), { name: 'c', out: 2 }) };
    },
  });
  const array = ({ shape, data }: Stored): WeightArray => ({ shape, data: Float32Array.from(data) });
  const session = compileTraining(network, {
    targets: { y: ['N', 2] },
    loss: (b, { logits }, targets) => ({ loss: b.mean(b.bceWithLogits(logits, targets.y)) }),
    optimizer: { learningRate: 0.01, weightDecay: 0.05 },
    gradientClip: 0.2,
    weights: Object.fromEntries(Object.entries(start).map(([name, stored]) => [name, array(stored)])),
  });
  const feeds = { x: Float32Array.from(x.data), y: Float32Array.from(y.data) };
  for (const [k, expected] of losses.entries()) {
    const { loss } = await session.step(feeds);
    expect(Math.abs(loss - expected), `step ${k}`).toBeLessThan(2e-4);
  }
  const weights = session.weights();
  expect(Object.keys(weights).sort()).toEqual(Object.keys(end).sort());
  for (const [name, stored] of Object.entries(end)) expectClose(weights[name].data, stored.data, 5e-3);
  await session.close();
});
