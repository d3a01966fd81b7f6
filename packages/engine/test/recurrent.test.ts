// Recurrent layers as networks use them; fixtures/recurrent.json is PyTorch's, written by fixtures/recurrent.py.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  compileTraining,
  defineNetwork,
  exportOnnx,
  initialWeights,
  loadModel,
  networkParameters,
  ShapeError,
} from '../src/index.ts';
import type { NetworkDefinition, Weights } from '../src/index.ts';

interface Stored {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}
interface Case {
  readonly operator: 'gru' | 'lstm';
  readonly attributes: { readonly hidden: number; readonly directions: 1 | 2; readonly masked: boolean };
  readonly names: readonly string[];
  readonly inputs: readonly Stored[];
  readonly output: Stored;
  readonly final: Stored;
}
const url = new URL('./fixtures/recurrent.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(url, 'utf8')) as { cases: readonly Case[] };

type Sequence = NetworkDefinition<'x' | 'lengths', 'steps' | 'final'>;

function network(kind: 'gru' | 'lstm', hidden: number, bidirectional: boolean, masked: boolean): Sequence {
  return defineNetwork({
    name: kind,
    inputs: { x: ['N', 5, 3], lengths: ['N'] },
    build(b, { x, lengths }) {
      const { steps, final } = b[kind](x, {
        name: 'layer',
        hidden,
        bidirectional,
        ...(masked ? { lengths } : {}),
      });
      // The lengths are an input of every variant, so that all are of one type.
      const nothing = b.scale(b.reshape(lengths, [lengths.shape[0], 1]), 0);
      return { steps, final: b.add(final, nothing) };
    },
  });
}

describe('recurrent layers', () => {
  it.each(cases.map((test) => [`${test.operator} ${JSON.stringify(test.attributes)}`, test] as const))(
    'export as plain ONNX nodes that give PyTorch’s states: %s',
    async (_, { operator, attributes, names, inputs, output, final }) => {
      const { hidden, directions, masked } = attributes;
      const definition = network(operator, hidden, directions === 2, masked);
      const weights: Weights = Object.fromEntries(
        names.map((name, k) => {
          const { shape, data } = inputs[k + 1];
          return [`layer.${name}`, { shape, data: Float32Array.from(data) }];
        }),
      );
      const bytes = exportOnnx(definition, weights);
      const text = Buffer.from(bytes).toString('latin1');
      expect(text).not.toContain('com.microsoft');
      // Gates are put in ONNX's order while exporting, not in the model.
      expect(text).toMatch(/weight_ih_l0\/onnx/);
      expect(text).not.toMatch(/weight_ih_l0(?!\/onnx)/);
      const model = await loadModel(bytes, { threads: 1 });
      const lengths = masked ? inputs.at(-1)!.data : [5, 5, 5];
      const results = await model.run({
        x: Float32Array.from(inputs[0].data),
        lengths: Float32Array.from(lengths),
      });
      for (const [name, expected] of Object.entries({ steps: output, final })) {
        expect(results[name].shape).toEqual(expected.shape);
        const worst = expected.data.reduce(
          (max, value, k) => Math.max(max, Math.abs(value - results[name].data[k])),
          0,
        );
        // States lie within ±1; the fixture has seven digits.
        expect(worst).toBeLessThan(1e-6);
      }
      await model.close();
    },
  );

  it.each(['gru', 'lstm'] as const)(
    'ignore padding in losses and gradients, whatever stands there: %s in two layers',
    async (kind) => {
      const definition = defineNetwork({
        name: 'padded',
        inputs: { x: ['N', 6, 2], lengths: ['N'] },
        build(b, { x, lengths }) {
          const { final, steps } = b[kind](x, {
            name: 'layer',
            hidden: 4,
            layers: 2,
            bidirectional: true,
            lengths,
          });
          return { out: b.concat([final, b.sum(steps, [1])]) };
        },
      });
      const lengths = Float32Array.of(1, 6, 3);
      const x = (padding: number) =>
        Float32Array.from({ length: 3 * 6 * 2 }, (_, k) =>
          Math.floor(k / 2) % 6 < lengths[Math.floor(k / 12)] ? Math.sin(k) : padding,
        );
      const results = [];
      for (const padding of [0, 7]) {
        const session = compileTraining(definition, {
          targets: { y: ['N', 16] },
          loss: (b, { out }, { y }) => ({ loss: b.mean(b.mul(out, y)) }),
          seed: 4,
        });
        const y = Float32Array.from({ length: 48 }, (_, k) => Math.cos(k));
        const { loss } = await session.step({ x: x(padding), lengths, y });
        const gradients = Object.values(session.gradients()).map(({ data }) => data.slice());
        results.push({ loss, gradients });
        await session.close();
      }
      expect(results[1].loss).toBe(results[0].loss);
      expect(results[1].gradients).toEqual(results[0].gradients);
      expect(results[0].gradients.every((data) => data.some((value) => value !== 0))).toBe(true);
    },
  );

  it('name and start their parameters as PyTorch does', () => {
    const definition = network('lstm', 4, true, true);
    const names = networkParameters(definition).map(({ name }) => name);
    expect(names).toEqual(cases.at(-1)!.names.map((name) => `layer.${name}`));
    const values = Object.values(initialWeights(definition, 1)).flatMap(({ data }) => [...data]);
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(0.5);
    expect(Math.max(...values)).toBeGreaterThan(0.45);
  });

  it('say which shape does not fit', () => {
    const build = (shape: readonly ['N', ...number[]], lengths: readonly ['N', ...number[]]) => () =>
      defineNetwork({
        name: 'broken',
        inputs: { x: shape, lengths },
        build: (b, inputs) => b.gru(inputs.x, { name: 'layer', hidden: 4, lengths: inputs.lengths }),
      });
    expect(build(['N', 8], ['N'])).toThrow(ShapeError);
    expect(build(['N', 8, 2], ['N', 8])).toThrow(/layer "layer" \(gru\).*\[N, 8\].*need .*\[N\]/);
  });
});
