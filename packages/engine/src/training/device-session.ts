import type { NetworkDefinition } from '../network.ts';
import { compileForDevice } from './device-compiled.ts';
import type { DeviceCompiled } from './device-compiled.ts';
import { stepScalars } from './device-optimizer.ts';
import { DeviceState } from './device-state.ts';
import { averageDecayAt, maskSeed, notFinite } from './options.ts';
import type { Optimizer } from './optimizer-options.ts';
import type { TrainingOptions } from './options.ts';
import type { TrainingSession } from './training-session.ts';
import type { TrainingState } from './state.ts';
import { batchExtents } from './training-graph.ts';
import type { Feeds, Kind } from './training-graph.ts';

/**
 * Training whose parameters, gradients, moments and averages stay on a graphics card: each step is one run there, optimizer included,
 * and only losses and the gradient's norm come back. `state` holds what {@link TrainingSession.sync} last brought over.
 */
export function deviceTraining(
  network: NetworkDefinition,
  options: TrainingOptions,
  optimizer: Optimizer,
  state: TrainingState,
): TrainingSession {
  const seed = options.seed ?? 0;
  const device = new DeviceState(state, optimizer);
  let steps = 0;
  const cache = new Map<string, Promise<DeviceCompiled>>();
  const compiled = (feeds: Feeds, kind: Kind): Promise<DeviceCompiled> => {
    const extents = batchExtents(network, options.targets, feeds);
    const key = `${kind}/${extents.batch}/${extents.steps}`;
    const known = cache.get(key) ?? compileForDevice(network, options, optimizer, device, extents, kind);
    cache.set(key, known);
    return known;
  };
  const fresh = (): TrainingState => {
    if (device.stale) {
      throw new Error('the weights on the processor are those of an earlier step; await sync() first');
    }
    return state;
  };

  return {
    get steps() {
      return steps;
    },
    optimizer,
    async step(feeds, { learningRate = optimizer.learningRate, decayFactor = 1 } = {}) {
      const graph = await compiled(feeds, 'training');
      const decay =
        options.averageDecay === undefined ? undefined : averageDecayAt(steps + 1, options.averageDecay);
      const scalars = stepScalars(steps + 1, optimizer, learningRate, decay, decayFactor);
      const { losses, gradientNorm, next } = await graph.run(feeds, maskSeed(seed, steps + 1), scalars);
      const { loss, ...parts } = losses;
      if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
        for (const tensor of Object.values(next)) tensor.dispose();
        throw notFinite(steps + 1, loss, gradientNorm);
      }
      steps++;
      device.adopt(next);
      return { loss, parts, gradientNorm };
    },
    async evaluate(feeds, { averaged = false } = {}) {
      const graph = await compiled(feeds, averaged ? 'averaged-evaluation' : 'evaluation');
      return (await graph.run(feeds, 0)).losses;
    },
    sync: () => device.pull(),
    weights: ({ averaged = false } = {}) => fresh().weights(averaged),
    gradients() {
      throw new Error('gradients stay on the device; train with device "cpu" to look at them');
    },
    arrays: () => fresh().arrays(),
    restore(restored) {
      steps = restored;
      device.push();
    },
    async close() {
      for (const graph of cache.values()) await (await graph).close();
      cache.clear();
      await device.close();
    },
  };
}
