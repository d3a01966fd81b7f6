import {
  amplifierStep,
  columnStreaks,
  columnSums,
  lineEvidence,
  ridgeMap,
  blockRows,
} from '@blemish/imaging';
import type { AmplifierStep, BinnedStatistics, Plane } from '@blemish/imaging';
import { coarseMean } from './coarse-mean.ts';
import { evidenceKinds } from './settings.ts';

/** Pixels per side of a cell: of the evidence here and of the network's coarse map. Two bins. */
export const cellSize = 16;

/**
 * What a small network cannot form from bins: sums over long thin stretches, and comparisons between single pixels. One map for each of
 * `evidenceKinds`, in cells of 16 px (the strongest of what is in a cell), in σ.
 */
export interface Evidence {
  readonly columns: number;
  readonly rows: number;
  readonly maps: readonly Float32Array[];
  readonly amplifierStep: AmplifierStep | null;
}

/** @param plane background-subtracted. @param bins its statistics in bins of half a cell. */
export function measureEvidence(
  plane: Plane,
  mask: Uint8Array | null,
  rms: number,
  bins: BinnedStatistics,
): Evidence {
  const columns = Math.ceil(plane.width / cellSize);
  const rows = Math.ceil(plane.height / cellSize);
  const sums = columnSums(plane, mask, rms);
  const streaks = columnStreaks(sums);
  const alongColumns = (streak: Float32Array) => strongestOfBlocks(streak, plane.width, columns, rows);
  const fine = { width: bins.width, height: bins.height, data: bins.mean };
  const toBinNoise = bins.factor / rms;
  const coarse = coarseMean(fine, 4, 2 / toBinNoise);
  const maps: Record<(typeof evidenceKinds)[number], Float32Array> = {
    ridge: ridgeMap(plane, mask, rms, { factor: cellSize }),
    'narrow streak': alongColumns(streaks.narrow),
    'long narrow streak': alongColumns(streaks.narrowLong),
    'wide streak': alongColumns(streaks.wide),
    'long wide streak': alongColumns(streaks.wideLong),
    line: highestOfFour(lineEvidence(fine), bins.width, bins.height, columns, rows),
    arc: repeated(lineEvidence(coarse, { length: 24 }), coarse.width, columns, rows),
  };
  return {
    columns,
    rows,
    maps: evidenceKinds.map((kind) => maps[kind]),
    amplifierStep: amplifierStep(sums),
  };
}

/** From blocks of rows and single columns: the strongest of a cell's columns, in every cell that begins in the block. */
function strongestOfBlocks(streak: Float32Array, width: number, columns: number, rows: number): Float32Array {
  const out = new Float32Array(columns * rows);
  const perBlock = blockRows / cellSize;
  for (let row = 0; row < rows; row++) {
    if (row % perBlock !== 0) {
      out.copyWithin(row * columns, (row - 1) * columns, row * columns);
      continue;
    }
    const from = (row / perBlock) * width;
    for (let x = 0; x < width; x++) {
      const value = streak[from + x];
      const to = row * columns + Math.floor(x / cellSize);
      if (Math.abs(value) > Math.abs(out[to])) out[to] = value;
    }
  }
  return out;
}

/** From bins to cells: the highest of 2 × 2. */
function highestOfFour(
  values: Float32Array,
  width: number,
  height: number,
  columns: number,
  rows: number,
): Float32Array {
  const out = new Float32Array(columns * rows);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const to = (y >> 1) * columns + (x >> 1);
      if (values[y * width + x] > out[to]) out[to] = values[y * width + x];
    }
  }
  return out;
}

/** From coarse bins of four, two cells a side. */
function repeated(values: Float32Array, width: number, columns: number, rows: number): Float32Array {
  const out = new Float32Array(columns * rows);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) out[y * columns + x] = values[(y >> 1) * width + (x >> 1)];
  }
  return out;
}
