import { Matrix as Dense, SingularValueDecomposition } from 'ml-matrix';
import * as z from 'zod';
import { randomStream } from '@blemish/engine';
import { randomizedAxes } from '../algebra/randomized-axes.ts';
import { rowProduct } from '../algebra/row-product.ts';
import { scatterTriangle } from '../algebra/triangle.ts';
import { checkInput } from '../check-training.ts';
import { columnMoments } from '../column-statistics.ts';
import { matrix } from '../matrix.ts';
import type { Matrix } from '../matrix.ts';
import { savedNumbers, savedSettings } from '../saved.ts';
import type { FittedTransform, Transform } from '../transform.ts';
import { checkColumns } from './check-columns.ts';

const version = 1;
const optionsSchema = z
  .strictObject({
    components: z
      .int()
      .min(1)
      .optional()
      .describe('number of components; all (at most one less than rows) where neither it nor share is given'),
    share: z
      .number()
      .gt(0)
      .lt(1)
      .optional()
      .describe('as many components as explain more than this share of the variance'),
    whiten: z.boolean().default(false).describe('scale every component to variance 1'),
    solver: z
      .enum(['full', 'randomized'])
      .default('full')
      .describe(
        '`randomized`: by random projections, for few components of thousands of columns, such as pixels',
      ),
  })
  .refine(({ components, solver }) => solver === 'full' || components !== undefined, {
    error: "solver 'randomized' needs components",
  })
  .refine(({ components, share }) => components === undefined || share === undefined, {
    error: 'give components or share, not both',
  });
export type PcaOptions = z.output<typeof optionsSchema>;
const settingsSchema = z.strictObject({
  names: z.array(z.string()),
  components: z.int(),
  whiten: z.boolean(),
});

interface Axes {
  readonly mean: Float64Array;
  /** [components, columns], rows of length 1. */
  readonly directions: Float64Array;
  /** Variance along each, divided by one less than the sum of weights. */
  readonly variance: Float64Array;
  /** Each variance as a share of the total of all columns. */
  readonly share: Float64Array;
}

/**
 * Principal components (Pearson 1901; Hotelling 1933) by singular values of the centered rows, as scikit-learn's PCA with the full solver.
 * Each direction's sign makes its largest loading positive (scikit-learn 1.5's svd_flip), so it does not hang on single rows. A row of
 * weight w counts as w rows. Columns out are `pc1` ….
 */
export const pca: Transform<PcaOptions> = {
  name: 'pca',
  title: 'Principal components of the centered columns',
  options: optionsSchema,
  missing: 'refused',
  async fit(data, { components, share, whiten, solver }, { signal, seed }) {
    const names = checkColumns(data, 'refused');
    signal?.throwIfAborted();
    const { x, weights } = data;
    const { mean, weight } = columnMoments(x, weights);
    // Centered rows span one dimension less than there are rows.
    const most = Math.min(names.length, Math.max(1, x.rows - 1));
    if (components !== undefined && components > most) {
      throw new RangeError(
        `${components} components of ${x.rows} rows and ${names.length} columns: at most ${most} can be had`,
      );
    }
    const axes =
      solver === 'full'
        ? principalAxes(x, mean, weight[0], weights)
        : randomAxes(centered(x, mean, weights), mean, weight[0], components!, seed);
    const count = components ?? (share === undefined ? most : needed(axes.share, share));
    return fitted(names, whiten, {
      mean,
      directions: axes.directions.slice(0, count * names.length),
      variance: axes.variance.slice(0, count),
      share: axes.share.slice(0, count),
    });
  },
  load(parts) {
    const { names, components, whiten } = savedSettings(parts, 'pca', version, settingsSchema);
    return fitted(names, whiten, {
      mean: savedNumbers(parts, 'mean', names.length),
      directions: savedNumbers(parts, 'directions', components * names.length),
      variance: savedNumbers(parts, 'variance', components),
      share: savedNumbers(parts, 'share', components),
    });
  },
};

