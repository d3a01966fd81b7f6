/**
 * Where somebody marked something on an image, in 0-based pixels: (0, 0) is the centre of the first pixel of the first row, `x` runs along
 * rows and `y` over them, and angles are degrees from the x axis towards y.
 */
export type MarkedShape =
  | { readonly kind: 'point'; readonly x: number; readonly y: number }
  | { readonly kind: 'circle'; readonly x: number; readonly y: number; readonly radius: number }
  | {
      readonly kind: 'ellipse';
      readonly x: number;
      readonly y: number;
      /** Half axes along x and y before the turn by `angle` about the centre. */
      readonly radiusX: number;
      readonly radiusY: number;
      readonly angle: number;
    }
  | {
      readonly kind: 'box';
      /** Of the centre. */
      readonly x: number;
      readonly y: number;
      /** Sides along x and y before the turn by `angle` about the centre. */
      readonly width: number;
      readonly height: number;
      readonly angle: number;
    }
  | { readonly kind: 'polygon' | 'polyline'; readonly points: readonly Point[] };

export type Point = readonly [x: number, y: number];
