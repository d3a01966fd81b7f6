import { expect, it } from 'vitest';
import { decodeSafetensors, decodeTypedSafetensors, encodeSafetensors } from '../src/index.ts';
import type { TypedArray } from '../src/index.ts';

const arrays = new Map<string, TypedArray>([
  // An odd number of bytes first, so that the others lie on no multiple of their size.
  ['bytes', { shape: [3], data: Uint8Array.of(0, 1, 255) }],
  ['doubles', { shape: [2, 2], data: Float64Array.of(0.1, -0, NaN, 5e-324) }],
  ['integers', { shape: [2], data: Int32Array.of(-(2 ** 31), 2 ** 31 - 1) }],
  ['floats', { shape: [1], data: Float32Array.of(0.1) }],
]);

it('arrays come back in their own type, bit for bit; as float32 for networks', () => {
  const bytes = encodeSafetensors(arrays, { format: 'test' });
  expect(decodeTypedSafetensors(bytes)).toEqual(arrays);
  const floats = decodeSafetensors(bytes);
  expect(floats.metadata).toEqual({ format: 'test' });
  expect(floats.arrays.get('doubles')!.data).toEqual(Float32Array.of(0.1, -0, NaN, 0));
});

it('says what is wrong with the bytes', () => {
  const bytes = encodeSafetensors(arrays, {});
  expect(() => decodeTypedSafetensors(bytes.subarray(0, bytes.length - 1))).toThrow(
    /"floats" does not fill its shape/,
  );
  const text = new TextDecoder('latin1').decode(bytes).replace('"I32"', '"F16"');
  const other = Uint8Array.from(text, (c) => c.charCodeAt(0));
  expect(() => decodeTypedSafetensors(other)).toThrow(/"integers"/);
});
