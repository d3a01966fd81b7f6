import type { Tensor as OrtTensor } from 'onnxruntime-common';
import type { Extents, NetworkDefinition } from '../network.ts';
import { averageName } from '../parameter-scope.ts';
import type { Value } from '../onnx/model.ts';
import { channelBlock } from '../runtime/channel-block.ts';
import type { Block } from '../runtime/memory.ts';
import { createSession, runInto, tensorOver } from '../runtime/session.ts';
import { elementCount } from '../shape.ts';
import { Masks } from './masks.ts';
import type { TrainingOptions } from './options.ts';
import type { TrainingState } from './state.ts';
import { checkFeeds, writeTrainingGraph } from './training-graph.ts';
import type { Feeds, Kind } from './training-graph.ts';

/** The training (or evaluation) graph of one size of batch, bound to the training state's memory. */
export interface Compiled {
  /** Runs it; gradients, where it has them, lie in the state afterwards. */
  run(feeds: Feeds, seed: number): Promise<Readonly<Record<string, number>>>;
  /** Applies the batch's statistics to the running ones. */
  applyUpdates(): void;
  close(): Promise<void>;
}

export async function compile(
  network: NetworkDefinition,
  options: TrainingOptions,
  state: TrainingState,
  extents: Extents,
  kind: Kind,
): Promise<Compiled> {
  const source = parameterBlocks(state, kind);
  const feeds: Record<string, OrtTensor> = {};
  const masks = new Masks();
  const { graph, fed, scalars, gradients, updates } = writeTrainingGraph(
    network,
    options,
    extents,
    kind,
    { opset: 21, contributed: true, channelBlock: await channelBlock() },
    (target, leaf) => {
      if (leaf.kind === 'mask') masks.add(leaf);
      else feeds[leaf.name] = tensorOver(blockOf(source, leaf.name).data, leaf.shape);
      return target.input(leaf.name, leaf.shape);
    },
  );
  Object.assign(feeds, masks.tensors());

  const results: Record<string, Value> = {};
  const fetches: Record<string, OrtTensor> = {};
  const fetch = (name: string, value: Value, data: Float32Array) => {
    results[name] = value;
    fetches[name] = tensorOver(data, value.shape);
    return data;
  };
  const scalarData = Object.entries(scalars).map(
    ([name, value]) => [name, fetch(`scalar/${name}`, value, new Float32Array(1))] as const,
  );
  for (const { definition, gradient, settings } of state.trained) {
    // What nothing fetches is left out of the graph: frozen parameters cost no gradient.
    const value = settings.frozen ? undefined : gradients.get(definition.name);
    if (value) fetch(`gradient/${definition.name}`, value, gradient.data);
  }
  const statistics = Object.entries(updates).map(([name, { value, rate }]) => ({
    target: state.running.get(name)!.value.data,
    batchValue: fetch(`update/${name}`, value, new Float32Array(elementCount(value.shape))),
    rate,
  }));

  const session = await createSession(graph.toModel(network.name, results), {
    threads: options.threads ?? 2,
    ...(options.profilePrefix === undefined ? {} : { profilePrefix: options.profilePrefix }),
  });
  return {
    async run(batchFeeds, seed) {
      for (const [name, data, shape] of checkFeeds(fed, batchFeeds)) feeds[name] = tensorOver(data, shape);
      masks.draw(seed);
      await runInto(session, feeds, fetches);
      return Object.fromEntries(scalarData.map(([name, data]) => [name, data[0]]));
    },
    applyUpdates() {
      for (const { target, batchValue, rate } of statistics) {
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
    if (average) blocks.set(averageName(definition.name), average);
  }
  for (const [name, { value }] of state.running) blocks.set(name, value);
  return blocks;
}

/** Only a moving average can be missing. */
function blockOf(blocks: ReadonlyMap<string, Block>, name: string): Block {
  const block = blocks.get(name);
  if (!block) throw new RangeError(`the network reads ${name}; give averageDecay, which keeps up averages`);
  return block;
}
