import type { MarkedShape } from '../labels/shapes.ts';

/** First lines of every region file. */
export const regionHead: readonly string[] = [
  '# Region file format: DS9 version 4.1',
  'global width=1 font="helvetica 10 normal roman" select=1 edit=1 move=1 delete=1',
];

/**
 * A shape as ds9 writes it in image coordinates: places from 1, to a hundredth of a pixel, angles in degrees. A line of more than two
 * points is a segment, which ds9 (8.2 and later) writes behind a `#`.
 */
export function regionShape(shape: MarkedShape): string {
  switch (shape.kind) {
    case 'point':
      return `point(${places([[shape.x, shape.y]])})`;
    case 'circle':
      return `circle(${places([[shape.x, shape.y]])},${size(shape.radius)})`;
    case 'ellipse': {
      const { x, y, radiusX, radiusY, angle } = shape;
      return `ellipse(${places([[x, y]])},${size(radiusX)},${size(radiusY)},${angle.toFixed(3)})`;
    }
    case 'box': {
      const { x, y, width, height, angle } = shape;
      return `box(${places([[x, y]])},${size(width)},${size(height)},${angle.toFixed(3)})`;
    }
    case 'polygon':
      return `polygon(${places(shape.points)})`;
    case 'polyline':
      return `${['point', 'line'][shape.points.length - 1] ?? '# segment'}(${places(shape.points)})`;
  }
}

const size = (pixels: number): string => pixels.toFixed(2);

/** 0-based places as ds9 counts them. */
function places(points: readonly (readonly [number, number])[]): string {
  return points.map(([x, y]) => `${size(x + 1)},${size(y + 1)}`).join(',');
}
