import { fitPipeline, loadPipeline, matrix, savedSettings } from '@blemish/learn';
import type { FittedPipeline, Matrix, PipelineSpec, SavedParts, TrainingData } from '@blemish/learn';
import * as z from 'zod';

const kind = 'pipeline-on-columns';
const version = 1;
const settings = z.strictObject({
  used: z.array(z.int().min(0)),
  pipeline: z.strictObject({
    kind: z.string(),
    version: z.int(),
    settings: z.record(z.string(), z.unknown()),
  }),
});

/** A pipeline on those columns that had a value in a training row: of few labelled CCDs a keyword may be missing in all. */
export interface ValuedPipeline {
  readonly pipeline: FittedPipeline;
  /** [n, all columns] → [n, classes]. @throws RangeError as the pipeline */
  predictProba(x: Matrix): Promise<Matrix>;
  /** [n, all columns] → what the learner sees. */
  transform(x: Matrix): Matrix;
  save(): SavedParts;
}

/** @throws RangeError as `fitPipeline`, and where no column has a value */
export async function fitValued(
  specOf: (x: Matrix) => PipelineSpec,
  data: TrainingData & { readonly columns: readonly string[] },
  context: Parameters<typeof fitPipeline>[2],
): Promise<ValuedPipeline> {
  const { x, columns } = data;
  const used = columns.flatMap((_, j) => (hasValue(x, j) ? [j] : []));
  if (used.length === 0) throw new RangeError('no labelled CCD has a value in any column');
  const own = take(x, used);
  const chosen = { ...data, x: own, columns: used.map((j) => columns[j]) };
  return onColumns(await fitPipeline(specOf(own), chosen, context), used);
}

/** @throws RangeError on parts of another kind or version */
export async function loadValued(parts: SavedParts): Promise<ValuedPipeline> {
  const { used, pipeline } = savedSettings(parts, kind, version, settings);
  return onColumns(await loadPipeline({ ...pipeline, arrays: parts.arrays }), used);
}

function onColumns(pipeline: FittedPipeline, used: readonly number[]): ValuedPipeline {
  return {
    pipeline,
    predictProba: (x) => pipeline.predictProba(take(x, used)),
    transform: (x) => pipeline.transform(take(x, used)),
    save() {
      const { arrays, ...own } = pipeline.save();
      return { kind, version, settings: { used: [...used], pipeline: { ...own } }, arrays };
    },
  };
}

function hasValue({ rows, columns, data }: Matrix, j: number): boolean {
  for (let i = 0; i < rows; i++) if (!Number.isNaN(data[i * columns + j])) return true;
  return false;
}

function take(x: Matrix, used: readonly number[]): Matrix {
  if (used.length === x.columns) return x;
  const out = matrix(x.rows, used.length);
  used.forEach((j, k) => {
    for (let i = 0; i < x.rows; i++) out.data[i * used.length + k] = x.data[i * x.columns + j];
  });
  return out;
}
