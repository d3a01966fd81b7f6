import type { Measure } from '../types.ts';

/** Precision, recall and F1 of each class and their averages, accuracy and MCC, all from one confusion matrix. */
export interface ConfusionFigures {
  readonly accuracy: Measure;
  /** Matthews' correlation of K classes (Gorodkin 2004, Comput. Biol. Chem. 28, 367); Matthews' own for two. */
  readonly mcc: Measure;
  readonly precision: readonly Measure[];
  readonly recall: readonly Measure[];
  readonly f1: readonly Measure[];
  /** Weight of each true class. */
  readonly support: Float64Array;
}

/** @param matrix [K, K] row-major, [true class, decided class], as `confusionMatrix` gives it */
export function confusionFigures(matrix: ArrayLike<number>, nClasses: number): ConfusionFigures {
  const k = nClasses;
  const support = new Float64Array(k);
  const decided = new Float64Array(k);
  let total = 0;
  let right = 0;
  for (let row = 0; row < k; row++) {
    for (let column = 0; column < k; column++) {
      const count = matrix[row * k + column];
      support[row] += count;
      decided[column] += count;
      total += count;
    }
    right += matrix[row * k + row];
  }
  let both = 0;
  let decidedSquares = 0;
  let supportSquares = 0;
  for (let c = 0; c < k; c++) {
    both += decided[c] * support[c];
    decidedSquares += decided[c] ** 2;
    supportSquares += support[c] ** 2;
  }
  const spread = Math.sqrt((total ** 2 - decidedSquares) * (total ** 2 - supportSquares));
  const each = (measure: (c: number, hit: number) => Measure): Measure[] =>
    Array.from({ length: k }, (_, c) => measure(c, matrix[c * k + c]));
  return {
    accuracy: ratio(right, total, 'no examples'),
    mcc: ratio(right * total - both, spread, 'needs two classes among truth and among decisions'),
    precision: each((c, hit) => ratio(hit, decided[c], 'never decided')),
    recall: each((c, hit) => ratio(hit, support[c], 'no example')),
    f1: each((c, hit) => ratio(2 * hit, support[c] + decided[c], 'no example and never decided')),
    support,
  };
}

function ratio(numerator: number, denominator: number, reason: string): Measure {
  return denominator > 0 ? { value: numerator / denominator } : { value: null, reason };
}
