import { cellSize } from '../preprocess/evidence.ts';
import type { ArtifactClass } from '../taxonomy.ts';

/**
 * Cells of the coarse map that each class covers.
 *
 * A cell counts for a region when a quarter of its pixels are truth, for anything thin (line, column, pixel) when two are: one is
 * within the noise of how truth is drawn.
 *
 * @param truthBits height×width, bit k = classes[k].
 * @returns rows×columns, bit k = classes[k]; cells beyond the image are 0.
 */
export function truthCells(
  truthBits: Uint32Array,
  width: number,
  height: number,
  classes: readonly ArtifactClass[],
  columns: number,
  rows: number,
): Uint32Array {
  const k = classes.length;
  const needed = classes.map(({ extent }) =>
    extent === 'region' || extent === 'ccd' ? (cellSize * cellSize) / 4 : 2,
  );
  const cells = new Uint32Array(columns * rows);
  const counts = new Uint16Array(columns * k);
  for (let row = 0; row < rows; row++) {
    const bottom = Math.min((row + 1) * cellSize, height);
    if (row * cellSize >= height) break;
    counts.fill(0);
    for (let y = row * cellSize; y < bottom; y++) {
      for (let x0 = 0, base = 0; x0 < width; x0 += cellSize, base += k) {
        const from = y * width + x0;
        const to = from + Math.min(cellSize, width - x0);
        // Most of a CCD is empty, and then one look at 16 pixels together is all there is to do.
        let seen = 0;
        for (let i = from; i < to; i++) seen |= truthBits[i];
        if (seen === 0) continue;
        for (let i = from; i < to; i++) {
          let bits = truthBits[i];
          while (bits !== 0) {
            const bit = 31 - Math.clz32(bits);
            bits ^= 1 << bit;
            counts[base + bit]++;
          }
        }
      }
    }
    for (let column = 0; column < columns; column++) {
      let bits = 0;
      for (let c = 0; c < k; c++) if (counts[column * k + c] >= needed[c]) bits |= 1 << c;
      cells[row * columns + column] = bits;
    }
  }
  return cells;
}
