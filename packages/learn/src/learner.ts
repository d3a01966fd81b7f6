import type { ZodType } from 'zod';
import type { Matrix } from './matrix.ts';
import type { SavedParts } from './saved.ts';

/** Labelled rows to learn from. */
export interface TrainingData {
  readonly x: Matrix;
  /** Class of each row: 0 … `classes` − 1. */
  readonly y: ArrayLike<number>;
  /** K ≥ 2; every class must occur. */
  readonly classes: number;
  /** Weight of each row, ≥ 0 and not all 0; 1 where absent. Class weights are multiplied into them. */
  readonly weights?: ArrayLike<number>;
  /** Group of each row by number; rows of one group are kept together where learners hold rows out. */
  readonly groups?: ArrayLike<number>;
  /** Names of the columns, for messages and importances; `column 1` … where absent. */
  readonly columns?: readonly string[];
}

export interface FitContext {
  /** Same seed, same data, same options: the same model, bit for bit, whatever the number of threads. */
  readonly seed: number;
  /** Threads the fit may use (all cores). */
  readonly threads?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
  /** Rows to look at while networks over frames are trained; nothing is learned or chosen from them. */
  readonly watch?: {
    readonly x: Matrix;
    /** Passes between two looks; the last pass is always looked at. */
    readonly every: number;
    /** [n, K] probabilities after so many passes. */
    readonly onPass: (pass: number, probabilities: Matrix) => void;
  };
}

/**
 * A fitted model. It is bound to the number of columns it was fitted on; rows may hold NaN only where its learner is
 * `missing: 'native'`.
 */
export interface Model {
  readonly kind: LearnerName;
  readonly columns: number;
  readonly classes: number;
  /**
   * [n, K] probabilities; each row sums to 1.
   * @param columns their names, for messages; `column 1` … where absent
   * @throws RangeError on another number of columns; RowError on missing values where the learner takes none, on numbers too large for
   * its arithmetic (row and column named), and on rows it has no probabilities of.
   */
  predictProba(x: Matrix, columns?: readonly string[]): Promise<Matrix>;
  /** [n, 1] for two classes (larger: class 1), else [n, K]; only where the learner has a score that is not a probability. */
  decisionFunction?(x: Matrix, columns?: readonly string[]): Promise<Matrix>;
  /**
   * [frames of all rows, one row after the other] how much each frame counts in the verdict on its row, summing to 1 over a row; only where
   * the learner weighs frames.
   */
  frameShares?(x: Matrix): Promise<Float64Array>;
  /** [columns], sums to 1; mean decrease of impurity or an equivalent that fitting yields. */
  readonly importance?: Float64Array;
  /** Plain data from which `Learner.load` restores the same predictions bit for bit. */
  save(): SavedParts;
  /** Frees native memory, where the model holds any. */
  close?(): Promise<void>;
}

/**
 * One kind of learner: its options with their defaults, how it is fitted, how a saved one is restored. The field's names are used for
 * options (`n_estimators` would be scikit-learn's; recipes here say `trees`), each documented with `.describe`.
 */
export interface Learner<Options = unknown> {
  readonly name: LearnerName;
  /** What it is, with its source: paper and equation or section. */
  readonly title: string;
  /** Defaults filled in, every option described, nothing unknown accepted. */
  readonly options: ZodType<Options>;
  /** `native`: rows with NaN are learned from as they are. `refused`: put an imputer before it. */
  readonly missing: 'native' | 'refused';
  /** Does it see distances or gradients, so that columns want a common scale? Recipes without a scaler are warned. */
  readonly scaleSensitive: boolean;
  /** @throws RangeError on data `checkTraining` refuses; DOMException AbortError when the signal fires. */
  fit(data: TrainingData, options: Options, context: FitContext): Promise<Model>;
  /** @throws RangeError on parts of another kind or version. */
  load(parts: SavedParts): Promise<Model>;
}

/** Learners there are; `registry.ts` holds them. */
export type LearnerName =
  | 'random-forest'
  | 'extra-trees'
  | 'boosting'
  | 'svm'
  | 'knn'
  | 'naive-bayes'
  | 'mec'
  | 'mlp'
  | 'logistic'
  | 'majority'
  | 'recurrent'
  | 'attention';
