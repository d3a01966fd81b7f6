import * as z from 'zod';
import { checkInput, checkProbabilities } from './check-training.ts';
import { classWeighted } from './class-weights.ts';
import type { ClassWeights } from './class-weights.ts';
import type { FitContext, Learner, LearnerName, Model, TrainingData } from './learner.ts';
import { withFramesOf } from './matrix.ts';
import type { Matrix } from './matrix.ts';
import { parseOptions } from './parse-options.ts';
import { learners } from './registry.ts';
import { nestedParts, placeParts, savedPartsSchema, savedSettings } from './saved.ts';
import type { SavedParts } from './saved.ts';
import type { FittedTransform, Transform, TransformName } from './transform.ts';
import { checkColumns } from './transforms/check-columns.ts';
import { constantColumns } from './transforms/constant-columns.ts';
import { transforms } from './transforms/table.ts';

/** Steps in order and the learner after them, by their names in recipes; absent options are defaults. */
export interface PipelineSpec {
  readonly steps: readonly { readonly name: TransformName; readonly options?: unknown }[];
  readonly learner: { readonly name: LearnerName; readonly options?: unknown };
  /** Factors on the learner's row weights; transforms see the rows' own weights. Equal to 1 where absent. */
  readonly classWeights?: ClassWeights;
}

/** What was fitted by a specification, ready to judge rows: a pipeline, or a stack of them. */
export interface FittedClassifier extends Omit<Model, 'kind' | 'importance'> {
  readonly kind: string;
  /** Names of the columns it takes. */
  readonly names: readonly string[];
  /** How much each column that a learner saw counts, where fitting yields it; else none. */
  readonly importance: readonly { readonly name: string; readonly value: number }[];
  /** What fitting noticed and went on in spite of, for a person to read; none once loaded. */
  readonly warnings: readonly string[];
}

/**
 * A learner behind the transforms it was fitted with; takes the columns the first step took. Rows may hold NaN where the steps fill
 * it or the learner takes it.
 */
export interface FittedPipeline extends FittedClassifier {
  readonly steps: readonly FittedTransform[];
  readonly learner: Model;
  /** Names of the columns the learner sees: what `learner.importance` is about. */
  readonly learnerNames: readonly string[];
  /** [n, names.length] → [n, learnerNames.length]. */
  transform(x: Matrix): Matrix;
}

/**
 * Fits each step on what the steps before it make of the training rows, then the learner.
 * @throws RangeError on unknown names, options that are refused (step and option named), data the steps or the learner refuse, and
 * columns that are all constant or hold no value.
 */
export async function fitPipeline(
  spec: PipelineSpec,
  data: TrainingData,
  context: FitContext,
): Promise<FittedPipeline> {
  const learner = known(learners, spec.learner.name, 'learner');
  const learnerOptions = parseOptions(learner, spec.learner.options, `learner '${learner.name}'`);
  const chosen = knownSteps(spec.steps);
  const names = checkColumns(data, 'native');
  const warnings = noticed(data, names, learner, spec);
  const { steps, seen } = await fitChosen(chosen, { ...data, columns: names }, context);
  const { watch } = context;
  const model = await learner.fit(classWeighted(seen, spec.classWeights), learnerOptions, {
    ...context,
    // What is looked at goes through the steps as well.
    ...(watch && { watch: { ...watch, x: applied(steps, watch.x) } }),
  });
  return assemble(names, steps, model, warnings);
}

/** Transforms without a learner behind them. */
export interface FittedSteps {
  /** Names of the columns that come out. */
  readonly names: readonly string[];
  /** [n, columns in] → [n, names.length]. @throws RangeError on another number of columns, and missing values a step does not take. */
  apply(x: Matrix): Matrix;
}

/**
 * Fits transforms alone, each on what those before it make of the rows.
 * @throws RangeError as `fitPipeline` on unknown names, options and data.
 */
export async function fitSteps(
  steps: PipelineSpec['steps'],
  data: TrainingData,
  context: FitContext,
): Promise<FittedSteps> {
  const columns = checkColumns(data, 'native');
  const fitted = await fitChosen(knownSteps(steps), { ...data, columns }, context);
  return {
    names: fitted.seen.columns ?? columns,
    apply: (x) => applied(fitted.steps, x),
  };
}

interface ChosenStep {
  readonly transform: Transform;
  readonly options: unknown;
}

function knownSteps(steps: PipelineSpec['steps']): ChosenStep[] {
  return steps.map(({ name, options }, k) => {
    const transform = known(transforms, name, 'transform');
    return { transform, options: parseOptions(transform, options, `step ${k + 1} ('${name}')`) };
  });
}

async function fitChosen(
  chosen: readonly ChosenStep[],
  data: TrainingData,
  context: FitContext,
): Promise<{ readonly steps: readonly FittedTransform[]; readonly seen: TrainingData }> {
  const steps: FittedTransform[] = [];
  let seen = data;
  for (const { transform, options } of chosen) {
    context.signal?.throwIfAborted();
    const step = await transform.fit(seen, options, context);
    steps.push(step);
    seen = { ...seen, x: applied([step], seen.x), columns: step.names };
  }
  return { steps, seen };
}

