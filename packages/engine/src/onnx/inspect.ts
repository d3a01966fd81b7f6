import { ProtobufWriter } from './protobuf.ts';
import { protobufFields } from './protobuf-reader.ts';

/** What a serialised model says of itself, without its weights. */
export interface OnnxSummary {
  readonly irVersion: number;
  /** Version of each operator set by domain; '' is the standard one. */
  readonly opsets: ReadonlyMap<string, number>;
  /** Every operator used, subgraphs included, each once, as `Conv` or `com.microsoft.FusedMatMul`. */
  readonly operators: readonly string[];
  /** Operator that makes each output of the graph; null for an output that is an input or a constant. */
  readonly outputOperators: ReadonlyMap<string, string | null>;
  /** Weights lie in files of their own beside the model. */
  readonly externalData: boolean;
  /** Operators defined in the model itself. */
  readonly functions: number;
}

const text = (value: bigint | Uint8Array): string => new TextDecoder().decode(value as Uint8Array);

/**
 * Reads what a model is made of. Field numbers are those of onnx.proto.
 * Throws {@link ProtobufError} (a RangeError) where the bytes are not a model.
 */
export function inspectOnnx(bytes: Uint8Array): OnnxSummary {
  let irVersion = 0;
  let functions = 0;
  const opsets = new Map<string, number>();
  const graph = new GraphSummary();
  for (const { field, value } of protobufFields(bytes)) {
    if (field === 1 && typeof value === 'bigint') irVersion = Number(value);
    else if (field === 25) functions++;
    else if (typeof value === 'bigint') continue;
    else if (field === 7) graph.read(value);
    else if (field === 8) {
      const { domain, version } = readOpset(value);
      opsets.set(domain, version);
    }
  }
  return {
    irVersion,
    opsets,
    operators: [...graph.operators].sort(),
    outputOperators: new Map(graph.outputs.map((name) => [name, graph.producers.get(name) ?? null])),
    externalData: graph.externalData,
    functions,
  };
}

/** The same model stating version `opset` of the standard operator set, and the format's version 8 that goes with opset 17. */
export function restateOpset(bytes: Uint8Array, opset: number): Uint8Array {
  const parts: Uint8Array[] = [new ProtobufWriter().integer(1, 8).finish()];
  for (const { field, value, raw } of protobufFields(bytes)) {
    if (field === 1) continue;
    const standard = field === 8 && typeof value !== 'bigint' && readOpset(value).domain === '';
    const entry = new ProtobufWriter().string(1, '').integer(2, opset);
    parts.push(standard ? new ProtobufWriter().message(8, entry).finish() : raw);
  }
  const out = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function readOpset(bytes: Uint8Array): { domain: string; version: number } {
  let domain = '';
  let version = 1;
  for (const { field, value } of protobufFields(bytes)) {
    if (field === 1 && typeof value !== 'bigint') domain = standardName(text(value));
    if (field === 2 && typeof value === 'bigint') version = Number(value);
  }
  return { domain, version };
}

/** `ai.onnx` is the long name of the standard domain. */
function standardName(domain: string): string {
  return domain === 'ai.onnx' ? '' : domain;
}

class GraphSummary {
  readonly operators = new Set<string>();
  readonly producers = new Map<string, string>();
  readonly outputs: string[] = [];
  externalData = false;

  read(bytes: Uint8Array, depth = 0): void {
    for (const { field, value } of protobufFields(bytes)) {
      if (typeof value === 'bigint') continue;
      if (field === 1) this.#node(value, depth);
      else if (field === 5) this.#tensor(value);
      else if (field === 12 && depth === 0) this.outputs.push(firstString(value));
    }
  }

  #node(bytes: Uint8Array, depth: number): void {
    let type = '';
    let domain = '';
    const outputs: string[] = [];
    for (const { field, value } of protobufFields(bytes)) {
      if (typeof value === 'bigint') continue;
      if (field === 2) outputs.push(text(value));
      else if (field === 4) type = text(value);
      else if (field === 7) domain = standardName(text(value));
      else if (field === 5) this.#attribute(value, depth);
    }
    const operator = domain === '' ? type : `${domain}.${type}`;
    this.operators.add(operator);
    if (depth === 0) for (const name of outputs) this.producers.set(name, operator);
  }

  /** Subgraphs of If, Loop and Scan, and constants. */
  #attribute(bytes: Uint8Array, depth: number): void {
    for (const { field, value } of protobufFields(bytes)) {
      if (typeof value === 'bigint') continue;
      if (field === 5) this.#tensor(value);
      else if (field === 6 || field === 11) this.read(value, depth + 1);
    }
  }

  #tensor(bytes: Uint8Array): void {
    for (const { field, value } of protobufFields(bytes)) {
      if (field === 13 || (field === 14 && value === 1n)) this.externalData = true;
    }
  }
}

/** Field 1, the name, of a value's description. */
function firstString(bytes: Uint8Array): string {
  for (const { field, value } of protobufFields(bytes)) {
    if (field === 1 && typeof value !== 'bigint') return text(value);
  }
  return '';
}
