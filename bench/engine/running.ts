import { compileTraining, loadModel } from '@blemish/engine';
import type { Feeds, LoadedModel, NetworkDefinition, TrainingOptions } from '@blemish/engine';
import { median } from '../results.ts';
import { randomInputs } from './random-numbers.ts';

/** One thing to time: its name is what `engine_peer.py` knows it by. */
export interface Work {
  readonly name: string;
  readonly kind: 'train' | 'infer';
  /** What the ratio to the peer's time may be at most. */
  readonly limit: number;
  /** Does it go through the batches of the sample (`WorkSize.sample`)? */
  readonly sampled?: true;
}

/** Something that runs once per call, its data at hand. */
export interface Running {
  once(): Promise<unknown>;
  close(): Promise<void>;
}

/** Runs a step on each of these batches, by Adam where `options` say nothing else. */
export function training(
  network: NetworkDefinition,
  options: TrainingOptions,
  threads: number,
  batches: readonly Feeds[],
): Running {
  const session = compileTraining(network, { optimizer: { kind: 'adam' }, ...options, threads, seed: 1 });
  return {
    async once() {
      for (const feeds of batches) await session.step(feeds);
    },
    close: () => session.close(),
  };
}

/** Runs the model on each of these batches; absent: on one sample of random numbers for each input. */
export async function inference(
  onnx: Uint8Array,
  threads: number,
  batches?: readonly Parameters<LoadedModel['run']>[0][],
): Promise<Running> {
  // As the peer's, the fastest variant: a small network gains nothing from a second thread on cores that share their arithmetic.
  const models = await Promise.all(
    [...new Set([1, threads])].map((count) => loadModel(onnx, { threads: count })),
  );
  const [model] = models;
  const all = batches ?? [
    randomInputs(
      model,
      model.inputs.map(({ name }) => name),
    ),
  ];
  const once = async (by: LoadedModel) => {
    for (const inputs of all) await by.run(inputs);
  };
  let [fastest, least] = [model, Infinity];
  for (const candidate of models) {
    const times: number[] = [];
    for (let i = 0; i < 5; i++) {
      const start = performance.now();
      await once(candidate);
      times.push(performance.now() - start);
    }
    const typical = median(times);
    if (typical < least) [fastest, least] = [candidate, typical];
  }
  for (const other of models) if (other !== fastest) await other.close();
  return { once: () => once(fastest), close: () => fastest.close() };
}