/** One step after the other; rows keep their frames. */
function applied(steps: readonly FittedTransform[], x: Matrix): Matrix {
  return steps.reduce((current, step) => withFramesOf(step.apply(current), current), x);
}

/** All of a fitted pipeline as one set of parts: each step's and the learner's, arrays under `steps/0/…` and `learner/…`. */
export function pipelineParts({ names, steps, learner }: FittedPipeline): SavedParts {
  const arrays: Record<string, SavedParts['arrays'][string]> = {};
  return {
    kind: 'pipeline',
    version,
    settings: {
      names: [...names],
      steps: steps.map((step, k) => placeParts(arrays, `steps/${k}`, step.save())),
      learner: placeParts(arrays, 'learner', learner.save()),
    },
    arrays,
  };
}

/** A pipeline as it was when saved: the same predictions bit for bit. @throws RangeError on parts of another kind or version. */
export async function loadPipeline(parts: SavedParts): Promise<FittedPipeline> {
  const { names, steps, learner } = savedSettings(parts, 'pipeline', version, settingsSchema);
  const loaded = steps.map((step, k) =>
    known(transforms, step.kind, 'transform').load(nestedParts(parts, `steps/${k}`, step)),
  );
  const model = await known(learners, learner.kind, 'learner').load(nestedParts(parts, 'learner', learner));
  return assemble(names, loaded, model, []);
}

const version = 1;
const settingsSchema = z.strictObject({
  names: z.array(z.string()),
  steps: z.array(savedPartsSchema),
  learner: savedPartsSchema,
});

function assemble(
  names: readonly string[],
  steps: readonly FittedTransform[],
  learner: Model,
  warnings: readonly string[],
): FittedPipeline {
  const transform = (x: Matrix): Matrix => {
    checkInput(x, names.length, 'native', names);
    return applied(steps, x);
  };
  const learnerNames = steps.at(-1)?.names ?? names;
  const { missing } = known(learners, learner.kind, 'learner');
  /** What the learner sees; what it does not take is named by column here, since it knows no names. */
  const prepared = (x: Matrix): Matrix => {
    const rows = transform(x);
    checkInput(rows, learner.columns, missing, learnerNames);
    return rows;
  };
  const pipeline: FittedPipeline = {
    kind: learner.kind,
    columns: names.length,
    classes: learner.classes,
    names,
    steps,
    learner,
    learnerNames,
    importance: Array.from(learner.importance ?? [], (value, k) => ({ name: learnerNames[k], value })),
    warnings,
    transform,
    async predictProba(x) {
      const probabilities = await learner.predictProba(prepared(x), learnerNames);
      checkProbabilities(probabilities);
      return probabilities;
    },
    save: () => pipelineParts(pipeline),
    close: async () => learner.close?.(),
  };
  // The model's own object is kept as `this`: it may be a class.
  return Object.assign(
    pipeline,
    learner.decisionFunction !== undefined && {
      decisionFunction: async (x: Matrix) => learner.decisionFunction!(prepared(x), learnerNames),
    },
    learner.frameShares !== undefined && {
      frameShares: async (x: Matrix) => learner.frameShares!(prepared(x)),
    },
  );
}

/** The entry of a table. @throws RangeError listing the names there are */
function known<T>(table: Readonly<Record<string, T | undefined>>, name: string, what: string): T {
  const found = Object.hasOwn(table, name) ? table[name] : undefined;
  if (found !== undefined) return found;
  throw new RangeError(`unknown ${what} '${name}'; known are ${Object.keys(table).sort().join(', ')}`);
}

const scalers: readonly TransformName[] = ['standard-scale', 'min-max-scale', 'robust-scale', 'rank-scale'];

function noticed(
  { x }: TrainingData,
  names: readonly string[],
  learner: Learner,
  { steps }: PipelineSpec,
): string[] {
  const warnings: string[] = [];
  const constant = constantColumns(x).map((j) => `'${names[j]}'`);
  if (constant.length === x.columns && x.sequences === undefined) {
    throw new RangeError(
      `every column has one and the same value in all ${x.rows} training rows (${constant.join(', ')}): there is nothing to learn from; check the features chosen`,
    );
  }
  if (constant.length > 0) {
    warnings.push(
      `the same value in every training row, so nothing to learn from: ${constant.join(', ')}; leave ${constant.length === 1 ? 'it' : 'them'} out of the features`,
    );
  }
  if (learner.scaleSensitive && x.columns > 0 && !steps.some(({ name }) => scalers.includes(name))) {
    warnings.push(
      `'${learner.name}' sees distances, so a column of large numbers drowns the others: put a 'standard-scale' step before it`,
    );
  }
  return warnings;
}
