import { checkGroups, evaluatorOf } from '../classification/classification-metrics.ts';
import type { ClassificationOptions } from '../classification/classification-metrics.ts';
import { classificationProblem } from '../classification/problem.ts';
import type { Measure } from '../types.ts';
import type { CompareOptions } from './compare-paired.ts';
import { pairedBootstrap } from './paired-bootstrap.ts';
import type { PairedDifference } from './paired-bootstrap.ts';

/**
 * Compares two classifiers by several answers of each to the same rows, such as one for each folding of a cross-validation: the mean of a
 * metric over the first one's answers minus that over the second's. Rows (or groups) are drawn again, the same for all answers, so that the
 * interval is that of other rows; the spread over the answers is in the means.
 * @param answersA [rows, classes] probabilities each, as many as of the other
 * @param names of the metrics, as in `ClassificationMetrics.metrics`
 * @throws RangeError on another number of answers, an unknown name, and what `classificationProblem` refuses
 */
export function compareOverAnswers(
  labels: ArrayLike<number>,
  answersA: readonly ArrayLike<number>[],
  answersB: readonly ArrayLike<number>[],
  names: readonly string[],
  options: CompareOptions,
): Readonly<Record<string, PairedDifference>> {
  if (answersA.length !== answersB.length || answersA.length === 0) {
    throw new RangeError(
      `${answersA.length} and ${answersB.length} answers: give as many of both models, at least one`,
    );
  }
  const { thresholds, groups } = options;
  const prepare = (answers: readonly ArrayLike<number>[], threshold: number | undefined) =>
    measureOverAnswers(labels, answers, names, {
      ...options,
      ...(threshold === undefined ? {} : { threshold }),
    });
  const differences = pairedBootstrap(
    prepare(answersA, thresholds?.[0]),
    prepare(answersB, thresholds?.[1]),
    checkGroups(groups, labels.length),
    options,
  );
  return Object.fromEntries(names.map((name, k) => [name, differences[k]]));
}

/**
 * Measures several answers of one classifier to the same rows: the mean of each metric over them, for weights of the rows; what a bootstrap
 * calls for each resample.
 * @param names of the metrics, as in `ClassificationMetrics.metrics`
 * @throws RangeError on an unknown name, and on what `classificationProblem` refuses
 */
export function measureOverAnswers(
  labels: ArrayLike<number>,
  answers: readonly ArrayLike<number>[],
  names: readonly string[],
  options: Pick<ClassificationOptions, 'classes' | 'threshold' | 'rates' | 'bins'>,
): (weights: Float64Array) => Measure[] {
  const evaluators = answers.map((probabilities) =>
    evaluatorOf(classificationProblem(labels, probabilities, options.classes, options.threshold), options),
  );
  const chosen = names.map((name) => {
    const at = evaluators[0].figures.findIndex((figure) => figure.name === name && figure.ofClass === null);
    if (at < 0) throw new RangeError(`no metric is called '${name}'`);
    return at;
  });
  return (weights) => {
    const measures = evaluators.map((evaluator) => evaluator.measure(weights));
    return chosen.map((at) => meanMeasure(measures.map((each) => each[at])));
  };
}

/** Undefined where one of them is. */
function meanMeasure(measures: readonly Measure[]): Measure {
  let sum = 0;
  for (const measure of measures) {
    if (measure.value === null) return measure;
    sum += measure.value;
  }
  return { value: sum / measures.length };
}
