import type { LabelShape } from './label.ts';
import type { Point } from './shapes.ts';

/** What the numbers of each kind are, in their order. */
export const shapeNumbersOf = {
  point: 'x y',
  circle: 'x y radius',
  ellipse: 'x y radius_x radius_y angle',
  box: 'x y width height angle',
  polygon: 'x1 y1 x2 y2 x3 y3 …',
  polyline: 'x1 y1 x2 y2 …',
  image: '',
} as const satisfies Record<LabelShape['kind'], string>;

export const shapeKinds = Object.keys(shapeNumbersOf) as readonly LabelShape['kind'][];

/** A shape's numbers in the order of `shapeNumbersOf`. */
export function shapeNumbers(shape: LabelShape): number[] {
  switch (shape.kind) {
    case 'image':
      return [];
    case 'point':
      return [shape.x, shape.y];
    case 'circle':
      return [shape.x, shape.y, shape.radius];
    case 'ellipse':
      return [shape.x, shape.y, shape.radiusX, shape.radiusY, shape.angle];
    case 'box':
      return [shape.x, shape.y, shape.width, shape.height, shape.angle];
    case 'polygon':
    case 'polyline':
      return shape.points.flat();
  }
}

/** The shape of a kind with these numbers; or what is wrong with them, in words. */
export function shapeOf(kind: LabelShape['kind'], numbers: readonly number[]): LabelShape | string {
  const wrong = numbers.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) return `number ${wrong + 1} of the ${kind} is none`;
  const needed = shapeNumbersOf[kind];
  if (kind === 'polygon' || kind === 'polyline') {
    const least = kind === 'polygon' ? 3 : 1;
    if (numbers.length % 2 !== 0 || numbers.length < 2 * least)
      return `a ${kind} needs pairs of numbers (${needed}), ${least} at least; there are ${numbers.length} numbers`;
    const points = Array.from({ length: numbers.length / 2 }, (_, i): Point => [
      numbers[2 * i],
      numbers[2 * i + 1],
    ]);
    return { kind, points };
  }
  const count = needed === '' ? 0 : needed.split(' ').length;
  if (numbers.length !== count) {
    const wanted = count === 0 ? 'no numbers' : `${count} numbers (${needed})`;
    return `${kind === 'image' ? 'the whole image' : `a ${kind}`} needs ${wanted}; there are ${numbers.length}`;
  }
  const [x = 0, y = 0, a = 0, b = 0, angle = 0] = numbers;
  if (kind !== 'point' && kind !== 'image' && (a < 0 || b < 0)) return `a ${kind} has no negative size`;
  switch (kind) {
    case 'image':
      return { kind };
    case 'point':
      return { kind, x, y };
    case 'circle':
      return { kind, x, y, radius: a };
    case 'ellipse':
      return { kind, x, y, radiusX: a, radiusY: b, angle };
    case 'box':
      return { kind, x, y, width: a, height: b, angle };
  }
}

/** The smallest upright rectangle around a shape: [least x, least y, most x, most y]; null for the whole image. */
export function shapeBounds(shape: LabelShape): readonly [number, number, number, number] | null {
  switch (shape.kind) {
    case 'image':
      return null;
    case 'point':
      return around(shape, 0, 0);
    case 'circle':
      return around(shape, shape.radius, shape.radius);
    case 'ellipse':
    case 'box': {
      const radians = (shape.angle * Math.PI) / 180;
      const [c, s] = [Math.abs(Math.cos(radians)), Math.abs(Math.sin(radians))];
      if (shape.kind === 'box')
        return around(
          shape,
          (c * shape.width + s * shape.height) / 2,
          (s * shape.width + c * shape.height) / 2,
        );
      const { radiusX, radiusY } = shape;
      return around(shape, Math.hypot(c * radiusX, s * radiusY), Math.hypot(s * radiusX, c * radiusY));
    }
    case 'polygon':
    case 'polyline': {
      const xs = shape.points.map(([x]) => x);
      const ys = shape.points.map(([, y]) => y);
      return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
    }
  }
}

/** One place that stands for a shape: its centre, or the mean of its vertices; null for the whole image. */
export function shapeCentre(shape: LabelShape): Point | null {
  if (shape.kind === 'image') return null;
  if (!('points' in shape)) return [shape.x, shape.y];
  const n = shape.points.length;
  return [
    shape.points.reduce((sum, [x]) => sum + x, 0) / n,
    shape.points.reduce((sum, [, y]) => sum + y, 0) / n,
  ];
}

function around(
  { x, y }: { readonly x: number; readonly y: number },
  dx: number,
  dy: number,
): readonly [number, number, number, number] {
  return [x - dx, y - dy, x + dx, y + dy];
}
