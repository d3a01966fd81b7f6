import { loadModel } from '@blemish/engine';
import { correctPrior, fitPlatt, macroAverage, rocAuc } from '@blemish/evaluate';
import { logitOfClasses, probabilities } from '../analyser/probabilities.ts';
import type { CcdDescription } from '../bundle-description.ts';
import { SurveyError } from '../errors.ts';
import type { CcdRecipe } from '../recipe.ts';
import type { ArtifactClass } from '../taxonomy.ts';
import { CellThresholds } from './cell-thresholds.ts';
import { labelsOf, makeBatch } from './ccd-batches.ts';
import type { SampleStore } from './sample-store.ts';

/** What of a bundle is fitted on validation data. */
export type FittedDecision = Pick<CcdDescription, 'calibration' | 'decision' | 'prior' | 'validationMetrics'>;

/** Signal-to-noise above which the figures of validation, like those of tests, are taken. */
export const figureSnr = 5;

/**
 * Looks before a training whether its validation set can calibrate every class: one that is on no CCD, or on all, cannot be.
 * @throws SurveyError RECIPE_INVALID naming the classes
 */
export async function requireEveryClass(
  store: SampleStore,
  classes: readonly ArtifactClass[],
  recipe: CcdRecipe,
  path: string,
): Promise<void> {
  const seen = classes.map(() => new Set<number>());
  for (let i = 0; i < store.length && seen.some(({ size }) => size < 2); i++) {
    const { snr, hasMask } = await store.read(i);
    const { weights, labels } = labelsOf(snr, hasMask, classes, recipe.training.minimum_snr);
    seen.forEach((values, c) => weights[c] > 0 && values.add(labels[c]));
  }
  const lacking = classes.flatMap(({ name }, c) => (seen[c].size < 2 ? [name] : []));
  if (lacking.length === 0) return;
  throw new SurveyError(
    'RECIPE_INVALID',
    `data.validation: of ${store.length} CCDs none has, or all have, ${lacking.join(', ')}; ask for more`,
    { path },
  );
}

/**
 * Calibration, class thresholds and cell thresholds from the validation set, none of whose CCDs was trained on.
 * A class counts as found on a flagged CCD where it is more likely there than not, given the flag.
 * @throws RangeError where the validation set lacks a class, naming it.
 */
export async function fitDecision(
  network: Uint8Array,
  store: SampleStore,
  classes: readonly ArtifactClass[],
  recipe: CcdRecipe,
): Promise<FittedDecision> {
  const k = classes.length;
  const model = await loadModel(network);
  const cellThresholds = new CellThresholds(k);
  const logits = Array.from({ length: k + 1 }, () => [] as number[]);
  const labels = Array.from({ length: k + 1 }, () => [] as number[]);
  const strong = Array.from({ length: k + 1 }, () => [] as boolean[]);
  const every: { answer: number[]; defined: boolean[] }[] = [];
  for (let i = 0; i < store.length; i++) {
    const sample = await store.read(i);
    const { image, evidence, stars, scalars } = makeBatch([sample], classes, recipe.preprocess, 0);
    const output = await model.run({ image, evidence, stars, scalars });
    const answer = output['logits'].data;
    const map = output['map'].data;
    const truth = labelsOf(sample.snr, sample.hasMask, classes, recipe.training.minimum_snr);
    const highest = Math.max(...sample.snr);
    for (let c = 0; c <= k; c++) {
      if (truth.weights[c] === 0) continue;
      if (c < k) logits[c].push(answer[c]);
      labels[c].push(truth.labels[c]);
      strong[c].push((c < k ? sample.snr[c] : highest) > figureSnr);
    }
    if (truth.weights[k] !== 0) {
      const defined = classes.map((klass) => !klass.needsMask || sample.hasMask);
      every.push({ answer: Array.from(answer), defined });
    }
    const size = map.length / k;
    for (let c = 0; c < k; c++) {
      if (classes[c].extent !== 'ccd' && truth.weights[c] !== 0 && sample.snr[c] > figureSnr) {
        cellThresholds.add(c, map.subarray(c * size, (c + 1) * size), sample.cells);
      }
    }
  }
  await model.close();

  const shares = labels.map((values) => values.reduce((sum, label) => sum + label, 0) / values.length);
  const platt = (scores: readonly number[], c: number) => {
    const result = fitPlatt({ scores, labels: labels[c] });
    if (result.kind !== 'none') return result;
    const name = classes[c]?.name ?? 'any artifact';
    throw new RangeError(`${name} cannot be calibrated (${result.reason})`);
  };
  const fitted = classes.map((_, c) => platt(logits[c], c));
  // What flags a CCD is what its figure is of.
  logits[k] = every.map(({ answer, defined }) => logitOfClasses(answer, fitted, defined));
  const { prior, false_per_exposure: falsePerExposure, ccds_per_exposure: ccdsPerExposure } = recipe.decision;
  const calibration = {
    any: platt(logits[k], k),
    classes: fitted,
    anyShare: shares[k],
    classShares: shares.slice(0, k),
  };
  const names = classes.map(({ name }) => name);
  const scores = every.map(({ answer, defined }) =>
    round(probabilities(answer, { calibration, prior, classes: names }, defined).any),
  );
  const classThresholds = calibration.classShares.map((share) => {
    const amongBad = Math.min(0.99, share / calibration.anyShare);
    return correctPrior(0.5, amongBad, prior * amongBad);
  });
  return {
    prior,
    calibration,
    decision: {
      falsePerExposure,
      ccdsPerExposure,
      classThresholds,
      cellThresholds: cellThresholds.best(),
      validation: { scores, labels: labels[k].map((label) => (label === 1 ? 1 : 0)) },
    },
    validationMetrics: figures(logits, labels, strong, names),
  };
}

/** Enough digits to tell scores near 0 and near 1 apart, few enough to keep the bundle small. */
function round(p: number): number {
  return p < 0.5 ? Number(p.toPrecision(6)) : 1 - Number((1 - p).toPrecision(6));
}

/** ROC AUC of each class and of any, positives above `figureSnr` against CCDs without the class. */
function figures(
  logits: readonly number[][],
  labels: readonly number[][],
  strong: readonly boolean[][],
  names: readonly string[],
): Record<string, number | null> {
  const auc = logits.map((scores, c) => {
    const kept = scores.map((_, i) => i).filter((i) => labels[c][i] === 0 || strong[c][i]);
    const measure = rocAuc({ scores: kept.map((i) => scores[i]), labels: kept.map((i) => labels[c][i]) });
    return measure;
  });
  const k = names.length;
  return {
    auc_any: auc[k].value,
    auc_macro: macroAverage(auc.slice(0, k)).value,
    ...Object.fromEntries(names.map((name, c) => [`auc ${name}`, auc[c].value])),
  };
}
