import type { TrainingData } from './learner.ts';

/** `balanced`: every class has the same sum of weights. Numbers: a factor for each class. */
export type ClassWeights = 'balanced' | readonly number[];

/**
 * The data with class weights multiplied into its row weights. `balanced` is n / (K · rows of the class), scikit-learn's, with sums of
 * weights for numbers of rows.
 * @throws RangeError on another number of factors than classes, and on factors that are negative or not finite.
 */
export function classWeighted(data: TrainingData, classWeights: ClassWeights | undefined): TrainingData {
  if (classWeights === undefined) return data;
  const factors = classWeights === 'balanced' ? balanced(data) : classWeights;
  if (factors.length !== data.classes) {
    throw new RangeError(`${factors.length} class weights for ${data.classes} classes: give one a class`);
  }
  const wrong = factors.findIndex((factor) => !(factor >= 0 && factor < Infinity));
  if (wrong >= 0) {
    throw new RangeError(`class ${wrong}: class weight ${factors[wrong]}; give a finite number ≥ 0`);
  }
  const { y, weights } = data;
  return {
    ...data,
    weights: Float64Array.from({ length: y.length }, (_, i) => (weights?.[i] ?? 1) * factors[y[i]]),
  };
}

function balanced({ y, classes, weights }: TrainingData): number[] {
  const sums = new Array<number>(classes).fill(0);
  let total = 0;
  for (let i = 0; i < y.length; i++) {
    const weight = weights?.[i] ?? 1;
    sums[y[i]] += weight;
    total += weight;
  }
  return sums.map((sum) => (sum === 0 ? 0 : total / (classes * sum)));
}
