import { learners, transforms } from '@blemish/learn';
import type { ClassWeights, PipelineSpec } from '@blemish/learn';
import * as z from 'zod';

const share = z.number().gt(0).lt(1);
const column = z.string().min(1);

const join = z
  .strictObject({
    file: z.string().describe('second table, in the folder of the first'),
    on: column.describe('column that both have; rows without a partner are left out and counted'),
  })
  .describe('a second table whose columns are added, such as labels to features');

const stack = z
  .array(
    z.strictObject({
      file: z.string().describe('table, in the folder given with `--data`'),
      class: z.string().describe('what stands in the label column of all its rows'),
      columns: z.array(column).optional().describe('names of its columns, for text files without a header'),
    }),
  )
  .min(2)
  .describe('instead of `train`: tables of one class each, put below one another by the columns all have');

const data = z.strictObject({
  stack: stack.optional(),
  train: z.string().default('train.csv').describe('table to learn from, in the folder given with `--data`'),
  validation: z
    .string()
    .optional()
    .describe('table for calibration and threshold; absent: rows of the training table (`split`)'),
  test: z
    .string()
    .default('test.csv')
    .describe('table that `compare` and `evaluate` measure on, never used before'),
  columns: z.array(column).optional().describe('names of the columns, for text files without a header'),
  join: join.optional(),
  label: column.describe('column that holds the class'),
  classes: z
    .record(z.string(), z.string())
    .optional()
    .describe('name of the class for each text or number of the label column; absent: as they stand there'),
  positive: z
    .string()
    .optional()
    .describe(
      'of two classes the one that is looked for, by its name; absent: the last in order, so 1 of 0 and 1',
    ),
  id: column.optional().describe('column that names a row; carried into predictions, never a feature'),
  group: column
    .optional()
    .describe(
      'rows of one group (exposure, night, object) never sit on both sides of a split; never a feature, never empty',
    ),
  features: z
    .array(column)
    .min(1)
    .optional()
    .describe('columns to learn from, `*` for any letters; absent: all that are not excluded'),
  exclude: z
    .array(column)
    .default([])
    .describe(
      'columns that are no features, `*` for any letters: identifiers, whatever gives the answer away',
    ),
});

const split = z.strictObject({
  folds: z
    .number()
    .int()
    .min(2)
    .max(100)
    .default(5)
    .describe(
      'calibration and threshold are fitted on out-of-fold scores of this many folds; the model itself on all rows',
    ),
  validation: share
    .optional()
    .describe('instead of folds: share of the training rows held out for calibration and threshold'),
  seed: z
    .number()
    .int()
    .min(0)
    .max(0xffffffff)
    .default(0)
    .describe('of the folds; training seeds do not move them'),
});

const training = z.strictObject({
  seeds: z
    .number()
    .int()
    .min(1)
    .max(100)
    .default(5)
    .describe('trainings that `compare` averages over, from the seed on; `train` does the first'),
  class_weights: z
    .union([z.literal('balanced'), z.record(z.string(), z.number().min(0))])
    .optional()
    .describe('factor on the weight of the rows of each class by its name, or `balanced`'),
});

const decision = z.strictObject({
  calibration: z
    .enum(['platt', 'isotonic', 'none'])
    .default('platt')
    .describe('how scores become probabilities, fitted on validation rows (two classes)'),
  prior: share
    .optional()
    .describe(
      'share of the positive class where the model will be used; absent: that of the validation rows',
    ),
  threshold: z.number().min(0).max(1).optional().describe('probability from which a row is flagged'),
  max_fpr: share.optional().describe('instead: flag at most this share of the negative rows'),
  min_precision: share.optional().describe('instead: of the flagged rows at least this share positive'),
  miss_cost: z
    .number()
    .positive()
    .optional()
    .describe('instead: least expected cost, where a miss costs as much as this many false flags'),
  max_fnr: share.optional().describe('instead: miss at most this share of the positive rows'),
  review_budget: z
    .number()
    .positive()
    .optional()
    .describe('instead: at most this many negative rows flagged in 1000 rows'),
});

