// Optimizers against PyTorch's and Keras's own: fixtures/optimizers.json, written by fixtures/optimizers.py, which also says
// what the parameters and gradients are.
import { mkdtemp, rm } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  compileTraining,
  constant,
  defineNetwork,
  initialWeights,
  optimizers,
  resolveOptimizer,
  stepDecay,
  train,
} from '../src/index.ts';
import type { OptimizerOptions, ParameterGroup, Progress, TrainOptions } from '../src/index.ts';
import type { ParameterDefinition } from '../src/parameter-scope.ts';
import { TrainingState } from '../src/training/state.ts';

interface Case {
  readonly optimizer: OptimizerOptions;
  readonly groups?: readonly ParameterGroup[];
  readonly gradientClip?: number;
  readonly gradientClipValue?: number;
  /** Values by step, parameter and element. */
  readonly after: readonly (readonly (readonly number[])[])[];
}
interface Fixture {
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly torch: { readonly version: string; readonly cases: readonly Case[] };
  readonly keras: { readonly version: string; readonly cases: readonly Case[] };
}
const url = new URL('./fixtures/optimizers.json', import.meta.url);
const fixture = JSON.parse(readFileSync(url, 'utf8')) as Fixture;
const definitions = Object.entries(fixture.shapes).map(([name, shape]): ParameterDefinition => ({
  name,
  shape,
  initial: { kind: 'constant', value: 0 },
  trained: true,
  decay: name.endsWith('weight'),
}));
const describeCase = ({ after: _, ...options }: Case) => JSON.stringify(options);

describe.each([
  ['PyTorch', fixture.torch.cases],
  ['Keras', fixture.keras.cases],
] as const)('%s', (_framework, cases) => {
  it.each(cases.map((test) => [describeCase(test), test] as const))(
    'takes the same steps with %s',
    (_name, { optimizer: given, groups, gradientClip, gradientClipValue, after }) => {
      const optimizer = resolveOptimizer(given);
      const state = new TrainingState(definitions, optimizer, { averaged: false, groups });
      state.trained.forEach(({ value }, k) =>
        value.data.forEach((_v, i) => (value.data[i] = Math.cos(i + k))),
      );
      after.forEach((expected, t) => {
        state.trained.forEach(({ gradient }, k) =>
          gradient.data.forEach(
            (_g, i) => (gradient.data[i] = Math.sin(0.7 * i + 1.3 * t + k) * 10 ** ((i % 3) - 1)),
          ),
        );
        state.penalize();
        const norm = state.gradientNorm();
        if (gradientClipValue !== undefined) state.clampGradients(gradientClipValue);
        const scale = gradientClip !== undefined && norm > gradientClip ? gradientClip / norm : 1;
        state.update(t + 1, scale, optimizer.learningRate * (1 - 0.1 * t));
        state.trained.forEach(({ value }, k) =>
          value.data.forEach((found, i) => {
            // Both sides work in float32: a few roundings of values up to about 1.
            expect(Math.abs(found - expected[k][i]), `step ${t}, parameter ${k}[${i}]`).toBeLessThan(3e-6);
          }),
        );
      });
    },
  );
});

it('covers every optimizer with the defaults of both frameworks', () => {
  const known = Object.keys(optimizers).sort();
  for (const { cases } of [fixture.torch, fixture.keras]) {
    expect([...new Set(cases.map(({ optimizer }) => optimizer.kind ?? 'adamw'))].sort()).toEqual(known);
  }
});

describe('options', () => {
  it('of an unknown optimizer or framework list the known ones', () => {
    expect(() => resolveOptimizer({ kind: 'adagrad' } as unknown as OptimizerOptions)).toThrow(
      /unknown optimizer "adagrad"; known are sgd, rmsprop, adadelta, adam, adamw/,
    );
    expect(() => resolveOptimizer({ defaults: 'jax' } as unknown as OptimizerOptions)).toThrow(
      /unknown defaults "jax".*pytorch, keras/,
    );
  });

  it('out of range are refused by name', () => {
    expect(() => resolveOptimizer({ kind: 'adam', beta2: 1 })).toThrow(/beta2 is 1.*below 1/);
    expect(() => resolveOptimizer({ kind: 'sgd', learningRate: NaN })).toThrow(/learningRate is NaN/);
  });

  it('keep what is given and fill in the rest', () => {
    expect(resolveOptimizer({ kind: 'adam', defaults: 'keras', learningRate: 0.5 })).toEqual({
      ...optimizers.adam.keras,
      learningRate: 0.5,
    });
  });
});

