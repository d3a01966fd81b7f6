import * as z from 'zod';
import { checkInput, checkTraining } from '../check-training.ts';
import type { Learner, Model } from '../learner.ts';
import { matrix, selectRows } from '../matrix.ts';
import type { Matrix } from '../matrix.ts';
import { savedNumbers, savedSettings } from '../saved.ts';
import type { SavedParts } from '../saved.ts';
import { metrics } from './metric.ts';
import { nearestNeighbors } from './nearest-neighbors.ts';

const options = z.strictObject({
  neighbors: z.int().min(1).default(5).describe('neighbors that vote'),
  metric: z.enum(metrics).default('euclidean').describe('how far apart two rows are'),
  p: z.number().min(1).default(2).describe('exponent of the minkowski metric'),
  weights: z
    .enum(['uniform', 'distance'])
    .default('uniform')
    .describe('uniform: every neighbor has one vote; distance: 1 / distance'),
  search: z
    .enum(['exact', 'approximate'])
    .default('exact')
    .describe('approximate: a graph that may miss a few neighbors, for more than some 100,000 rows'),
});
type KnnOptions = z.infer<typeof options>;

/** What is fitted: the rows themselves. */
interface Fitted {
  readonly reference: Matrix;
  readonly labels: Float64Array;
  readonly weights: Float64Array;
  readonly classes: number;
  readonly options: KnnOptions;
}

const version = 1;
const saved = z.strictObject({ rows: z.int(), columns: z.int(), classes: z.int(), options });

export const knn: Learner<KnnOptions> = {
  name: 'knn',
  title: 'k nearest neighbors (Fix & Hodges 1951; Cover & Hart 1967)',
  options,
  missing: 'refused',
  scaleSensitive: true,

  fit(data, chosen, { signal }) {
    return Promise.resolve().then(() => {
      checkTraining(data, 'refused');
      signal?.throwIfAborted();
      const { x, y, classes, weights } = data;
      // A row that weighs nothing must not take a neighbor's place.
      const rows = Array.from({ length: x.rows }, (_, i) => i).filter((i) => weights?.[i] !== 0);
      if (chosen.neighbors > rows.length) {
        throw new RangeError(
          `${chosen.neighbors} neighbors of ${rows.length} rows: lower 'neighbors' or add rows`,
        );
      }
      return model({
        reference: selectRows(x, rows),
        labels: Float64Array.from(rows, (i) => y[i]),
        weights: Float64Array.from(rows, (i) => weights?.[i] ?? 1),
        classes,
        options: chosen,
      });
    });
  },

  load(parts) {
    return Promise.resolve().then(() => {
      const { rows, columns, ...rest } = savedSettings(parts, 'knn', version, saved);
      return model({
        reference: { rows, columns, data: savedNumbers(parts, 'rows', rows * columns) },
        labels: savedNumbers(parts, 'labels', rows),
        weights: savedNumbers(parts, 'weights', rows),
        ...rest,
      });
    });
  },
};

function model({ reference, labels, weights, classes, options: chosen }: Fitted): Model {
  const { columns, rows } = reference;
  return {
    kind: 'knn',
    columns,
    classes,

    async predictProba(x) {
      checkInput(x, columns, 'refused');
      const { k, indices, distances } = await nearestNeighbors(reference, x, chosen.neighbors, chosen);
      const result = matrix(x.rows, classes);
      for (let i = 0; i < x.rows; i++) {
        const row = result.data.subarray(i * classes, (i + 1) * classes);
        const near = distances.subarray(i * k, (i + 1) * k);
        // Copies of the query alone vote where there are any.
        const copies = near[0] === 0;
        let sum = 0;
        for (let j = 0; j < k; j++) {
          const neighbor = indices[i * k + j];
          const vote = chosen.weights === 'uniform' ? 1 : copies ? Number(near[j] === 0) : near[0] / near[j];
          row[labels[neighbor]] += vote * weights[neighbor];
          sum += vote * weights[neighbor];
        }
        for (let c = 0; c < classes; c++) row[c] /= sum;
      }
      return result;
    },

    save(): SavedParts {
      return {
        kind: 'knn',
        version,
        settings: { rows, columns, classes, options: chosen },
        arrays: {
          rows: { shape: [rows, columns], data: reference.data },
          labels: { shape: [rows], data: labels },
          weights: { shape: [rows], data: weights },
        },
      };
    },
  };
}
