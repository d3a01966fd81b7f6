import { learners } from '@blemish/learn';
import type { LearnerName, Matrix, PipelineSpec, SavedParts } from '@blemish/learn';
import { memberOptions } from '../exposure-recipe.ts';
import type { ExposureMember } from '../exposure-recipe.ts';
import { groupNumbers } from '../learning/fit-table.ts';
import { recipeSteps } from '../table-recipe.ts';
import { joinedRows } from './ccd-inputs.ts';
import { fitCuts, loadCuts } from './cuts.ts';
import { presentClasses, spread } from './head-types.ts';
import type { Head, HeadContext, HeadRows } from './head-types.ts';
import { fitValued, loadValued } from './valued-pipeline.ts';
import type { ValuedPipeline } from './valued-pipeline.ts';
import { fitViewNetwork, openViewNetwork } from './view-network.ts';

/**
 * Fits one head on labelled CCDs.
 * @throws RangeError with what steps or learner refuse
 */
export async function fitHead(member: ExposureMember, data: HeadRows, context: HeadContext): Promise<Head> {
  if (member.learner === 'cnn') return fitViewNetwork(memberOptions(member), data, context);
  const seen = await joinedRows(data.rows, member.inputs);
  if (member.learner === 'cuts') return fitCuts(memberOptions(member), member.inputs, seen, data);
  const { signal, seed, threads } = context;
  const valued = await fitValued(
    (x) => specOf(member, x, context.onNote),
    {
      ...{ x: seen.x, columns: seen.names },
      ...presentClasses(data),
      groups: groupNumbers(data.groups),
    },
    { seed, threads, ...(signal && { signal }) },
  );
  valued.pipeline.warnings.forEach(context.onNote);
  return pipelineHead(valued, member.inputs, presentClasses(data).present, data.categories.length);
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
  return pipelineHead(await loadValued(model), inputs, all, categories);
}

function pipelineHead(
  valued: ValuedPipeline,
  inputs: ExposureMember['inputs'],
  present: readonly number[],
  categories: number,
): Head {
  return {
    async predict(rows) {
      return spread(await valued.predictProba((await joinedRows(rows, inputs)).x), present, categories);
    },
    saved: valued.save(),
    network: null,
    close: async () => valued.pipeline.close?.(),
  };
}

/**
 * Steps and learner with what few rows and headers with gaps need: medians for missing values where steps or learner take none, no more
 * components or neighbours than rows.
 */
function specOf(member: ExposureMember, x: Matrix, note: (text: string) => void): PipelineSpec {
  const name = member.learner as LearnerName;
  const options: Record<string, unknown> = { ...memberOptions(member) };
  const steps = recipeSteps(member);
  // Rows that are judged later may have gaps where the labelled ones have none.
  const mayLack = member.inputs.some((input) => input === 'statistics' || input === 'header');
  const takesNone = learners[name]?.missing === 'refused' || steps.some((step) => step.name === 'pca');
  const gaps = mayLack && takesNone && !steps.some((step) => step.name === 'impute');
  const least = (asked: unknown, most: number, what: string): number => {
    if (typeof asked !== 'number' || asked <= most) return asked as number;
    note(`${most} ${what} instead of ${asked}: there are ${x.rows} labelled CCDs`);
    return most;
  };
  if (name === 'knn' && options['neighbors'] !== undefined)
    options['neighbors'] = least(options['neighbors'], x.rows, 'neighbours');
  return {
    steps: [
      ...(gaps ? [{ name: 'impute' as const }] : []),
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