const search = z
  .strictObject({
    strategy: z
      .enum(['grid', 'random'])
      .default('grid')
      .describe('every combination, or some drawn at random'),
    trials: z.number().int().min(1).default(20).describe('combinations drawn by `random`'),
    folds: z.number().int().min(2).max(100).default(5).describe('folds of the training rows'),
    metric: z
      .enum(['auc', 'averagePrecision', 'accuracy', 'balancedAccuracy', 'f1', 'mcc', 'logLoss', 'brier'])
      .default('auc')
      .describe('what the best combination is best in, out of fold'),
    values: z
      .record(z.string(), z.array(z.unknown()).min(1))
      .describe('values to try for each key of the recipe, such as `"model.trees" = [100, 300]`'),
  })
  .describe('what `blemish search` tries');

/** Everything of the training of a classifier on a table; a recipe file is this, as TOML. */
export const tableRecipe = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]*$/, 'use lower-case letters, digits and -')
      .describe('name of the model: folder of the run'),
    task: z.literal('table').describe('what the model reads: rows of a table'),
    seed: z
      .number()
      .int()
      .min(0)
      .max(0xffffffff)
      .default(1)
      .describe('of everything random in the training; `--seed` replaces it'),
    data,
    split: split.prefault({}),
    steps: z
      .array(z.looseObject({ use: z.string().describe('transform, by its name') }))
      .default([])
      .describe('transforms in order, fitted on training rows alone; other keys are their options'),
    model: z.looseObject({ learner: z.string().describe('by its name; other keys are its options') }),
    training: training.prefault({}),
    decision: decision.prefault({}),
    search: search.optional(),
  })
  .superRefine(({ steps, model, training: weights, decision: asked }, context) => {
    const issue = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    steps.forEach(({ use, ...options }, k) => {
      checkOptions(transforms, use, options, 'transform', (path, message) =>
        issue(['steps', k, ...(path ?? ['use'])], message),
      );
    });
    const { learner, ...options } = model;
    checkOptions(learners, learner, options, 'learner', (path, message) =>
      issue(['model', ...(path ?? ['learner'])], message),
    );
    const criteria = (
      ['threshold', 'max_fpr', 'max_fnr', 'min_precision', 'miss_cost', 'review_budget'] as const
    ).filter((key) => asked[key] !== undefined);
    if (asked.prior !== undefined && asked.calibration === 'none' && weights.class_weights !== undefined) {
      issue(
        ['decision', 'prior'],
        'probabilities under class weights stand for no share of positives to correct from; calibrate them, or leave the weights out',
      );
    }
    if (criteria.length > 1) issue(['decision'], `${criteria.join(' and ')} exclude each other: give one`);
  });

export type TableRecipe = z.infer<typeof tableRecipe>;

/** @param report gets the path below the options, null for the name itself */
function checkOptions(
  table: Readonly<Record<string, { readonly options: z.ZodType } | undefined>>,
  name: string,
  options: unknown,
  what: string,
  report: (path: (string | number)[] | null, message: string) => void,
): void {
  const entry = Object.hasOwn(table, name) ? table[name] : undefined;
  if (entry === undefined) {
    report(null, `unknown ${what} '${name}'; known are ${Object.keys(table).sort().join(', ')}`);
    return;
  }
  const result = entry.options.safeParse(options);
  for (const { path, message } of result.error?.issues ?? [])
    report(
      path.map((key) => String(key)),
      message,
    );
}

/** The transforms a recipe asks for. */
export function recipeSteps({ steps }: Pick<TableRecipe, 'steps'>): PipelineSpec['steps'] {
  return steps.map(({ use, ...options }) => ({
    name: use as PipelineSpec['steps'][number]['name'],
    options,
  }));
}

/** The pipeline a recipe asks for. `classes` in the order of their numbers. */
export function pipelineSpec(
  { steps, model, training }: TableRecipe,
  classes: readonly string[],
): PipelineSpec {
  const { learner, ...options } = model;
  return {
    steps: recipeSteps({ steps }),
    learner: { name: learner as PipelineSpec['learner']['name'], options },
    ...(training.class_weights === undefined
      ? {}
      : { classWeights: classWeights(training.class_weights, classes) }),
  };
}

function classWeights(
  asked: NonNullable<TableRecipe['training']['class_weights']>,
  classes: readonly string[],
): ClassWeights {
  if (asked === 'balanced') return asked;
  const unknown = Object.keys(asked).find((name) => !classes.includes(name));
  if (unknown !== undefined) {
    throw new RangeError(
      `training.class_weights names the class '${unknown}'; the classes are ${classes.join(', ')}`,
    );
  }
  return classes.map((name) => asked[name] ?? 1);
}
