import type { Operations } from '../operations.ts';
import { formatShape, ShapeError } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { requireSameShape, requireSampleWeights } from './average.ts';
import type { SampleWeights } from './average.ts';

export interface OverlapTensors extends SampleWeights {
  /** Probabilities p [N, K, ...]: sigmoid or softmax of logits. */
  readonly probabilities: Tensor;
  /** Of the same shape. */
  readonly targets: Tensor;
}

export interface TverskyOptions {
  /** Weight of false positives; 0.3, Salehi et al.'s best with beta 0.7. */
  readonly alpha?: number;
  /** Weight of false negatives; 0.7. */
  readonly beta?: number;
  /** Added above and below the fraction, so that a class with nothing to find and nothing found costs nothing; 1. */
  readonly smooth?: number;
}

/**
 * Tversky loss 1 − (TP + s)/(TP + α·FP + β·FN + s) with TP = Σ p·t, FP = Σ p·(1 − t), FN = Σ (1 − p)·t over batch and area, mean over
 * the K classes of axis 1 (Salehi et al. 2017, eq. 3). As a term beside cross-entropy on a batch of light curves, [N, 1], it is
 * what the ZTF frame-sequence paper's "GRU + Tversky" adds.
 */
export function tversky(
  b: Operations,
  tensors: OverlapTensors,
  { alpha = 0.3, beta = 0.7, smooth = 1 }: TverskyOptions = {},
): Tensor {
  return overlapLoss(b, 'tversky', tensors, alpha, beta, smooth);
}

/** Soft Dice loss 1 − (2·Σ p·t + s)/(Σ p + Σ t + s), otherwise as {@link tversky} (Sudre et al. 2017, two-class form). */
export function dice(
  b: Operations,
  tensors: OverlapTensors,
  { smooth = 1 }: { readonly smooth?: number } = {},
): Tensor {
  return overlapLoss(b, 'dice', tensors, 0.5, 0.5, smooth / 2);
}

function overlapLoss(
  b: Operations,
  name: string,
  { probabilities: p, targets: t, sampleWeights }: OverlapTensors,
  alpha: number,
  beta: number,
  smooth: number,
): Tensor {
  requireSameShape(name, { probabilities: p, targets: t });
  if (p.shape.length < 2) {
    throw new ShapeError(
      `loss "${name}": probabilities ${formatShape(p.shape)} must be [batch, classes, ...]; reshape them`,
    );
  }
  if (!(smooth > 0))
    throw new RangeError(`${name}: smooth ${smooth} must be above 0, or an empty class divides by 0`);
  requireSampleWeights(name, p, sampleWeights);
  const weights = sampleWeights && b.reshape(sampleWeights, [p.shape[0], ...p.shape.slice(1).map(() => 1)]);
  const axes = p.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
  const total = (x: Tensor) => b.sum(weights ? b.mul(x, weights) : x, axes);
  const hits = b.add(total(b.mul(p, t)), b.scalar(smooth));
  // α·FP + β·FN = α·(Σ p − TP) + β·(Σ t − TP)
  const misses = b.add(b.scale(total(p), alpha), b.scale(total(t), beta));
  const all = b.add(b.scale(hits, 1 - alpha - beta), b.add(misses, b.scalar((alpha + beta) * smooth)));
  return b.mean(b.sub(b.scalar(1), b.div(hits, all)));
}
