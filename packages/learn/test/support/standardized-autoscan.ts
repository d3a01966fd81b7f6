import { autoscan } from './autoscan.ts';
import type { Labelled } from './autoscan.ts';

/**
 * DES candidates with the training rows' medians in place of missing values and, by the training rows' mean and deviation,
 * standardized.
 */
export function standardizedAutoscan(): { readonly train: Labelled; readonly test: Labelled } {
  const [train, test] = [autoscan('train'), autoscan('test')];
  const { rows, columns } = train.x;
  for (let c = 0; c < columns; c++) {
    const values = Array.from({ length: rows }, (_, i) => train.x.data[i * columns + c]);
    const known = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
    const median = (known[(known.length - 1) >> 1] + known[known.length >> 1]) / 2;
    const filled = values.map((value) => (Number.isNaN(value) ? median : value));
    const mean = filled.reduce((sum, value) => sum + value, 0) / rows;
    const deviation = Math.sqrt(filled.reduce((sum, value) => sum + (value - mean) ** 2, 0) / rows);
    for (const { x } of [train, test]) {
      for (let i = c; i < x.data.length; i += columns) {
        x.data[i] = ((Number.isNaN(x.data[i]) ? median : x.data[i]) - mean) / deviation;
      }
    }
  }
  return { train, test };
}
