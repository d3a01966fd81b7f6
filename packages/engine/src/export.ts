import { foldBatchNorm } from './fold.ts';
import { lower } from './lower.ts';
import { anyExtents, checkWeights, instantiate } from './network.ts';
import type { NetworkDefinition, Weights } from './network.ts';
import { Graph } from './onnx/graph.ts';
import type { Value } from './onnx/model.ts';
import { anyBatch, anySteps } from './shape.ts';

export interface ExportOptions {
  /** Version of the standard operator set; 17 is read by every current runtime. */
  readonly opset?: number;
  /** Written into the model's metadata_props. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Samples of a batch; open by default. */
  readonly batch?: number;
  /** Steps of sequences; open by default. */
  readonly steps?: number;
  /** Fold batch normalisations into the layers before them (the default); without it every weight is written as it is. */
  readonly fold?: boolean;
  /**
   * Dropouts stay, their masks being inputs of the model that {@link LoadedModel.inputs} names `mask:0` …, for Monte-Carlo dropout: a share
   * of zeros, the rest 1 / (1 − share) ({@link dropoutShares}).
   */
  readonly dropout?: boolean;
}

/**
 * The trained network as an ONNX model of standard operators only: dropout gone, batch normalisation folded into the
 * convolution or dense layer before it, the batch left open as `N`, steps of sequences as `T`. Throws RangeError where the weights are of another
 * architecture.
 */
export function exportOnnx(
  network: NetworkDefinition,
  weights: Weights,
  options: ExportOptions = {},
): Uint8Array {
  const {
    opset = 17,
    metadata = {},
    batch = anyBatch,
    steps = anySteps,
    fold = true,
    dropout = false,
  } = options;
  checkWeights(network, weights);
  const graph = new Graph({ opset, contributed: false });
  const { inputs, outputs } = instantiate(network, { batch, steps }, 'inference', dropout);
  for (const tensor of Object.values(inputs)) graph.input(tensor.name, tensor.shape);
  const folded = fold ? foldBatchNorm(outputs, weights) : { outputs, weights };
  const masks = new Map<string, Value>();
  const lowered = lower(graph, Object.values(folded.outputs), (leaf) => {
    if (leaf.kind === 'input') return { name: leaf.name, shape: leaf.shape, type: 'float32' };
    if (leaf.kind === 'mask') {
      const mask = masks.get(leaf.name) ?? graph.input(leaf.name, leaf.shape);
      masks.set(leaf.name, mask);
      return mask;
    }
    if (leaf.kind === 'average') {
      throw new RangeError(
        `the network reads ${leaf.name}, which is there in training alone; export the part without it`,
      );
    }
    return graph.weight(leaf.name, folded.weights[leaf.name].data, leaf.shape);
  });
  const results = Object.entries(folded.outputs).map(
    ([name, tensor]) => [name, lowered.get(tensor)!.output] as const,
  );
  return graph.toModel(network.name, Object.fromEntries(results), metadata);
}

/** Share that each mask of a model exported with `dropout` sets to zero, by the name of the input. */
export function dropoutShares(network: NetworkDefinition): Readonly<Record<string, number>> {
  const { builder } = instantiate(network, anyExtents, 'inference', true);
  return Object.fromEntries(
    [...builder.leaves.values()].flatMap(({ kind, name, rate }) => (kind === 'mask' ? [[name, rate!]] : [])),
  );
}
