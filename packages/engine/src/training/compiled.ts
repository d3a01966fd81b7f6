import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { differentiate, lower } from '../lower.ts';
import { declare, instantiate, resolveShape } from '../network.ts';
import type { NetworkDefinition } from '../network.ts';
import { Graph } from '../onnx/graph.ts';
import type { Value } from '../onnx/model.ts';
import type { StateUpdate } from '../operator.ts';
import { channelBlock } from '../runtime/channel-block.ts';
import { Arena, paddedCount } from '../runtime/memory.ts';
import type { Block } from '../runtime/memory.ts';
import { checkData, createSession, tensorOver } from '../runtime/session.ts';
import { elementCount, formatShape, ShapeError } from '../shape.ts';
import type { Shape } from '../shape.ts';
import type { Leaf, Tensor } from '../tensor.ts';
import type { TrainingOptions } from './options.ts';
import type { TrainingState } from './state.ts';

export type Feeds = Readonly<Record<string, Float32Array>>;

interface Mask {
  readonly block: Block;
  readonly rate: number;
}

/** The training (or evaluation) graph of one batch size, bound to the training state's memory. */
export interface Compiled {
  /** Runs it; gradients, where it has them, lie in the state afterwards. */
  run(feeds: Feeds, seed: number): Promise<Readonly<Record<string, number>>>;
  /** Applies the batch's statistics to the running ones. */
  applyUpdates(): void;
  close(): Promise<void>;
}

/** Which values the graph reads for its parameters. */
export type Kind = 'training' | 'evaluation' | 'averaged-evaluation';

