let bytes = new Uint8Array(0);

/** 1 where any bit is set, in an array that the next call overwrites. Pixels are looked at in pairs, most of which have none. */
export function anyBit(bits: Uint16Array): Uint8Array {
  if (bytes.length !== bits.length) bytes = new Uint8Array(bits.length);
  const pairs = new Uint32Array(bits.buffer, bits.byteOffset, bits.length >> 1);
  const out = new Uint16Array(bytes.buffer, 0, pairs.length);
  for (let i = 0; i < pairs.length; i++) {
    const pair = pairs[i];
    out[i] = pair === 0 ? 0 : ((pair & 0xffff) === 0 ? 0 : 1) | (pair >>> 16 === 0 ? 0 : 0x100);
  }
  if (bits.length % 2 === 1) bytes[bits.length - 1] = bits[bits.length - 1] === 0 ? 0 : 1;
  return bytes;
}
