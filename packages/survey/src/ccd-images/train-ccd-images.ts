import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { sha256, writeBundle } from '../bundle.ts';
import type { CcdImageDescription } from '../bundle-description.ts';
import type { CcdImageRecipe } from '../ccd-image-recipe.ts';
import { seedTries } from '../ccd-image-recipe.ts';
import { writeWhole } from '../outputs/partial-file.ts';
import type { RecipeFile } from '../recipe.ts';
import { renderCcdImageReport } from '../report/ccd-image-report.ts';
import { needDevice, startRun } from '../training/run-folder.ts';
import type { TrainOptions, TrainResult } from '../training/train-ccd.ts';
import { version } from '../version.ts';
import { imageCard } from './image-card.ts';
import type { FittedImages, ImageFit } from './fit.ts';
import { fitImages } from './fit-images.ts';
import { countedClasses, imageParts, loadImageSet, noArtifact, openImageStore } from './image-set.ts';
import { measureImages } from './measure.ts';
import type { ArtifactScores, ImageFigures } from './measure.ts';
import { runSweep } from './sweep.ts';

const runFiles = ['recipe.toml', 'checkpoints', 'sweep', 'bundle', 'metrics.json', 'report.html'];

/**
 * Trains a classifier of whole CCDs by the DES paper's methods and leaves a run: `recipe.toml`, `checkpoints/`, `sweep/`, `metrics.json`,
 * `report.html` and `bundle/`. The simulated CCDs go to the folder `data` names, or to `samples/` of the run; recipes that differ in what
 * learns from them use one folder. Interrupted, it goes on with `resume`.
 * @throws SurveyError DEVICE_NOT_FOUND, OUTPUT_EXISTS, RESUME_MISMATCH
 */
export async function trainCcdImages(
  file: RecipeFile<CcdImageRecipe>,
  options: TrainOptions,
): Promise<TrainResult> {
  const recipe = options.seed === undefined ? file.recipe : { ...file.recipe, seed: options.seed };
  const { signal, resume = false, device = 'cpu', onProgress = () => undefined } = options;
  await needDevice(device);
  const out = resolve(options.out ?? join('runs', recipe.name));
  const { text } = file;
  await startRun({ out, text, seed: recipe.seed, resume, force: options.force, files: runFiles });
  const stopped: TrainResult = { out, interrupted: true, metrics: {} };
  const tell = (what: string) => (done: number, total: number, message: string) =>
    onProgress({ done, total, message: `${what}, ${message}` });
  try {
    const samples = options.data === undefined ? join(out, 'samples') : resolve(options.data);
    const store = await openImageStore(
      samples,
      recipe,
      (done, total) => onProgress({ done, total, message: 'simulating CCDs' }),
      signal,
    );
    try {
      const fit: ImageFit = {
        ...{ recipe, device, signal, classes: outputClasses(recipe) },
        set: await loadImageSet(store, recipe),
        parts: imageParts(recipe),
        folder: join(out, 'checkpoints'),
        threads: availableParallelism(),
        onProgress: tell('training'),
      };
      const fitted = await fitImages(fit);
      if (fitted === null) return stopped;
      try {
        const sweep = await runSweep(store, {
          ...fit,
          folder: join(out, 'sweep'),
          onProgress: tell('sweep'),
        });
        if (sweep === null) return stopped;
        const measured = await measureImages(recipe, fit.set, fit.parts, fit.classes, fitted);
        const description = describe(file, recipe, fit, fitted, measured);
        await writeBundle(join(out, 'bundle'), description, fitted.network, imageCard(description));
        const { figures } = measured;
        const { epochs, best } = fitted;
        await writeWhole(
          join(out, 'metrics.json'),
          `${JSON.stringify({ ...figures, epochs, best, sweep }, null, 1)}\n`,
        );
        await writeWhole(
          join(out, 'report.html'),
          renderCcdImageReport({
            ...{ description, figures, epochs, best, sweep },
            generatedAt: new Date().toISOString(),
            command: `blemish train ${file.path} --data ${samples} --out ${out}`,
            trained: fit.parts.training.length,
            dropout: recipe.model.learner === 'cnn' ? recipe.cnn.dropout : null,
          }),
        );
        return { out, interrupted: false, metrics: description.validationMetrics };
      } finally {
        await fitted.classifier.close();
      }
    } finally {
      await store.close();
    }
  } catch (error) {
    if (signal?.aborted) return stopped;
    throw error;
  }
}

function outputClasses(recipe: CcdImageRecipe): readonly string[] {
  return [noArtifact, ...(recipe.model.answer === 'binary' ? ['Artifact'] : countedClasses(recipe))];
}

function describe(
  { path, text }: RecipeFile<CcdImageRecipe>,
  recipe: CcdImageRecipe,
  { set, classes, parts }: ImageFit,
  { svm }: FittedImages,
  { figures, validation }: { readonly figures: ImageFigures; readonly validation: ArtifactScores },
): CcdImageDescription {
  const { data } = recipe;
  const length = data.ccds + data.validation;
  return {
    format: 1,
    name: recipe.name,
    version,
    task: 'ccd-image',
    learner: recipe.model.learner,
    svm,
    trainedOn: `Trained on ${parts.training.length} simulated DECam-like CCDs, half of them with an artifact; no real pixel.`,
    created: new Date().toISOString(),
    classes: [...classes],
    input: { width: set.width, height: set.height },
    preprocess: recipe.preprocess,
    prior: 0.5,
    validation,
    maxFnr: recipe.decision.max_fnr,
    validationMetrics: {
      held_out_accuracy: figures.accuracy.value,
      held_out_majority_accuracy: figures.majority.accuracy.value,
      held_out_auc: figures.auc.value,
      training_accuracy: figures.trainingAccuracy.value,
    },
    provenance: {
      recipe: path,
      recipeSha256: sha256(text),
      seed: recipe.seed,
      seeds: { train: [data.seed, data.seed + seedTries * length - 1] },
      versions: { blemish: version, node: process.versions.node },
    },
  };
}
