import type { Operations } from '../operations.ts';
import { formatShape, ShapeError } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { requireSameShape } from './average.ts';
import { logCoshError } from './regression.ts';

export interface LatentTensors {
  /** μ [N, Z] */
  readonly mean: Tensor;
  /** log σ² [N, Z] */
  readonly logVariance: Tensor;
}

/**
 * Kullback–Leibler divergence of N(μ, σ²) from N(0, 1), ½·Σ (μ² + σ² − 1 − log σ²) over the latent axis, mean over samples (Kingma &
 * Welling 2014, appendix B).
 */
export function standardNormalDivergence(b: Operations, { mean, logVariance }: LatentTensors): Tensor {
  requireSameShape('standardNormalDivergence', { mean, logVariance });
  if (mean.shape.length !== 2) {
    throw new ShapeError(
      `loss "standardNormalDivergence": mean ${formatShape(mean.shape)} must be [batch, latent]; flatten it`,
    );
  }
  const spread = b.sub(b.exp(logVariance), b.add(logVariance, b.scalar(1)));
  return b.scale(b.mean(b.sum(b.add(b.mul(mean, mean), spread), [1])), 0.5);
}

export interface VariationalTensors extends LatentTensors {
  readonly images: Tensor;
  readonly reconstructions: Tensor;
}

/**
 * The loss of the ZTF frame-sequence paper's variational autoencoder (its eq. 1): log cosh of the difference, mean over pixels, and
 * β times the divergence of the latent distribution, β = 8e-5.
 */
export function variationalLoss(
  b: Operations,
  { images, reconstructions, mean, logVariance }: VariationalTensors,
  { beta = 8e-5 }: { readonly beta?: number } = {},
): { loss: Tensor; reconstruction: Tensor; divergence: Tensor } {
  const reconstruction = logCoshError(b, { predictions: reconstructions, targets: images });
  const divergence = standardNormalDivergence(b, { mean, logVariance });
  return { loss: b.add(reconstruction, b.scale(divergence, beta)), reconstruction, divergence };
}
