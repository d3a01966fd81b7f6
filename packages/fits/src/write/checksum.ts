/** DATASUM and CHECKSUM: FITS standard 4.0, 4.4.2.7 and appendix J. */

/**
 * 32-bit ones' complement sum of big-endian words, continuing from `start`.
 * @param bytes a multiple of 4 of them
 */
export function onesComplementSum(bytes: Uint8Array, start = 0): number {
  const words =
    bytes.byteOffset % 4 === 0
      ? new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
      : new Uint32Array(new Uint8Array(bytes).buffer);
  let sum = start;
  for (let from = 0; from < words.length; from += 1 << 20) {
    const to = Math.min(words.length, from + (1 << 20));
    // 2^20 words of 32 bits stay below 2^53.
    for (let i = from; i < to; i++) {
      const v = words[i];
      sum += ((v << 24) | ((v & 0xff00) << 8) | ((v >>> 8) & 0xff00) | (v >>> 24)) >>> 0;
    }
    sum = fold(sum);
  }
  return sum;
}

function fold(sum: number): number {
  let folded = sum;
  while (folded >= 2 ** 32) folded = (folded % 2 ** 32) + Math.floor(folded / 2 ** 32);
  return folded;
}

/** Punctuation between the digits, capitals and small letters, which the encoding must not use. */
const isExcluded = (c: number): boolean => (c >= 0x3a && c <= 0x40) || (c >= 0x5b && c <= 0x60);

/** The 16 characters that make an HDU with sum `sum` (CHECKSUM = '0000000000000000') sum to all ones. */
export function encodeChecksum(sum: number): string {
  const complement = ~sum >>> 0;
  const encoded: number[] = new Array<number>(16).fill(0);
  for (let i = 0; i < 4; i++) {
    const byte = (complement >>> (24 - 8 * i)) & 0xff;
    const quotient = (byte >> 2) + 0x30;
    const four = [quotient + (byte & 3), quotient, quotient, quotient];
    for (let again = true; again;) {
      again = false;
      for (let j = 0; j < 4; j += 2)
        if (isExcluded(four[j]) || isExcluded(four[j + 1])) {
          four[j]++;
          four[j + 1]--;
          again = true;
        }
    }
    for (let j = 0; j < 4; j++) encoded[4 * j + i] = four[j]!;
  }
  // Rotated by one, because the value begins one byte behind a word boundary in its card.
  return String.fromCharCode(...encoded.map((_, i) => encoded[(i + 15) % 16]));
}
