import * as z from 'zod';
import { checkInput, columnNames } from './check-training.ts';
import { softmaxRows } from './bayes/posterior.ts';
import { classWeighted } from './class-weights.ts';
import type { ClassWeights } from './class-weights.ts';
import type { FitContext, Model, TrainingData } from './learner.ts';
import { logistic } from './linear/logistic.ts';
import { matrix, selectRows } from './matrix.ts';
import type { Matrix } from './matrix.ts';
import { fitPipeline, loadPipeline, pipelineParts } from './pipeline.ts';
import type { FittedClassifier, FittedPipeline, PipelineSpec } from './pipeline.ts';
import { nestedParts, placeParts, savedPartsSchema, savedSettings } from './saved.ts';
import type { SavedParts } from './saved.ts';
import { stratifiedFolds } from './stratified-folds.ts';

/** What a member of a stack looks at. */
export const stackInputs = ['frames', 'columns', 'both'] as const;
const inputs = z.enum(stackInputs);
type Inputs = z.output<typeof inputs>;

/** One member: a pipeline of its own on some of the inputs. */
export interface StackMember extends Pick<PipelineSpec, 'steps' | 'learner'> {
  readonly name: string;
  readonly inputs: Inputs;
}

export const stackOptions = z.strictObject({
  combine: z
    .enum(['logistic', 'mean'])
    .default('logistic')
    .describe(
      "how the members' answers become one: by a logistic regression fitted on out-of-fold answers to the training rows (Wolpert 1992), or their mean logit",
    ),
  folds: z.int().min(2).default(5).describe('inner folds of the logistic regression'),
  c: z.number().positive().default(0.1).describe('weight of its losses against its penalty'),
});

/** Several pipelines and what joins them. */
export interface StackSpec extends z.output<typeof stackOptions> {
  readonly members: readonly StackMember[];
  readonly classWeights?: ClassWeights;
}

const version = 1;
const settingsSchema = z.strictObject({
  names: z.array(z.string()),
  classes: z.int(),
  members: z.array(z.strictObject({ name: z.string(), inputs, pipeline: savedPartsSchema })),
  joint: savedPartsSchema.nullable(),
});

interface FittedMember extends Pick<StackMember, 'name' | 'inputs'> {
  readonly pipeline: FittedPipeline;
}

/**
 * Fits the members on all rows and what joins them on answers to rows that the members have not seen (stacked generalization: Wolpert
 * 1992; Ting & Witten 1999): each row's logits by members fitted without its fold.
 * @throws RangeError as `fitPipeline`, the member named; on no member; on a class with fewer rows than inner folds
 */
export async function fitStack(
  spec: StackSpec,
  data: TrainingData,
  context: FitContext,
): Promise<FittedClassifier> {
  const { members, combine, folds, c } = spec;
  if (members.length === 0) throw new RangeError('a stack of no members: give at least one');
  const rounds = combine === 'mean' ? 1 : folds + 1;
  let fits = 0;
  const fitMember = async (member: StackMember, rows: TrainingData): Promise<FittedMember> => {
    const { name, steps, learner } = member;
    const pipelineSpec = { steps, learner, ...(spec.classWeights && { classWeights: spec.classWeights }) };
    const done = fits++;
    const total = members.length * rounds;
    const { seed, threads, signal, onProgress } = context;
    try {
      const pipeline = await fitPipeline(pipelineSpec, seen(rows, member.inputs), {
        seed,
        ...(threads !== undefined && { threads }),
        ...(signal && { signal }),
        ...(onProgress && {
          onProgress: (part, whole) => onProgress(1000 * (done + part / whole), 1000 * total),
        }),
      });
      return { name, inputs: member.inputs, pipeline };
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      throw new RangeError(`member '${name}': ${cause.message}`, { cause });
    }
  };
  let joint: Model | null = null;
  if (combine === 'logistic') {
    const foldOf = stratifiedFolds(data, folds, context.seed);
    const answers = matrix(data.x.rows, width(members.length, data.classes));
    for (let fold = 0; fold < folds; fold++) {
      const [rest, held] = [chosen(data, foldOf, (f) => f !== fold), chosen(data, foldOf, (f) => f === fold)];
      const fitted: FittedMember[] = [];
      for (const member of members) fitted.push(await fitMember(member, rest.data));
      const own = await memberLogits(fitted, held.data.x, data.classes);
      held.rows.forEach((row, i) =>
        answers.data.set(own.data.subarray(i * own.columns, (i + 1) * own.columns), row * own.columns),
      );
      for (const { pipeline } of fitted) await pipeline.close?.();
    }
    joint = await logistic.fit(
      classWeighted(
        { x: answers, y: data.y, classes: data.classes, ...(data.weights && { weights: data.weights }) },
        spec.classWeights,
      ),
      { c, tolerance: 1e-6, iterations: 1000 },
      context,
    );
  }
  const fitted: FittedMember[] = [];
  for (const member of members) fitted.push(await fitMember(member, data));
  const names = columnNames(data.columns, data.x.columns);
  return assemble(names, data.classes, fitted, joint);
}

