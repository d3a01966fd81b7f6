/** Which part of an n-dimensional image each tile covers, and how its pixels are laid into rows of the output. */
import type { Layout } from './layout.ts';

export interface TileBox {
  /** First pixel and size along each axis, FITS order; the last tile of an axis may be partial. */
  readonly start: readonly number[];
  readonly size: readonly number[];
  readonly pixels: number;
}

export function tileBox({ axes, tileAxes, tileCounts }: Layout, tile: number): TileBox {
  const start: number[] = [];
  const size: number[] = [];
  let rest = tile;
  let pixels = 1;
  for (let i = 0; i < axes.length; i++) {
    const index = rest % tileCounts[i];
    rest = Math.floor(rest / tileCounts[i]);
    start.push(index * tileAxes[i]);
    size.push(Math.min(tileAxes[i], axes[i] - index * tileAxes[i]));
    pixels *= size[i];
  }
  return { start, size, pixels };
}

/**
 * Calls `run` for each image row (of all planes, counted through) of the box: the row's number, the offset of its
 * pixels in the tile. A row's `size[0]` pixels begin at column `start[0]`.
 */
export function forEachRow(
  { axes }: Layout,
  { start, size, pixels }: TileBox,
  run: (row: number, offset: number) => void,
): void {
  const width = size[0];
  const index = start.map(() => 0);
  for (let offset = 0; offset < pixels; offset += width) {
    let row = 0;
    for (let i = axes.length - 1; i > 0; i--) row = row * axes[i] + start[i] + index[i];
    run(row, offset);
    for (let i = 1; i < axes.length; i++) {
      index[i]++;
      if (index[i] < size[i]) break;
      index[i] = 0;
    }
  }
}

/** Tiles that touch rows [from, to), rows counted through all planes, in the table's order. */
export function tilesOfRows(layout: Layout, from: number, to: number): number[] {
  const tiles: number[] = [];
  const everything = layout.axes.slice(1).reduce((product, n) => product * n, 1);
  for (let tile = 0; tile < layout.tiles; tile++) {
    if (from > 0 || to < everything) {
      const box = tileBox(layout, tile);
      let touched = false;
      // The first and last row bound the box; between them the rows of a box of planes have gaps.
      const low = rowNumber(layout, box.start);
      const high = rowNumber(
        layout,
        box.start.map((first, i) => first + box.size[i] - 1),
      );
      if (high < from || low >= to) continue;
      if (layout.axes.length <= 2) touched = true;
      else
        forEachRow(layout, box, (row) => {
          if (row >= from && row < to) touched = true;
        });
      if (!touched) continue;
    }
    tiles.push(tile);
  }
  return tiles;
}

function rowNumber({ axes }: Layout, position: readonly number[]): number {
  let row = 0;
  for (let i = axes.length - 1; i > 0; i--) row = row * axes[i] + position[i];
  return row;
}
