import * as z from 'zod';
import { checkInput } from '../check-training.ts';
import { matrix } from '../matrix.ts';
import { savedNumbers, savedSettings } from '../saved.ts';
import type { FittedTransform, Transform } from '../transform.ts';
import { checkColumns } from './check-columns.ts';

const optionsSchema = z.strictObject({
  quantiles: z.int().min(2).default(500).describe('quantiles of each column kept; no more than rows'),
});
export type RankScaleOptions = z.output<typeof optionsSchema>;

const version = 1;
const settingsSchema = z.strictObject({ names: z.array(z.string()), quantiles: z.int() });

/**
 * Each column by the share of training rows below a value, from −1 at the least to 1 at the largest: what a column of periods or of χ²,
 * whose values run over many decades, needs before distances. Linear between quantiles, the mean share where a value occurs often, as
 * scikit-learn's QuantileTransformer with uniform output (there from 0 to 1, and 0 and 1 at the ends however often they occur). Each row
 * counts once, whatever its weight. Missing values are skipped in fitting and stay missing.
 */
export const rankScale: Transform<RankScaleOptions> = {
  name: 'rank-scale',
  title: 'Rank among the training rows, column by column, from −1 to 1',
  options: optionsSchema,
  missing: 'native',
  async fit(data, options) {
    const names = checkColumns(data, 'native');
    const { x } = data;
    const quantiles = Math.min(options.quantiles, Math.max(2, x.rows));
    const table = new Float64Array(names.length * quantiles);
    for (let j = 0; j < names.length; j++) {
      const values = Float64Array.from({ length: x.rows }, (_, i) => x.data[i * x.columns + j])
        .filter((value) => !Number.isNaN(value))
        .sort();
      for (let q = 0; q < quantiles; q++) {
        const place = (q / (quantiles - 1)) * (values.length - 1);
        const below = Math.floor(place);
        const above = Math.min(values.length - 1, below + 1);
        table[j * quantiles + q] = values[below] + (place - below) * (values[above] - values[below]);
      }
    }
    return fitted(names, quantiles, table);
  },
  load(parts) {
    const { names, quantiles } = savedSettings(parts, 'rank-scale', version, settingsSchema);
    return fitted(names, quantiles, savedNumbers(parts, 'quantiles', names.length * quantiles));
  },
};

function fitted(names: readonly string[], quantiles: number, table: Float64Array): FittedTransform {
  const columns = names.length;
  return {
    kind: 'rank-scale',
    columns,
    names,
    apply(x) {
      checkInput(x, columns, 'native', names);
      const result = matrix(x.rows, columns);
      for (let at = 0; at < result.data.length; at++) {
        const own = table.subarray((at % columns) * quantiles, ((at % columns) + 1) * quantiles);
        result.data[at] = rank(x.data[at], own);
      }
      return result;
    },
    save: () => ({
      kind: 'rank-scale',
      version,
      settings: { names: [...names], quantiles },
      arrays: { quantiles: { shape: [columns, quantiles], data: table } },
    }),
  };
}

/** From −1 to 1: mean of the interpolations from below and from above, which differ where quantiles are equal. */
function rank(value: number, quantiles: Float64Array): number {
  if (Number.isNaN(value)) return NaN;
  const last = quantiles.length - 1;
  // First quantile not below the value, and first above it.
  const low = search(quantiles, (quantile) => quantile >= value);
  const high = search(quantiles, (quantile) => quantile > value);
  if (low > last) return 1;
  if (high === 0) return -1;
  if (high > low) return (low + high - 1) / last - 1;
  const [before, after] = [quantiles[low - 1], quantiles[low]];
  return (2 * (low - 1 + (value - before) / (after - before))) / last - 1;
}

/** First index at which a rising array fulfils a condition; its length where none does. */
function search(values: Float64Array, condition: (value: number) => boolean): number {
  let [from, to] = [0, values.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (condition(values[middle])) to = middle;
    else from = middle + 1;
  }
  return from;
}
