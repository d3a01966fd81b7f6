import { partBetween, readOnnxGraph, replaceWeights } from '@blemish/engine';
import type { OnnxNode } from '@blemish/engine';
import { stream } from '@blemish/sky';

export const randomiseParts = ['head', 'all'] as const;
/** Which weights are drawn anew: those after the layer looked at, or every one. */
export type RandomisePart = (typeof randomiseParts)[number];

/** Operators with a kernel as second input and a bias as third. */
const weighted: ReadonlySet<string> = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);

/**
 * The same network with weights that know nothing, for the sanity check of Adebayo et al. (2018, NeurIPS): an explanation that stays as
 * it is does not explain the model. A kernel's new numbers are normal with mean 0 and the root mean square of the old ones, so that the
 * sizes of all values stay about what they were; a bias's are its old ones in another order. Normalisations stay.
 * @param between first and last value of the part whose weights are drawn; all where absent
 */
export function randomiseNetwork(
  bytes: Uint8Array,
  seed: number,
  between?: { readonly from: string; readonly to: string },
): Uint8Array {
  const graph = readOnnxGraph(bytes);
  const nodes: readonly OnnxNode[] =
    between === undefined ? graph.nodes : partBetween(graph, between.from, between.to).nodes;
  const drawn = new Map<string, { readonly shape: readonly number[]; readonly data: Float32Array }>();
  for (const { operator, inputs } of nodes) {
    const isBias = operator === 'Add';
    if (!weighted.has(operator) && !isBias) continue;
    for (const name of isBias ? inputs : inputs.slice(1)) {
      const tensor = graph.initializers.has(name) ? graph.constants.get(name)! : undefined;
      if (tensor === undefined || tensor.kind !== 'float' || tensor.data.length < 2) continue;
      const { shape, data } = tensor;
      const rng = stream(seed, 'randomise', name);
      if (!isBias && shape.length > 1) {
        const rms = Math.sqrt(data.reduce((sum, value) => sum + value * value, 0) / data.length);
        drawn.set(name, { shape, data: data.map(() => rng.normal(0, rms)) });
      } else drawn.set(name, { shape, data: shuffled(data, (n) => rng.integer(0, n - 1)) });
    }
  }
  return replaceWeights(bytes, drawn);
}

function shuffled(values: Float32Array, below: (n: number) => number): Float32Array {
  const out = values.slice();
  for (let i = out.length - 1; i > 0; i--) {
    const j = below(i + 1);
    [out[i], out[j]] = [out[j], out[i]];
  }
  return out;
}
