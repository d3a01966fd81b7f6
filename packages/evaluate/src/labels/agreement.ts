import type { Measure } from '../types.ts';
import { checkVotes } from './votes.ts';
import type { Votes } from './votes.ts';

/**
 * Fleiss' kappa (1971, Psychol. Bull. 76, 378): agreement of annotators beyond chance, 1 full, 0 chance. Every item needs the
 * same number of votes (they may come from different annotators); for others see `krippendorffAlpha`. Undefined where all
 * votes are for one class, or items have unequal numbers of votes, or only one.
 * @param weights how often each item counts, as the bootstrap gives them; absent: once
 * @throws RangeError on what `checkVotes` refuses.
 */
export function fleissKappa(votes: Votes, classes: number, weights?: ArrayLike<number>): Measure {
  checkVotes(votes, classes);
  const counts = votes.map((row) => countVotes(row, classes));
  const perItem = counts.map((row) => row.reduce((sum, count) => sum + count, 0));
  const m = perItem[0];
  const other = perItem.findIndex((votesOfItem) => votesOfItem !== m);
  if (other !== -1) {
    const reason = `item ${other} has ${perItem[other]} votes, item 0 ${m}: Fleiss' kappa needs equal numbers, Krippendorff's alpha does not`;
    return { value: null, reason };
  }
  if (m < 2) return { value: null, reason: 'one vote an item: nothing to agree with' };
  let observed = 0;
  let total = 0;
  const shares = new Float64Array(classes);
  counts.forEach((row, i) => {
    const weight = weights?.[i] ?? 1;
    let pairs = 0;
    row.forEach((count, c) => {
      pairs += count * (count - 1);
      shares[c] += (weight * count) / m;
    });
    observed += (weight * pairs) / (m * (m - 1));
    total += weight;
  });
  observed /= total;
  const chance = shares.reduce((sum, share) => sum + (share / total) ** 2, 0);
  if (shares.some((share) => share === total)) return { value: null, reason: 'all votes are for one class' };
  return { value: (observed - chance) / (1 - chance) };
}

/**
 * Krippendorff's alpha for nominal classes (2011, "Computing Krippendorff's alpha-reliability"): as kappa, with any number of votes
 * an item; items with a single vote say nothing and are left out.
 * @throws RangeError on what `checkVotes` refuses.
 */
export function krippendorffAlpha(votes: Votes, classes: number): Measure {
  checkVotes(votes, classes);
  const totals = new Float64Array(classes);
  let n = 0;
  let disagreement = 0;
  for (const row of votes) {
    const counts = countVotes(row, classes);
    const m = counts.reduce((sum, count) => sum + count, 0);
    if (m < 2) continue;
    n += m;
    let same = 0;
    counts.forEach((count, c) => {
      totals[c] += count;
      same += count * (count - 1);
    });
    disagreement += (m * (m - 1) - same) / (m - 1);
  }
  if (n === 0) return { value: null, reason: 'no item has two votes: nothing to agree with' };
  const samePairs = totals.reduce((sum, total) => sum + total * (total - 1), 0);
  const expected = (n * (n - 1) - samePairs) / (n - 1);
  return expected > 0
    ? { value: 1 - disagreement / expected }
    : { value: null, reason: 'all votes are for one class' };
}

function countVotes(row: readonly (number | null)[], classes: number): Float64Array {
  const counts = new Float64Array(classes);
  for (const vote of row) if (vote !== null) counts[vote]++;
  return counts;
}
