import * as z from 'zod';
import { checkInput, columnName } from '../check-training.ts';
import { columnMoments, columnQuantiles } from '../column-statistics.ts';
import type { TrainingData } from '../learner.ts';
import { matrix } from '../matrix.ts';
import { savedNumbers, savedSettings } from '../saved.ts';
import type { FittedTransform, Transform } from '../transform.ts';
import { checkColumns } from './check-columns.ts';

const version = 1;
const optionsSchema = z.strictObject({
  strategy: z
    .enum(['median', 'mean', 'constant'])
    .default('median')
    .describe(
      "what stands for a missing value: its column's median or mean in the training rows, or `value`",
    ),
  value: z.number().default(0).describe('the number for strategy "constant"'),
  indicators: z
    .boolean()
    .default(false)
    .describe('add a 0/1 column for each column that had missing values in the training rows'),
});
export type ImputeOptions = z.output<typeof optionsSchema>;
const settingsSchema = z.strictObject({ names: z.array(z.string()), flagged: z.array(z.int()) });

/**
 * Fills missing values (NaN) with a number learned from the training rows, column by column; rows count by their weight. A column
 * that has no value in any training row is refused, whatever the strategy: it says nothing.
 */
export const impute: Transform<ImputeOptions> = {
  name: 'impute',
  title: "Missing values replaced by their column's median, mean or a constant",
  options: optionsSchema,
  missing: 'native',
  async fit(data, options) {
    const names = checkColumns(data, 'native');
    const flagged = options.indicators ? incomplete(data) : [];
    return fitted(names, fillValues(data, options), flagged);
  },
  load(parts) {
    const { names, flagged } = savedSettings(parts, 'impute', version, settingsSchema);
    return fitted(names, savedNumbers(parts, 'fill', names.length), flagged);
  },
};

function fillValues({ x, weights, columns }: TrainingData, { strategy, value }: ImputeOptions): Float64Array {
  if (strategy === 'constant') return new Float64Array(x.columns).fill(value);
  const fill =
    strategy === 'mean'
      ? columnMoments(x, weights).mean
      : Float64Array.from({ length: x.columns }, (_, j) => columnQuantiles(x, j, [0.5], weights)[0]);
  const unknown = fill.findIndex((number) => Number.isNaN(number));
  if (unknown >= 0) {
    throw new RangeError(
      `${columnName(columns, unknown)}: all rows with a value have weight 0; leave it out of the features`,
    );
  }
  return fill;
}

/** Columns with a missing value. */
function incomplete({ x }: TrainingData): number[] {
  const found = new Set<number>();
  x.data.forEach((value, at) => {
    if (Number.isNaN(value)) found.add(at % x.columns);
  });
  return [...found].sort((a, b) => a - b);
}

function fitted(inputs: readonly string[], fill: Float64Array, flagged: readonly number[]): FittedTransform {
  const columns = inputs.length;
  const names = [...inputs, ...flagged.map((j) => `${inputs[j]} missing`)];
  return {
    kind: 'impute',
    columns,
    names,
    apply(x) {
      checkInput(x, columns, 'native', inputs);
      const result = matrix(x.rows, names.length);
      for (let i = 0; i < x.rows; i++) {
        const from = i * columns;
        const to = i * names.length;
        for (let j = 0; j < columns; j++) {
          const value = x.data[from + j];
          result.data[to + j] = Number.isNaN(value) ? fill[j] : value;
        }
        flagged.forEach((j, k) => {
          result.data[to + columns + k] = Number.isNaN(x.data[from + j]) ? 1 : 0;
        });
      }
      return result;
    },
    save: () => ({
      kind: 'impute',
      version,
      settings: { names: [...inputs], flagged: [...flagged] },
      arrays: { fill: { shape: [columns], data: fill } },
    }),
  };
}
