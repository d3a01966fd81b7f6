import { float16Value } from '../float16.ts';
import { protobufFields, ProtobufError } from './protobuf-reader.ts';

/** A constant of a graph: numbers in single precision, or whole ones as they are. */
export interface OnnxTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly kind: 'float' | 'integer';
  /** As it was stored: a number of TensorProto.DataType, 1 for float32. */
  readonly type: number;
  readonly data: Float32Array;
  /** Whole numbers exactly; empty for a float tensor. */
  readonly integers: readonly number[];
}

export type OnnxAttribute = number | string | OnnxTensor | readonly number[] | readonly string[];

export interface OnnxNode {
  /** `Conv`, or `com.microsoft.FusedMatMul`. */
  readonly operator: string;
  /** `''` for one that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, OnnxAttribute>;
}

/** A model's graph with its constants, in the order in which its nodes run. Subgraphs are not read. */
export interface OnnxGraph {
  readonly opset: number;
  readonly nodes: readonly OnnxNode[];
  readonly constants: ReadonlyMap<string, OnnxTensor>;
  /** Which constants are float32 initializers: weights that can be replaced. */
  readonly initializers: ReadonlySet<string>;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

const text = (value: Uint8Array): string => new TextDecoder().decode(value);

/**
 * Reads nodes and constants of a serialised model. Field numbers are those of onnx.proto.
 * Throws {@link ProtobufError} (a RangeError) where the bytes are not a model, or a constant lies in a file of its own.
 */
export function readOnnxGraph(bytes: Uint8Array): OnnxGraph {
  let opset = 1;
  let graph: Uint8Array | null = null;
  for (const { field, value } of protobufFields(bytes)) {
    if (typeof value === 'bigint') continue;
    if (field === 7) graph = value;
    if (field !== 8) continue;
    const entry = scalars(value);
    const domain = entry.texts.get(1) ?? '';
    if (domain === '' || domain === 'ai.onnx') opset = entry.integers.get(2) ?? 1;
  }
  if (graph === null) throw new ProtobufError('the model holds no graph');
  const nodes: OnnxNode[] = [];
  const constants = new Map<string, OnnxTensor>();
  const initializers = new Set<string>();
  const inputs: string[] = [];
  const outputs: string[] = [];
  for (const { field, value } of protobufFields(graph)) {
    if (typeof value === 'bigint') continue;
    if (field === 1) {
      const node = readNode(value);
      const held = node.operator === 'Constant' ? constantOf(node) : null;
      if (held === null) nodes.push(node);
      else constants.set(node.outputs[0], held);
    } else if (field === 5) {
      const tensor = readTensor(value);
      constants.set(tensor.name, tensor);
      if (tensor.type === 1) initializers.add(tensor.name);
    } else if (field === 11) inputs.push(scalars(value).texts.get(1) ?? '');
    else if (field === 12) outputs.push(scalars(value).texts.get(1) ?? '');
  }
  // Older models list their weights among the inputs.
  return {
    opset,
    nodes,
    constants,
    initializers,
    inputs: inputs.filter((name) => !constants.has(name)),
    outputs,
  };
}

/** The plain fields of a message: the last text and integer under each number. */
function scalars(bytes: Uint8Array): { texts: Map<number, string>; integers: Map<number, number> } {
  const texts = new Map<number, string>();
  const integers = new Map<number, number>();
  for (const { field, value } of protobufFields(bytes)) {
    if (typeof value === 'bigint') integers.set(field, signed(value));
    else texts.set(field, text(value));
  }
  return { texts, integers };
}

function readNode(bytes: Uint8Array): OnnxNode {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, OnnxAttribute>();
  let type = '';
  let domain = '';
  for (const { field, value } of protobufFields(bytes)) {
    if (typeof value === 'bigint') continue;
    if (field === 1) inputs.push(text(value));
    else if (field === 2) outputs.push(text(value));
    else if (field === 4) type = text(value);
    else if (field === 7) domain = text(value);
    else if (field === 5) {
      const [name, attribute] = readAttribute(value);
      if (attribute !== null) attributes.set(name, attribute);
    }
  }
  const operator = domain === '' || domain === 'ai.onnx' ? type : `${domain}.${type}`;
  return { operator, inputs, outputs, attributes };
}

/** Name and value; null for a subgraph or a kind that no operator read here has. */
function readAttribute(bytes: Uint8Array): [string, OnnxAttribute | null] {
  let name = '';
  let single: OnnxAttribute | null = null;
  const numbers: number[] = [];
  const strings: string[] = [];
  for (const { field, value } of protobufFields(bytes)) {
    if (field === 1) name = text(value as Uint8Array);
    else if (field === 2) single = floatOf(value as bigint);
    else if (field === 3) single = signed(value as bigint);
    else if (field === 4) single = text(value as Uint8Array);
    else if (field === 5) single = readTensor(value as Uint8Array);
    else if (field === 7) numbers.push(...floats(value));
    else if (field === 8) numbers.push(...integers(value));
    else if (field === 9) strings.push(text(value as Uint8Array));
  }
  if (strings.length > 0) return [name, strings];
  return [name, numbers.length > 0 ? numbers : single];
}

/** What a Constant node holds; null where it is of a kind that is not read. */
function constantOf({ attributes, outputs }: OnnxNode): OnnxTensor | null {
  const value = attributes.get('value');
  const name = outputs[0];
  if (typeof value === 'object' && 'data' in value) return { ...value, name };
  for (const [key, kind] of [
    ['value_float', 'float'],
    ['value_floats', 'float'],
    ['value_int', 'integer'],
    ['value_ints', 'integer'],
  ] as const) {
    const given = attributes.get(key) as number | readonly number[] | undefined;
    if (given === undefined) continue;
    const list = typeof given === 'number' ? [given] : given;
    const shape = typeof given === 'number' ? [] : [list.length];
    const type = kind === 'float' ? 1 : 7;
    return { name, shape, kind, type, data: Float32Array.from(list), integers: kind === 'float' ? [] : list };
  }
  return null;
}

/** Element types by their number in TensorProto.DataType: bytes of one in `raw_data`, and how it is read there. */
const rawTypes: Readonly<Record<number, readonly [size: number, read: (v: DataView, at: number) => number]>> =
  {
    1: [4, (v, at) => v.getFloat32(at, true)],
    2: [1, (v, at) => v.getUint8(at)],
    3: [1, (v, at) => v.getInt8(at)],
    6: [4, (v, at) => v.getInt32(at, true)],
    7: [8, (v, at) => Number(v.getBigInt64(at, true))],
    9: [1, (v, at) => v.getUint8(at)],
    10: [2, (v, at) => float16Value(v.getUint16(at, true))],
    11: [8, (v, at) => v.getFloat64(at, true)],
  };
const floatTypes: ReadonlySet<number> = new Set([1, 10, 11]);

function readTensor(bytes: Uint8Array): OnnxTensor {
  const shape: number[] = [];
  const values: number[] = [];
  let type = 0;
  let name = '';
  let raw: Uint8Array | null = null;
  for (const { field, value } of protobufFields(bytes)) {
    if (field === 1) shape.push(...integers(value));
    else if (field === 2) type = Number(value);
    else if (field === 4) for (const each of floats(value)) values.push(each);
    else if (field === 5 || field === 7) for (const each of integers(value)) values.push(each);
    else if (field === 8) name = text(value as Uint8Array);
    else if (field === 9) raw = value as Uint8Array;
    else if (field === 10) for (const each of doubles(value as Uint8Array)) values.push(each);
    else if (field === 13) throw new ProtobufError(`constant "${name}" lies in a file beside the model`);
  }
  const isFloat = floatTypes.has(type);
  const element = rawTypes[type];
  if (element === undefined)
    return { name, shape, kind: 'float', type, data: new Float32Array(0), integers: [] };
  let data: Float32Array;
  let whole = values;
  if (raw === null) {
    // Half precision without raw data stands as its 16 bits.
    data = Float32Array.from(values, (value) => (type === 10 ? float16Value(value) : value));
  } else {
    const [size, read] = element;
    const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
    const count = Math.floor(raw.length / size);
    data = new Float32Array(count);
    for (let i = 0; i < count; i++) data[i] = read(view, i * size);
    whole = isFloat ? [] : Array.from({ length: count }, (_, i) => read(view, i * size));
  }
  return { name, shape, kind: isFloat ? 'float' : 'integer', type, data, integers: isFloat ? [] : whole };
}

const signed = (value: bigint): number => Number(BigInt.asIntN(64, value));

/** A field of integers: one, or many packed together. */
function integers(value: bigint | Uint8Array): number[] {
  if (typeof value === 'bigint') return [signed(value)];
  const out: number[] = [];
  let total = 0n;
  let shift = 0n;
  for (const byte of value) {
    total |= BigInt(byte & 127) << shift;
    shift += 7n;
    if (byte >= 128) continue;
    out.push(signed(total));
    [total, shift] = [0n, 0n];
  }
  return out;
}

function floatOf(bits: bigint): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, Number(bits));
  return view.getFloat32(0);
}

/** A field of floats: one, or many packed together. */
function floats(value: bigint | Uint8Array): number[] {
  if (typeof value === 'bigint') return [floatOf(value)];
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  return Array.from({ length: value.length >> 2 }, (_, i) => view.getFloat32(4 * i, true));
}

function doubles(value: Uint8Array): number[] {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  return Array.from({ length: value.length >> 3 }, (_, i) => view.getFloat64(8 * i, true));
}
