import { checkProbabilities } from '../check-scores.ts';

/**
 * Probability under another class prior: odds times the ratio of prior odds (Saerens, Latinne and Decaestecker 2002, eq. 4;
 * Elkan 2001, theorem 2). Right where the classes look the same and only their shares differ (a training set half bad,
 * a night 6 % bad). NaN in, NaN out.
 * @throws RangeError where a prior is not in (0, 1).
 */
export function correctPrior(probability: number, trainingPrior: number, prior: number): number {
  checkPrior('trainingPrior', trainingPrior);
  checkPrior('prior', prior);
  const positive = (probability * prior) / trainingPrior;
  const negative = ((1 - probability) * (1 - prior)) / (1 - trainingPrior);
  return positive / (positive + negative);
}

/**
 * The share of positives in unlabelled data, from calibrated probabilities under the training prior, by Saerens' EM
 * (2002, §2.2): maximum likelihood under unchanged class appearances. `converged` is false after `iterations`.
 */
export function estimatePrior(
  probabilities: ArrayLike<number>,
  trainingPrior: number,
  options: { readonly iterations?: number; readonly tolerance?: number } = {},
): { readonly prior: number; readonly converged: boolean } {
  checkPrior('trainingPrior', trainingPrior);
  checkProbabilities(probabilities);
  if (probabilities.length === 0) throw new RangeError('probabilities is empty: a prior needs some images');
  const { iterations = 2000, tolerance = 1e-9 } = options;
  let prior = trainingPrior;
  for (let iteration = 0; iteration < iterations; iteration++) {
    let sum = 0;
    for (let i = 0; i < probabilities.length; i++) {
      const positive = (probabilities[i] * prior) / trainingPrior;
      const negative = ((1 - probabilities[i]) * (1 - prior)) / (1 - trainingPrior);
      sum += positive / (positive + negative);
    }
    const next = Math.min(1 - 1e-12, Math.max(1e-12, sum / probabilities.length));
    if (Math.abs(next - prior) < tolerance) return { prior: next, converged: true };
    prior = next;
  }
  return { prior, converged: false };
}

function checkPrior(name: string, prior: number): void {
  if (!(prior > 0 && prior < 1)) throw new RangeError(`${name} is ${prior}: give a share in (0, 1)`);
}
