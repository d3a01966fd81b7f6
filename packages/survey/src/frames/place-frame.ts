/** Pixels by which a frame's astrometry, and the rounding of its corner to a whole pixel, may put it beside its place. */
const tolerance = 1;

/**
 * Where a frame's first pixel belongs on the canvas, along one axis. A frame cut by the edge of a detector lies at one end of the canvas,
 * and is put exactly there where its astrometry says so within a pixel; a smaller cut-out that ends on no edge lies between.
 * @param position of the object in the frame, pixels from 0
 * @param wanted where the object lies on the canvas, pixels from 0
 * @returns null where the frame would reach beyond the canvas
 */
export function placeOnAxis(position: number, wanted: number, size: number, canvas: number): number | null {
  const room = canvas - size;
  if (room === 0) return 0;
  const place = wanted - position;
  const end = place < room / 2 ? 0 : room;
  if (Math.abs(place - end) <= tolerance) return end;
  return place > 0 && place < room ? Math.round(place) : null;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The canvas [height, width] with the frame at (x, y), and NaN around it. */
export function padFrame(
  pixels: ArrayLike<number>,
  frame: Size,
  canvas: Size,
  x: number,
  y: number,
): Float64Array {
  const out = new Float64Array(canvas.width * canvas.height).fill(NaN);
  for (let row = 0; row < frame.height; row++) {
    const to = (row + y) * canvas.width + x;
    for (let column = 0; column < frame.width; column++) {
      out[to + column] = pixels[row * frame.width + column];
    }
  }
  return out;
}
