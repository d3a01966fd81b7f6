import { estimateBackground, fillHoles, subtractBackground } from '@blemish/imaging';
import type { Plane } from '@blemish/imaging';
import type { CellMap, GrowFrame } from '../masks/frame.ts';
import { growColumn } from '../masks/grow-column.ts';
import { growLine } from '../masks/grow-line.ts';
import { growPixels } from '../masks/grow-pixels.ts';
import { growRegion } from '../masks/grow-region.ts';
import { growSignal } from '../masks/grow-signal.ts';
import { growStreak } from '../masks/grow-streak.ts';
import type { ArtifactClass } from '../taxonomy.ts';
import { cellMedians, cellOf, maskedCells, neighbours } from './cell-maps.ts';
import { lineThrough } from './line-through.ts';
import type { Point } from './shapes.ts';

/** Truth is drawn where an artifact exceeds this many sky rms, and so are grown masks. */
const limit = 0.5;
/** A click may be this many cells from what it meant. */
const reach = 2;
/** Holes of a region up to this many pixels are stars and masked defects, larger ones its shape. */
const largestHole = 4096;
/** Classes whose regions differ from the sky to both sides, because they do or because the survey's sky subtraction answers to them. */
const bothSides = new Set(['Tape bump', 'Ghost', 'Bright spray', 'Airplane']);
/** Classes of rays, filaments and rings with sky between them: a region goes on beyond one cell of sky. */
const broken = new Set(['Ghost', 'Bright spray', 'Brush strokes', 'Airplane']);
/** Value of the cells that a seed has lit; any above the threshold does. */
const lit = 1;

/** A CCD as labels are grown on it: make it once for all labels of the CCD. */
export interface LabelledCcd {
  /** Less its background of 256-px meshes, for what is small. */
  readonly fine: GrowFrame;
  /** Less one level, for what is as large as the meshes. */
  readonly coarse: GrowFrame;
  /** Of `coarse`. */
  readonly medians: CellMap;
}

/**
 * Measures sky and noise of a CCD.
 * @param plane ADU, NaN where it has no value.
 * @param mask the pipeline's, nonzero = masked; null where there is none.
 * @returns null where no pixel is usable: a result, not an error
 */
export function labelledCcd(plane: Plane, mask: Uint8Array | null): LabelledCcd | null {
  const background = estimateBackground(plane, { mask });
  const { globalRms: rms, globalLevel } = background;
  if (!(rms > 0) || !Number.isFinite(globalLevel)) return null;
  const flat = new Float32Array(plane.data.length);
  for (let at = 0; at < flat.length; at++) flat[at] = plane.data[at] - globalLevel;
  const coarse = { plane: { ...plane, data: flat }, mask, rms };
  return {
    fine: { plane: subtractBackground(plane, background), mask, rms },
    coarse,
    medians: cellMedians(coarse),
  };
}

/**
 * The extent of an artifact from one labelled pixel of it, by seeded region growing (Adams and Bischof 1994, IEEE Trans. Pattern Anal. 16, 641)
 * on cells of 16 px, refined to pixels by the growers that also draw the masks of `scan`:
 *
 * - regions: the seed is the cell nearest the click, two cells away at most, whose median differs from the sky by 0.5 sky rms (else the one that
 *   differs most). From it the region takes in cells that share a side and whose medians differ to the same side by that much, or by 0.7 of the
 *   seed's where that is less. The contour between the cells' centres is the mask; holes up to 64 × 64 px are closed. Some classes differ to
 *   both sides and some have gaps of sky (`bothSides`, `broken`); of an excessive mask the masked share of the cells counts instead;
 * - lines: the direction of the strongest line through the neighbourhood of the click, followed over the whole CCD (`growLine`);
 * - streaks along columns (bleeds, cross-talk, column masks): up and down the column as far as it differs (`growStreak`); bad columns from
 *   their first to their last bad block (`growColumn`);
 * - cosmic rays: sharp pixels beside the click and what is connected with them, cell by cell as long as there are more (`growPixels`);
 * - classes that cover CCDs: every pixel.
 *
 * @param point 0-based pixel, on the CCD.
 * @returns height × width, 1 = the artifact; empty where nothing stands out near the click
 */
