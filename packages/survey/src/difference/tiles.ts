import type { Plane } from '@blemish/imaging';

/** A part of an image: what counts of it, and the margin about it that is read too. */
export interface Tile {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Longest side: with a PSF of 31 px and a margin of two it fills a transform of 1024. */
const longest = 932;

/** Tiles of nearly one size that cover an image without overlap. */
export function tilesOf(width: number, height: number, most = longest): Tile[] {
  const columns = cuts(width, most);
  const tiles: Tile[] = [];
  for (const [top, bottom] of cuts(height, most))
    for (const [left, right] of columns) tiles.push({ left, top, width: right - left, height: bottom - top });
  return tiles;
}

function cuts(length: number, most: number): [number, number][] {
  const n = Math.ceil(length / most);
  return Array.from({ length: n }, (_, k) => [
    Math.round((k * length) / n),
    Math.round(((k + 1) * length) / n),
  ]);
}

/** A tile with a margin, cut at the edges of the image. */
export function widened(tile: Tile, margin: number, width: number, height: number): Tile {
  const left = Math.max(0, tile.left - margin);
  const top = Math.max(0, tile.top - margin);
  return {
    left,
    top,
    width: Math.min(width, tile.left + tile.width + margin) - left,
    height: Math.min(height, tile.top + tile.height + margin) - top,
  };
}

/** A rectangle of a plane. */
export function window(plane: Plane, { left, top, width, height }: Tile): Plane {
  const data = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const from = (top + y) * plane.width + left;
    data.set(plane.data.subarray(from, from + width), y * width);
  }
  return { width, height, data };
}
