/** Writing tile-compressed images: FITS standard 4.0, section 10. */
import type { Card, CardValue } from '../card.ts';
import { encodeBigEndian } from '../image-data.ts';
import { gzipTile, shuffleBytes } from './gzip.ts';
import { trimKernels } from './kernels.ts';
import type { Quantization } from './quantize.ts';
import { nullValue, quantizeTile } from './quantize.ts';
import { ditherStart } from './random.ts';
import { riceEncode } from './rice.ts';

export type EncodablePixels =
  Uint8Array | Int16Array | Int32Array | BigInt64Array | Float32Array | Float64Array;

export interface EncodeOptions {
  /** Numpy order, [..., height, width]. */
  readonly shape: readonly number[];
  /** Values as stored (unsigned integers already moved by BZERO). The element type is ZBITPIX. */
  readonly data: EncodablePixels;
  readonly type: 'RICE_1' | 'GZIP_1' | 'GZIP_2';
  /** [height, width] of a tile; one row by default. Planes are never joined. */
  readonly tile?: readonly [number, number] | undefined;
  /** Floats only. RICE_1 quantises floats always (level 4, dither 1, seed 1 by default); GZIP without this is lossless. */
  readonly quantize?: Quantization | undefined;
}

export interface EncodedImage {
  /** The table's structural and compression keywords from XTENSION to ZVALn; the image's own cards follow them. */
  readonly cards: readonly Card[];
  readonly table: Uint8Array;
  readonly heap: Uint8Array;
}

const blockSize = 32;
const maxHeap = 2 ** 31 - 1;

/**
 * Compresses an image into the table, heap and header cards of a binary table that funpack and astropy read.
 * Tiles of floats that cannot be quantised (no noise, too large a range) are kept losslessly beside the others.
 * @throws RangeError when shape, tile, type and data do not fit together
 */
export function encodeCompressedImage(options: EncodeOptions): EncodedImage {
  const plan = check(options);
  try {
    return new Encoder(plan).run();
  } finally {
    trimKernels();
  }
}

interface Plan {
  readonly data: EncodablePixels;
  readonly shape: readonly number[];
  readonly type: EncodeOptions['type'];
  readonly bitpix: number;
  readonly width: number;
  readonly height: number;
  readonly planes: number;
  readonly tile: readonly [number, number];
  readonly quantize: Quantization | null;
}

function check({ shape, data, type, tile, quantize }: EncodeOptions): Plan {
  const pixels = shape.reduce((product, n) => product * n, shape.length === 0 ? 0 : 1);
  if (shape.length === 0 || shape.some((n) => !Number.isInteger(n) || n < 0) || pixels !== data.length)
    throw new RangeError(
      `shape must be non-negative integers whose product is the length of data (${data.length}); got [${shape.join(', ')}]`,
    );
  const width = shape.at(-1)!;
  const height = shape.at(-2) ?? 1;
  const wanted = tile ?? [1, Math.max(width, 1)];
  if (wanted.length !== 2 || wanted.some((n) => !Number.isInteger(n) || n < 1))
    throw new RangeError(`tile must be [height, width] of positive integers; got [${wanted.join(', ')}]`);
  const isFloat = data instanceof Float32Array || data instanceof Float64Array;
  if (!isFloat && quantize !== undefined)
    throw new RangeError('quantize must be left out for integers, they are compressed losslessly');
  if (type === 'RICE_1' && data instanceof BigInt64Array)
    throw new RangeError("type must be 'GZIP_1' or 'GZIP_2' for 64-bit integers; got 'RICE_1'");
  const quantization: Quantization | null =
    quantize ?? (isFloat && type === 'RICE_1' ? { level: 4, dither: 1, seed: 1 } : null);
  if (quantization !== null) checkQuantization(quantization);
  return {
    data,
    shape,
    type,
    bitpix: bitpixOf(data),
    width,
    height,
    planes: width * height === 0 ? 0 : pixels / (width * height),
    tile: [Math.min(wanted[0], Math.max(height, 1)), Math.min(wanted[1], Math.max(width, 1))],
    quantize: quantization,
  };
}

function checkQuantization({ level, dither, seed }: Quantization): void {
  if (!Number.isFinite(level)) throw new RangeError(`quantize.level must be finite; got ${level}`);
  if (![0, 1, 2].includes(dither)) throw new RangeError(`quantize.dither must be 0, 1 or 2; got ${dither}`);
  if (!Number.isInteger(seed) || seed < 1 || seed > 10000)
    throw new RangeError(`quantize.seed must be an integer from 1 to 10000; got ${seed}`);
}

