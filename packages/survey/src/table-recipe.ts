import { learners, stackInputs, stackOptions, transforms } from '@blemish/learn';
import type { ClassWeights, PipelineSpec, StackMember, StackSpec } from '@blemish/learn';
import * as z from 'zod';

const share = z.number().gt(0).lt(1);
const column = z.string().min(1);

const join = z
  .strictObject({
    file: z.string().describe('second table, in the folder of the first'),
    on: column.describe('column that both have'),
    keep: z
      .boolean()
      .default(false)
      .describe('rows without a partner stay, with missing values; else they are left out. Both are counted'),
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

const derive = z
  .strictObject({
    from: column.describe('column with the text'),
    pattern: z
      .string()
      .refine(isPattern, 'must be a regular expression with named groups, such as `^(?<field>\\d{3,4})`')
      .describe('regular expression; each named group is a column'),
  })
  .describe('columns that are parts of the text of another, such as the field in an identifier');

const frames = z
  .strictObject({
    folder: z
      .string()
      .default('embeddings')
      .describe('folder beside the table with an array [frames, numbers] for each row: `<identifier>.npy`'),
    missing: z
      .enum(['skip', 'refuse'])
      .default('skip')
      .describe('rows without an array that can be read are left out, counted and named; or nothing is done'),
    at_least: z
      .int()
      .min(1)
      .default(2)
      .describe('fewest frames of a row; rows of fewer are treated likewise'),
  })
  .describe('the frames of each row, as an encoder describes them');

const data = z.strictObject({
  frames: frames.optional(),
  derive: derive.optional(),
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
  tags: column
    .optional()
    .describe(
      'column of words that say more of a row than its class: figures of each word are given; never a feature',
    ),
  features: z
    .array(column)
    .optional()
    .describe(
      'columns to learn from, `*` for any letters; absent: all that are not excluded; `[]`: none beside frames',
    ),
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
  repeats: z
    .number()
    .int()
    .min(1)
    .max(100)
    .default(1)
    .describe(
      'foldings, from the seed on, that `crossval` averages over; where there is no test table `compare` takes the next one for each training seed',
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

/** Values to try for keys of a recipe. */
export const searchSettings = z
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

/** Tasks whose models judge rows: of a table, or objects with a sequence of frames each, which are rows that have frames too. */
export const tableTasks = ['table', 'sequence'] as const;
export type TableTask = (typeof tableTasks)[number];

/** Everything of the training of a classifier on a table; a recipe file is this, as TOML. */
export const tableRecipe = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]*$/, 'use lower-case letters, digits and -')
      .describe('name of the model: folder of the run'),
    task: z
      .enum(tableTasks)
      .describe('what the model reads: rows of a table, or rows that have frames too (`data.frames`)'),
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
    search: searchSettings.optional(),
  })
  .superRefine(({ task, data: read, steps, model, training: weights, decision: asked }, context) => {
    const issue = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    if ((task === 'sequence') !== (read.frames !== undefined))
      issue(['data', 'frames'], `goes with the task 'sequence'; the task is '${task}'`);
    if (task === 'sequence' && read.id === undefined)
      issue(['data', 'id'], 'names the arrays of the frames: give the column');
    if (task === 'table' && read.features?.length === 0)
      issue(['data', 'features'], 'a table without features has nothing to learn from');
    checkSteps(steps, (path, message) => issue(['steps', ...path], message));
    const { learner, ...options } = model;
    if (learner === stackName) checkStack(steps, options, (path, message) => issue(path, message));
    else
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
export function checkOptions(
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

type Report = (path: (string | number)[], message: string) => void;

/** Are these transforms with options they take? */
export function checkSteps(steps: readonly { readonly use: string }[], report: Report): void {
  steps.forEach(({ use, ...options }, k) => {
    checkOptions(transforms, use, options, 'transform', (path, message) =>
      report([k, ...(path ?? ['use'])], message),
    );
  });
}

/** The learner of this name has members, each with steps and a learner of its own. */
const stackName = 'stacking';

const member = z.looseObject({
  name: z.string().optional().describe('for messages'),
  inputs: z.enum(stackInputs).default('both').describe('what the member looks at'),
  steps: z
    .array(z.looseObject({ use: z.string().describe('transform, by its name') }))
    .default([])
    .describe('its transforms in order'),
  learner: z.string().describe('by its name; other keys are its options'),
});
/** Options of the learner `stacking`. */
export const stackModel = stackOptions.extend({ members: z.array(member).min(1) });

function checkStack(steps: readonly unknown[], options: unknown, report: Report): void {
  if (steps.length > 0) report(['steps'], `'${stackName}' has steps for each member: move them there`);
  const result = stackModel.safeParse(options);
  for (const { path, message } of result.error?.issues ?? [])
    report(['model', ...path.map((key) => String(key))], message);
  result.data?.members.forEach(({ name: _name, inputs: _inputs, steps: own, learner, ...rest }, k) => {
    checkSteps(own, (path, message) => report(['model', 'members', k, 'steps', ...path], message));
    checkOptions(learners, learner, rest, 'learner', (path, message) =>
      report(['model', 'members', k, ...(path ?? ['learner'])], message),
    );
  });
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp && text.includes('(?<');
  } catch {
    return false;
  }
}

/** The transforms a recipe asks for. */
export function recipeSteps({ steps }: Pick<TableRecipe, 'steps'>): PipelineSpec['steps'] {
  return steps.map(({ use, ...options }) => ({
    name: use as PipelineSpec['steps'][number]['name'],
    options,
  }));
}

/** The pipeline, or the stack of several, that a recipe asks for. `classes` in the order of their numbers. */
export function modelSpec(
  recipe: TableRecipe,
  classes: readonly string[],
): { readonly pipeline: PipelineSpec } | { readonly stack: StackSpec } {
  const { steps, model, training } = recipe;
  const { learner, ...options } = model;
  const weights =
    training.class_weights === undefined
      ? {}
      : { classWeights: classWeights(training.class_weights, classes) };
  if (learner !== stackName) {
    return {
      pipeline: { steps: recipeSteps({ steps }), learner: learnerSpec(learner, options), ...weights },
    };
  }
  const { members, ...joined } = stackModel.parse(options);
  return {
    stack: {
      ...joined,
      ...weights,
      members: members.map(({ name, inputs, steps: own, learner: each, ...rest }, k): StackMember => ({
        name: name ?? `${k + 1} (${each})`,
        inputs,
        steps: recipeSteps({ steps: own }),
        learner: learnerSpec(each, rest),
      })),
    },
  };
}

function learnerSpec(name: string, options: unknown): PipelineSpec['learner'] {
  return { name: name as PipelineSpec['learner']['name'], options };
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
