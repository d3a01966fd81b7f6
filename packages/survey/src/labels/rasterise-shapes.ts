import { drawLine } from '@blemish/imaging';
import type { MarkedShape, Point } from './shapes.ts';

export interface RasteriseOptions {
  /** Width, pixels, of a polyline that does not come back to its start; also the diameter of a point. */
  readonly lineWidth?: number;
}

/** A polyline is an outline where its ends are no further apart than this share of its length. */
const closing = 0.1;

/**
 * Sets the pixels whose centres lie within a shape, in place, and returns the mask, height*width; what lies outside the image is left out. A polygon
 * is filled by the even-odd rule. So is a polyline whose ends meet (a gap of at most a tenth of its length): that is how outlines are drawn by hand; any
 * other polyline is a line, and a point a disc, of `lineWidth` (5 pixels). Throws RangeError for a mask of another size or a width ≤ 0.
 */
export function rasteriseShape(
  mask: Uint8Array,
  shape: MarkedShape,
  width: number,
  height: number,
  { lineWidth = 5 }: RasteriseOptions = {},
): Uint8Array {
  switch (shape.kind) {
    case 'point':
      return drawLine(mask, width, height, shape.x, shape.y, shape.x, shape.y, { lineWidth });
    case 'circle': {
      const { x, y, radius } = shape;
      return fill(mask, width, height, { x, y, reach: radius }, (dx, dy) => dx * dx + dy * dy <= radius ** 2);
    }
    case 'ellipse': {
      const { x, y, radiusX, radiusY, angle } = shape;
      const inside = (u: number, v: number) => (u / radiusX) ** 2 + (v / radiusY) ** 2 <= 1;
      return fill(mask, width, height, { x, y, reach: Math.max(radiusX, radiusY) }, turned(angle, inside));
    }
    case 'box': {
      const { x, y, angle } = shape;
      const [a, b] = [shape.width / 2, shape.height / 2];
      const inside = (u: number, v: number) => Math.abs(u) <= a && Math.abs(v) <= b;
      return fill(mask, width, height, { x, y, reach: Math.hypot(a, b) }, turned(angle, inside));
    }
    case 'polygon':
      return fillPolygon(mask, shape.points, width, height);
    case 'polyline':
      if (isOutline(shape.points)) return fillPolygon(mask, shape.points, width, height);
      shape.points.forEach(([x, y], i) => {
        const [u, v] = shape.points[Math.max(0, i - 1)];
        drawLine(mask, width, height, u, v, x, y, { lineWidth });
      });
      return mask;
  }
}

/** Sets the pixels within `reach` of the centre whose offsets from it are `inside`. */
function fill(
  mask: Uint8Array,
  width: number,
  height: number,
  { x, y, reach }: { readonly x: number; readonly y: number; readonly reach: number },
  inside: (dx: number, dy: number) => boolean,
): Uint8Array {
  const right = Math.min(width - 1, Math.floor(x + reach));
  const bottom = Math.min(height - 1, Math.floor(y + reach));
  for (let j = Math.max(0, Math.ceil(y - reach)); j <= bottom; j++) {
    for (let i = Math.max(0, Math.ceil(x - reach)); i <= right; i++) {
      if (inside(i - x, j - y)) mask[j * width + i] = 1;
    }
  }
  return mask;
}

/** `inside` along the axes of a shape that is turned by `angle` degrees. */
function turned(
  angle: number,
  inside: (u: number, v: number) => boolean,
): (dx: number, dy: number) => boolean {
  const cos = Math.cos((angle * Math.PI) / 180);
  const sin = Math.sin((angle * Math.PI) / 180);
  return (dx, dy) => inside(cos * dx + sin * dy, cos * dy - sin * dx);
}

function isOutline(points: readonly Point[]): boolean {
  if (points.length < 4) return false;
  const length = points
    .slice(1)
    .reduce((sum, [x, y], i) => sum + Math.hypot(x - points[i][0], y - points[i][1]), 0);
  const [[x0, y0], [x1, y1]] = [points[0], points[points.length - 1]];
  return Math.hypot(x1 - x0, y1 - y0) <= closing * length;
}

/** Row by row between every other crossing of the edges. */
function fillPolygon(mask: Uint8Array, points: readonly Point[], width: number, height: number): Uint8Array {
  const ys = points.map(([, y]) => y);
  const last = Math.min(height - 1, Math.floor(Math.max(...ys)));
  for (let j = Math.max(0, Math.ceil(Math.min(...ys))); j <= last; j++) {
    const crossings: number[] = [];
    points.forEach(([x1, y1], i) => {
      const [x0, y0] = points.at(i - 1) ?? [x1, y1];
      if (y0 <= j !== y1 <= j) crossings.push(x0 + ((j - y0) / (y1 - y0)) * (x1 - x0));
    });
    crossings.sort((a, b) => a - b);
    for (let k = 0; k + 1 < crossings.length; k += 2) {
      const from = Math.max(0, Math.ceil(crossings[k]));
      const to = Math.min(width - 1, Math.floor(crossings[k + 1]));
      if (to >= from) mask.fill(1, j * width + from, j * width + to + 1);
    }
  }
  return mask;
}
