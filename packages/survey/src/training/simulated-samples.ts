import { simulatedClasses } from '@blemish/sky';
import { sha256 } from '../bundle.ts';
import type { CcdRecipe } from '../recipe.ts';
import { sampleRecords } from './ccd-sample.ts';
import type { SampleStore } from './sample-store.ts';
import type { SampleSettings } from './sample-worker.ts';
import { simulatedStore } from './simulated-store.ts';

/** Raise where the simulator or the labels change in a way that makes samples on disk another set. */
const simulationVersion = 4;

/**
 * The simulated set of a recipe, made in worker threads where it is not on disk yet; making it resumes where it stopped.
 * @param onSample called with the number of samples there are.
 */
export function simulatedSamples(
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
    classWeights: train ? data.train_class_weights : undefined,
  };
  return simulatedStore({
    folder,
    length,
    key: sha256(JSON.stringify({ simulationVersion, settings, seed, classes: simulatedClasses })),
    format: sampleRecords(preprocess, simulatedClasses.length),
    worker: new URL('./sample-worker.ts', import.meta.url),
    settings,
    taskOf: (i) => seed + i,
    onSample,
    signal,
  });
}
