import { availableParallelism } from 'node:os';
import { simulatedClasses } from '@blemish/sky';
import { sha256 } from '../bundle.ts';
import type { CcdRecipe } from '../recipe.ts';
import { WorkerPool } from '@blemish/engine/workers';
import { sampleLayout } from './ccd-sample.ts';
import type { CcdSample } from './ccd-sample.ts';
import type { SampleSettings } from './sample-worker.ts';
import { SampleStore } from './sample-store.ts';

/** Raise where the simulator or the labels change in a way that makes samples on disk another set. */
const simulationVersion = 1;

/**
 * The simulated set of a recipe, made in worker threads where it is not on disk yet; making it resumes where it stopped.
 * @param onSample called with the number of samples there are.
 */
export async function simulatedSamples(
  folder: string,
  set: 'train' | 'validation',
  recipe: CcdRecipe,
  onSample: (done: number) => void,
  signal?: AbortSignal,
): Promise<SampleStore> {
  const { data, preprocess } = recipe;
  const train = set === 'train';
  const [length, seed] = train ? [data.train, data.train_seed] : [data.validation, data.validation_seed];
  const settings: SampleSettings = {
    preprocess,
    width: data.width,
    height: data.height,
    clean: train ? data.train_clean : data.validation_clean,
    withoutMask: data.without_mask,
  };
  const key = sha256(JSON.stringify({ simulationVersion, settings, seed, classes: simulatedClasses }));
  const layout = sampleLayout(preprocess, simulatedClasses.length);
  return SampleStore.open(folder, key, length, layout, async function* (from, to) {
    const pool = new WorkerPool<number, CcdSample>(
      new URL('./sample-worker.ts', import.meta.url),
      availableParallelism(),
      settings,
    );
    try {
      const seeds = Array.from({ length: to - from }, (_, i) => seed + from + i);
      let done = from;
      for await (const sample of pool.map(seeds)) {
        signal?.throwIfAborted();
        yield sample;
        onSample(++done);
      }
    } finally {
      await pool.close();
    }
  });
}
