import * as z from 'zod';
import { checkInput } from '../check-training.ts';
import { matrix } from '../matrix.ts';
import type { Matrix } from '../matrix.ts';
import { savedSettings } from '../saved.ts';
import { frameMoments } from '../sequences/frame-moments.ts';
import { requireSequences } from '../sequences/require-sequences.ts';
import { framesOf } from '../sequences/sequences.ts';
import type { FittedTransform, Transform } from '../transform.ts';
import { checkColumns } from './check-columns.ts';

const statistics = ['count', 'mean', 'deviation', 'least', 'largest', 'quantiles'] as const;
const statistic = z.enum(statistics);
const quantile = z.number().gt(0).lt(1);
const optionsSchema = z.strictObject({
  statistics: z
    .array(statistic)
    .min(1)
    .default([...statistics])
    .describe('what is said of each number of the frames, over the frames of a row'),
  quantiles: z
    .array(quantile)
    .min(1)
    .default([0.05, 0.25, 0.5, 0.75, 0.95])
    .describe('shares of the frames below a quantile'),
  leastDeviation: z
    .number()
    .min(0)
    .max(1)
    .default(0.02)
    .describe(
      'numbers whose deviation over all frames is less than this share of the largest are left out: an autoencoder that needs fewer numbers than it has leaves noise in the others',
    ),
});
export type FrameSummaryOptions = z.output<typeof optionsSchema>;

const version = 1;
const settingsSchema = z.strictObject({
  names: z.array(z.string()),
  features: z.int().min(1),
  /** Which numbers of a frame are summarized. */
  numbers: z.array(z.int().min(0)),
  statistics: z.array(statistic),
  quantiles: z.array(quantile),
});
type Settings = z.output<typeof settingsSchema>;

/**
 * Columns that summarize the frames of a row, whatever their order, behind the columns it has: how many frames there are, and mean,
 * standard deviation, least, largest and quantiles (interpolated as NumPy does by default) of each number of the frames. What learners of
 * tables see of sequences.
 */
export const frameSummary: Transform<FrameSummaryOptions> = {
  name: 'frame-summary',
  title: 'Statistics over the frames of each row, as columns',
  options: optionsSchema,
  missing: 'native',
  async fit(data, { statistics: asked, quantiles, leastDeviation }) {
    const names = data.x.columns === 0 ? [] : [...checkColumns(data, 'native')];
    const all = requireSequences(data.x, "'frame-summary'");
    const { features } = all;
    const { deviation } = frameMoments(all);
    const largest = Math.max(...deviation);
    const numbers = Array.from(deviation.keys()).filter((k) => deviation[k] >= leastDeviation * largest);
    return fitted({ names, features, numbers, statistics: asked, quantiles });
  },
  load: (parts) => fitted(savedSettings(parts, 'frame-summary', version, settingsSchema)),
};

function fitted(settings: Settings): FittedTransform {
  const { names } = settings;
  const added = summaryNames(settings);
  return {
    kind: 'frame-summary',
    columns: names.length,
    names: [...names, ...added],
    apply(x) {
      checkInput(x, names.length, 'native', names);
      return summarized(x, settings, added.length);
    },
    save: () => ({ kind: 'frame-summary', version, settings: { ...settings }, arrays: {} }),
  };
}

function summaryNames({ numbers, statistics: asked, quantiles }: Settings): string[] {
  return asked.flatMap((name) => {
    if (name === 'count') return ['frames'];
    const each = (what: string) => numbers.map((k) => `frame_${what}_${k}`);
    return name === 'quantiles' ? quantiles.flatMap((q) => each(`q${100 * q}`)) : each(name);
  });
}

function summarized(
  x: Matrix,
  { features, numbers, statistics: asked, quantiles }: Settings,
  added: number,
): Matrix {
  const sequences = requireSequences(x, "'frame-summary'", features);
  const result = matrix(x.rows, x.columns + added);
  for (let i = 0; i < x.rows; i++) {
    const row = result.data.subarray(i * result.columns, (i + 1) * result.columns);
    row.set(x.data.subarray(i * x.columns, (i + 1) * x.columns));
    const frames = framesOf(sequences, i);
    const count = sequences.lengths[i];
    const sorted = numbers.map((k) => sortedNumbers(frames, k, count, features));
    let at = x.columns;
    for (const name of asked) {
      if (name === 'count') row[at++] = count;
      else if (name === 'quantiles') {
        for (const q of quantiles) for (const values of sorted) row[at++] = quantileOf(values, q);
      } else for (const values of sorted) row[at++] = measures[name](values);
    }
  }
  return result;
}

/** Values of one number over the frames in rising order. */
function sortedNumbers(frames: Float32Array, k: number, count: number, features: number): Float32Array {
  const values = new Float32Array(count);
  for (let t = 0; t < count; t++) values[t] = frames[t * features + k];
  return values.sort();
}

const measures = {
  mean,
  deviation(values: Float32Array) {
    const center = mean(values);
    return Math.sqrt(values.reduce((sum, value) => sum + (value - center) ** 2, 0) / values.length);
  },
  least: (values: Float32Array) => values[0],
  largest: (values: Float32Array) => values[values.length - 1],
};

function mean(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function quantileOf(sorted: Float32Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(sorted.length - 1, below + 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}