function bitpixOf(data: EncodablePixels): number {
  if (data instanceof Float32Array) return -32;
  if (data instanceof Float64Array) return -64;
  if (data instanceof Int16Array || data instanceof Int32Array || data instanceof BigInt64Array)
    return data.BYTES_PER_ELEMENT * 8;
  if ((data as unknown) instanceof Uint8Array || (data as unknown) instanceof Uint8ClampedArray) return 8;
  throw new TypeError(
    'data must be a Uint8Array, Int16Array, Int32Array, BigInt64Array, Float32Array or Float64Array',
  );
}

/** Are all bytes zero? */
function isZero({ buffer, byteOffset, byteLength }: EncodablePixels): boolean {
  if (byteOffset % 4 !== 0 || byteLength % 4 !== 0) return false;
  const words = new Int32Array(buffer, byteOffset, byteLength >> 2);
  let i = 0;
  for (; i + 4 <= words.length; i += 4)
    if ((words[i] | words[i + 1] | words[i + 2] | words[i + 3]) !== 0) return false;
  for (; i < words.length; i++) if (words[i] !== 0) return false;
  return true;
}

interface Descriptor {
  readonly count: number;
  readonly offset: number;
}

class Encoder {
  readonly #plan: Plan;
  readonly #compressed: Descriptor[] = [];
  readonly #gzipped: Descriptor[] = [];
  readonly #scales: number[] = [];
  readonly #zeros: number[] = [];
  #zeroTile: { readonly pixels: number; readonly bytes: Uint8Array } | null = null;
  #heap = new Uint8Array(1 << 16);
  #used = 0;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  run(): EncodedImage {
    const { planes, height, width, tile, quantize } = this.#plan;
    let index = 0;
    for (let plane = 0; plane < planes; plane++)
      for (let y = 0; y < height; y += tile[0])
        for (let x = 0; x < width; x += tile[1]) {
          const [pixels, columns] = this.#cut(plane, y, x);
          if (quantize === null) this.#compressed.push(this.#store(this.#packIntegers(pixels)));
          else this.#addFloats(pixels as Float32Array | Float64Array, columns, index, quantize);
          index++;
        }
    return { cards: this.#cards(index), table: this.#table(index), heap: this.#heap.slice(0, this.#used) };
  }

