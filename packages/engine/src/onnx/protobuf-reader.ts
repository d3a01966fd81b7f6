/** One field of a protobuf message; `value` is a number for varints and fixed sizes, bytes for everything with a length. */
export interface ProtobufField {
  readonly field: number;
  readonly value: bigint | Uint8Array;
  /** The field with its tag, as it stands in the message. */
  readonly raw: Uint8Array;
}

/** Bytes that are not the message they should be. */
export class ProtobufError extends RangeError {
  override readonly name = 'ProtobufError';
}

/**
 * The fields of one message in order (protobuf wire format: varints, fixed 32 and 64 bits, length-delimited; groups are not used by
 * ONNX). Throws {@link ProtobufError} where the bytes end in the middle of a field or hold another wire type.
 */
export function* protobufFields(bytes: Uint8Array): Generator<ProtobufField> {
  let at = 0;
  const take = (count: number): Uint8Array => {
    if (count > bytes.length - at) {
      throw new ProtobufError(`a field reaches ${count - (bytes.length - at)} bytes beyond the end`);
    }
    at += count;
    return bytes.subarray(at - count, at);
  };
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const [byte] = take(1);
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asUintN(64, value);
    }
    throw new ProtobufError('an integer has more than ten bytes');
  };
  while (at < bytes.length) {
    const start = at;
    const tag = varint();
    const field = Number(tag >> 3n);
    if (field === 0 || field > 0x1fffffff) throw new ProtobufError(`no field has the number ${field}`);
    const value = fieldValue(Number(tag & 7n), varint, take);
    yield { field, value, raw: bytes.subarray(start, at) };
  }
}

function fieldValue(
  wireType: number,
  varint: () => bigint,
  take: (count: number) => Uint8Array,
): bigint | Uint8Array {
  switch (wireType) {
    case 0:
      return varint();
    case 1:
      return littleEndian(take(8));
    case 2:
      return take(Number(varint()));
    case 5:
      return littleEndian(take(4));
    default:
      throw new ProtobufError(`wire type ${wireType} is not used by ONNX`);
  }
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}
