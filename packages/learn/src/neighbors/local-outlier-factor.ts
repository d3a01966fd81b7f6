import * as z from 'zod';
import { checkInput } from '../check-training.ts';
import type { Matrix } from '../matrix.ts';
import { savedNumbers, savedSettings } from '../saved.ts';
import type { SavedParts } from '../saved.ts';
import { metrics } from './metric.ts';
import type { MetricOptions } from './metric.ts';
import { nearestNeighbors } from './nearest-neighbors.ts';

export interface LocalOutlierFactorOptions extends MetricOptions {
  /** 20 where absent; at most the reference's rows less one. */
  readonly neighbors?: number;
  readonly threads?: number;
  readonly signal?: AbortSignal;
}

/** How much sparser a row's surroundings are than those of its neighbors. */
export interface LocalOutlierFactor {
  readonly columns: number;
  /** [reference rows] factor of each, its own row left out of its neighbors: near 1 for what lies among its like, larger for outliers. */
  readonly reference: Float64Array;
  /** [rows] factor of new rows. @throws RangeError on another number of columns, NaN and infinite numbers. */
  score(x: Matrix): Promise<Float64Array>;
  save(): SavedParts;
}

const version = 1;
const saved = z.strictObject({
  rows: z.int(),
  columns: z.int(),
  neighbors: z.int(),
  metric: z.enum(metrics),
  p: z.number(),
});

/** Keeps a density finite where copies of a row fill its neighborhood, as scikit-learn does. */
const leastDistance = 1e-10;

/**
 * Local outlier factor (Breunig, Kriegel, Ng & Sander 2000, definitions 5 to 7): local reachability density of a row's neighbors over its own.
 * @throws RangeError on fewer than two rows, or fewer than `neighbors` + 1, NaN and infinite numbers.
 */
export async function localOutlierFactor(
  reference: Matrix,
  options: LocalOutlierFactorOptions = {},
): Promise<LocalOutlierFactor> {
  const { neighbors = 20, metric = 'euclidean', p = 2, threads, signal } = options;
  const search = { metric, p, ...(threads !== undefined && { threads }), signal };
  const near = await nearestNeighbors(reference, reference, neighbors, { ...search, skipSelf: true });
  const reach = near.distances.filter((_, i) => i % neighbors === neighbors - 1);
  const density = densities(near.indices, near.distances, neighbors, reach);
  const own = ratios(near.indices, neighbors, density, density);
  return restore(reference, { neighbors, metric, p }, reach, density, own);
}

/** @throws RangeError on parts of another kind or version. */
export function loadLocalOutlierFactor(parts: SavedParts): LocalOutlierFactor {
  const { rows, columns, ...settings } = savedSettings(parts, 'local-outlier-factor', version, saved);
  return restore(
    { rows, columns, data: savedNumbers(parts, 'rows', rows * columns) },
    settings,
    savedNumbers(parts, 'reach', rows),
    savedNumbers(parts, 'density', rows),
    savedNumbers(parts, 'factors', rows),
  );
}

function restore(
  reference: Matrix,
  settings: Required<MetricOptions> & { readonly neighbors: number },
  reach: Float64Array,
  density: Float64Array,
  factors: Float64Array,
): LocalOutlierFactor {
  const { rows, columns, data } = reference;
  const { neighbors } = settings;
  return {
    columns,
    reference: factors,
    async score(x) {
      checkInput(x, columns, 'refused');
      const { indices, distances } = await nearestNeighbors(reference, x, neighbors, settings);
      return ratios(indices, neighbors, density, densities(indices, distances, neighbors, reach));
    },
    save: () => ({
      kind: 'local-outlier-factor',
      version,
      settings: { rows, columns, ...settings },
      arrays: {
        rows: { shape: [rows, columns], data },
        reach: { shape: [rows], data: reach },
        density: { shape: [rows], data: density },
        factors: { shape: [rows], data: factors },
      },
    }),
  };
}

/** 1 / mean over the neighbors of max(distance, distance from the neighbor to its own k-th neighbor). */
function densities(
  indices: Int32Array,
  distances: Float64Array,
  k: number,
  reach: Float64Array,
): Float64Array {
  return Float64Array.from({ length: indices.length / k }, (_, i) => {
    let sum = 0;
    for (let j = i * k; j < (i + 1) * k; j++) sum += Math.max(distances[j], reach[indices[j]]);
    return 1 / (sum / k + leastDistance);
  });
}

function ratios(indices: Int32Array, k: number, density: Float64Array, own: Float64Array): Float64Array {
  return own.map((value, i) => {
    let sum = 0;
    for (let j = i * k; j < (i + 1) * k; j++) sum += density[indices[j]] / value;
    return sum / k;
  });
}
