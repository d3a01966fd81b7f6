import { checkWeights, initialWeights, networkParameters } from '../network.ts';
import type { NetworkDefinition } from '../network.ts';
import { compile } from './compiled.ts';
import type { Compiled } from './compiled.ts';
import { deviceTraining } from './device-session.ts';
import { averageDecayAt, maskSeed, notFinite } from './options.ts';
import { resolveOptimizer } from './optimizer-options.ts';
import type { TrainingOptions } from './options.ts';
import { TrainingState } from './state.ts';
import { batchExtents } from './training-graph.ts';
import type { Feeds, Kind } from './training-graph.ts';
import type { TrainingSession } from './training-session.ts';

/**
 * Prepares training: forward, loss and backward pass become one ONNX graph per batch size and number of steps, compiled
 * at the first batch of that size. Throws ShapeError where the loss does not fit the network, RangeError where `weights`, `groups` or the optimizer do
 * not.
 */
export function compileTraining<I extends string, O extends string, T extends string>(
  network: NetworkDefinition<I, O>,
  options: TrainingOptions<O, T>,
): TrainingSession {
  const { gradientClip, gradientClipValue, averageDecay, groups, seed = 0 } = options;
  if (gradientClip !== undefined && gradientClipValue !== undefined) {
    throw new RangeError('gradientClip and gradientClipValue are both given; choose one');
  }
  const optimizer = resolveOptimizer(options.optimizer);
  const averaged = averageDecay !== undefined;
  const state = new TrainingState(networkParameters(network), optimizer, { averaged, groups });
  if (options.weights) checkWeights(network, options.weights);
  state.load(options.weights ?? initialWeights(network, seed));
  if (options.device === 'webgpu') return deviceTraining(network, options, optimizer, state);
  let steps = 0;

  const cache = new Map<string, Promise<Compiled>>();
  const compiled = (feeds: Feeds, kind: Kind): Promise<Compiled> => {
    const extents = batchExtents(network, options.targets, feeds);
    const key = `${kind}/${extents.batch}/${extents.steps}`;
    const known = cache.get(key) ?? compile(network, options, state, extents, kind);
    cache.set(key, known);
    return known;
  };

  return {
    get steps() {
      return steps;
    },
    optimizer,
    async step(feeds, { learningRate = optimizer.learningRate, decayFactor = 1 } = {}) {
      const graph = await compiled(feeds, 'training');
      const { loss, ...parts } = await graph.run(feeds, maskSeed(seed, steps + 1));
      state.penalize();
      const gradientNorm = state.gradientNorm();
      if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
        const broken = state.trained.find(({ gradient }) => !gradient.data.every(Number.isFinite));
        throw notFinite(steps + 1, loss, gradientNorm, broken?.definition.name);
      }
      if (gradientClipValue !== undefined) state.clampGradients(gradientClipValue);
      const scale =
        gradientClip !== undefined && gradientNorm > gradientClip ? gradientClip / gradientNorm : 1;
      steps++;
      state.update(steps, scale, learningRate, decayFactor);
      graph.applyUpdates();
      if (averageDecay !== undefined) {
        state.updateAverage(averageDecayAt(steps, averageDecay));
      }
      return { loss, parts, gradientNorm };
    },
    async evaluate(feeds, { averaged = false } = {}) {
      const kind = averaged ? 'averaged-evaluation' : 'evaluation';
      return (await compiled(feeds, kind)).run(feeds, 0);
    },
    sync: () => Promise.resolve(),
    weights: ({ averaged = false } = {}) => state.weights(averaged),
    gradients: () =>
      Object.fromEntries(
        state.trained.map(({ definition, gradient }) => [
          definition.name,
          { shape: definition.shape, data: gradient.data },
        ]),
      ),
    arrays: () => state.arrays(),
    restore(restored) {
      steps = restored;
    },
    async close() {
      for (const graph of cache.values()) await (await graph).close();
      cache.clear();
    },
  };
}
