import { unusable } from '../masks/frame.ts';
import type { CellMap, GrowFrame } from '../masks/frame.ts';
import { cellSize } from '../preprocess/evidence.ts';

/** Cells with fewer usable pixels than this take their neighbours' value. */
const leastPixels = (cellSize * cellSize) / 8;

/**
 * Median of the usable pixels of each cell of 16 × 16 px, in sky rms: its noise is 1.25 / 16 = 0.08, and a star of a hundred pixels moves it
 * little. A cell without enough usable pixels takes the mean of its neighbours, two cells far at most; NaN beyond.
 */
export function cellMedians(frame: GrowFrame): CellMap {
  const { width, height, data } = frame.plane;
  const columns = Math.ceil(width / cellSize);
  const rows = Math.ceil(height / cellSize);
  const scratch = new Float32Array(cellSize * cellSize);
  const values = overCells(columns, rows, (column, row) => {
    let n = 0;
    for (let y = row * cellSize; y < Math.min((row + 1) * cellSize, height); y++) {
      for (let x = column * cellSize; x < Math.min((column + 1) * cellSize, width); x++) {
        const at = y * width + x;
        if (!unusable(frame, at)) scratch[n++] = data[at]!;
      }
    }
    return n < leastPixels ? NaN : scratch.subarray(0, n).sort()[n >> 1] / frame.rms;
  });
  return { columns, rows, size: cellSize, values: patched(patched(values, columns, rows), columns, rows) };
}

/** Share of masked pixels of each cell. */
export function maskedCells({ plane: { width, height }, mask }: GrowFrame): CellMap {
  const columns = Math.ceil(width / cellSize);
  const rows = Math.ceil(height / cellSize);
  const values = overCells(columns, rows, (column, row) => {
    let masked = 0;
    let n = 0;
    for (let y = row * cellSize; y < Math.min((row + 1) * cellSize, height); y++) {
      for (let x = column * cellSize; x < Math.min((column + 1) * cellSize, width); x++) {
        n++;
        if (mask !== null && mask[y * width + x] !== 0) masked++;
      }
    }
    return masked / n;
  });
  return { columns, rows, size: cellSize, values };
}

function overCells(
  columns: number,
  rows: number,
  value: (column: number, row: number) => number,
): Float32Array {
  return Float32Array.from({ length: columns * rows }, (_, at) =>
    value(at % columns, Math.floor(at / columns)),
  );
}

function patched(values: Float32Array, columns: number, rows: number): Float32Array {
  return values.map((value, at) => {
    if (value === value) return value;
    let sum = 0;
    let n = 0;
    for (const next of neighbours(at, columns, rows, 8)) {
      if (values[next] !== values[next]) continue;
      sum += values[next];
      n++;
    }
    return sum / n;
  });
}

/** Cells beside a cell: those that share a side, or a corner, too. */
export function neighbours(at: number, columns: number, rows: number, connectivity: 4 | 8): number[] {
  const column = at % columns;
  const row = (at - column) / columns;
  const out: number[] = [];
  for (let v = Math.max(0, row - 1); v <= Math.min(rows - 1, row + 1); v++) {
    for (let u = Math.max(0, column - 1); u <= Math.min(columns - 1, column + 1); u++) {
      const apart = Math.abs(u - column) + Math.abs(v - row);
      if (apart === 1 || (apart === 2 && connectivity === 8)) out.push(v * columns + u);
    }
  }
  return out;
}

/** The cell of a pixel. */
export function cellOf([x, y]: readonly [number, number], { columns, rows }: CellMap): number {
  const column = Math.min(Math.max(Math.floor(x / cellSize), 0), columns - 1);
  const row = Math.min(Math.max(Math.floor(y / cellSize), 0), rows - 1);
  return row * columns + column;
}
