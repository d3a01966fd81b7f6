import * as z from 'zod';
import { checkInput, checkTraining } from '../check-training.ts';
import type { Learner, Model } from '../learner.ts';
import { matrix } from '../matrix.ts';
import type { Matrix } from '../matrix.ts';
import { softmaxRows } from '../bayes/posterior.ts';
import { savedNumbers, savedSettings } from '../saved.ts';
import { boostingOptions } from './boosting-options.ts';
import type { BoostingOptions } from './boosting-options.ts';
import { Ensemble } from './ensemble.ts';
import { growBoosted } from './grow-boosted.ts';
import type { BoostedTrees } from './grow-boosted.ts';
import { loadTrees, saveTrees, treesSettings } from './trees.ts';

const version = 1;
const settingsSchema = z.strictObject({
  columns: z.int().positive(),
  classes: z.int().min(2),
  ...treesSettings.shape,
});

/**
 * Gradient boosting on histograms of at most 255 bins a column and one for missing values, which go to the better side; trees grow leaf by leaf where the loss falls
 * most. The `decisionFunction` is the log odds for two classes and the softmax's exponents for more.
 */
export const boosting: Learner<BoostingOptions> = {
  name: 'boosting',
  title:
    'Gradient boosting on histograms (Friedman 2001; Ke et al. 2017; as scikit-learn’s HistGradientBoostingClassifier)',
  options: boostingOptions,
  missing: 'native',
  scaleSensitive: false,
  async fit(data, options, context) {
    checkTraining(data, 'native');
    context.signal?.throwIfAborted();
    return model(data.x.columns, data.classes, await growBoosted(data, options, context));
  },
  async load(parts) {
    const { columns, classes, ...sizes } = savedSettings(parts, 'boosting', version, settingsSchema);
    const outputs = classes === 2 ? 1 : classes;
    if (sizes.width !== 1 || sizes.trees % outputs !== 0) {
      throw new RangeError(`saved 'boosting' has ${sizes.trees} trees for ${outputs} outputs: fit it again`);
    }
    return model(columns, classes, {
      ensemble: new Ensemble(loadTrees(parts, sizes, columns)),
      baseline: savedNumbers(parts, 'baseline', outputs),
      importance: savedNumbers(parts, 'importance', columns),
    });
  },
};

function model(columns: number, classes: number, { ensemble, baseline, importance }: BoostedTrees): Model {
  const outputs = baseline.length;
  const decisionFunction = async (x: Matrix): Promise<Matrix> => {
    checkInput(x, columns, 'native');
    const data = await ensemble.sums(x, outputs);
    for (let i = 0; i < data.length; i++) data[i] += baseline[i % outputs];
    return { rows: x.rows, columns: outputs, data };
  };
  return {
    kind: 'boosting',
    columns,
    classes,
    importance,
    decisionFunction,
    predictProba: async (x) => probabilities(await decisionFunction(x)),
    save() {
      const { settings, arrays } = saveTrees(ensemble.trees);
      return {
        kind: 'boosting',
        version,
        settings: { columns, classes, ...settings },
        arrays: {
          ...arrays,
          baseline: { shape: [outputs], data: baseline },
          importance: { shape: [columns], data: importance },
        },
      };
    },
  };
}

function probabilities(raw: Matrix): Matrix {
  if (raw.columns > 1) return softmaxRows(raw);
  const result = matrix(raw.rows, 2);
  for (let i = 0; i < raw.rows; i++) {
    // Either from its own exponential, so that small ones keep their digits.
    result.data[2 * i] = 1 / (1 + Math.exp(raw.data[i]));
    result.data[2 * i + 1] = 1 / (1 + Math.exp(-raw.data[i]));
  }
  return result;
}
