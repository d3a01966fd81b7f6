import { incompleteBeta } from '../incomplete-beta.ts';
import { twoSidedP } from '../normal-tail.ts';

/** Whether two classifiers are wrong equally often on the same rows. */
export interface McNemar {
  /** Rows that only the first, and only the second, decides rightly. */
  readonly onlyA: number;
  readonly onlyB: number;
  /** Two-sided exact binomial p: right at any size. */
  readonly exact: number;
  /** Chi-square with Edwards' continuity correction, (|a − b| − 1)²/(a + b), one degree of freedom; 0 and p = 1 where they never differ. */
  readonly corrected: { readonly statistic: number; readonly p: number };
}

/**
 * McNemar's test (1947, Psychometrika 12, 153; exact form and correction: Fay 2010, R Journal 2, 53). It takes rows as
 * independent: where rows of one exposure go together p is too small, and the paired bootstrap by group is the one to
 * believe.
 * @param correctA 1 where the first classifier is right, else 0
 */
export function mcnemar(correctA: ArrayLike<number>, correctB: ArrayLike<number>): McNemar {
  if (correctA.length !== correctB.length) {
    throw new RangeError(
      `${correctA.length} decisions against ${correctB.length}: compare on the same rows in the same order`,
    );
  }
  let onlyA = 0;
  let onlyB = 0;
  for (let i = 0; i < correctA.length; i++) {
    if (correctA[i] === correctB[i]) continue;
    if (correctA[i] === 1) onlyA++;
    else onlyB++;
  }
  const n = onlyA + onlyB;
  const less = Math.min(onlyA, onlyB);
  // P(X ≤ less) of a fair coin is I₁⸝₂(n − less, less + 1).
  const exact = n === 0 || onlyA === onlyB ? 1 : Math.min(1, 2 * incompleteBeta(0.5, n - less, less + 1));
  const statistic = n === 0 ? 0 : Math.max(0, Math.abs(onlyA - onlyB) - 1) ** 2 / n;
  return { onlyA, onlyB, exact, corrected: { statistic, p: twoSidedP(Math.sqrt(statistic)) } };
}
