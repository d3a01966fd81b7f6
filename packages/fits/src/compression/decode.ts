/** Reading tile-compressed images: FITS standard 4.0, section 10. */
import type { FitsErrorPlace } from '../errors.ts';
import { FitsError } from '../errors.ts';
import type { Header } from '../header.ts';
import type { StoredArray } from '../image-data.ts';
import { checkRows, readScaling, storedArray, toPhysical } from '../image-data.ts';
import type { TileValues } from './decode-tile.ts';
import { decodeTile } from './decode-tile.ts';
import { trimKernels } from './kernels.ts';
import type { Layout } from './layout.ts';
import { readLayout } from './layout.ts';
import { RiceRows, hasRiceRows, rowsOfTile } from './rice-rows.ts';
import { TileError } from './tile-error.ts';
import { forEachRow, tileBox, tilesOfRows } from './tile-grid.ts';
import type { TileEntry } from './tile-table.ts';
import { TileTable } from './tile-table.ts';

export interface CompressedSource {
  /** The binary table without its heap: NAXIS1 × NAXIS2 bytes. */
  readonly table: Uint8Array;
  /** Bytes of the heap, offsets from its beginning; maybe in `into`, which has their length. */
  readHeap(offset: number, length: number, into?: Uint8Array): Promise<Uint8Array>;
}

export interface DecodeOptions {
  /** Rows [from, to), counted through all planes; the result is then two-dimensional. Only tiles they touch are read. */
  readonly rows?: readonly [number, number] | undefined;
  /** 'stored' leaves out BSCALE, BZERO and BLANK; 'physical' applies them. Quantised floats are floats in both. */
  readonly as: 'physical' | 'stored';
  /** For 'physical': Float32Array whatever ZBITPIX is. */
  readonly float32?: boolean;
  /** Filled with the stored values and returned, where it has their type and length. */
  readonly into?: StoredArray | undefined;
  /** Named in errors. */
  readonly path?: string | undefined;
  readonly hdu?: number | undefined;
}

export interface DecodedImage<T = StoredArray> {
  /** Numpy order, [..., height, width]. */
  readonly shape: readonly number[];
  readonly data: T;
}

const maxPixels = 2 ** 31;
/** Heap bytes read at once, and gaps (tiles nobody asked for) that are cheaper read than skipped. */
const pieceBytes = 2 * 2 ** 20;
const gapBytes = 32 * 1024;

/**
 * Decodes a tile-compressed image bit for bit as cfitsio does.
 * @param header the binary table's own header (with ZIMAGE)
 * @returns stored: the typed array of ZBITPIX (64: BigInt64Array); physical: as `toPhysical`. Undefined float pixels are NaN
 * @throws FitsError BAD_COMPRESSION with the tile's number (from 1), BAD_HEADER, BAD_TABLE, UNSUPPORTED, TOO_LARGE; RangeError for impossible rows
 */
export function decodeCompressedImage(
  header: Header,
  source: CompressedSource,
  options: DecodeOptions & { readonly as: 'physical' },
): Promise<DecodedImage<Float32Array | Float64Array>>;
export function decodeCompressedImage(
  header: Header,
  source: CompressedSource,
  options: DecodeOptions,
): Promise<DecodedImage>;
export async function decodeCompressedImage(
  header: Header,
  source: CompressedSource,
  options: DecodeOptions,
): Promise<DecodedImage> {
  const place: FitsErrorPlace = { path: options.path, hdu: options.hdu };
  const layout = readLayout(header, place);
  const width = layout.axes[0];
  const height = layout.axes.slice(1).reduce((product, n) => product * n, 1);
  const [from, to] = checkRows(options.rows, height);
  const shape = options.rows === undefined ? [...layout.axes].reverse() : [to - from, width];
  const out = allocate(layout.bitpix, (to - from) * width, options.into, place);
  if (out.length > 0) {
    try {
      await decodeRows(layout, source, out, from, to, place);
    } finally {
      trimKernels();
    }
  }
  if (options.as === 'stored') return { shape, data: out };
  const scaling = readScaling(header, layout.bitpix);
  const blank = scaling.blank ?? (layout.bitpix > 0 ? layout.zblank : undefined);
  const as = options.float32 === true ? 'float32' : undefined;
  return { shape, data: toPhysical(out, layout.bitpix, { ...scaling, blank }, as) };
}