it('stepDecay drops at the steps named, or every so many', () => {
  const every = stepDecay({ at: 10, factor: 0.5, warmupSteps: 2 });
  expect([0, 1, 9, 10, 19, 20].map(every)).toEqual([0.5, 1, 1, 0.5, 0.5, 0.25]);
  const named = stepDecay({ at: [3, 5] });
  expect([2, 3, 4, 5, 99].map(named)).toEqual([1, 0.1, 0.1, 0.1 ** 2, 0.1 ** 2]);
  expect(() => stepDecay({ at: 0 })).toThrow(RangeError);
});

const network = defineNetwork({
  name: 'two-layers',
  inputs: { x: ['N', 3] },
  build: (b, { x }) => ({
    y: b.dense(b.tanh(b.dense(x, { name: 'body', out: 4 })), { name: 'head', out: 2 }),
  }),
});

function* batches(epoch: number): Generator<Record<string, Float32Array>> {
  for (let k = 0; k < 3; k++) {
    const wave = (count: number, phase: number) =>
      Float32Array.from({ length: count }, (_, i) => Math.sin(i + phase + 3 * epoch + k));
    yield { x: wave(12, 0), target: wave(8, 1) };
  }
}

function options(more: Partial<TrainOptions<'x', 'y', 'target'>> = {}): TrainOptions<'x', 'y', 'target'> {
  return {
    network,
    targets: { target: ['N', 2] },
    loss: (b, { y }, { target }) => ({ loss: b.mean(b.mul(b.sub(y, target), b.sub(y, target))) }),
    data: batches,
    epochs: 3,
    schedule: constant,
    seed: 5,
    ...more,
  };
}

describe('parameter groups', () => {
  it('leave frozen layers as they are, without a gradient, and train the others', async () => {
    const session = compileTraining(network, options({ groups: [{ parameters: 'body.*', frozen: true }] }));
    const [feeds] = batches(0);
    await session.step(feeds);
    const [before, after] = [initialWeights(network, 5), session.weights()];
    expect(after['body.weight']).toEqual(before['body.weight']);
    expect(after['head.weight']).not.toEqual(before['head.weight']);
    expect(session.gradients()['body.weight'].data.every((value) => value === 0)).toBe(true);
    expect([...session.arrays().keys()]).not.toContain('first/body.weight');
    await session.close();
  });

  it('that match nothing, or with numbers below 0, are refused', () => {
    const build = (groups: ParameterGroup[]) => () => compileTraining(network, options({ groups }));
    expect(build([{ parameters: 'neck.*' }])).toThrow(
      /"neck\.\*" matches no parameter; there are body\.weight/,
    );
    expect(build([{ parameters: 'head.weigh?' }])).toThrow(/matches no parameter/);
    expect(build([{ parameters: '*', l2: -1 }])).toThrow(/l2 is -1/);
  });

  it('and two ways of clipping at once are refused', () => {
    expect(() => compileTraining(network, options({ gradientClip: 1, gradientClipValue: 1 }))).toThrow(
      /choose one/,
    );
  });
});

describe('checkpoints', () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'optimizers-'))));
  afterEach(() => rm(folder, { recursive: true }));

  it.each<OptimizerOptions>([
    { kind: 'sgd', momentum: 0.9, nesterov: true, learningRate: 0.05 },
    { kind: 'rmsprop', momentum: 0.5, centered: true, learningRate: 0.01 },
    { kind: 'adadelta' },
    { kind: 'adam', defaults: 'keras', weightDecay: 0.1 },
    { kind: 'adamw' },
  ])('hold everything that %o remembers: resumed losses are the same', async (optimizer) => {
    const losses = (list: number[]) => ({ onProgress: (p: Progress) => void list.push(p.result.loss) });
    const whole: number[] = [];
    await train(options({ optimizer, ...losses(whole) }));
    const parts: number[] = [];
    const controller = new AbortController();
    await train(
      options({
        optimizer,
        checkpointDir: folder,
        signal: controller.signal,
        onProgress(p) {
          parts.push(p.result.loss);
          if (p.step === 4) controller.abort();
        },
      }),
    );
    await train(options({ optimizer, checkpointDir: folder, resume: true, ...losses(parts) }));
    expect(parts).toEqual(whole);
    expect(whole).toHaveLength(9);
  });

  it('of another optimizer are refused, saying so', async () => {
    await train(options({ epochs: 1, checkpointDir: folder, optimizer: { kind: 'adam' } }));
    const resumed = train(options({ checkpointDir: folder, resume: true }));
    await expect(resumed).rejects.toMatchObject({ code: 'CHECKPOINT_MISMATCH' });
    await expect(resumed).rejects.toThrow(/made with optimizer "adam", this training takes "adamw"/);
  });
});
