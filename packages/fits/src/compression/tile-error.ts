/** Thrown by a codec for bytes it cannot decode; the reader adds file, HDU and tile, and makes a FitsError of it. */
export class TileError extends Error {
  override readonly name = 'TileError';
}
