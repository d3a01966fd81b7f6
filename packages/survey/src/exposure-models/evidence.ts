import { loadLocalOutlierFactor, localOutlierFactor, nearestNeighbors } from '@blemish/learn';
import type { LocalOutlierFactor, Matrix, Metric, SavedParts } from '@blemish/learn';
import { Rng } from '@blemish/sky';
import type { ExposureInput, ExposureRecipe } from '../exposure-recipe.ts';
import { shuffle } from '../training/shuffle.ts';
import { chooseRows } from './ccd-inputs.ts';
import type { InputRows } from './ccd-inputs.ts';
import type { LabelledNeighbour } from './exposure-model.ts';
import { presentClasses } from './head-types.ts';
import type { HeadContext, HeadRows } from './head-types.ts';
import { fitValued, loadValued } from './valued-pipeline.ts';
import type { ValuedPipeline } from './valued-pipeline.ts';

/** Which labelled CCD a reference row is. */
export type Reference = Omit<LabelledNeighbour, 'distance'>;

/** Where a CCD lies among those of the training. */
export interface Evidence {
  readonly input: ExposureInput;
  readonly neighbors: number;
  readonly metric: Metric;
  readonly quantiles: readonly number[];
  readonly saved: { readonly pipeline: SavedParts; readonly novelty: SavedParts };
  /** Neighbours of each row from near to far, and its local outlier factor with the share of the training's that are smaller. */
  look(rows: InputRows): Promise<
    readonly {
      readonly neighbours: readonly LabelledNeighbour[];
      readonly novelty: number;
      readonly noveltyShare: number;
    }[]
  >;
  close(): Promise<void>;
}

/** The published space: each number onto 0 … 1, fifteen principal components of these, distances along the axes. */
const components = 15;
const metric: Metric = 'manhattan';
const noveltyStream = 92_000_000;

/**
 * Labelled CCDs as points of a space of few dimensions, and how densely all CCDs of the training lie in it.
 * @param all CCDs of the training, labelled or not
 * @throws RangeError with what a step refuses
 */
export async function fitEvidence(
  input: ExposureInput,
  labelled: HeadRows & { readonly references: readonly Reference[] },
  all: InputRows,
  asked: ExposureRecipe['evidence'],
  { seed, threads, signal }: HeadContext,
): Promise<Evidence> {
  const { names, x } = await labelled.rows.rows(input);
  const neighbors = Math.min(asked.neighbors, x.rows);
  const pipeline = await fitValued(
    (own) => ({
      steps: [
        { name: 'impute' },
        { name: 'min-max-scale' },
        { name: 'pca', options: { components: Math.min(components, varying(own), own.rows - 1) } },
      ],
      learner: { name: 'knn', options: { neighbors, metric } },
    }),
    { x, columns: names, ...presentClasses(labelled) },
    { seed, threads, ...(signal && { signal }) },
  );
  const most = Math.min(asked.novelty_rows, all.count);
  const places = shuffle(
    Array.from({ length: all.count }, (_, i) => i),
    new Rng(seed, noveltyStream),
  ).slice(0, most);
  const points = pipeline.transform((await chooseRows(all, places).rows(input)).x);
  const novelty = await localOutlierFactor(points, {
    metric,
    neighbors: Math.min(asked.novelty_neighbors, points.rows - 1),
    ...(signal && { signal }),
  });
  const sorted = [...novelty.reference].sort((a, b) => a - b);
  const quantiles = Array.from(
    { length: 101 },
    (_, q) => sorted[Math.round((q / 100) * (sorted.length - 1))],
  );
  return evidenceOf({ input, neighbors, metric, quantiles }, pipeline, novelty, labelled.references);
}

/** @throws RangeError on damaged parts */
export async function loadEvidence(
  about: Pick<Evidence, 'input' | 'neighbors' | 'metric' | 'quantiles'>,
  saved: Evidence['saved'],
  references: readonly Reference[],
): Promise<Evidence> {
  return evidenceOf(
    about,
    await loadValued(saved.pipeline),
    loadLocalOutlierFactor(saved.novelty),
    references,
  );
}

function evidenceOf(
  about: Pick<Evidence, 'input' | 'neighbors' | 'metric' | 'quantiles'>,
  pipeline: ValuedPipeline,
  novelty: LocalOutlierFactor,
  references: readonly Reference[],
): Evidence {
  const { input, neighbors, quantiles } = about;
  const reference = referencePoints(pipeline, references.length);
  return {
    ...about,
    saved: { pipeline: pipeline.save(), novelty: novelty.save() },
    async look(rows) {
      const points = pipeline.transform((await rows.rows(input)).x);
      const { k, indices, distances } = await nearestNeighbors(reference, points, neighbors, about);
      const factors = await novelty.score(points);
      return Array.from(factors, (factor, i) => ({
        neighbours: Array.from({ length: k }, (_, j) => ({
          ...references[indices[i * k + j]],
          distance: distances[i * k + j],
        })),
        novelty: factor,
        noveltyShare: quantiles.filter((quantile) => quantile < factor).length / quantiles.length,
      }));
    },
    close: async () => pipeline.pipeline.close?.(),
  };
}

/** The rows that the pipeline's neighbours were fitted on. @throws RangeError where these are not as many as the references */
function referencePoints({ pipeline }: ValuedPipeline, count: number): Matrix {
  const saved = pipeline.learner.save();
  const { rows, columns } = saved.settings as { readonly rows: number; readonly columns: number };
  const data = saved.arrays['rows']?.data;
  if (rows !== count || !(data instanceof Float64Array))
    throw new RangeError(`${rows} labelled points for ${count} rows of reference.parquet`);
  return { rows, columns, data };
}

/** Columns that are not one value throughout: there are no more components. */
function varying({ rows, columns, data }: Matrix): number {
  let count = 0;
  for (let j = 0; j < columns; j++) {
    for (let i = 1; i < rows; i++) {
      const value = data[i * columns + j];
      if (!Number.isNaN(value) && value !== data[j]) {
        count++;
        break;
      }
    }
  }
  return Math.max(1, count);
}