  /** The pixels of a tile, row after row, and its width. Whole rows are not copied. */
  #cut(plane: number, y: number, x: number): [EncodablePixels, number] {
    const { data, height, width, tile } = this.#plan;
    const rows = Math.min(tile[0], height - y);
    const columns = Math.min(tile[1], width - x);
    const begin = (plane * height + y) * width + x;
    if (columns === width || rows === 1) return [data.subarray(begin, begin + rows * columns), columns];
    const out = data.slice(0, rows * columns) as Float64Array;
    for (let r = 0; r < rows; r++)
      out.set((data as Float64Array).subarray(begin + r * width, begin + r * width + columns), r * columns);
    return [out, columns];
  }

  #addFloats(
    pixels: Float32Array | Float64Array,
    columns: number,
    index: number,
    quantize: Quantization,
  ): void {
    const start = quantize.dither === 0 ? 0 : ditherStart(index, quantize.seed);
    const tile = quantizeTile(pixels, columns, quantize, start);
    this.#scales.push(tile?.scale ?? 0);
    this.#zeros.push(tile?.zero ?? 0);
    if (tile === null) {
      this.#compressed.push({ count: 0, offset: 0 });
      this.#gzipped.push(this.#store(gzipTile(encodeBigEndian(pixels))));
      return;
    }
    this.#gzipped.push({ count: 0, offset: 0 });
    this.#compressed.push(this.#store(this.#pack(tile.values)));
  }

  /** Most rows of a mask are zero, and look alike when packed. */
  #packIntegers(pixels: EncodablePixels): Uint8Array {
    if (!isZero(pixels)) return this.#pack(pixels);
    if (this.#zeroTile?.pixels !== pixels.length)
      this.#zeroTile = { pixels: pixels.length, bytes: this.#pack(pixels).slice() };
    return this.#zeroTile.bytes;
  }

  #pack(pixels: EncodablePixels): Uint8Array {
    const { type } = this.#plan;
    const width = pixels.BYTES_PER_ELEMENT;
    if (type === 'RICE_1')
      return riceEncode(pixels as Int32Array, { bytepix: width as 1 | 2 | 4, blockSize });
    const bytes = encodeBigEndian(pixels);
    return gzipTile(type === 'GZIP_2' && width > 1 ? shuffleBytes(bytes, width) : bytes);
  }

  #store(bytes: Uint8Array): Descriptor {
    const offset = this.#used;
    this.#used += bytes.length;
    if (this.#used > maxHeap)
      throw new RangeError('data must compress to less than 2 GB; write fewer pixels to one HDU');
    if (this.#used > this.#heap.length) {
      const larger = new Uint8Array(Math.max(this.#used, this.#heap.length * 2));
      larger.set(this.#heap.subarray(0, offset));
      this.#heap = larger;
    }
    this.#heap.set(bytes, offset);
    return { count: bytes.length, offset };
  }

  get #hasGzipped(): boolean {
    return this.#gzipped.some(({ count }) => count > 0);
  }

  get #rowBytes(): number {
    return 8 + (this.#hasGzipped ? 8 : 0) + (this.#plan.quantize === null ? 0 : 16);
  }

  #table(tiles: number): Uint8Array {
    const rowBytes = this.#rowBytes;
    const table = new Uint8Array(tiles * rowBytes);
    const view = new DataView(table.buffer);
    for (let i = 0; i < tiles; i++) {
      let at = i * rowBytes;
      for (const { count, offset } of [
        this.#compressed[i],
        ...(this.#hasGzipped ? [this.#gzipped[i]] : []),
      ]) {
        view.setInt32(at, count);
        view.setInt32(at + 4, offset);
        at += 8;
      }
      if (this.#plan.quantize === null) continue;
      view.setFloat64(at, this.#scales[i]);
      view.setFloat64(at + 8, this.#zeros[i]);
    }
    return table;
  }

  #cards(tiles: number): Card[] {
    const { shape, bitpix, type, quantize, tile } = this.#plan;
    const cards: Card[] = [];
    const add = (keyword: string, value: CardValue, comment: string) =>
      cards.push({ keyword, value, comment });
    const longest = (list: readonly Descriptor[]) => list.reduce((max, { count }) => Math.max(max, count), 0);
    const columns: [string, string, string][] = [
      ['COMPRESSED_DATA', `1PB(${longest(this.#compressed)})`, 'compressed tiles'],
    ];
    if (this.#hasGzipped)
      columns.push([
        'GZIP_COMPRESSED_DATA',
        `1PB(${longest(this.#gzipped)})`,
        'tiles that cannot be quantised',
      ]);
    if (quantize !== null) {
      columns.push(['ZSCALE', '1D', 'step of the quantised values']);
      columns.push(['ZZERO', '1D', 'zero point of the quantised values']);
    }
    add('XTENSION', 'BINTABLE', 'binary table extension');
    add('BITPIX', 8, '8-bit bytes');
    add('NAXIS', 2, '2-dimensional table');
    add('NAXIS1', this.#rowBytes, 'width of table in bytes');
    add('NAXIS2', tiles, 'number of tiles');
    add('PCOUNT', this.#used, 'bytes in the heap');
    add('GCOUNT', 1, 'one group');
    add('TFIELDS', columns.length, 'number of columns');
    columns.forEach(([name, format, comment], i) => {
      add(`TTYPE${i + 1}`, name, comment);
      add(`TFORM${i + 1}`, format, 'column format');
    });
    add('ZIMAGE', true, 'this table holds a compressed image');
    add('ZBITPIX', bitpix, 'BITPIX of the image');
    add('ZNAXIS', shape.length, 'NAXIS of the image');
    const axes = [...shape].reverse();
    axes.forEach((length, i) => add(`ZNAXIS${i + 1}`, length, `length of axis ${i + 1}`));
    axes.forEach((_, i) =>
      add(`ZTILE${i + 1}`, i === 0 ? tile[1] : i === 1 ? tile[0] : 1, `length of a tile`),
    );
    add('ZCMPTYPE', type, 'compression algorithm');
    if (type === 'RICE_1') {
      add('ZNAME1', 'BLOCKSIZE', 'pixels per block');
      add('ZVAL1', blockSize, 'pixels per block');
      add('ZNAME2', 'BYTEPIX', 'bytes per pixel');
      add('ZVAL2', quantize === null ? Math.abs(bitpix) / 8 : 4, 'bytes per pixel');
    }
    if (quantize !== null) {
      const methods = ['NO_DITHER', 'SUBTRACTIVE_DITHER_1', 'SUBTRACTIVE_DITHER_2'];
      add('ZQUANTIZ', methods[quantize.dither], 'how floats were quantised');
      if (quantize.dither !== 0) add('ZDITHER0', quantize.seed, 'where the random numbers start');
      add('ZBLANK', nullValue, 'undefined pixels (NaN) in the quantised values');
    } else if (bitpix < 0) {
      add('ZQUANTIZ', 'NONE', 'floats are compressed losslessly');
    }
    return cards;
  }
}
