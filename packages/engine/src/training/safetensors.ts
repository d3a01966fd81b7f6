import type { WeightArray } from '../network.ts';
import { elementCount } from '../shape.ts';

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/**
 * Named float32 arrays in the safetensors format (github.com/huggingface/safetensors): a JSON header that any framework
 * reads, then the numbers, little-endian.
 */
export function encodeSafetensors(
  arrays: ReadonlyMap<string, WeightArray>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const [name, { shape, data }] of arrays) {
    const entry: Entry = { dtype: 'F32', shape, data_offsets: [offset, offset + data.byteLength] };
    header[name] = entry;
    offset += data.byteLength;
  }
  const json = JSON.stringify(header);
  const text = new TextEncoder().encode(json);
  // Blanks after the JSON put the numbers on a multiple of 8 bytes, as the format recommends.
  const headerLength = Math.ceil(text.length / 8) * 8;
  const out = new Uint8Array(8 + headerLength + offset).fill(0x20, 8, 8 + headerLength);
  new DataView(out.buffer).setBigUint64(0, BigInt(headerLength), true);
  out.set(text, 8);
  let position = 8 + headerLength;
  for (const { data } of arrays.values()) {
    out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), position);
    position += data.byteLength;
  }
  return out;
}

/** Reads float32 arrays back. Throws RangeError saying what is wrong with the bytes. */
export function decodeSafetensors(bytes: Uint8Array): {
  arrays: Map<string, WeightArray>;
  metadata: Readonly<Record<string, string>>;
} {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = bytes.length >= 8 ? Number(view.getBigUint64(0, true)) : Infinity;
  if (headerLength > bytes.length - 8) throw new RangeError(`no safetensors header in ${bytes.length} bytes`);
  let header: Record<string, unknown>;
  try {
    header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerLength))) as Record<
      string,
      unknown
    >;
  } catch (cause) {
    throw new RangeError('the safetensors header is not JSON', { cause });
  }
  const { __metadata__: metadata = {}, ...entries } = header;
  const start = 8 + headerLength;
  const arrays = new Map<string, WeightArray>();
  for (const [name, entry] of Object.entries(entries as Record<string, Entry>)) {
    const [from, to] = entry.data_offsets;
    if (entry.dtype !== 'F32') throw new RangeError(`array "${name}" is ${entry.dtype}, only F32 is read`);
    if (to - from !== 4 * elementCount(entry.shape) || start + to > bytes.length) {
      throw new RangeError(
        `array "${name}" does not fill its shape [${entry.shape.join()}]; the file is cut off or damaged`,
      );
    }
    // A copy, since the bytes need not be aligned.
    const data = new Float32Array((to - from) / 4);
    new Uint8Array(data.buffer).set(bytes.subarray(start + from, start + to));
    arrays.set(name, { shape: entry.shape, data });
  }
  return { arrays, metadata: metadata as Record<string, string> };
}