async function decodeRows(
  layout: Layout,
  source: CompressedSource,
  out: TileValues,
  from: number,
  to: number,
  place: FitsErrorPlace,
): Promise<void> {
  const table = new TileTable(layout, source.table);
  const tiles = tilesOfRows(layout, from, to);
  const riceRows = hasRiceRows(layout) ? new RiceRows(layout, table, out, from) : null;
  const buffer = spareHeap ?? new Uint8Array(pieceBytes);
  spareHeap = null;
  // The tile at work, for what goes wrong there.
  let tile = 0;
  try {
    const entries = tiles.map((each) => table.entry((tile = each)));
    for (let first = 0; first < tiles.length;) {
      tile = tiles[first];
      const piece = nextPiece(entries, first);
      // Larger ones are for the source to find memory for, if they are not a lie.
      const into = piece.length <= pieceBytes ? buffer.subarray(0, piece.length) : undefined;
      const heap = await source.readHeap(piece.offset, piece.length, into);
      if (heap.length !== piece.length)
        throw new FitsError('TRUNCATED_DATA', `the heap ends within tile ${tile + 1}`, place);
      riceRows?.load(heap);
      for (let i = first; i < piece.next; i++) {
        tile = tiles[i];
        const entry = entries[i];
        const at = entry.offset - piece.offset;
        if (riceRows !== null && entry.kind === 'compressed' && isWithin(layout, tile, from, to)) {
          riceRows.decode(tile, entry, at);
          continue;
        }
        // Other codecs share the scratch of the kernels.
        riceRows?.flush();
        const box = tileBox(layout, tile);
        const bytes = heap.subarray(at, at + entry.length);
        const values = decodeTile(layout, table, tile, entry, bytes, box.pixels);
        if (values.length !== box.pixels) throw new TileError(`${values.length} pixels of ${box.pixels}`);
        put(layout, box, values, out, from, to);
        riceRows?.load(heap);
      }
      riceRows?.flush();
      first = piece.next;
    }
  } catch (error) {
    if (!(error instanceof TileError)) throw error;
    const text = `tile ${tile + 1} of ${layout.tiles} (${layout.type}): ${error.message}`;
    throw new FitsError('BAD_COMPRESSION', text, { ...place, cause: error });
  } finally {
    spareHeap = buffer;
  }
}

/** Memory for pieces of heaps between one image and the next. */
let spareHeap: Uint8Array | null = null;

function isWithin(layout: Layout, tile: number, from: number, to: number): boolean {
  const [first, end] = rowsOfTile(layout, tile);
  return first >= from && end <= to;
}

/** Tiles from `first` on whose bytes follow each other closely, up to a size, with one exception: a single larger tile. */
function nextPiece(
  entries: readonly TileEntry[],
  first: number,
): { offset: number; length: number; next: number } {
  const offset = entries[first].offset;
  let end = offset + entries[first].length;
  let next = first + 1;
  for (; next < entries.length; next++) {
    const { offset: start, length } = entries[next];
    if (start < offset || start > end + gapBytes || start + length - offset > pieceBytes) break;
    end = Math.max(end, start + length);
  }
  return { offset, length: end - offset, next };
}

/** Lays a tile's values into the output, whose first row is row `from`. */
function put(
  layout: Layout,
  box: ReturnType<typeof tileBox>,
  values: TileValues,
  out: TileValues,
  from: number,
  to: number,
): void {
  const width = layout.axes[0];
  const [columns] = box.size;
  const target = out as Float64Array;
  const tile = values as Float64Array;
  // Whole rows of a plane are one piece in both.
  const isRowRange = columns === width && box.size.slice(2).every((n) => n === 1);
  forEachPart(layout, box, isRowRange, (row, rows, offset) => {
    const low = Math.max(row, from);
    const high = Math.min(row + rows, to);
    if (low >= high) return;
    const begin = offset + (low - row) * columns;
    target.set(tile.subarray(begin, begin + (high - low) * columns), (low - from) * width + box.start[0]);
  });
}

function forEachPart(
  layout: Layout,
  box: ReturnType<typeof tileBox>,
  isRowRange: boolean,
  run: (row: number, rows: number, offset: number) => void,
): void {
  if (!isRowRange) {
    forEachRow(layout, box, (row, offset) => run(row, 1, offset));
    return;
  }
  forEachRow(layout, { ...box, pixels: box.size[0] }, (row) => run(row, box.pixels / box.size[0], 0));
}

function allocate(
  bitpix: number,
  pixels: number,
  into: StoredArray | undefined,
  place: FitsErrorPlace,
): TileValues {
  const tooLarge = (cause?: unknown) =>
    new FitsError('TOO_LARGE', `${pixels} values were asked for at once`, { ...place, cause });
  if (pixels > maxPixels) throw tooLarge();
  try {
    return storedArray(bitpix, pixels, into);
  } catch (error) {
    throw tooLarge(error);
  }
}
