import { fitPipeline, learners, loadPipeline, matrix } from '@blemish/learn';
import type { FittedPipeline, LearnerName, Matrix, PipelineSpec, SavedParts } from '@blemish/learn';
import { memberOptions } from '../exposure-recipe.ts';
import type { ExposureMember } from '../exposure-recipe.ts';
import { groupNumbers } from '../learning/fit-table.ts';
import { recipeSteps } from '../table-recipe.ts';
import { joinedRows } from './ccd-inputs.ts';
import type { InputRows, NamedRows } from './ccd-inputs.ts';
import { fitCuts, loadCuts } from './cuts.ts';
import { fitViewNetwork, openViewNetwork } from './view-network.ts';

/** A fitted member of a model: probabilities of CCDs. */
export interface Head {
  /** [n, categories], rows sum to 1. */
  predict(rows: InputRows): Promise<Matrix>;
  /** Null of a network. */
  readonly saved: SavedParts | null;
  /** ONNX; null of all others. */
  readonly network: Uint8Array | null;
  /** Null of what is no pipeline. */
  readonly pipeline: FittedPipeline | null;
  close(): Promise<void>;
}

/** CCDs to learn from. */
export interface HeadRows {
  readonly rows: InputRows;
  /** Category of each CCD. */
  readonly y: Int32Array;
  /** What is not split: the group of its exposure. */
  readonly groups: readonly string[];
  readonly categories: readonly string[];
}

export interface HeadContext {
  readonly seed: number;
  readonly threads: number;
  readonly signal?: AbortSignal | undefined;
  /** Where networks leave what they go on from. */
  readonly folder: string;
  readonly onNote: (note: string) => void;
}

/**
 * Fits one head on labelled CCDs.
 * @throws RangeError with what steps or learner refuse
 */
export async function fitHead(member: ExposureMember, data: HeadRows, context: HeadContext): Promise<Head> {
  if (member.learner === 'cnn') return fitViewNetwork(memberOptions(member), data, context);
  const seen = await joinedRows(data.rows, member.inputs);
  if (member.learner === 'cuts') return fitCuts(memberOptions(member), member.inputs, seen, data);
  const spec = specOf(member, seen, context.onNote);
  const { signal, seed, threads } = context;
  const pipeline = await fitPipeline(
    spec,
    {
      ...{ x: seen.x, columns: seen.names },
      ...presentClasses(data),
      groups: groupNumbers(data.groups),
    },
    { seed, threads, ...(signal && { signal }) },
  );
  pipeline.warnings.forEach(context.onNote);
  return pipelineHead(pipeline, member.inputs, presentClasses(data).present, data.categories.length);
}

/** A head as it was saved. @throws RangeError on parts that are damaged */
export async function loadHead(
  {
    inputs,
    learner,
    model,
  }: {
    readonly inputs: ExposureMember['inputs'];
    readonly learner: string;
    readonly model: SavedParts | null;
  },
  network: Uint8Array | null,
  categories: number,
  threads: number,
): Promise<Head> {
  if (model === null) {
    if (network === null) throw new RangeError(`the network of the head '${learner}' is not there`);
    return openViewNetwork(network, categories, threads);
  }
  if (model.kind === 'cuts') return loadCuts(model, inputs);
  const all = Array.from({ length: categories }, (_, c) => c);
  return pipelineHead(await loadPipeline(model), inputs, all, categories);
}

function pipelineHead(
  pipeline: FittedPipeline,
  inputs: ExposureMember['inputs'],
  present: readonly number[],
  categories: number,
): Head {
  return {
    async predict(rows) {
      return spread(await pipeline.predictProba((await joinedRows(rows, inputs)).x), present, categories);
    },
    saved: pipeline.save(),
    network: null,
    pipeline,
    close: async () => pipeline.close?.(),
  };
}

/** Classes that occur, numbered from 0: in a fold a rare category may be held out whole. */
export function presentClasses({ y }: Pick<HeadRows, 'y'>): {
  readonly present: readonly number[];
  readonly y: Int32Array;
  readonly classes: number;
} {
  const present = [...new Set(y)].sort((a, b) => a - b);
  return { present, y: y.map((c) => present.indexOf(c)), classes: present.length };
}

/** Probabilities of the classes that occurred, as those of all. */
export function spread(found: Matrix, present: readonly number[], categories: number): Matrix {
  if (found.columns === categories) return found;
  const out = matrix(found.rows, categories);
  for (let i = 0; i < found.rows; i++)
    present.forEach((c, j) => (out.data[i * categories + c] = found.data[i * found.columns + j]));
  return out;
}

/**
 * Steps and learner with what few rows and headers with gaps need: medians for missing values where the learner takes none, columns without
 * any value left out, no more components or neighbours than rows.
 */
function specOf(member: ExposureMember, { x }: NamedRows, note: (text: string) => void): PipelineSpec {
  const name = member.learner as LearnerName;
  const options: Record<string, unknown> = { ...memberOptions(member) };
  const steps = recipeSteps(member);
  const fills = steps.some((step) => step.name === 'impute');
  const gaps =
    !fills && x.data.some(Number.isNaN) && (learners[name]?.missing === 'refused' || steps.length > 0);
  const least = (asked: unknown, most: number, what: string): number => {
    if (typeof asked !== 'number' || asked <= most) return asked as number;
    note(`${most} ${what} instead of ${asked}: there are ${x.rows} labelled CCDs`);
    return most;
  };
  if (name === 'knn' && options['neighbors'] !== undefined)
    options['neighbors'] = least(options['neighbors'], x.rows, 'neighbours');
  return {
    steps: [
      ...(gaps ? [{ name: 'variance-threshold' as const }, { name: 'impute' as const }] : []),
      ...steps.map((step) => {
        const own = step.options as { readonly components?: number };
        if (step.name !== 'pca' || own.components === undefined) return step;
        const most = Math.min(x.columns, x.rows - 1);
        return { ...step, options: { ...own, components: least(own.components, most, 'components') } };
      }),
    ],
    learner: { name, options },
  };
}
