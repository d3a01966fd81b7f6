import { checkVotes } from './votes.ts';
import type { Votes } from './votes.ts';

export interface ConsensusOptions {
  /** K ≥ 2. */
  readonly classes: number;
  /** Iterations at most (1000). */
  readonly iterations?: number;
  /** Stops where no probability moves by more (1e-8). */
  readonly tolerance?: number;
  /**
   * Votes each annotator is credited with on every (true class, answer) pair before counting (0.01): no answer is ever
   * impossible, so that one slip of an annotator who made none so far does not overrule everybody.
   */
  readonly smoothing?: number;
}

/** Consensus of several annotators. */
export interface Consensus {
  /** [n, K] probability of each class of each item, rows summing to 1. */
  readonly probabilities: Float64Array;
  /** [n] the likeliest class (the first of equals). */
  readonly labels: Uint16Array;
  /** [K] share of each class. */
  readonly shares: Float64Array;
  readonly annotators: readonly Annotator[];
  readonly iterations: number;
  readonly converged: boolean;
}

export interface Annotator {
  readonly votes: number;
  /** Chance of a right answer on items with the shares found. */
  readonly reliability: number;
  /** [K][K] chance of each answer (second) to an item of each true class (first). */
  readonly confusion: readonly (readonly number[])[];
}

/**
 * Dawid and Skene's model (1979, Appl. Stat. 28, 20): every annotator has an own confusion matrix, the true classes are
 * hidden; both by expectation maximisation from the shares of the votes. Votes may be missing; annotators are taken to err
 * independently given the true class, so what they all misread alike stays wrong. With two classes and fewer than three
 * annotators an item the model is not identified and the result leans on the start: the majority.
 * @throws RangeError on what `checkVotes` refuses.
 */
export function consensus(votes: Votes, options: ConsensusOptions): Consensus {
  const { classes: k, iterations = 1000, tolerance = 1e-8, smoothing = 0.01 } = options;
  const nAnnotators = checkVotes(votes, k);
  if (!(smoothing >= 0)) throw new RangeError(`smoothing is ${smoothing}: give a number ≥ 0`);
  const n = votes.length;
  const probabilities = new Float64Array(n * k);
  votes.forEach((row, i) => {
    const cast = row.filter((vote) => vote !== null);
    for (const vote of cast) probabilities[i * k + vote] += 1 / cast.length;
  });
  const shares = new Float64Array(k);
  const confusion = new Float64Array(nAnnotators * k * k);
  const logs = new Float64Array(confusion.length);
  const row = new Float64Array(k);

  const maximize = (): void => {
    shares.fill(0);
    confusion.fill(smoothing);
    for (let i = 0; i < n; i++) {
      for (let c = 0; c < k; c++) {
        const p = probabilities[i * k + c];
        shares[c] += p / n;
        if (p === 0) continue;
        votes[i].forEach((vote, a) => {
          if (vote !== null) confusion[(a * k + c) * k + vote] += p;
        });
      }
    }
    for (let at = 0; at < confusion.length; at += k) {
      let sum = 0;
      for (let c = 0; c < k; c++) sum += confusion[at + c];
      for (let c = 0; c < k; c++) {
        // An annotator who never met the class: any answer.
        confusion[at + c] = sum === 0 ? 1 / k : confusion[at + c] / sum;
        logs[at + c] = Math.log(confusion[at + c]);
      }
    }
  };
  /** Returns the largest change. */
  const expect = (): number => {
    let change = 0;
    for (let i = 0; i < n; i++) {
      let top = -Infinity;
      for (let c = 0; c < k; c++) {
        let sum = Math.log(shares[c]);
        for (let a = 0; a < nAnnotators; a++) {
          const vote = votes[i][a];
          if (vote !== null) sum += logs[(a * k + c) * k + vote];
        }
        row[c] = sum;
        top = Math.max(top, sum);
      }
      let total = 0;
      for (let c = 0; c < k; c++) total += row[c] = Math.exp(row[c] - top);
      for (let c = 0; c < k; c++) {
        const p = row[c] / total;
        change = Math.max(change, Math.abs(p - probabilities[i * k + c]));
        probabilities[i * k + c] = p;
      }
    }
    return change;
  };

  let iteration = 0;
  let converged = false;
  while (iteration < iterations && !converged) {
    maximize();
    converged = expect() < tolerance;
    iteration++;
  }
  maximize();
  return {
    probabilities,
    labels: Uint16Array.from({ length: n }, (_, i) => {
      let best = 0;
      for (let c = 1; c < k; c++) if (probabilities[i * k + c] > probabilities[i * k + best]) best = c;
      return best;
    }),
    shares,
    annotators: Array.from({ length: nAnnotators }, (_, a): Annotator => {
      const matrix = Array.from({ length: k }, (__, c) =>
        Array.from(confusion.subarray((a * k + c) * k, (a * k + c + 1) * k)),
      );
      return {
        votes: votes.reduce((sum, cast) => sum + (cast[a] === null ? 0 : 1), 0),
        reliability: matrix.reduce((sum, chances, c) => sum + shares[c] * chances[c], 0),
        confusion: matrix,
      };
    }),
    iterations: iteration,
    converged,
  };
}
