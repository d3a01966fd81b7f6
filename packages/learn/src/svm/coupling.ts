import { probability } from './platt.ts';
import type { Sigmoid } from './platt.ts';

/** Probabilities of the classes from the decisions of their pairs. @param out [K] */
export function pairProbabilities(
  decisions: Float64Array,
  sigmoids: readonly Sigmoid[],
  out: Float64Array,
): void {
  const pairs = decisions.map((value, f) => probability(sigmoids[f], value));
  if (out.length > 2) couplePairs(pairs, out);
  else out.set([1 - pairs[0], pairs[0]]);
}

/**
 * Class probabilities from those of each pair (Wu, Lin & Weng 2004, second approach, algorithm 2), iterated as in libsvm until no condition of
 * optimality is off by 0.005 / K.
 * @param pairs for i < j in the order 01, 02, …, 12, …: the probability of class j where the class is i or j
 * @param out [K]
 */
export function couplePairs(pairs: Float64Array, out: Float64Array): void {
  const classes = out.length;
  const r = (i: number, j: number) => {
    const [first, second] = i < j ? [i, j] : [j, i];
    const p = pairs[first * classes - (first * (first + 1)) / 2 + second - first - 1];
    const second1 = Math.min(Math.max(p, 1e-7), 1 - 1e-7);
    return i < j ? 1 - second1 : second1;
  };
  const q = Array.from({ length: classes }, (_, t) =>
    Float64Array.from({ length: classes }, (_, j) => {
      if (j !== t) return -r(j, t) * r(t, j);
      let sum = 0;
      for (let other = 0; other < classes; other++) if (other !== t) sum += r(other, t) ** 2;
      return sum;
    }),
  );
  out.fill(1 / classes);
  const qp = new Float64Array(classes);
  const tolerance = 0.005 / classes;
  for (let round = 0; round < Math.max(100, classes); round++) {
    let pqp = 0;
    for (let t = 0; t < classes; t++) {
      qp[t] = q[t].reduce((sum, value, j) => sum + value * out[j], 0);
      pqp += out[t] * qp[t];
    }
    if (qp.every((value) => Math.abs(value - pqp) < tolerance)) break;
    for (let t = 0; t < classes; t++) {
      const step = (pqp - qp[t]) / q[t][t];
      out[t] += step;
      pqp = (pqp + step * (step * q[t][t] + 2 * qp[t])) / (1 + step) ** 2;
      for (let j = 0; j < classes; j++) {
        qp[j] = (qp[j] + step * q[t][j]) / (1 + step);
        out[j] /= 1 + step;
      }
    }
  }
}

/**
 * One score a class from the pairs: its votes, plus the sum of its decisions squeezed into ±1/3 to part equal votes, as scikit-learn's
 * `decision_function_shape='ovr'`.
 */
export function countVotes(pairs: Float64Array, out: Float64Array): void {
  const classes = out.length;
  const sums = new Float64Array(classes);
  let f = 0;
  for (let a = 0; a < classes; a++) {
    for (let b = a + 1; b < classes; b++) {
      const value = pairs[f++];
      out[value > 0 ? b : a]++;
      sums[a] -= value;
      sums[b] += value;
    }
  }
  sums.forEach((sum, k) => (out[k] += sum / (3 * (Math.abs(sum) + 1))));
}
