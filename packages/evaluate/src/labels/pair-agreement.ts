import type { Measure } from '../types.ts';

/**
 * How often two annotators gave each pair of answers: `[K][K]`, the first one's in the rows. Items that one of them has not judged
 * (null) are left out.
 * @param weights how often each item counts, as the bootstrap gives them; absent: once
 * @throws RangeError on lists of unequal length, or an answer that is no class 0 … K − 1
 */
export function agreementTable(
  first: readonly (number | null)[],
  second: readonly (number | null)[],
  classes: number,
  weights?: ArrayLike<number>,
): readonly Float64Array[] {
  if (first.length !== second.length) {
    throw new RangeError(
      `${first.length} and ${second.length} answers: give both for the same items, null where there is none`,
    );
  }
  const table = Array.from({ length: classes }, () => new Float64Array(classes));
  first.forEach((a, i) => {
    const b = second[i];
    if (a === null || b === null) return;
    if (!(a in table) || !(b in table))
      throw new RangeError(`answers ${a} and ${b} to item ${i}: classes are 0 … ${classes - 1}`);
    table[a][b] += weights?.[i] ?? 1;
  });
  return table;
}

const nothing: Measure = { value: null, reason: 'no item was judged by both' };

/** Share of the items to which both gave one answer. */
export function observedAgreement(table: readonly Float64Array[]): Measure {
  const total = sum(table.map(sum));
  return total === 0 ? nothing : { value: sum(table.map((row, c) => row[c])) / total };
}

/**
 * Cohen's kappa (1960, Educ. Psychol. Meas. 20, 37): agreement of two annotators beyond what their own shares of answers give by chance;
 * 1 full, 0 chance. Undefined where both gave one and the same answer throughout.
 */
export function cohenKappa(table: readonly Float64Array[]): Measure {
  const total = sum(table.map(sum));
  if (total === 0) return nothing;
  const chance = sum(table.map((row, c) => (sum(row) * sum(table.map((each) => each[c]))) / total ** 2));
  if (chance === 1) return { value: null, reason: 'both gave one and the same answer throughout' };
  return { value: (sum(table.map((row, c) => row[c])) / total - chance) / (1 - chance) };
}

/**
 * Agreement on one answer (Cicchetti & Feinstein 1990, J. Clin. Epidemiol. 43, 551): of the times that either gave it, the share where the
 * other did too. With two classes these are positive and negative agreement, which tell apart what one kappa mixes.
 */
export function specificAgreement(table: readonly Float64Array[], answer: number): Measure {
  const given = sum(table[answer]) + sum(table.map((row) => row[answer]));
  if (given === 0) return { value: null, reason: 'neither gave this answer' };
  return { value: (2 * table[answer][answer]) / given };
}

function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i];
  return total;
}
