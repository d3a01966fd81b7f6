import { kFold, splitRows } from '@blemish/evaluate';
import { fitPipeline, fitStack, selectRows } from '@blemish/learn';
import type { SplitOptions } from '@blemish/evaluate';
import type { FitContext as LearnerContext, FittedClassifier, Matrix } from '@blemish/learn';
import { chosenOrigins } from '../datasets/index.ts';
import type { OriginOf } from '../datasets/index.ts';
import { SurveyError } from '../errors.ts';
import { modelSpec } from '../table-recipe.ts';
import type { TableRecipe } from '../table-recipe.ts';
import { gatherScores, refusalError, scoreRows } from './scores.ts';
import type { RowScores } from './scores.ts';
import type { ReadFile, TableRows } from './row-types.ts';

/** Rows of a known class. */
export interface LabelledRows {
  readonly path: string;
  /** Every file that was read, `path` the first. */
  readonly files: readonly ReadFile[];
  readonly originOf: OriginOf;
  readonly x: Matrix;
  readonly features: readonly string[];
  /** Class numbers. */
  readonly y: Int32Array;
  readonly classes: readonly string[];
  readonly groups: readonly string[] | null;
  readonly ids: readonly string[] | null;
  /** Words that say more of each row. */
  readonly tags: readonly string[] | null;
  readonly frameNumbers?: TableRows['frameNumbers'];
  readonly leftOut?: TableRows['leftOut'];
}

export interface FitContext {
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  /** Shares of one fit, 0 … 1. */
  readonly onProgress?: ((share: number) => void) | undefined;
  /** As of the learners. */
  readonly watch?: LearnerContext['watch'] | undefined;
}

/** Looks at the rows of each fold that are held out while its network is trained. */
export interface WatchHeld {
  readonly every: number;
  readonly onPass: (pass: number, probabilities: Matrix, held: LabelledRows) => void;
}

/** Fits what the recipe says on all these rows. @throws SurveyError TABLE_REFUSED with what the learner said */
export async function fitRows(
  rows: LabelledRows,
  recipe: TableRecipe,
  { seed, signal, onProgress, watch }: FitContext,
): Promise<FittedClassifier> {
  const spec = modelSpec(recipe, rows.classes);
  const data = {
    x: rows.x,
    y: rows.y,
    classes: rows.classes.length,
    columns: rows.features,
    ...(rows.groups && { groups: groupNumbers(rows.groups) }),
  };
  const context = {
    seed,
    ...(signal && { signal }),
    ...(watch && { watch }),
    ...(onProgress && { onProgress: (done: number, total: number) => onProgress(done / total) }),
  };
  try {
    if ('stack' in spec) return await fitStack(spec.stack, data, context);
    return await fitPipeline(spec.pipeline, data, context);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw refusalError(cause, rows);
  }
}

/** A number for each group, in the order they come. */
export function groupNumbers(groups: readonly string[]): Int32Array {
  const numbers = new Map<string, number>();
  for (const group of groups) if (!numbers.has(group)) numbers.set(group, numbers.size);
  return Int32Array.from(groups, (group) => numbers.get(group)!);
}

/** Rows by number, in the order given. */
export function takeRows(rows: LabelledRows, chosen: Uint32Array): LabelledRows {
  return {
    ...rows,
    x: selectRows(rows.x, chosen),
    originOf: chosenOrigins(rows.originOf, chosen),
    y: Int32Array.from(chosen, (row) => rows.y[row]),
    groups: rows.groups === null ? null : Array.from(chosen, (row) => rows.groups![row]),
    ids: rows.ids === null ? null : Array.from(chosen, (row) => rows.ids![row]),
    tags: rows.tags === null ? null : Array.from(chosen, (row) => rows.tags![row]),
    frameNumbers: rows.frameNumbers && Array.from(chosen, (row) => rows.frameNumbers![row]),
  };
}

/** One fold: rows to learn from and rows to judge on. */
export interface Fold {
  readonly train: Uint32Array;
  readonly held: Uint32Array;
}

/**
 * Folds with the classes spread evenly and whole groups together.
 * @throws SurveyError TABLE_LABELS where a class has fewer members (or groups) than folds
 */
export function foldsOf(rows: LabelledRows, folds: number, seed: number): readonly Fold[] {
  return splitting(rows, (n, options) => kFold(n, folds, { ...options, seed })).map(({ train, test }) => ({
    train,
    held: test,
  }));
}

/** A share of the rows held out, split as folds are. @throws SurveyError TABLE_LABELS */
export function holdOut(rows: LabelledRows, share: number, seed: number): Fold {
  return splitting(rows, (n, options) => {
    const { train, held } = splitRows(n, { train: 1 - share, held: share }, { ...options, seed });
    return { train, held };
  });
}

function splitting<T>(
  { y, classes, groups, path }: LabelledRows,
  split: (n: number, options: SplitOptions) => T,
): T {
  // Names instead of numbers: they stand in messages.
  const labels = Array.from(y, (label) => `'${classes[label]}'`);
  try {
    return split(y.length, { labels, ...(groups === null ? {} : { groups }) });
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new SurveyError('TABLE_LABELS', cause.message, { path, cause });
  }
}

/** Scores of every row by a model that was fitted without the row's fold. `onFold` sees each model with the rows it has not seen. */
export async function outOfFold(
  rows: LabelledRows,
  recipe: TableRecipe,
  folds: readonly Fold[],
  { onProgress, onPass, ...context }: FitContext & { readonly onPass?: WatchHeld | undefined },
  onFold?: (pipeline: FittedClassifier, unseen: LabelledRows, fold: number) => Promise<void>,
): Promise<RowScores> {
  const parts = [];
  for (const [k, { train, held }] of folds.entries()) {
    context.signal?.throwIfAborted();
    const unseen = takeRows(rows, held);
    const pipeline = await fitRows(takeRows(rows, train), recipe, {
      ...context,
      ...(onPass && {
        watch: {
          x: unseen.x,
          every: onPass.every,
          onPass: (pass: number, found: Matrix) => onPass.onPass(pass, found, unseen),
        },
      }),
      onProgress: (share) => onProgress?.((k + share) / folds.length),
    });
    parts.push({ rows: held, scored: await scoreRows(pipeline, unseen) });
    await onFold?.(pipeline, unseen, k);
    await pipeline.close?.();
    onProgress?.((k + 1) / folds.length);
  }
  return gatherScores(rows.x.rows, parts);
}
