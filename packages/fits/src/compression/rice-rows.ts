/**
 * Whole rows compressed by RICE_1, as surveys write their images: the same as `decodeTile` for each tile, without views and objects of
 * its own for each of the thousands, which took longer than a third of the decoding.
 */
import type { TileValues } from './decode-tile.ts';
import { firstRandom } from './decode-tile.ts';
import type { Kernels } from './kernels.ts';
import { kernels } from './kernels.ts';
import type { Layout } from './layout.ts';
import { endsEarly } from './rice.ts';
import type { TileEntry, TileTable } from './tile-table.ts';

/** Decoded bytes that are copied out at once: few enough to stay in the cache. */
const batchBytes = 128 * 1024;

/** Do the tiles of this image hold whole rows of one plane, and decode to the elements of the result? */
export function hasRiceRows({ type, axes, tileAxes, quantized, bitpix, bytepix }: Layout): boolean {
  if (type !== 'RICE_1' || tileAxes[0] !== axes[0] || tileAxes.slice(2).some((n) => n !== 1)) return false;
  return quantized ? bitpix === -32 && bytepix === 4 : bitpix === 8 * bytepix;
}

/** Rows [first, end) of the image, counted through all planes, that a tile of `hasRiceRows` covers. */
export function rowsOfTile({ axes, tileAxes, tileCounts }: Layout, tile: number): [number, number] {
  const height = axes[1] ?? 1;
  const down = tile % (tileCounts[1] ?? 1);
  const plane = Math.floor(tile / (tileCounts[1] ?? 1)) * height;
  const tall = tileAxes[1] ?? 1;
  return [plane + down * tall, plane + Math.min((down + 1) * tall, height)];
}

export class RiceRows {
  readonly #layout: Layout;
  readonly #table: TileTable;
  readonly #out: TileValues;
  readonly #from: number;
  #kernels: Kernels | null = null;
  #heapAt = 0;
  #batchAt = 0;
  /** Bytes of the batch in use, and where in the result it begins. */
  #filled = 0;
  #begin = 0;

  /** @param out the result, whose first row is row `from` of the image */
  constructor(layout: Layout, table: TileTable, out: TileValues, from: number) {
    this.#layout = layout;
    this.#table = table;
    this.#out = out;
    this.#from = from;
  }

  /** Begins with a piece of the heap; nothing else may use the kernels until `flush`. */
  load(heap: Uint8Array): void {
    const { axes, tileAxes } = this.#layout;
    const k = kernels();
    const tileBytes = 4 * axes[0] * (tileAxes[1] ?? 1);
    [this.#heapAt, this.#batchAt] = k.reserve(heap.length, batchBytes + tileBytes);
    k.bytes.set(heap, this.#heapAt);
    this.#kernels = k;
    this.#filled = 0;
  }

  /**
   * Decodes a tile that lies in the loaded piece from byte `at` on.
   * @throws TileError when its bytes end before the pixels do
   */
  decode(tile: number, entry: TileEntry, at: number): void {
    const { axes, bytepix, blockSize, quantized, dither } = this.#layout;
    const { exports, randoms } = this.#kernels!;
    const [first, end] = rowsOfTile(this.#layout, tile);
    const n = (end - first) * axes[0];
    const to = (first - this.#from) * axes[0];
    const size = this.#out.BYTES_PER_ELEMENT;
    if (this.#filled > batchBytes || this.#begin + this.#filled / size !== to) {
      this.flush();
      this.#begin = to;
    }
    const dst = this.#batchAt + this.#filled;
    if (exports.riceDecode(this.#heapAt + at, entry.length, dst, n, bytepix, blockSize) !== 0)
      endsEarly(entry.length, n);
    if (quantized) {
      const start = firstRandom(this.#layout, tile);
      const blank = this.#table.blank(tile);
      const [scale, zero] = [this.#table.scale(tile), this.#table.zero(tile)];
      const [hasBlank, value] = blank === undefined ? [0, 0] : [1, blank];
      exports.dequantize32(dst, dst, n, scale, zero, dither, start, randoms, hasBlank, value);
    } else if (bytepix !== 4) exports.narrowPixels(dst, n, bytepix);
    this.#filled += n * size;
  }

  /** Copies what has been decoded into the result. */
  flush(): void {
    if (this.#filled > 0 && this.#kernels !== null) {
      const { bytes } = this.#kernels;
      const target = new Uint8Array(this.#out.buffer, this.#out.byteOffset, this.#out.byteLength);
      const batch = bytes.subarray(this.#batchAt, this.#batchAt + this.#filled);
      target.set(batch, this.#begin * this.#out.BYTES_PER_ELEMENT);
    }
    this.#filled = 0;
  }
}
