import type { ZodType } from 'zod';
import type { FitContext, TrainingData } from './learner.ts';
import type { Matrix } from './matrix.ts';
import type { SavedParts } from './saved.ts';

/** A fitted transform of columns. */
export interface FittedTransform {
  readonly kind: TransformName;
  /** Columns in, and names of the columns out. */
  readonly columns: number;
  readonly names: readonly string[];
  /** [n, columns] → [n, names.length]. @throws RangeError on another number of columns. */
  apply(x: Matrix): Matrix;
  save(): SavedParts;
}

/** One kind of transform; fitted on training rows alone, then applied to all. */
export interface Transform<Options = unknown> {
  readonly name: TransformName;
  readonly title: string;
  readonly options: ZodType<Options>;
  readonly missing: 'native' | 'refused';
  fit(data: TrainingData, options: Options, context: FitContext): Promise<FittedTransform>;
  load(parts: SavedParts): FittedTransform;
}

export type TransformName =
  | 'impute'
  | 'standard-scale'
  | 'min-max-scale'
  | 'robust-scale'
  | 'rank-scale'
  | 'pca'
  | 'variance-threshold'
  | 'select-features'
  | 'frame-summary';
