import type { Tensors, WeightArray, Weights } from './network.ts';
import type { ConvTransposeAttributes } from './ops/conv-transpose.ts';
import { operators } from './ops/table.ts';
import { elementCount } from './shape.ts';
import { topologicalOrder } from './tensor.ts';
import type { Applied, Leaf, Tensor } from './tensor.ts';

/** A network's outputs and the weights they use, after rewriting. */
export interface Folded {
  readonly outputs: Tensors;
  readonly weights: Weights;
}

/**
 * Rewrites batch normalisation with fixed statistics after a convolution, transposed convolution or dense layer as one layer with
 * scaled weights and a shifted bias: W' = W·γ/√(σ²+ε), b' = (b − μ)·γ/√(σ²+ε) + β; after a sum of such layers, the sum of the scaled
 * ones. A layer whose output is used elsewhere too stays.
 */
export function foldBatchNorm(outputs: Tensors, weights: Weights): Folded {
  const order = topologicalOrder(Object.values(outputs));
  const uses = new Map<Tensor, number>();
  for (const tensor of [
    ...order.flatMap((t) => (t.kind === 'applied' ? t.inputs : [])),
    ...Object.values(outputs),
  ]) {
    uses.set(tensor, (uses.get(tensor) ?? 0) + 1);
  }
  const result: Record<string, WeightArray> = { ...weights };
  const rewritten = new Map<Tensor, Tensor>();
  const current = (tensor: Tensor) => rewritten.get(tensor) ?? tensor;
  for (const tensor of order) {
    if (tensor.kind !== 'applied') continue;
    const source = tensor.inputs[0];
    if (tensor.operator === operators.frozenBatchNorm && takesNorm(source, uses)) {
      rewritten.set(tensor, fold(tensor, source, current, result));
    } else rewritten.set(tensor, { ...tensor, inputs: tensor.inputs.map(current) });
  }
  return {
    outputs: Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, current(tensor)])),
    weights: result,
  };
}

/** Whether a norm of this can go into its weights: a layer whose output and weights nothing else uses, or a sum of such layers. */
function takesNorm(source: Tensor, uses: ReadonlyMap<Tensor, number>): source is Applied {
  if (source.kind !== 'applied' || uses.get(source) !== 1) return false;
  if (isSum(source)) return source.inputs.every((part) => takesNorm(part, uses));
  return (
    takesScale(source) &&
    source.inputs.slice(1).every((input) => input.kind === 'parameter' && uses.get(input) === 1)
  );
}

/** A sum of two of the same shape, so that each gives every output channel its share. */
function isSum({ operator, inputs, shape }: Applied): boolean {
  return operator === operators.add && inputs.every((part) => part.shape.join() === shape.join());
}

/** Whether the layer's weights hold each output channel on one axis, which is the one normalised. */
function takesScale(layer: Applied): boolean {
  if (layer.operator === operators.conv2d) return true;
  if (layer.operator === operators.dense) return layer.shape.length === 2;
  return (
    layer.operator === operators.convTranspose2d && (layer.attributes as ConvTransposeAttributes).groups === 1
  );
}

/** The source of a norm with the norm in its weights; of a sum the first layer takes the shift. */
function fold(
  norm: Applied,
  source: Applied,
  current: (tensor: Tensor) => Tensor,
  weights: Record<string, WeightArray>,
): Tensor {
  const { epsilon } = norm.attributes as { epsilon: number };
  const [gamma, beta, mean, variance] = norm.inputs.slice(1).map((input) => weights[input.name].data);
  const factors = gamma.map((value, c) => value / Math.sqrt(variance[c] + epsilon));
  const shifts = factors.map((factor, c) => beta[c] - mean[c] * factor);
  const scale = (part: Applied, shift: Float32Array | null): Applied => {
    if (!isSum(part)) return scaleLayer(part, factors, shift, current, weights);
    const [first, second] = part.inputs as readonly Applied[];
    return { ...part, inputs: [scale(first, shift), scale(second, null)] };
  };
  return scale(source, shifts);
}

/** W' = W·factor, b' = b·factor + shift for each output channel. */
function scaleLayer(
  layer: Applied,
  factors: Float32Array,
  shift: Float32Array | null,
  current: (tensor: Tensor) => Tensor,
  weights: Record<string, WeightArray>,
): Applied {
  const kernel = layer.inputs[1] as Leaf;
  const bias = layer.inputs[2] as Leaf | undefined;
  const scaled = Float32Array.from(weights[kernel.name].data);
  // Outputs are the first axis of a kernel, the second of a transposed one.
  const axis = layer.operator === operators.convTranspose2d ? 1 : 0;
  const channels = kernel.shape[axis];
  const stretch = elementCount(kernel.shape.slice(axis + 1));
  for (let i = 0; i < scaled.length; i++) scaled[i] *= factors[Math.floor(i / stretch) % channels];
  weights[kernel.name] = { shape: kernel.shape, data: scaled };
  const inputs = [current(layer.inputs[0]), kernel];
  if (bias === undefined && shift === null) return { ...layer, inputs };
  const shifted = new Float32Array(channels);
  for (let c = 0; c < channels; c++) {
    shifted[c] = (bias ? weights[bias.name].data[c] * factors[c] : 0) + (shift?.[c] ?? 0);
  }
  const foldedBias: Leaf = { kind: 'parameter', name: `${layer.name}.bias`, shape: [channels] };
  weights[foldedBias.name] = { shape: [channels], data: shifted };
  return { ...layer, inputs: [...inputs, foldedBias] };
}
