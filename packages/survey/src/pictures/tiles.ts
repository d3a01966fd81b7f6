import type { MarkedPicture } from './marked-pictures.ts';

/** Share of a tile's pixels that a majority must have marked for it to be positive. */
const positiveShare = 0.25;

/** What a tile is: 1 with something marked, 0 without, −1 undecided and left out. */
export type TileLabel = 1 | 0 | -1;

/** Pixels marked by at least half of the annotators who looked (4 of 8): the majority that everything is measured against. */
export function majority(votes: Uint8Array, voters: number): Uint8Array {
  return votes.map((count) => (2 * count >= voters ? 1 : 0));
}

/**
 * Labels of the tiles of a picture, `tile` pixels wide and high, row-major: positive where the majority marked at least a quarter of the pixels, negative
 * where nobody marked anything, else undecided.
 */
export function tileLabels({ votes, masks }: MarkedPicture, size: number, tile: number): TileLabel[] {
  const decided = majority(votes, masks.length);
  return tilesOf(size, tile).map((pixels) => {
    let marked = 0;
    let any = false;
    for (const i of pixels) {
      marked += decided[i];
      any ||= votes[i] > 0;
    }
    if (marked >= positiveShare * pixels.length) return 1;
    return any ? -1 : 0;
  });
}

/** The mean over the quarter of each tile's pixels that score highest: what must be marked for a tile to be positive. */
export function tileScores(map: Float32Array, size: number, tile: number): Float64Array {
  return Float64Array.from(tilesOf(size, tile), (pixels) => {
    const sorted = Float32Array.from(pixels, (i) => map[i]).sort();
    const highest = sorted.subarray(Math.floor((1 - positiveShare) * sorted.length));
    return highest.reduce((sum, value) => sum + value, 0) / highest.length;
  });
}

/** Pixels of each tile, tiles row by row; what is left over at the right and bottom belongs to none. */
function tilesOf(size: number, tile: number): Uint32Array[] {
  const count = Math.floor(size / tile);
  return Array.from({ length: count * count }, (_, t) => {
    const left = (t % count) * tile;
    const top = Math.floor(t / count) * tile;
    return Uint32Array.from(
      { length: tile * tile },
      (_, k) => (top + Math.floor(k / tile)) * size + left + (k % tile),
    );
  });
}
