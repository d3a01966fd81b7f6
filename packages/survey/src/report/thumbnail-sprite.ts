import { encode } from 'jpeg-js';
import type { StampSet } from '../stamps/read-stamp-set.ts';
import { greyLevels } from './stamp-picture.ts';

/** Pixels of all thumbnails together: some 5 MB in the page, whatever the number of them. */
export const mostSpritePixels = 4096 * 4096;
/** A thumbnail is no larger than this, and the set's own size. */
const largestSide = 64;

/** Thumbnails in one picture, row by row. */
export interface ThumbnailSprite {
  /** `data:image/jpeg;base64,…` */
  readonly src: string;
  /** Side of a thumbnail, and how many lie side by side. */
  readonly size: number;
  readonly across: number;
}

type Pictures = Pick<StampSet, 'pixels' | 'height' | 'width' | 'channels' | 'count'>;

/**
 * Thumbnails of stamps as one JPEG: the first channel, of a set of exposures the whole CCD; 8-bit stamps of three channels in their colors.
 * Where all would be more than `most` pixels each is made smaller, so that the page stays of one size.
 * @param places of the stamps in the set, in the order of the thumbnails
 */
export function thumbnailSprite(
  set: Pictures,
  places: ArrayLike<number>,
  most = mostSpritePixels,
): ThumbnailSprite {
  const n = places.length;
  const fits = Math.floor(Math.sqrt(most / n));
  const size = Math.max(1, Math.min(largestSide, set.width, set.height, fits));
  const across = Math.ceil(Math.sqrt(n));
  const side = across * size;
  const height = Math.ceil(n / across) * size;
  const data = Buffer.alloc(4 * side * height, 255);
  for (let i = 0; i < n; i++) {
    const levels = stampLevels(set, places[i]);
    const [left, top] = [(i % across) * size, Math.floor(i / across) * size];
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        const to = 4 * ((top + y) * side + left + x);
        levels.forEach((plane, c) => (data[to + c] = blockMean(plane, set, x, y, size)));
        if (levels.length === 1) data[to + 1] = data[to + 2] = data[to];
      }
    }
  }
  const jpeg = encode({ data, width: side, height }, 80).data;
  return { src: `data:image/jpeg;base64,${jpeg.toString('base64')}`, size, across };
}

/** Planes of 0 … 255: three for a picture in colors, else the first channel. */
function stampLevels(
  { pixels, height, width, channels }: Pictures,
  place: number,
): readonly ArrayLike<number>[] {
  const area = height * width;
  const stamp = pixels.subarray(place * area * channels, (place + 1) * area * channels);
  const plane = (c: number) => Float64Array.from({ length: area }, (_, i) => stamp[i * channels + c]);
  if (!(stamp instanceof Uint8Array)) return [greyLevels(plane(0))];
  return channels === 3 ? [plane(0), plane(1), plane(2)] : [plane(0)];
}

/** Mean over the pixels that one of the thumbnail covers. */
function blockMean(
  plane: ArrayLike<number>,
  { width, height }: Pictures,
  x: number,
  y: number,
  size: number,
): number {
  const [x0, x1] = [Math.floor((x * width) / size), Math.floor(((x + 1) * width) / size)];
  const [y0, y1] = [Math.floor((y * height) / size), Math.floor(((y + 1) * height) / size)];
  let sum = 0;
  for (let v = y0; v < y1; v++) for (let u = x0; u < x1; u++) sum += plane[v * width + u];
  return Math.round(sum / ((x1 - x0) * (y1 - y0)));
}
