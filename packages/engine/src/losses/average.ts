import type { Operations } from '../operations.ts';
import { formatShape, sameShape, ShapeError } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

/** Weights of whole samples, [N]; a weight of 0 leaves a sample out. */
export interface SampleWeights {
  readonly sampleWeights?: Tensor | undefined;
}

/** Throws ShapeError naming the loss where two of its tensors differ in shape: broadcasting would hide the mistake. */
export function requireSameShape(loss: string, tensors: Readonly<Record<string, Tensor>>): void {
  const [[firstName, first], ...others] = Object.entries(tensors);
  for (const [name, tensor] of others) {
    if (!sameShape(first.shape, tensor.shape)) {
      throw new ShapeError(
        `loss "${loss}": ${firstName} ${formatShape(first.shape)} and ${name} ${formatShape(tensor.shape)} must have the same ` +
          'shape; reshape one of them',
      );
    }
  }
}

/** Throws ShapeError unless the weights are [N], N being the samples of `values` [N, ...]. */
export function requireSampleWeights(loss: string, values: Tensor, weights: Tensor | undefined): void {
  if (weights && (weights.shape.length !== 1 || weights.shape[0] !== values.shape[0])) {
    throw new ShapeError(
      `loss "${loss}": sample weights ${formatShape(weights.shape)} do not fit ${formatShape(values.shape)}; they must be ` +
        `${formatShape(values.shape.slice(0, 1))}`,
    );
  }
}

/**
 * Mean over samples of values [N, ...] after a mean over everything else; with weights Σ w·x / Σ w, and 0 where all weigh
 * nothing.
 */
export function averageOverSamples(
  b: Operations,
  loss: string,
  values: Tensor,
  sampleWeights: Tensor | undefined,
): Tensor {
  requireSampleWeights(loss, values, sampleWeights);
  if (!sampleWeights) return b.mean(values);
  const axes = values.shape.flatMap((_, axis) => (axis === 0 ? [] : [axis]));
  return b.weightedMean(b.mean(values, axes), sampleWeights);
}
