import type { Operations } from '../operations.ts';
import { formatShape, ShapeError } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { averageOverSamples, requireSameShape } from './average.ts';
import type { SampleWeights } from './average.ts';

export interface ClassifiedTensors extends SampleWeights {
  readonly logits: Tensor;
  /** Probabilities of the logits' shape: 0 and 1 for certain labels. */
  readonly targets: Tensor;
}

export interface BinaryOptions {
  /** Weights of the errors on zeros and on ones; 1 each by default (PyTorch's pos_weight p is [1, p]). */
  readonly classWeights?: readonly [zeros: number, ones: number];
  /** ε: targets t become t·(1 − ε) + ε/2, as Keras's BinaryCrossentropy does; 0 by default. */
  readonly labelSmoothing?: number;
}

/**
 * Binary cross-entropy, mean over samples of w₁·t·log(1 + e^−z) + w₀·(1 − t)·log(1 + e^z), logits z and targets t [N, ...].
 * It overflows for no logit.
 */
export function binaryCrossEntropy(
  b: Operations,
  { logits, targets, sampleWeights }: ClassifiedTensors,
  { classWeights: [zeros, ones] = [1, 1], labelSmoothing = 0 }: BinaryOptions = {},
): Tensor {
  requireSameShape('binaryCrossEntropy', { logits, targets });
  const t = smooth(b, targets, labelSmoothing, 2);
  const values =
    zeros === 1 && ones === 1
      ? b.bceWithLogits(logits, t)
      : b.add(
          b.mul(b.scale(t, ones), b.softplus(b.neg(logits))),
          b.mul(b.scale(b.sub(b.scalar(1), t), zeros), b.softplus(logits)),
        );
  return averageOverSamples(b, 'binaryCrossEntropy', values, sampleWeights);
}

export interface CategoricalOptions {
  /** A weight for each class; 1 by default. */
  readonly classWeights?: readonly number[];
  /** ε: targets t become t·(1 − ε) + ε/K (Szegedy et al. 2016, eq. 6); 0 by default. */
  readonly labelSmoothing?: number;
}

/**
 * Categorical cross-entropy −Σ wₖ tₖ log softmax(z)ₖ over the last axis, mean over samples and whatever lies between: logits and
 * targets [N, K] or [N, ..., K]. As torch.nn.CrossEntropyLoss for targets given as probabilities: the mean is not divided by the
 * classes' weights, as in Keras.
 */
export function categoricalCrossEntropy(
  b: Operations,
  { logits, targets, sampleWeights }: ClassifiedTensors,
  { classWeights, labelSmoothing = 0 }: CategoricalOptions = {},
): Tensor {
  requireSameShape('categoricalCrossEntropy', { logits, targets });
  const t = smooth(b, targets, labelSmoothing, classCount('categoricalCrossEntropy', logits));
  const products = b.mul(classWeighted(b, 'categoricalCrossEntropy', t, classWeights), b.logSoftmax(logits));
  const values = b.neg(b.sum(products, [-1]));
  return averageOverSamples(b, 'categoricalCrossEntropy', values, sampleWeights);
}

/** Throws ShapeError unless there is an axis of classes after the batch. */
export function classCount(loss: string, logits: Tensor): number {
  const classes = logits.shape.at(-1);
  if (classes === undefined || logits.shape.length < 2) {
    throw new ShapeError(
      `loss "${loss}": logits ${formatShape(logits.shape)} must be [batch, ..., classes]; reshape them`,
    );
  }
  return classes;
}

/** Targets times the weight of their class, the last axis being classes. */
export function classWeighted(
  b: Operations,
  loss: string,
  targets: Tensor,
  weights: readonly number[] | undefined,
): Tensor {
  if (!weights) return targets;
  if (weights.length !== targets.shape.at(-1)) {
    throw new ShapeError(
      `loss "${loss}": ${weights.length} class weights do not fit targets ${formatShape(targets.shape)}; give one for each ` +
        'class of the last axis',
    );
  }
  return b.mul(targets, b.constant(weights, [weights.length]));
}

function smooth(b: Operations, targets: Tensor, epsilon: number, classes: number): Tensor {
  if (!(epsilon >= 0 && epsilon < 1)) {
    throw new RangeError(`labelSmoothing ${epsilon} must be at least 0 and below 1`);
  }
  return epsilon === 0 ? targets : b.add(b.scale(targets, 1 - epsilon), b.scalar(epsilon / classes));
}
