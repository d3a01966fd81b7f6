import type { Plane } from '@blemish/imaging';

/** What a mask is grown from: one CCD and one class's part of the network's coarse map. */
export interface GrowFrame {
  /** Background-subtracted pixels, ADU. */
  readonly plane: Plane;
  /** The pipeline's mask, nonzero = masked, or null. */
  readonly mask: Uint8Array | null;
  /** Sky rms, ADU. */
  readonly rms: number;
}

/** A class's probability per cell; cells beyond the image are 0. */
export interface CellMap {
  readonly columns: number;
  readonly rows: number;
  readonly values: Float32Array;
  /** Pixels per side of a cell. */
  readonly size: number;
}

/** Marks pixels of one class: 1 = marked. `out` is height×width, zero where nothing has been marked. */
export type Grow = (frame: GrowFrame, cells: CellMap, threshold: number, out: Uint8Array) => void;

/** Is there no number to use: NaN, or masked by the pipeline? */
export function unusable(frame: GrowFrame, index: number): boolean {
  const value = frame.plane.data[index];
  return value !== value || (frame.mask !== null && frame.mask[index] !== 0);
}

/** Cells at or above `threshold`, grown by `margin` cells; 1 = in. */
export function activeCells(cells: CellMap, threshold: number, margin: number): Uint8Array {
  const { columns, rows, values } = cells;
  const active = new Uint8Array(columns * rows);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (values[row * columns + column] < threshold) continue;
      for (let y = Math.max(0, row - margin); y <= Math.min(rows - 1, row + margin); y++) {
        for (let x = Math.max(0, column - margin); x <= Math.min(columns - 1, column + margin); x++) {
          active[y * columns + x] = 1;
        }
      }
    }
  }
  return active;
}
