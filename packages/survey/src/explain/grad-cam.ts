/** A layer's map of one sample: activation and gradient are [channels, height, width]. */
export interface LayerShape {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/**
 * Grad-CAM (Selvaraju et al. 2017, ICCV, equations 1 and 2). With the gradient of the class's score before the softmax, ∂y/∂A,
 * αₖ = 1/Z Σᵢⱼ ∂y/∂Aᵏᵢⱼ is each channel's weight (Z pixels), and the heat is ReLU(Σₖ αₖ Aᵏ).
 * @returns [height, width], not negative
 */
export function gradCam(activation: Float32Array, gradient: Float32Array, shape: LayerShape): Float32Array {
  const area = shape.height * shape.width;
  const weights = Float64Array.from({ length: shape.channels }, (_, k) => {
    let sum = 0;
    for (let i = k * area; i < (k + 1) * area; i++) sum += gradient[i];
    return sum / area;
  });
  return weightedSum(activation, weights, shape);
}

/**
 * Grad-CAM++ (Chattopadhay et al. 2018, WACV, arXiv:1710.11063). With the class score Y = exp(S) of its equations, S being the score before
 * the softmax, the pixel weights are αᵏᵢⱼ = (∂S/∂Aᵏᵢⱼ)² / (2 (∂S/∂Aᵏᵢⱼ)² + Σₐᵦ Aᵏₐᵦ (∂S/∂Aᵏᵢⱼ)³) (equation 19, 0 where the gradient is 0), the
 * channel weights wₖ = Σᵢⱼ αᵏᵢⱼ ReLU(∂Y/∂Aᵏᵢⱼ) (equation 7), and the heat is ReLU(Σₖ wₖ Aᵏ). The factor exp(S) of ∂Y/∂A is common to
 * all pixels of a sample and left out.
 * @returns [height, width], not negative
 */
export function gradCamPlusPlus(
  activation: Float32Array,
  gradient: Float32Array,
  shape: LayerShape,
): Float32Array {
  const area = shape.height * shape.width;
  const weights = Float64Array.from({ length: shape.channels }, (_, k) => {
    let total = 0;
    for (let i = k * area; i < (k + 1) * area; i++) total += activation[i];
    let weight = 0;
    for (let i = k * area; i < (k + 1) * area; i++) {
      const d = gradient[i];
      // d² / (2 d² + A d³) = 1 / (2 + A d): what speaks against the class has no share in the sum.
      const below = 2 + total * d;
      if (d > 0 && below !== 0) weight += d / below;
    }
    return weight;
  });
  return weightedSum(activation, weights, shape);
}

/**
 * HiResCAM (Draelos & Carin 2020, arXiv:2011.08891): ReLU(Σₖ ∂y/∂Aᵏ ∘ Aᵏ), each pixel by its own gradient. Grad-CAM's mean over the
 * gradients forgets which pixel a dense layer after a flatten looks at; this does not, and is the score's own sum over pixels where the layer
 * is followed by a flatten and one dense layer. After a global mean of the map the two are the same up to a factor.
 * @returns [height, width], not negative
 */
export function hiResCam(
  activation: Float32Array,
  gradient: Float32Array,
  { channels, height, width }: LayerShape,
): Float32Array {
  const area = height * width;
  const sum = new Float64Array(area);
  for (let k = 0; k < channels; k++)
    for (let i = 0; i < area; i++) sum[i] += gradient[k * area + i] * activation[k * area + i];
  return Float32Array.from(sum, (value) => Math.max(0, value));
}

/** ReLU(Σₖ wₖ Aᵏ). */
export function weightedSum(
  activation: Float32Array,
  weights: ArrayLike<number>,
  { channels, height, width }: LayerShape,
): Float32Array {
  const area = height * width;
  const sum = new Float64Array(area);
  for (let k = 0; k < channels; k++) {
    const weight = weights[k];
    if (weight === 0) continue;
    for (let i = 0; i < area; i++) sum[i] += weight * activation[k * area + i];
  }
  return Float32Array.from(sum, (value) => Math.max(0, value));
}
