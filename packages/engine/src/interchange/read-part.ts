import { Builder } from '../builder.ts';
import type { OnnxGraph, OnnxNode, OnnxTensor } from '../onnx/read-graph.ts';
import type { Shape } from '../shape.ts';
import { ShapeError } from '../shape.ts';
import type { Leaf, Tensor } from '../tensor.ts';
import { NodeReader, OperatorError, operatorRules } from './read-operators.ts';
import type { ReadValue } from './read-operators.ts';

/** The nodes that lie between two values of a graph, and what else flows into them. */
export interface OnnxPart {
  readonly from: string;
  readonly to: string;
  readonly nodes: readonly OnnxNode[];
  /** Values from elsewhere in the graph that these nodes read: neither constants nor depending on `from`. */
  readonly sides: readonly string[];
}

/** Everything on the way from the value `from` to the value `to`. Throws RangeError where no way leads there. */
export function partBetween(graph: OnnxGraph, from: string, to: string): OnnxPart {
  const after = new Set([from]);
  for (const { inputs, outputs } of graph.nodes) {
    if (inputs.some((name) => after.has(name))) for (const name of outputs) after.add(name);
  }
  const wanted = new Set([to]);
  const nodes: OnnxNode[] = [];
  for (const node of [...graph.nodes].reverse()) {
    const isOnWay = node.inputs.some((name) => after.has(name));
    if (node.outputs.includes(from) || !isOnWay || !node.outputs.some((name) => wanted.has(name))) continue;
    for (const name of node.inputs) wanted.add(name);
    nodes.push(node);
  }
  if (from !== to && !wanted.has(from)) throw new RangeError(`"${to}" does not depend on "${from}"`);
  const made = new Set(nodes.flatMap(({ outputs }) => outputs));
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  const sides = [...read].filter(
    (name) => name !== '' && name !== from && !made.has(name) && !graph.constants.has(name),
  );
  return { from, to, nodes: nodes.reverse(), sides };
}

/** Operators of a part without a rule, each once. */
export function unknownOperators({ nodes }: OnnxPart): string[] {
  return [...new Set(nodes.map(({ operator }) => operator))].filter((name) => !(name in operatorRules));
}

/** A part of a graph as the engine's own tensors. */
export interface ReadPart {
  /** `from` and the sides. */
  readonly inputs: ReadonlyMap<string, Leaf>;
  readonly output: Tensor;
  /** The constants it reads, by the name of their leaf. */
  readonly constants: ReadonlyMap<string, OnnxTensor>;
}

/**
 * Reads a part of a graph into the engine, whose operators all have gradient rules.
 * @param shapes of `from` and of every side, every extent fixed
 * Throws {@link OperatorError} (a RangeError) for a node without a rule, ShapeError where the shapes do not fit.
 */
export function readPart(graph: OnnxGraph, part: OnnxPart, shapes: ReadonlyMap<string, Shape>): ReadPart {
  const [unknown] = unknownOperators(part);
  if (unknown !== undefined) throw new OperatorError(unknown, 'has no gradient rule here');
  const b = new Builder('inference');
  const values = new Map<string, ReadValue>();
  const inputs = new Map<string, Leaf>();
  const constants = new Map<string, OnnxTensor>();
  for (const name of [part.from, ...part.sides]) {
    const shape = shapes.get(name);
    if (shape === undefined) throw new ShapeError(`the shape of "${name}" is not given`);
    const leaf: Leaf = { kind: 'input', name, shape };
    inputs.set(name, leaf);
    values.set(name, leaf);
  }
  const constant = (name: string): ReadValue | undefined => {
    const tensor = graph.constants.get(name);
    if (tensor === undefined) return undefined;
    if (tensor.kind === 'integer') return { kind: 'whole', shape: tensor.shape, values: tensor.integers };
    constants.set(name, tensor);
    return { kind: 'parameter', name, shape: tensor.shape };
  };
  const valueOf = (name: string): ReadValue | undefined => {
    const known = values.get(name) ?? constant(name);
    if (known !== undefined) values.set(name, known);
    return known;
  };
  for (const node of part.nodes) {
    const read = new NodeReader(
      b,
      node,
      graph.opset,
      node.inputs.map(valueOf),
      node.inputs.map((name) => graph.constants.get(name)),
    );
    const results = operatorRules[node.operator](read);
    const list = Array.isArray(results) ? (results as readonly ReadValue[]) : [results as ReadValue];
    list.forEach((value, k) => values.set(node.outputs[k], value));
  }
  const output = values.get(part.to);
  if (output === undefined || output.kind === 'whole')
    throw new OperatorError('Shape', `"${part.to}" is no array of numbers that depend on "${part.from}"`);
  return { inputs, output, constants };
}
