import type { Operations } from '../operations.ts';
import type { Tensor } from '../tensor.ts';
import { averageOverSamples, requireSameShape } from './average.ts';
import { classCount, classWeighted } from './cross-entropy.ts';
import type { ClassifiedTensors } from './cross-entropy.ts';

export interface FocalOptions {
  /** How much less a well-classified element counts: 2 by default; 0 gives cross-entropy. */
  readonly gamma?: number;
  /** Weight of ones, zeros having 1 − alpha: 0.25 by default, the paper's for γ = 2. */
  readonly alpha?: number;
}

/**
 * Focal loss −α·(1 − p)^γ·log p, p being the probability given to the true answer (Lin et al. 2017, eq. 5), mean over samples;
 * logits and targets of zeros and ones [N, ...]. Throws RangeError for 0 < γ < 1, whose gradient is infinite at p = 1.
 */
export function focal(
  b: Operations,
  { logits, targets, sampleWeights }: ClassifiedTensors,
  { gamma = 2, alpha = 0.25 }: FocalOptions = {},
): Tensor {
  checkGamma(gamma);
  requireSameShape('focal', { logits, targets });
  const entropy = b.bceWithLogits(logits, targets);
  const balance = b.add(b.scale(targets, 2 * alpha - 1), b.scalar(1 - alpha));
  const values = b.mul(b.mul(balance, entropy), focus(b, b.exp(b.neg(entropy)), gamma));
  return averageOverSamples(b, 'focal', values, sampleWeights);
}

/** The same over classes, −Σ αₖ tₖ (1 − pₖ)^γ log pₖ with p the softmax over the last axis of logits [N, ..., K]; α is 1. */
export function categoricalFocal(
  b: Operations,
  { logits, targets, sampleWeights }: ClassifiedTensors,
  { gamma = 2, classWeights }: { readonly gamma?: number; readonly classWeights?: readonly number[] } = {},
): Tensor {
  checkGamma(gamma);
  requireSameShape('categoricalFocal', { logits, targets });
  classCount('categoricalFocal', logits);
  const logs = b.logSoftmax(logits);
  const balanced = classWeighted(b, 'categoricalFocal', targets, classWeights);
  const products = b.mul(b.mul(balanced, logs), focus(b, b.exp(logs), gamma));
  return averageOverSamples(b, 'categoricalFocal', b.neg(b.sum(products, [-1])), sampleWeights);
}

/** (1 − p)^γ */
function focus(b: Operations, probability: Tensor, gamma: number): Tensor {
  // Rounding may put p above 1 by a unit, and a power of a negative number is none.
  const miss = b.relu(b.sub(b.scalar(1), probability));
  return gamma === 0 ? b.scalar(1) : gamma === 1 ? miss : b.pow(miss, gamma);
}

function checkGamma(gamma: number): void {
  if (gamma !== 0 && !(gamma >= 1)) throw new RangeError(`focal gamma ${gamma} must be 0 or at least 1`);
}
