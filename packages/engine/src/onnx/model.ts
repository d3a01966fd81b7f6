import { extentName } from '../shape.ts';
import type { Shape } from '../shape.ts';
import { ProtobufWriter } from './protobuf.ts';

/** Element types the engine uses, with their numbers in ONNX's TensorProto.DataType. */
export const elementTypes = { float32: 1, int32: 6, int64: 7, bool: 9 } as const;
export type ElementType = keyof typeof elementTypes;

/** A value in a graph: its name, and what is known of it. */
export interface Value {
  readonly name: string;
  readonly shape: Shape;
  readonly type: ElementType;
}

export interface Initializer extends Value {
  readonly data: Float32Array | BigInt64Array;
}

/** An ONNX attribute: integer(s) and strings as they are, a float wrapped so that `1` is not taken for an integer. */
export type Attribute =
  number | readonly number[] | string | { readonly float: number } | { readonly graph: GraphParts };

export interface GraphNode {
  readonly type: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** Values of the graph around a loop that its body reads. */
  readonly captures?: readonly string[];
}

/** A graph: a whole model's, or the body of a loop, whose nodes may read values of the graph around it. */
export interface GraphParts {
  readonly name: string;
  readonly nodes: readonly GraphNode[];
  readonly initializers: readonly Initializer[];
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
}

export interface ModelParts extends GraphParts {
  readonly opset: number;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Serialises a model. Field numbers are those of onnx.proto (ModelProto, GraphProto, NodeProto, TensorProto, ValueInfoProto). */
export function encodeModel(parts: ModelParts): Uint8Array {
  const model = new ProtobufWriter().integer(1, 8).string(2, 'blemish').message(7, encodeGraph(parts));
  const domains = new Set(parts.nodes.map((node) => node.domain));
  domains.add('');
  for (const domain of domains) {
    model.message(8, new ProtobufWriter().string(1, domain).integer(2, domain === '' ? parts.opset : 1));
  }
  for (const [key, value] of Object.entries(parts.metadata ?? {})) {
    model.message(14, new ProtobufWriter().string(1, key).string(2, value));
  }
  return model.finish();
}

function encodeGraph(parts: GraphParts): ProtobufWriter {
  const graph = new ProtobufWriter();
  for (const [index, node] of parts.nodes.entries()) graph.message(1, encodeNode(node, index));
  graph.string(2, parts.name);
  for (const initializer of parts.initializers) graph.message(5, encodeTensor(initializer));
  for (const value of parts.inputs) graph.message(11, encodeValueInfo(value));
  for (const value of parts.outputs) graph.message(12, encodeValueInfo(value));
  return graph;
}

function encodeNode(node: GraphNode, index: number): ProtobufWriter {
  const out = new ProtobufWriter();
  for (const name of node.inputs) out.string(1, name);
  for (const name of node.outputs) out.string(2, name);
  out.string(3, `${node.type}_${index}`).string(4, node.type);
  for (const [name, value] of Object.entries(node.attributes)) out.message(5, encodeAttribute(name, value));
  return node.domain === '' ? out : out.string(7, node.domain);
}

function encodeAttribute(name: string, value: Attribute): ProtobufWriter {
  const out = new ProtobufWriter().string(1, name);
  if (typeof value === 'string') return out.string(4, value).integer(20, 3);
  if (typeof value === 'number') return out.integer(3, value).integer(20, 2);
  if ('graph' in value) return out.message(6, encodeGraph(value.graph)).integer(20, 5);
  if ('float' in value) return out.float(2, value.float).integer(20, 1);
  for (const item of value) out.integer(8, item);
  return out.integer(20, 7);
}

function encodeTensor({ name, shape, type, data }: Initializer): ProtobufWriter {
  const out = new ProtobufWriter();
  for (const extent of shape) out.integer(1, extent);
  return out
    .integer(2, elementTypes[type])
    .string(8, name)
    .bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function encodeValueInfo({ name, shape, type }: Value): ProtobufWriter {
  const dimensions = new ProtobufWriter();
  for (const extent of shape) {
    const dimension = new ProtobufWriter();
    dimensions.message(
      1,
      extent < 0 ? dimension.string(2, extentName(extent)) : dimension.integer(1, extent),
    );
  }
  const tensor = new ProtobufWriter().integer(1, elementTypes[type]).message(2, dimensions);
  return new ProtobufWriter().string(1, name).message(2, new ProtobufWriter().message(1, tensor));
}
