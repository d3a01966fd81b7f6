import * as z from 'zod';
import { checkInput, checkTraining } from '../check-training.ts';
import type { FitContext, Learner, Model, TrainingData } from '../learner.ts';
import { matrix } from '../matrix.ts';
import { savedNumbers, savedSettings } from '../saved.ts';
import { Ensemble } from './ensemble.ts';
import { forestOptions } from './forest-options.ts';
import type { ForestOptions } from './forest-options.ts';
import { growForest } from './grow-forest.ts';
import type { OutOfBag } from './grow-forest.ts';
import { loadTrees, saveTrees, treesSettings } from './trees.ts';

export interface ForestModel extends Model {
  /** Mean decrease of impurity, each tree's as shares. */
  readonly importance: Float64Array;
  /** With the option of this name. */
  readonly outOfBag?: OutOfBag;
}

export interface ForestLearner extends Learner<ForestOptions> {
  fit(data: TrainingData, options: ForestOptions, context: FitContext): Promise<ForestModel>;
  load(parts: Parameters<Learner['load']>[0]): Promise<ForestModel>;
}

/** Trees on rows drawn with replacement, each split the best of a few random columns. */
export const randomForest = forest(
  'random-forest',
  'Random forest (Breiman 2001), splits between at most 255 bins a column',
  'best',
  true,
);

/** Trees on all rows, each split the best of one random threshold for each of a few random columns. */
export const extraTrees = forest(
  'extra-trees',
  'Extremely randomized trees (Geurts, Ernst & Wehenkel 2006)',
  'random',
  false,
);

const version = 1;
const settingsSchema = z.strictObject({
  columns: z.int().positive(),
  classes: z.int().min(2),
  ...treesSettings.shape,
  outOfBag: z.strictObject({ accuracy: z.number(), rows: z.int() }).optional(),
});

function forest(
  name: 'random-forest' | 'extra-trees',
  title: string,
  splits: 'best' | 'random',
  bootstrap: boolean,
): ForestLearner {
  return {
    name,
    title,
    options: forestOptions(bootstrap),
    missing: 'native',
    scaleSensitive: false,
    async fit(data, options, context) {
      checkTraining(data, 'native');
      if (options.outOfBag && !options.bootstrap) {
        throw new RangeError(
          `outOfBag: every tree sees all rows; set bootstrap to true, or leave outOfBag out`,
        );
      }
      context.signal?.throwIfAborted();
      const { ensemble, importance, outOfBag } = await growForest(data, options, splits, context);
      return model(name, data.x.columns, data.classes, ensemble, importance, outOfBag);
    },
    async load(parts) {
      const { columns, classes, outOfBag, ...sizes } = savedSettings(parts, name, version, settingsSchema);
      if (sizes.width !== classes) {
        throw new RangeError(
          `saved '${name}' has ${sizes.width} values a leaf for ${classes} classes: fit it again`,
        );
      }
      const ensemble = new Ensemble(loadTrees(parts, sizes, columns));
      return model(name, columns, classes, ensemble, savedNumbers(parts, 'importance', columns), outOfBag);
    },
  };
}

function model(
  kind: 'random-forest' | 'extra-trees',
  columns: number,
  classes: number,
  ensemble: Ensemble,
  importance: Float64Array,
  outOfBag: OutOfBag | undefined,
): ForestModel {
  const trees = ensemble.trees.roots.length;
  return {
    kind,
    columns,
    classes,
    importance,
    ...(outOfBag === undefined ? {} : { outOfBag }),
    async predictProba(x) {
      checkInput(x, columns, 'native');
      const sums = await ensemble.sums(x, classes);
      const result = matrix(x.rows, classes);
      for (let i = 0; i < sums.length; i++) result.data[i] = sums[i] / trees;
      return result;
    },
    save() {
      const { settings, arrays } = saveTrees(ensemble.trees);
      return {
        kind,
        version,
        settings: { columns, classes, ...settings, ...(outOfBag === undefined ? {} : { outOfBag }) },
        arrays: { ...arrays, importance: { shape: [columns], data: importance } },
      };
    },
  };
}