function principalAxes(
  x: Matrix,
  mean: Float64Array,
  weight: number,
  weights: ArrayLike<number> | undefined,
): Axes {
  const p = x.columns;
  // Of fewer rows than columns the rows themselves are the smaller matrix with these singular values.
  const reduced =
    x.rows < p
      ? Dense.from1DArray(x.rows, p, centered(x, mean, weights))
      : Dense.from1DArray(p, p, scatterTriangle(x, mean, weights));
  const found = new SingularValueDecomposition(reduced, {
    autoTranspose: true,
    computeLeftSingularVectors: false,
    computeRightSingularVectors: true,
  });
  const vectors = found.rightSingularVectors;
  const count = Math.min(x.rows, p);
  const directions = new Float64Array(count * p);
  for (let k = 0; k < count; k++) for (let j = 0; j < p; j++) directions[k * p + j] = vectors.get(j, k);
  signed(directions, p);
  const variance = Float64Array.from(found.diagonal, (value) => (value * value) / Math.max(1, weight - 1));
  const total = variance.reduce((sum, value) => sum + value, 0);
  if (total === 0) throw new RangeError('every column is constant: there are no principal components');
  return { mean, directions, variance, share: variance.map((value) => value / total) };
}

/** The first axes alone. @param rows centered, [n, p] */
function randomAxes(
  rows: Float64Array,
  mean: Float64Array,
  weight: number,
  components: number,
  seed: number,
): Axes {
  const p = mean.length;
  const uniform = randomStream(seed, 'principal components');
  const draw = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const { values, directions } = randomizedAxes(
    { rows: rows.length / p, columns: p, data: rows },
    components,
    draw,
  );
  signed(directions, p);
  const variance = values.map((value) => (value * value) / Math.max(1, weight - 1));
  const total = rows.reduce((sum, value) => sum + value * value, 0) / Math.max(1, weight - 1);
  if (total === 0) throw new RangeError('every column is constant: there are no principal components');
  return { mean, directions, variance, share: variance.map((value) => value / total) };
}

/** Turns directions round whose largest loading is negative. */
function signed(directions: Float64Array, columns: number): void {
  for (let at = 0; at < directions.length; at += columns) {
    const direction = directions.subarray(at, at + columns);
    const largest = direction.reduce((best, v, j) => (Math.abs(v) > Math.abs(direction[best]) ? j : best), 0);
    if (direction[largest] < 0) direction.forEach((v, j) => (direction[j] = -v));
  }
}

/** Rows (vᵢ − mean)·√wᵢ. */
function centered(
  { rows, columns: p, data }: Matrix,
  mean: Float64Array,
  weights: ArrayLike<number> | undefined,
): Float64Array {
  const out = new Float64Array(rows * p);
  for (let i = 0; i < rows; i++) {
    const root = weights === undefined ? 1 : Math.sqrt(weights[i]);
    for (let j = 0; j < p; j++) out[i * p + j] = (data[i * p + j] - mean[j]) * root;
  }
  return out;
}

/** How many shares, largest first, sum to more than `wanted`. */
function needed(shares: Float64Array, wanted: number): number {
  let sum = 0;
  const last = shares.findIndex((share) => (sum += share) > wanted);
  return last < 0 ? shares.length : last + 1;
}

function fitted(inputs: readonly string[], whiten: boolean, axes: Axes): FittedTransform {
  const columns = inputs.length;
  const { mean, directions, variance, share } = axes;
  const components = variance.length;
  // A direction without variance has scores of rounding's size: they stay that small.
  const scale = variance.map((value) => (whiten && value > 0 ? 1 / Math.sqrt(value) : 1));
  const project = rowProduct(
    directions.map((value, at) => value * scale[Math.floor(at / columns)]),
    mean,
  );
  return {
    kind: 'pca',
    columns,
    names: Array.from(variance, (_, k) => `pc${k + 1}`),
    apply(x) {
      checkInput(x, columns, 'refused', inputs);
      const result = matrix(x.rows, components);
      project(x, (scores, width, from, count) => {
        for (let i = 0, to = from * components; i < count; i++) {
          for (let k = 0, at = i * width; k < components; k++) result.data[to++] = scores[at++];
        }
      });
      return result;
    },
    save: () => ({
      kind: 'pca',
      version,
      settings: { names: [...inputs], components, whiten },
      arrays: {
        mean: { shape: [columns], data: mean },
        directions: { shape: [components, columns], data: directions },
        variance: { shape: [components], data: variance },
        share: { shape: [components], data: share },
      },
    }),
  };
}
