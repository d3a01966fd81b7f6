import type { Plane } from './plane.ts';

const cardLength = 80;
const blockLength = 2880;
const ascii = new TextDecoder('latin1');

/**
 * The pixels of a FITS file as nearly every alert has them: a primary image of floating-point numbers in two axes, unscaled. Null where
 * it is anything else, damaged ones too: then `openFits` of @blemish/fits reads it, or says what is wrong with it. That takes ten times as
 * long, most of it for header cards that a stamp does not need.
 */
export function readPlainFits(bytes: Uint8Array): Plane | null {
  const values = new Map<string, string>();
  let at = 0;
  for (; ; at += cardLength) {
    if (at + cardLength > bytes.length) return null;
    const keyword = keywordAt(bytes, at);
    if (keyword === 'END') break;
    if (refused.has(keyword)) return null;
    if (needed.has(keyword)) {
      if (values.has(keyword)) return null;
      values.set(keyword, valueAt(bytes, at));
    }
  }
  const [bitpix, width, height] = ['BITPIX', 'NAXIS1', 'NAXIS2'].map((name) => Number(values.get(name)));
  const isPlain =
    values.get('SIMPLE') === 'T' && values.get('NAXIS') === '2' && (bitpix === -32 || bitpix === -64);
  if (!isPlain || !(width >= 1 && height >= 1)) return null;
  const size = -bitpix / 8;
  const start = Math.ceil((at + cardLength) / blockLength) * blockLength;
  const length = width * height * size;
  if (!Number.isSafeInteger(length) || start + length > bytes.length) return null;
  return { width, height, data: bigEndian(bytes, start, width * height, size) };
}

const needed: ReadonlySet<string> = new Set(['SIMPLE', 'BITPIX', 'NAXIS', 'NAXIS1', 'NAXIS2']);
/** With one of these the pixels mean something else than they are. */
const refused: ReadonlySet<string> = new Set(['BSCALE', 'BZERO', 'BLANK', 'GROUPS', 'CONTINUE']);

function keywordAt(bytes: Uint8Array, at: number): string {
  let length = 8;
  while (length > 0 && bytes[at + length - 1] === 0x20) length--;
  return String.fromCharCode(...bytes.subarray(at, at + length));
}

function valueAt(bytes: Uint8Array, at: number): string {
  const card = ascii.decode(bytes.subarray(at + 8, at + cardLength));
  return /^= *([^ /]*) *(?:\/.*)?$/.exec(card)?.[1] ?? '';
}

function bigEndian(bytes: Uint8Array, start: number, count: number, size: number): Plane['data'] {
  const { buffer } = new Uint8Array(bytes.subarray(start, start + count * size));
  if (size === 4) {
    Buffer.from(buffer).swap32();
    return new Float32Array(buffer);
  }
  Buffer.from(buffer).swap64();
  return new Float64Array(buffer);
}
