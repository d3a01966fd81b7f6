import { join } from 'node:path';
import { exportOnnx, loadModel } from '@blemish/engine';
import { matrix } from '@blemish/learn';
import type { Matrix } from '@blemish/learn';
import { cnnOptions } from '../exposure-recipe.ts';
import { fitNetwork, outputsOf } from '../stamp-models/fit-network.ts';
import { stampProbabilities } from '../stamp-models/stamp-figures.ts';
import { stampNetwork } from '../stamp-models/stamp-network.ts';
import { stampRecipe } from '../stamp-recipe.ts';
import { heldExposures } from './exposure-folds.ts';
import type { InputRows } from './ccd-inputs.ts';
import { presentClasses, spread } from './head-types.ts';
import type { Head, HeadContext, HeadRows } from './head-types.ts';

/** CCDs given to the network at once. */
const atOnce = 32;

/**
 * A network trained on the views with the labels alone: the supervised baseline, with the stamp networks and their training.
 * @throws RangeError where the rows are not those of a set; the abort of the signal
 */
export async function fitViewNetwork(options: unknown, data: HeadRows, context: HeadContext): Promise<Head> {
  const { network: name, dropout, epochs, batch, learning_rate, flips, held } = cnnOptions.parse(options);
  const { source } = data.rows;
  if (source === undefined) throw new RangeError('a network is trained on the CCDs of a set');
  const { present, y, classes } = presentClasses(data);
  const names = Array.from({ length: classes }, (_, c) => String(c));
  const { train, held: judged } = heldExposures({ y, groups: data.groups }, held, context.seed);
  const part = (rows: readonly number[]) => ({
    places: Int32Array.from(rows, (i) => source.places[i]),
    y: Int32Array.from(rows, (i) => y[i]),
    groups: null,
  });
  const recipe = stampRecipe.parse({
    name: 'views',
    task: 'stamp',
    preprocess: 'divide-255',
    augment: { flips, turns: flips },
    model: { learner: 'cnn', network: name, ...(dropout === undefined ? {} : { dropout }) },
    training: { epochs, batch, learning_rate, class_weights: 'balanced' },
  });
  const fitted = await fitNetwork({
    recipe,
    stamps: {
      ...{ set: source.stamps, places: source.places, y, classes: names },
      ...{ groups: null, blank: [], leftOut: 0 },
    },
    parts: { training: part(train), validation: part(judged) },
    seed: context.seed,
    folder: join(context.folder, 'network'),
    device: 'cpu',
    threads: context.threads,
    onProgress: () => undefined,
    signal: context.signal,
  });
  if (fitted === null) throw new DOMException('stopped', 'AbortError');
  const bytes = exportOnnx(stampNetwork({ name, dropout }, source.stamps, outputsOf(names)), fitted.weights);
  const head = await openViewNetwork(bytes, classes, context.threads);
  return {
    ...head,
    predict: async (rows) => spread(await head.predict(rows), present, data.categories.length),
  };
}

/** @throws Error where it is no network that can be run */
export async function openViewNetwork(bytes: Uint8Array, classes: number, threads: number): Promise<Head> {
  const model = await loadModel(bytes, { threads });
  return {
    async predict(rows: InputRows): Promise<Matrix> {
      const out = matrix(rows.count, classes);
      for (let from = 0; from < rows.count; from += atOnce) {
        const places = Array.from({ length: Math.min(atOnce, rows.count - from) }, (_, i) => from + i);
        const { logits } = await model.run({ image: rows.pixels(places) });
        out.data.set(stampProbabilities(Float64Array.from(logits.data), classes), from * classes);
      }
      return out;
    },
    saved: null,
    network: bytes,
    close: () => model.close(),
  };
}