export async function compile(
  network: NetworkDefinition,
  options: TrainingOptions,
  state: TrainingState,
  batch: number,
  kind: Kind,
): Promise<Compiled> {
  const graph = new Graph({ opset: 21, contributed: true, channelBlock: await channelBlock() });
  const { builder, inputs, outputs } = instantiate(
    network,
    batch,
    kind === 'training' ? 'training' : 'inference',
  );
  const targets = declare(options.targets, batch);
  const clash = Object.keys(targets).find((name) => name in inputs);
  if (clash !== undefined) throw new RangeError(`"${clash}" names an input and a target; rename one`);
  const { loss, parts = {} } = builder.scope('loss', () => options.loss(builder, outputs, targets));
  for (const [name, tensor] of Object.entries({ loss, ...parts })) {
    if (elementCount(tensor.shape) !== 1) {
      throw new ShapeError(
        `loss "${name}" has shape ${formatShape(tensor.shape)}; reduce it with mean, sum or weightedMean`,
      );
    }
  }

  // Declare every leaf as a graph input and bind its memory.
  const feeds: Record<string, OrtTensor> = {};
  const shapes = new Map<string, Shape>();
  for (const tensor of Object.values({ ...inputs, ...targets })) {
    shapes.set(tensor.name, tensor.shape);
    graph.input(tensor.name, tensor.shape);
  }
  const source = parameterBlocks(state, kind);
  const masks: Mask[] = [];
  const maskCount = [...builder.leaves.values()].reduce(
    (total, leaf) => total + (leaf.kind === 'mask' ? paddedCount(elementCount(leaf.shape)) : 0),
    0,
  );
  const maskArena = new Arena(maskCount);
  const values = new Map<string, Value>();
  const bind = (leaf: Leaf): Value => {
    if (leaf.kind === 'input') return { name: leaf.name, shape: leaf.shape, type: 'float32' };
    const known = values.get(leaf.name);
    if (known) return known;
    const value = graph.input(leaf.name, leaf.shape);
    values.set(leaf.name, value);
    let block = source.get(leaf.name);
    if (leaf.kind === 'mask') {
      block = maskArena.allocate(elementCount(leaf.shape));
      masks.push({ block, rate: leaf.rate! });
    }
    feeds[leaf.name] = tensorOver(block!.data, leaf.shape);
    return value;
  };

  const scalars: Record<string, Tensor> = { loss, ...parts };
  const lowered = lower(graph, Object.values(scalars), bind);
  const results: Record<string, Value> = {};
  const fetches: Record<string, OrtTensor> = {};
  const fetch = (name: string, value: Value, data: Float32Array) => {
    results[name] = value;
    fetches[name] = tensorOver(data, value.shape);
    return data;
  };
  const scalarData = Object.entries(scalars).map(
    ([name, tensor]) =>
      [name, fetch(`scalar/${name}`, lowered.get(tensor)!.output, new Float32Array(1))] as const,
  );

  const updates: { target: Float32Array; batchValue: Float32Array; rate: number }[] = [];
  if (kind === 'training') {
    const parameters = [...builder.leaves.values()].filter((leaf) => leaf.kind === 'parameter');
    const gradients = differentiate(graph, lowered, loss, parameters);
    for (const { definition, gradient, settings } of state.trained) {
      // What nothing fetches is left out of the graph: frozen parameters cost no gradient.
      if (settings.frozen) continue;
      const leaf = builder.leaves.get(definition.name)!;
      const value = gradients.get(leaf);
      if (value) fetch(`gradient/${leaf.name}`, value, gradient.data);
    }
    const emitted = [...lowered.values()].flatMap(({ updates: found = {} }) =>
      Object.entries<StateUpdate>(found),
    );
    for (const [name, { value, rate }] of emitted) {
      const batchValue = fetch(`update/${name}`, value, new Float32Array(elementCount(value.shape)));
      updates.push({ target: state.running.get(name)!.value.data, batchValue, rate });
    }
  }

  const model = graph.toModel(network.name, results);
  const session: InferenceSession = await createSession(model, {
    threads: options.threads ?? 2,
    ...(options.profilePrefix === undefined ? {} : { profilePrefix: options.profilePrefix }),
  });
  return {
    async run(batchFeeds, seed) {
      for (const [name, shape] of shapes) {
        const data = batchFeeds[name];
        if (!data) throw new TypeError(`"${name}" ${formatShape(shape)} is not fed; give it with each batch`);
        checkData(name, data, shape);
        feeds[name] = tensorOver(data, shape);
      }
      masks.forEach(({ block, rate }, index) => {
        const threshold = Math.round(rate * 65536);
        const maskSeed = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)) >>> 0;
        const value = 65536 / (65536 - threshold);
        maskArena.kernels.dropoutMask(
          block.address,
          paddedCount(block.data.length),
          maskSeed,
          threshold,
          value,
        );
      });
      await session.run(feeds, fetches);
      return Object.fromEntries(scalarData.map(([name, data]) => [name, data[0]]));
    },
    applyUpdates() {
      for (const { target, batchValue, rate } of updates) {
        for (let i = 0; i < target.length; i++) target[i] += rate * (batchValue[i] - target[i]);
      }
    },
    async close() {
      if (options.profilePrefix !== undefined) session.endProfiling();
      await session.release();
    },
  };
}

function parameterBlocks(state: TrainingState, kind: Kind): Map<string, Block> {
  const blocks = new Map<string, Block>();
  for (const { definition, value, average } of state.trained) {
    blocks.set(definition.name, kind === 'averaged-evaluation' && average ? average : value);
  }
  for (const [name, { value }] of state.running) blocks.set(name, value);
  return blocks;
}

/** The batch size of a set of feeds, from the first declared input. */
export function batchSize(network: NetworkDefinition, feeds: Feeds): number {
  const [name, declared] = Object.entries(network.inputs)[0];
  const data = feeds[name];
  if (!data) throw new TypeError(`input "${name}" is not fed; give it with each batch`);
  const sample = elementCount(resolveShape(declared, 1));
  const batch = data.length / sample;
  if (!Number.isInteger(batch) || batch < 1) {
    throw new ShapeError(
      `input "${name}" has ${data.length} values, a sample ${formatShape(declared.slice(1) as number[])} needs ${sample}; give whole samples`,
    );
  }
  return batch;
}