export function growLabel(klass: ArtifactClass, ccd: LabelledCcd, point: Point): Uint8Array {
  const { fine, coarse, medians } = ccd;
  const { width, height } = fine.plane;
  const out = new Uint8Array(width * height);
  const { columns, rows } = medians;
  const clicked = cellOf(point, medians);
  switch (klass.name) {
    case 'Bleed trail':
    case 'Cross-talk':
    case 'Column mask':
      growStreak(fine, litCells(medians, [clicked]), lit, out);
      return out;
    case 'Excessive mask':
      return region(coarse, maskedCells(coarse), point, out);
    case 'Edge-bleed':
      growSignal(coarse, litCells(medians, flood(magnitudes(medians), point).cells), lit, out);
      return out;
  }
  switch (klass.extent) {
    case 'ccd':
      return out.fill(1);
    case 'line': {
      const cells = lineThrough(fine, point).map((place) => cellOf(place, medians));
      growLine(fine, litCells(medians, cells), lit, out);
      return out;
    }
    case 'column': {
      const column = clicked % columns;
      const cells = Array.from({ length: rows }, (_, row) => row * columns + column);
      growColumn(fine, litCells(medians, cells), lit, out);
      return out;
    }
    case 'pixel':
      return pixels(fine, medians, clicked, out);
    case 'region':
      return region(coarse, ownSide(klass, medians, point), point, out, broken.has(klass.name));
  }
}

function litCells(like: CellMap, cells: readonly number[]): CellMap {
  const values = new Float32Array(like.values.length);
  for (const at of cells) values[at] = lit;
  return { ...like, values };
}

/** Cell values counted towards the side to which the seed differs from the sky; towards both for classes that have both. */
function ownSide({ name }: ArtifactClass, cells: CellMap, point: Point): CellMap {
  const sizes = magnitudes(cells);
  if (bothSides.has(name)) return sizes;
  const side = Math.sign(cells.values[seedOf(sizes, point)]);
  return { ...cells, values: cells.values.map((value) => side * value) };
}

function magnitudes(cells: CellMap): CellMap {
  return { ...cells, values: cells.values.map(Math.abs) };
}

/** The cell nearest a click that reaches the limit, at most `reach` cells away; else the highest there. */
function seedOf(cells: CellMap, point: Point): number {
  const { columns, rows, values } = cells;
  const clicked = cellOf(point, cells);
  let ring = [clicked];
  const seen = new Set(ring);
  let best = clicked;
  for (let distance = 0; distance <= reach; distance++) {
    for (const at of ring) if (values[at] > values[best] || Number.isNaN(values[best])) best = at;
    if (values[best] >= limit) return best;
    ring = ring.flatMap((at) => neighbours(at, columns, rows, 8)).filter((at) => !seen.has(at));
    for (const at of ring) seen.add(at);
  }
  return best;
}

/** The cells that hang together with the seed and reach the threshold, and that threshold. */
function flood(
  cells: CellMap,
  point: Point,
  overGaps = false,
): { readonly cells: readonly number[]; readonly threshold: number } {
  const { columns, rows, values } = cells;
  const seed = seedOf(cells, point);
  const threshold = Math.min(limit, 0.7 * values[seed]);
  if (!(threshold > 0)) return { cells: [], threshold: limit };
  const found = [seed];
  const seen = new Set(found);
  // `found` grows while it is walked: a breadth-first flood.
  for (const at of found) {
    const near = neighbours(at, columns, rows, overGaps ? 8 : 4);
    const further = overGaps ? near.flatMap((next) => neighbours(next, columns, rows, 8)) : [];
    for (const next of [...near, ...further]) {
      if (seen.has(next) || !(values[next] >= threshold)) continue;
      seen.add(next);
      found.push(next);
    }
  }
  return { cells: found, threshold };
}

/** The contour of the flooded cells at their threshold; other regions above it are left out. */
function region(frame: GrowFrame, map: CellMap, point: Point, out: Uint8Array, overGaps = false): Uint8Array {
  const { cells, threshold } = flood(map, point, overGaps);
  if (cells.length === 0) return out;
  const inside = new Set(cells);
  const values = map.values.map((value, at) => (inside.has(at) || value < threshold ? value : 0));
  growRegion(frame, { ...map, values }, threshold, out);
  const { width, height } = frame.plane;
  return fillHoles(out, width, height, { maxArea: largestHole });
}

/** Cosmic rays cell by cell: what a cell and its neighbours hold, and again wherever that reaches a new cell. */
function pixels(frame: GrowFrame, like: CellMap, clicked: number, out: Uint8Array): Uint8Array {
  const { columns, size } = like;
  const { width } = frame.plane;
  const cells = new Set([clicked]);
  for (let before = 0; before < cells.size;) {
    before = cells.size;
    out.fill(0);
    growPixels(frame, litCells(like, [...cells]), lit, out);
    for (let at = 0; at < out.length; at++) {
      if (out[at] === 0) continue;
      const x = at % width;
      cells.add(Math.floor((at - x) / width / size) * columns + Math.floor(x / size));
    }
  }
  return out;
}
