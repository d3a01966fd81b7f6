import { join, resolve } from 'node:path';
import { exportOnnx } from '@blemish/engine';
import type { Device } from '@blemish/engine';
import { simulatedClasses } from '@blemish/sky';
import { sha256, writeBundle } from '../bundle.ts';
import type { CcdDescription } from '../bundle-description.ts';
import { SurveyError } from '../errors.ts';
import type { Failure } from '../errors.ts';
import { writeWhole } from '../outputs/partial-file.ts';
import { readRecipeFor } from '../recipe.ts';
import type { CcdRecipe, RecipeFile } from '../recipe.ts';
import { artifactClass } from '../taxonomy.ts';
import { version } from '../version.ts';
import { fitDecision, requireEveryClass } from './fit-decision.ts';
import { modelCard } from './model-card.ts';
import { readEpochs } from './epochs.ts';
import { needDevice, startRun } from './run-folder.ts';
import { simulatedSamples } from './simulated-samples.ts';
import type { TrainingProgress } from './progress.ts';
import { ccdNetwork, trainNetwork } from './train-network.ts';

export interface TrainOptions {
  readonly data?: string | undefined;
  readonly out?: string | undefined;
  readonly resume?: boolean | undefined;
  /** Replace a run that is there; for tables and autoencoders. */
  readonly force?: boolean | undefined;
  readonly device?: Device | undefined;
  readonly seed?: number | undefined;
  /** Run or bundle of the encoder, instead of the recipe's; for exposures. */
  readonly encoder?: string | undefined;
  readonly onProgress?: ((progress: TrainingProgress) => void) | undefined;
  /** What a person should know of data or training that went on all the same. */
  readonly onNote?: ((note: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a training of a CCD model leaves. */
export interface TrainResult {
  readonly out: string;
  readonly interrupted: boolean;
  readonly metrics: Readonly<Record<string, number | null>>;
  /** What could not be read and was left out. */
  readonly failed?: readonly Failure[];
}

/**
 * Trains a CCD model and leaves a run: `samples/` (what it learned from; made again if removed), `checkpoints/`, `recipe.toml`,
 * `metrics.json` and `bundle/`. Interrupted, it goes on with `resume`: samples made are kept, and the losses are those of one go.
 * @throws SurveyError DEVICE_NOT_FOUND, OUTPUT_EXISTS, OPTION_INVALID
 */
export async function trainCcd(
  { path: recipePath, text, recipe: read }: RecipeFile<CcdRecipe>,
  options: TrainOptions,
): Promise<TrainResult> {
  const recipe: CcdRecipe = options.seed === undefined ? read : { ...read, seed: options.seed };
  if (options.data !== undefined) {
    throw new SurveyError('OPTION_INVALID', 'this recipe simulates its own data; leave --data out', {
      path: recipePath,
    });
  }
  const device = options.device ?? 'cpu';
  await needDevice(device);
  const out = resolve(options.out ?? join('runs', recipe.name));
  const { signal, onProgress = () => undefined } = options;
  const startSeeds = await seedsOfStart(recipe);
  await startRun({ out, text, seed: recipe.seed, resume: options.resume, files: [] });
  const classes = simulatedClasses.map(artifactClass);
  const stop = (): TrainResult => ({ out, interrupted: true, metrics: {} });

  const open = (set: 'train' | 'validation') =>
    simulatedSamples(
      join(out, 'samples', set),
      set,
      recipe,
      (done) => onProgress({ done, total: recipe.data[set], message: `simulating the ${set} set` }),
      signal,
    );
  try {
    const validation = await open('validation');
    await requireEveryClass(validation, classes, recipe, recipePath);
    const training = await open('train');
    try {
      const trained = await trainNetwork({
        recipe,
        classes,
        training,
        validation,
        out,
        onProgress,
        signal,
        resume: options.resume ?? false,
        device,
      });
      if (trained.stopped === 'aborted') return stop();
      onProgress({ done: 1, total: 1, message: 'calibrating' });
      const network = exportOnnx(ccdNetwork(recipe, classes.length), trained.weights);
      const fitted = await fitDecision(network, validation, classes, recipe);
      const description = describe(recipe, text, startSeeds, fitted);
      await writeBundle(join(out, 'bundle'), description, network, modelCard(description));
      await writeWhole(
        join(out, 'metrics.json'),
        `${JSON.stringify({ validation: fitted.validationMetrics, history: await readEpochs(join(out, 'checkpoints', 'metrics.jsonl')) }, null, 1)}\n`,
      );
      return { out, interrupted: false, metrics: fitted.validationMetrics };
    } finally {
      await validation.close();
      await training.close();
    }
  } catch (error) {
    if (signal?.aborted) return stop();
    throw error;
  }
}

/** First and last seed of each set. */
type Seeds = CcdDescription['provenance']['seeds'];

function seedsOf({ data }: CcdRecipe): Pick<Seeds, 'train' | 'validation'> {
  return {
    train: [data.train_seed, data.train_seed + data.train - 1],
    validation: [data.validation_seed, data.validation_seed + data.validation - 1],
  };
}

/**
 * What the weights that a recipe starts from have learned from, and were chosen by: no test either.
 * @throws SurveyError RECIPE_INVALID where this recipe's validation CCDs are among them; INPUT_NOT_FOUND
 */
async function seedsOfStart(recipe: CcdRecipe): Promise<Omit<Seeds, 'train' | 'validation'>> {
  const { start } = recipe.model;
  if (start === undefined) return {};
  const path = join(start, 'recipe.toml');
  const { train, validation } = seedsOf((await readRecipeFor(path, 'ccd')).recipe);
  const own = seedsOf(recipe).validation;
  if (own[0] <= train[1] && train[0] <= own[1]) {
    throw new SurveyError(
      'RECIPE_INVALID',
      `data.validation_seed: seeds ${own[0]}–${own[1]} reach those the run of model.start learned from (${train[0]}–${train[1]})`,
      { path },
    );
  }
  return { start_train: train, start_validation: validation };
}

function describe(
  recipe: CcdRecipe,
  text: string,
  start: Omit<Seeds, 'train' | 'validation'>,
  fitted: Awaited<ReturnType<typeof fitDecision>>,
): CcdDescription {
  const { data } = recipe;
  return {
    format: 1,
    name: recipe.name,
    version,
    task: 'ccd',
    trainedOn: `Trained on ${data.train} simulated DECam-like CCDs (seeds ${data.train_seed}–${data.train_seed + data.train - 1}); no real pixel.`,
    created: new Date().toISOString(),
    classes: [...simulatedClasses],
    preprocess: recipe.preprocess,
    ...fitted,
    provenance: {
      recipe: `recipes/${recipe.name}.toml`,
      recipeSha256: sha256(text),
      seed: recipe.seed,
      seeds: { ...start, ...seedsOf(recipe) },
      versions: { blemish: version, node: process.versions.node },
    },
  };
}
