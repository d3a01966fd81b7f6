/** The rows of a compressed image's table: where each tile's bytes are and how its integers scale. */
import type { Field } from '../table/tform.ts';
import { TileError } from './tile-error.ts';
import type { Layout } from './layout.ts';

export interface TileEntry {
  /** The column that holds the tile: compressed as ZCMPTYPE says, gzipped floats, or plain big-endian values. */
  readonly kind: 'compressed' | 'gzipped' | 'uncompressed';
  /** Bytes in the heap. */
  readonly offset: number;
  readonly length: number;
  /** Type letter of the heap's elements. */
  readonly letter: string;
}

const widths: Readonly<Record<string, number>> = { B: 1, A: 1, I: 2, J: 4, K: 8, E: 4, D: 8 };

export class TileTable {
  readonly #layout: Layout;
  readonly #view: DataView;

  /** @param bytes the table without its heap, NAXIS1 × NAXIS2 bytes */
  constructor(layout: Layout, bytes: Uint8Array) {
    this.#layout = layout;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** @throws TileError when no column holds the tile, or its descriptor is impossible */
  entry(tile: number): TileEntry {
    const { compressed, gzipped, uncompressed } = this.#layout.columns;
    return (
      this.#heapEntry(compressed, 'compressed', tile) ??
      this.#heapEntry(gzipped, 'gzipped', tile) ??
      this.#heapEntry(uncompressed, 'uncompressed', tile) ??
      fail('no column holds data for it')
    );
  }

  #heapEntry(field: Field | undefined, kind: TileEntry['kind'], tile: number): TileEntry | null {
    if (field === undefined || field.repeat === 0) return null;
    if (field.heapLetter === '') return fail(`column ${field.name} is not of variable length`);
    const at = this.#at(field, tile);
    const wide = field.letter === 'Q';
    const count = wide ? Number(this.#view.getBigInt64(at)) : this.#view.getInt32(at);
    const offset = wide ? Number(this.#view.getBigInt64(at + 8)) : this.#view.getInt32(at + 4);
    if (count === 0) return null;
    const width =
      widths[field.heapLetter] ?? fail(`column ${field.name} has elements of type ${field.heapLetter}`);
    if (count < 0 || offset < 0 || !Number.isSafeInteger(offset + count * width))
      return fail(`its descriptor names ${count} elements at offset ${offset}`);
    return { kind, offset, length: count * width, letter: field.heapLetter };
  }

  #at(field: Field, tile: number): number {
    const at = tile * this.#layout.rowBytes + field.offset;
    if (at + field.bytes > this.#view.byteLength) return fail('the table ends before its row');
    return at;
  }

  #value(field: Field, tile: number): number {
    const at = this.#at(field, tile);
    switch (field.letter) {
      case 'D':
        return this.#view.getFloat64(at);
      case 'E':
        return this.#view.getFloat32(at);
      case 'J':
        return this.#view.getInt32(at);
      case 'I':
        return this.#view.getInt16(at);
      case 'K':
        return Number(this.#view.getBigInt64(at));
      case 'B':
        return this.#view.getUint8(at);
      default:
        return fail(`column ${field.name} has type ${field.letter}`);
    }
  }

  scale(tile: number): number {
    const { columns, zscale } = this.#layout;
    return columns.scale === undefined ? zscale : this.#value(columns.scale, tile);
  }

  zero(tile: number): number {
    const { columns, zzero } = this.#layout;
    return columns.zero === undefined ? zzero : this.#value(columns.zero, tile);
  }

  blank(tile: number): number | undefined {
    const { columns, zblank } = this.#layout;
    return columns.blank === undefined ? zblank : this.#value(columns.blank, tile);
  }
}

function fail(why: string): never {
  throw new TileError(why);
}
