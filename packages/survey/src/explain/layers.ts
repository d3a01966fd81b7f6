import { partBetween } from '@blemish/engine';
import type { OnnxGraph, OnnxNode } from '@blemish/engine';

/** A convolution whose map can be looked at. */
export interface LayerCandidate {
  /** Of its weights, or of its output where these have no name. */
  readonly name: string;
  /** The value after the activation and the normalisation that follow it. */
  readonly value: string;
  /** Does an activation or normalisation follow it? Else it may be the answer itself. */
  readonly activated: boolean;
}

/** Operators of one input (beside constants) that keep every pixel in its place. */
const elementwise: ReadonlySet<string> = new Set([
  ...['Relu', 'LeakyRelu', 'Elu', 'Selu', 'Gelu', 'PRelu', 'HardSigmoid', 'HardSwish', 'Clip', 'Mish'],
  ...['Sigmoid', 'Tanh', 'Softplus', 'BatchNormalization', 'Identity', 'Dropout'],
]);

/** Operators that only rename or reshape what they get. */
const passing: ReadonlySet<string> = new Set([
  'Identity',
  'Reshape',
  'Flatten',
  'Squeeze',
  'Cast',
  'Dropout',
]);

/**
 * The convolutions between an input and an output, in the order of the network. Each stands for its activation: what follows it pixel by
 * pixel and is read by nothing else.
 */
export function convolutions(graph: OnnxGraph, input: string, output: string): LayerCandidate[] {
  const readers = new Map<string, OnnxNode[]>();
  for (const node of graph.nodes)
    for (const name of node.inputs) readers.set(name, [...(readers.get(name) ?? []), node]);
  const taken = new Set<string>();
  return partBetween(graph, input, output)
    .nodes.filter(({ operator }) => operator === 'Conv' || operator === 'ConvTranspose')
    .map((node) => {
      let [value] = node.outputs;
      for (;;) {
        const next = readers.get(value) ?? [];
        if (next.length !== 1 || value === output || !elementwise.has(next[0].operator)) break;
        value = next[0].outputs[0];
      }
      const weight = node.inputs[1];
      const base = graph.constants.has(weight) ? weight.replace(/\.(conv\.)?weight$/, '') : node.outputs[0];
      const name = taken.has(base) ? node.outputs[0] : base;
      taken.add(name);
      return { name, value, activated: value !== node.outputs[0] };
    });
}

/**
 * The value whose sigmoid or softmax is `output`, and whether there is one: else `output` itself, which is taken for the score as it is.
 */
export function logitsOf(
  graph: OnnxGraph,
  output: string,
): { readonly value: string; readonly link: 'sigmoid' | 'softmax' | null } {
  const makers = producers(graph);
  let value = output;
  for (;;) {
    const node = makers.get(value);
    if (node === undefined) return { value: output, link: null };
    if (node.operator === 'Sigmoid') return { value: node.inputs[0], link: 'sigmoid' };
    if (node.operator === 'Softmax') return { value: node.inputs[0], link: 'softmax' };
    if (!passing.has(node.operator)) return { value: output, link: null };
    value = node.inputs[0];
  }
}

/** The last fully connected layer's input: the numbers a stamp is compared by. Null where the network has no such layer. */
export function penultimate(graph: OnnxGraph, logits: string): string | null {
  const makers = producers(graph);
  let value = logits;
  for (;;) {
    const node = makers.get(value);
    if (node === undefined) return null;
    const free = node.inputs.filter((name) => name !== '' && !graph.constants.has(name));
    if (free.length !== 1) return null;
    if (node.operator === 'Gemm' || node.operator === 'MatMul') return free[0];
    if (!passing.has(node.operator) && !['Add', 'Mul', 'Sub', 'Div'].includes(node.operator)) return null;
    [value] = free;
  }
}

function producers({ nodes }: OnnxGraph): Map<string, OnnxNode> {
  return new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
}
