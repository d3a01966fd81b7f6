import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-common';
import type { Extents, NetworkDefinition } from '../network.ts';
import type { Graph } from '../onnx/graph.ts';
import type { Value } from '../onnx/model.ts';
import { averageName } from '../parameter-scope.ts';
import { createSession, tensorOver } from '../runtime/session.ts';
import { clipGradient, penalizeGradient, stepScalarNames, writeUpdate } from './device-optimizer.ts';
import type { StepScalars } from './device-optimizer.ts';
import type { DeviceState, Place, Slot } from './device-state.ts';
import { Masks } from './masks.ts';
import type { Optimizer } from './optimizer-options.ts';
import type { TrainingOptions } from './options.ts';
import { checkFeeds, writeTrainingGraph } from './training-graph.ts';
import type { Feeds, Kind, TrainingGraph } from './training-graph.ts';

/** What a run on the device gives: the scalars on the processor, and for training the new state on the device. */
export interface DeviceRun {
  readonly losses: Readonly<Record<string, number>>;
  readonly gradientNorm: number;
  readonly next: Readonly<Record<Slot, OrtTensor>>;
}

/** The training (or evaluation) graph of one batch size on the device; the optimizer's step is part of it. */
export interface DeviceCompiled {
  run(feeds: Feeds, seed: number, scalars?: StepScalars): Promise<DeviceRun>;
  close(): Promise<void>;
}

export async function compileForDevice(
  network: NetworkDefinition,
  options: TrainingOptions,
  optimizer: Optimizer,
  state: DeviceState,
  extents: Extents,
  kind: Kind,
): Promise<DeviceCompiled> {
  const masks = new Masks();
  const flat = new Map<Slot, Value>();
  const slot = (graph: Graph, name: Slot): Value => {
    const value = flat.get(name) ?? graph.input(`state/${name}`, [state.size(name)]);
    flat.set(name, value);
    return value;
  };
  const places = new Map([...state.trained, ...state.running].map((place) => [place.definition.name, place]));
  for (const place of state.trained) places.set(averageName(place.definition.name), place);
  const hasAverage = state.slots.includes('average');
  const values: Slot = kind === 'averaged-evaluation' && hasAverage ? 'average' : 'values';
  const written = writeTrainingGraph(
    network,
    options,
    extents,
    kind,
    { opset: 21, contributed: false, target: 'webgpu' },
    (graph, leaf) => {
      if (leaf.kind === 'mask') {
        masks.add(leaf);
        return graph.input(leaf.name, leaf.shape);
      }
      const { offset, count } = places.get(leaf.name)!;
      if (leaf.kind === 'average' && !hasAverage) {
        throw new RangeError(`the network reads ${leaf.name}; give averageDecay, which keeps up averages`);
      }
      const flatName = leaf.kind === 'state' ? 'running' : leaf.kind === 'average' ? 'average' : values;
      const source = slot(graph, flatName);
      return graph.reshape(graph.slice(source, [0], [offset], [offset + count]), leaf.shape);
    },
  );
  const { graph, fed, scalars: lossValues } = written;
  const reported = { ...lossValues };
  const results: Record<string, Value> = {};
  if (kind === 'training') {
    const inputs = Object.fromEntries(stepScalarNames.map((name) => [name, graph.input(`step/${name}`, [])]));
    const arrays = Object.fromEntries(
      state.slots.flatMap((name) => (name === 'running' ? [] : [[name, slot(graph, name)]])),
    );
    const whole = penalizeGradient(graph, flatGradient(graph, written, state), arrays.values, state.trained);
    const { norm, gradient } = clipGradient(graph, whole, options.gradientClip, options.gradientClipValue);
    reported[normName] = norm;
    const next = writeUpdate(
      graph,
      optimizer,
      arrays,
      gradient,
      inputs as Record<keyof StepScalars, Value>,
      state.trained,
    );
    for (const [name, value] of Object.entries(next)) results[`next/${name}`] = value;
    const running = nextRunning(graph, written, state, () => slot(graph, 'running'));
    if (running) results['next/running'] = running;
  }
  const names = Object.keys(reported);
  const onDevice = Object.keys(results);
  // One array for all scalars: each output that comes over waits for the device once.
  results[reportName] = graph.concat(
    Object.values(reported).map((value) => graph.reshape(value, [1])),
    0,
  );

  const session: InferenceSession = await createSession(graph.toModel(network.name, results), {
    device: 'webgpu',
    onDevice,
    threads: options.threads ?? 2,
    ...(options.profilePrefix === undefined ? {} : { profilePrefix: options.profilePrefix }),
  });
  const maskTensors = masks.tensors();
  return {
    async run(batchFeeds, seed, scalars) {
      const feeds: Record<string, OrtTensor> = { ...maskTensors };
      for (const [name, data, shape] of checkFeeds(fed, batchFeeds)) feeds[name] = tensorOver(data, shape);
      for (const name of flat.keys()) feeds[`state/${name}`] = state.tensor(name);
      if (kind === 'training') {
        for (const name of stepScalarNames) {
          feeds[`step/${name}`] = tensorOver(Float32Array.of(scalars![name]), []);
        }
      }
      masks.draw(seed);
      const outputs = await session.run(feeds);
      const numbers = outputs[reportName].data as Float32Array;
      const byName = Object.fromEntries(names.map((name, k) => [name, numbers[k]]));
      const { [normName]: gradientNorm = 0, ...losses } = byName;
      const next = Object.fromEntries(onDevice.map((name) => [name.slice('next/'.length), outputs[name]]));
      return { losses, gradientNorm, next };
    },
    async close() {
      if (options.profilePrefix !== undefined) session.endProfiling();
      await session.release();
    },
  };
}

/** Names with a slash stay clear of the caller's inputs, targets and losses. */
const normName = 'step/gradient norm';
const reportName = 'step/report';

/** All gradients in the order of the flat parameters; zeros where frozen, or where the loss depends on none. */
function flatGradient(graph: Graph, { gradients }: TrainingGraph, state: DeviceState): Value {
  const parts = state.trained.map(({ definition, count, settings }) => {
    const gradient = settings.frozen ? undefined : gradients.get(definition.name);
    return gradient ? graph.reshape(gradient, [count]) : zeros(graph, definition.name, count);
  });
  return padded(graph, parts, state.trained, state.size('values'));
}

/** state + rate · (batch's value − state) for all running statistics at once, or null where the network has none. */
function nextRunning(
  graph: Graph,
  { updates }: TrainingGraph,
  state: DeviceState,
  previous: () => Value,
): Value | null {
  if (state.running.length === 0) return null;
  const rates = new Float32Array(state.size('running'));
  const parts = state.running.map(({ definition, offset, count }) => {
    const update = updates[definition.name];
    if (!update) return zeros(graph, definition.name, count);
    rates.fill(update.rate, offset, offset + count);
    return graph.reshape(update.value, [count]);
  });
  const fresh = padded(graph, parts, state.running, rates.length);
  const old = previous();
  return graph.add(old, graph.mul(graph.sub(fresh, old), graph.weight('rates', rates, [rates.length])));
}

/** The parts one after the other, filled up with zeros to `size`. */
function padded(graph: Graph, parts: readonly Value[], places: readonly Place[], size: number): Value {
  const { offset, count } = places.at(-1)!;
  const rest = size - offset - count;
  return graph.concat(rest === 0 ? parts : [...parts, zeros(graph, 'padding', rest)], 0);
}

function zeros(graph: Graph, name: string, count: number): Value {
  return graph.weight(`zeros/${count}/${name}`, new Float32Array(count), [count]);
}