/** A stack as it was when saved. @throws RangeError on parts of another kind or version */
export async function loadStack(parts: SavedParts): Promise<FittedClassifier> {
  const { names, classes, members, joint } = savedSettings(parts, 'stack', version, settingsSchema);
  const fitted: FittedMember[] = [];
  for (const [k, { name, inputs: own, pipeline }] of members.entries()) {
    fitted.push({
      name,
      inputs: own,
      pipeline: await loadPipeline(nestedParts(parts, `members/${k}`, pipeline)),
    });
  }
  const joined = joint === null ? null : await logistic.load(nestedParts(parts, 'joint', joint));
  return assemble(names, classes, fitted, joined);
}

function assemble(
  names: readonly string[],
  classes: number,
  members: readonly FittedMember[],
  joint: Model | null,
): FittedClassifier {
  const weighing = members.filter(({ pipeline }) => pipeline.frameShares !== undefined);
  const stack: FittedClassifier = {
    kind: 'stack',
    columns: names.length,
    classes,
    names,
    importance: [],
    warnings: members.flatMap(({ name, pipeline }) =>
      pipeline.warnings.map((warning) => `member '${name}': ${warning}`),
    ),
    async predictProba(x) {
      checkInput(x, names.length, 'native', names);
      const answers = await memberLogits(members, x, classes);
      return joint === null ? meanProbabilities(answers, classes) : joint.predictProba(answers);
    },
    save() {
      const arrays: Record<string, SavedParts['arrays'][string]> = {};
      return {
        kind: 'stack',
        version,
        settings: {
          names: [...names],
          classes,
          members: members.map(({ name, inputs: own, pipeline }, k) => ({
            name,
            inputs: own,
            pipeline: placeParts(arrays, `members/${k}`, pipelineParts(pipeline)),
          })),
          joint: joint === null ? null : placeParts(arrays, 'joint', joint.save()),
        },
        arrays,
      };
    },
    async close() {
      for (const { pipeline } of members) await pipeline.close?.();
    },
  };
  if (weighing.length === 0) return stack;
  return {
    ...stack,
    async frameShares(x) {
      const shares: Float64Array[] = [];
      for (const { pipeline, inputs: own } of weighing) {
        shares.push(await pipeline.frameShares!(look(x, own)));
      }
      return shares[0].map((_, t) => shares.reduce((sum, each) => sum + each[t] / shares.length, 0));
    },
  };
}

/** What a member looks at of rows. */
function look(x: Matrix, own: Inputs): Matrix {
  if (own === 'frames') {
    return {
      rows: x.rows,
      columns: 0,
      data: new Float64Array(0),
      ...(x.sequences && { sequences: x.sequences }),
    };
  }
  return own === 'both' ? x : { rows: x.rows, columns: x.columns, data: x.data };
}

function seen({ columns, ...data }: TrainingData, own: Inputs): TrainingData {
  const names = own === 'frames' ? [] : columns;
  return { ...data, x: look(data.x, own), ...(names && { columns: names }) };
}

function chosen(data: TrainingData, foldOf: Int32Array, which: (fold: number) => boolean) {
  const rows = Array.from(foldOf.keys()).filter((i) => which(foldOf[i]));
  const { x, y, weights, groups } = data;
  return {
    rows,
    data: {
      ...data,
      x: selectRows(x, rows),
      y: Int32Array.from(rows, (row) => y[row]),
      ...(weights && { weights: Float64Array.from(rows, (row) => weights[row]) }),
      ...(groups && { groups: Int32Array.from(rows, (row) => groups[row]) }),
    },
  };
}

/** Columns for the answers of members: of two classes one logit each, else one a class. */
function width(members: number, classes: number): number {
  return members * (classes === 2 ? 1 : classes);
}

/** Keeps logits of sure answers within what few rows can tell. */
const least = 1e-4;

async function memberLogits(members: readonly FittedMember[], x: Matrix, classes: number): Promise<Matrix> {
  const each = classes === 2 ? 1 : classes;
  const result = matrix(x.rows, width(members.length, classes));
  for (const [m, { pipeline, inputs: own }] of members.entries()) {
    const { data } = await pipeline.predictProba(look(x, own));
    for (let i = 0; i < x.rows; i++) {
      for (let k = 0; k < each; k++) {
        const p = data[i * classes + (each === 1 ? 1 : k)];
        const kept = Math.min(1 - least, Math.max(least, p));
        result.data[i * result.columns + m * each + k] =
          each === 1 ? Math.log(kept) - Math.log1p(-kept) : Math.log(kept);
      }
    }
  }
  return result;
}

/** Softmax of the members' mean logit. */
function meanProbabilities({ rows, columns, data }: Matrix, classes: number): Matrix {
  const each = classes === 2 ? 1 : classes;
  const result = matrix(rows, classes);
  for (let i = 0; i < rows; i++) {
    for (let at = 0; at < columns; at++) {
      result.data[i * classes + (each === 1 ? 1 : at % each)] += (data[i * columns + at] * each) / columns;
    }
  }
  return softmaxRows(result);
}
