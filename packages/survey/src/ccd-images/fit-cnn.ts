import { join } from 'node:path';
import { categoricalCrossEntropy, exportOnnx, train } from '@blemish/engine';
import type { Feeds, Weights } from '@blemish/engine';
import { ccdCnn } from '@blemish/learn';
import { Rng } from '@blemish/sky';
import { readEpochs } from '../training/epochs.ts';
import { shuffle } from '../training/shuffle.ts';
import { cnnClassifier } from './classifier.ts';
import { errorRate, imagesOf, targetsOf, watchedTraining } from './fit.ts';
import type { FittedImages, ImageFit } from './fit.ts';

const orderStream = 50_000_000;

/**
 * Trains the paper's network on cross-entropy with Adam; the epoch of least validation loss is kept. Null where the signal stopped it;
 * called again with the same folder it goes on.
 */
export async function fitCnn(fit: ImageFit): Promise<FittedImages | null> {
  const { recipe, set, parts, classes, folder, device, threads, onProgress, signal } = fit;
  const { cnn, seed } = recipe;
  const { height, width } = set;
  const network = ccdCnn({ height, width, classes: classes.length, ...cnn });
  const targets = targetsOf(set, classes);
  const steps = cnn.epochs * Math.ceil(parts.training.length / cnn.batch);
  const judged = {
    training: watchedTraining(parts),
    validation: parts.validation,
    held_out: parts.heldOut,
  };
  const classifierOf = (weights: Weights) => cnnClassifier(exportOnnx(network, weights), threads);
  const { weights, best, stopped } = await train({
    network,
    targets: { classes: ['N', classes.length] },
    loss: (b, { logits }, { classes: wanted }) => ({
      loss: categoricalCrossEntropy(b, { logits, targets: wanted }),
    }),
    optimizer: { kind: 'adam', learningRate: cnn.learning_rate },
    epochs: cnn.epochs,
    seed,
    device,
    threads,
    *data(epoch) {
      const order = shuffle(Array.from(parts.training), new Rng(seed, orderStream + epoch));
      for (let from = 0; from < order.length; from += cnn.batch) {
        yield batchOf(fit, targets, Int32Array.from(order.slice(from, from + cnn.batch)));
      }
    },
    async validate({ weights: now }) {
      const classifier = await classifierOf(now);
      const figures: Record<string, number> = {};
      try {
        for (const [name, places] of Object.entries(judged)) {
          const { probabilities, classes: answers } = await classifier.predict(imagesOf(set, places));
          figures[`${name}_error`] = errorRate(answers, targets, places);
          if (name !== 'validation') continue;
          const own = places.reduce((sum, place, i) => {
            return sum + Math.log(Math.max(1e-12, probabilities[i * classes.length + targets[place]]));
          }, 0);
          figures['loss'] = -own / places.length;
        }
      } finally {
        await classifier.close();
      }
      return figures;
    },
    checkpointDir: folder,
    checkpointSteps: 500,
    resume: true,
    onProgress: ({ epoch, step, result }) =>
      onProgress(step, steps, `epoch ${epoch + 1}/${cnn.epochs}, loss ${result.loss.toFixed(3)}`),
    ...(cnn.patience === undefined ? {} : { earlyStopping: { patience: cnn.patience } }),
    ...(signal ? { signal } : {}),
  });
  if (stopped === 'aborted') return null;
  return {
    network: exportOnnx(network, weights),
    svm: null,
    classifier: await classifierOf(weights),
    epochs: await readEpochs(join(folder, 'metrics.jsonl')),
    best: best?.epoch ?? null,
  };
}

function batchOf({ set, classes }: ImageFit, targets: Uint8Array, places: Int32Array): Feeds {
  const wanted = new Float32Array(places.length * classes.length);
  places.forEach((place, i) => (wanted[i * classes.length + targets[place]] = 1));
  return { image: new Float32Array(imagesOf(set, places)), classes: wanted };
}
