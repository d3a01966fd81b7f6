import type { Operations } from '../operations.ts';
import type { Tensor } from '../tensor.ts';
import { averageOverSamples, requireSameShape } from './average.ts';
import type { SampleWeights } from './average.ts';

export interface PredictedTensors extends SampleWeights {
  readonly predictions: Tensor;
  /** Of the same shape, [N, ...]. */
  readonly targets: Tensor;
}

/** Mean over samples of the mean squared difference. */
export function meanSquaredError(
  b: Operations,
  { predictions, targets, sampleWeights }: PredictedTensors,
): Tensor {
  requireSameShape('meanSquaredError', { predictions, targets });
  const difference = b.sub(predictions, targets);
  return averageOverSamples(b, 'meanSquaredError', b.mul(difference, difference), sampleWeights);
}

/** Mean over samples of the mean of log cosh(x − x̂): a square near 0, the size far from it, and no overflow. */
export function logCoshError(
  b: Operations,
  { predictions, targets, sampleWeights }: PredictedTensors,
): Tensor {
  requireSameShape('logCoshError', { predictions, targets });
  return averageOverSamples(b, 'logCoshError', b.logCosh(b.sub(predictions, targets)), sampleWeights);
}
