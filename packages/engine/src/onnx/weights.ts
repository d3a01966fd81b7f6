import type { WeightArray, Weights } from '../network.ts';
import { protobufFields } from './protobuf-reader.ts';

/** ONNX's number of the element type float32. */
const float32 = 1n;

/**
 * The named float32 constants of a serialised model. Of one that `exportOnnx` wrote with `fold: false` these are the network's weights by
 * their own names; constants that the exporter added are among them.
 * Throws {@link ProtobufError} (a RangeError) where the bytes are not a model.
 */
export function onnxWeights(bytes: Uint8Array): Weights {
  const weights: Record<string, WeightArray> = {};
  for (const { field, value } of protobufFields(bytes)) {
    if (field !== 7 || typeof value === 'bigint') continue;
    for (const part of protobufFields(value)) {
      if (part.field !== 5 || typeof part.value === 'bigint') continue;
      const tensor = readTensor(part.value);
      if (tensor !== null) weights[tensor.name] = { shape: tensor.shape, data: tensor.data };
    }
  }
  return weights;
}

/** A TensorProto whose elements lie as raw bytes; null for other types and for elements written one by one. */
function readTensor(bytes: Uint8Array): (WeightArray & { readonly name: string }) | null {
  const shape: number[] = [];
  let name = '';
  let type = 0n;
  let raw: Uint8Array | null = null;
  for (const { field, value } of protobufFields(bytes)) {
    if (field === 1) shape.push(...dimensions(value));
    else if (field === 2 && typeof value === 'bigint') type = value;
    else if (field === 8 && typeof value !== 'bigint') name = new TextDecoder().decode(value);
    else if (field === 9 && typeof value !== 'bigint') raw = value;
  }
  if (type !== float32 || raw === null) return null;
  // A copy, which is aligned.
  return { name, shape, data: new Float32Array(new Uint8Array(raw).buffer) };
}

/** One extent, or several packed together. */
function dimensions(value: bigint | Uint8Array): number[] {
  if (typeof value === 'bigint') return [Number(value)];
  const extents: number[] = [];
  let extent = 0;
  let factor = 1;
  for (const byte of value) {
    extent += (byte & 127) * factor;
    factor *= 128;
    if (byte < 128) {
      extents.push(extent);
      [extent, factor] = [0, 1];
    }
  }
  return extents;
}
