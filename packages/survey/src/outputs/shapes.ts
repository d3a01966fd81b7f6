import { artifactClass } from '../taxonomy.ts';
import type { Finding } from '../analyser/types.ts';

/** Where a finding lies, in 0-based pixels; `angle` of the long side in degrees from the x axis towards y. */
export type Shape =
  | { readonly kind: 'circle'; readonly x: number; readonly y: number; readonly radius: number }
  | {
      readonly kind: 'box';
      readonly x: number;
      readonly y: number;
      readonly length: number;
      readonly width: number;
      readonly angle: number;
    };

/** Side of the blocks in which connected pieces of a mask are looked for: pieces closer than this are one. */
const block = 8;
/** A finding belongs to a piece of the mask at most this many pixels from its centroid. */
const reach = 64;

interface Piece {
  readonly blocks: readonly number[];
  shape: Shape | null;
}

/**
 * The outline of each finding: the oriented box of the masked piece nearest its centroid (a box with the second moments of the piece),
 * the whole image for a class that covers CCDs, and a circle of its area where it has no mask.
 * @param mask height*width, taxonomy bits; null: nothing is masked.
 */
export function findingShapes(
  findings: readonly Finding[],
  mask: Int32Array | null,
  width: number,
  height: number,
): Shape[] {
  if (findings.length === 0) return [];
  const columns = Math.ceil(width / block);
  const rows = Math.ceil(height / block);
  const coarse = mask === null ? null : occupiedBlocks(mask, width, height, columns, rows);
  const pieces = new Map<number, { readonly labels: Int32Array; readonly pieces: Piece[] }>();
  return findings.map((finding) => {
    const { maskBit, extent } = artifactClass(finding.className);
    if (extent === 'ccd' || finding.area > 0.6 * width * height) return wholeImage(width, height);
    if (mask === null || coarse === null) return circleOf(finding);
    const bit = 1 << maskBit;
    let labelled = pieces.get(bit);
    if (!labelled) {
      labelled = labelPieces(coarse, bit, columns, rows);
      pieces.set(bit, labelled);
    }
    const label = nearestLabel(labelled.labels, columns, rows, finding);
    if (label === 0) return circleOf(finding);
    const piece = labelled.pieces[label - 1];
    piece.shape ??= boxOf(piece.blocks, mask, bit, width, height, columns);
    return piece.shape;
  });
}

function wholeImage(width: number, height: number): Shape {
  return { kind: 'box', x: (width - 1) / 2, y: (height - 1) / 2, length: width, width: height, angle: 0 };
}

function circleOf({ x, y, area }: Finding): Shape {
  return { kind: 'circle', x, y, radius: Math.max(Math.sqrt(area / Math.PI), 4) };
}

/** Per block the OR of its pixels. */
function occupiedBlocks(
  mask: Int32Array,
  width: number,
  height: number,
  columns: number,
  rows: number,
): Int32Array {
  const coarse = new Int32Array(columns * rows);
  for (let y = 0; y < height; y++) {
    const start = y * width;
    const row = Math.floor(y / block) * columns;
    for (let x = 0; x < width; x++) {
      const value = mask[start + x];
      if (value !== 0) coarse[row + Math.floor(x / block)] |= value;
    }
  }
  return coarse;
}

/** Connected pieces (8-neighbourhood) of the blocks that hold `bit`; labels from 1, 0 elsewhere. */
function labelPieces(
  coarse: Int32Array,
  bit: number,
  columns: number,
  rows: number,
): { labels: Int32Array; pieces: Piece[] } {
  const labels = new Int32Array(columns * rows);
  const pieces: Piece[] = [];
  for (let seed = 0; seed < coarse.length; seed++) {
    if ((coarse[seed] & bit) === 0 || labels[seed] !== 0) continue;
    const label = pieces.length + 1;
    const blocks = [seed];
    labels[seed] = label;
    // `blocks` grows while it is walked: a breadth-first flood.
    for (const at of blocks) {
      const x = at % columns;
      const y = (at - x) / columns;
      for (let v = Math.max(0, y - 1); v <= Math.min(rows - 1, y + 1); v++) {
        for (let u = Math.max(0, x - 1); u <= Math.min(columns - 1, x + 1); u++) {
          const next = v * columns + u;
          if ((coarse[next] & bit) === 0 || labels[next] !== 0) continue;
          labels[next] = label;
          blocks.push(next);
        }
      }
    }
    pieces.push({ blocks, shape: null });
  }
  return { labels, pieces };
}

function nearestLabel(labels: Int32Array, columns: number, rows: number, { x, y }: Finding): number {
  const column = Math.floor(x / block);
  const row = Math.floor(y / block);
  const radius = Math.ceil(reach / block);
  let best = 0;
  let nearest = Infinity;
  for (let v = Math.max(0, row - radius); v <= Math.min(rows - 1, row + radius); v++) {
    for (let u = Math.max(0, column - radius); u <= Math.min(columns - 1, column + radius); u++) {
      const label = labels[v * columns + u];
      if (label === 0) continue;
      const distance = (u - column) ** 2 + (v - row) ** 2;
      if (distance < nearest) {
        nearest = distance;
        best = label;
      }
    }
  }
  return best;
}

/** The box that has the centroid and second moments of the piece's pixels: a uniform rod of length L has variance L²/12. */
function boxOf(
  blocks: readonly number[],
  mask: Int32Array,
  bit: number,
  width: number,
  height: number,
  columns: number,
): Shape {
  let n = 0;
  let sx = 0;
  let sy = 0;
  let sxx = 0;
  let sxy = 0;
  let syy = 0;
  for (const at of blocks) {
    const left = (at % columns) * block;
    const bottom = Math.floor(at / columns) * block;
    for (let y = bottom; y < Math.min(bottom + block, height); y++) {
      for (let x = left; x < Math.min(left + block, width); x++) {
        if ((mask[y * width + x] & bit) === 0) continue;
        n++;
        sx += x;
        sy += y;
        sxx += x * x;
        sxy += x * y;
        syy += y * y;
      }
    }
  }
  const x = sx / n;
  const y = sy / n;
  // A pixel is one pixel wide: its own variance of 1/12 keeps a single row from having width 0.
  const xx = Math.max(sxx / n - x * x, 0) + 1 / 12;
  const yy = Math.max(syy / n - y * y, 0) + 1 / 12;
  const xy = sxy / n - x * y;
  const half = Math.hypot((xx - yy) / 2, xy);
  const mean = (xx + yy) / 2;
  return {
    kind: 'box',
    x,
    y,
    length: Math.sqrt(12 * (mean + half)),
    width: Math.sqrt(12 * Math.max(mean - half, 1 / 12)),
    angle: (Math.atan2(2 * xy, xx - yy) / 2) * (180 / Math.PI),
  };
}

/** The ends of a shape's long side, pixels. */
export function shapeEnds(shape: Shape): readonly [readonly [number, number], readonly [number, number]] {
  const half = shape.kind === 'box' ? shape.length / 2 : shape.radius;
  const angle = shape.kind === 'box' ? (shape.angle * Math.PI) / 180 : 0;
  const dx = half * Math.cos(angle);
  const dy = half * Math.sin(angle);
  return [
    [shape.x - dx, shape.y - dy],
    [shape.x + dx, shape.y + dy],
  ];
}
