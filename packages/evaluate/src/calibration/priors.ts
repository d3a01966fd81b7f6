import { checkProbabilities } from '../check-scores.ts';

/**
 * [n, K] probabilities under other class shares: each times the ratio of new to old share, the row divided by its sum
 * (Saerens et al. 2002, eq. 4; `correctPrior` for K classes). A new share of 0 rules the class out. NaN is refused.
 * @throws RangeError where shares do not sum to 1, an old share is 0, or a probability is out of [0, 1].
 */
export function correctPriors(
  probabilities: ArrayLike<number>,
  trainingPriors: readonly number[],
  priors: readonly number[],
): Float64Array {
  const k = trainingPriors.length;
  checkPriors('trainingPriors', trainingPriors);
  checkPriors('priors', priors);
  if (priors.length !== k || probabilities.length % k !== 0) {
    throw new RangeError(
      `${k} training priors, ${priors.length} priors, ${probabilities.length} probabilities: give one prior a class and whole rows`,
    );
  }
  const lost = trainingPriors.indexOf(0);
  if (lost !== -1)
    throw new RangeError(`trainingPriors[${lost}] is 0: the class was never trained on, leave it out`);
  checkProbabilities(probabilities);
  const out = new Float64Array(probabilities.length);
  for (let at = 0; at < out.length; at += k) {
    let sum = 0;
    for (let c = 0; c < k; c++) sum += out[at + c] = (probabilities[at + c] * priors[c]) / trainingPriors[c];
    // Only classes that cannot occur were thought possible: nothing but the new shares is left to say.
    for (let c = 0; c < k; c++) out[at + c] = sum === 0 ? priors[c] : out[at + c] / sum;
  }
  return out;
}

function checkPriors(name: string, priors: readonly number[]): void {
  let sum = 0;
  priors.forEach((prior, c) => {
    if (!(prior >= 0)) throw new RangeError(`${name}[${c}] is ${prior}: give a share ≥ 0`);
    sum += prior;
  });
  if (Math.abs(sum - 1) > 1e-6) throw new RangeError(`${name} sum to ${sum}: they must sum to 1`);
}
