import * as z from 'zod';
import type { FitContext, LearnerName, TrainingData } from '../learner.ts';
import { parseOptions } from '../parse-options.ts';
import { learners } from '../registry.ts';
import type { Transform } from '../transform.ts';
import { varianceRatios } from './analysis-of-variance.ts';
import { checkColumns } from './check-columns.ts';
import { fittedChoice, loadChoice } from './chosen-columns.ts';
import { mutualInformation } from './mutual-information.ts';

const optionsSchema = z.strictObject({
  columns: z.int().min(1).describe('number of columns to keep'),
  by: z
    .enum(['anova', 'mutual-information', 'importance'])
    .default('anova')
    .describe(
      "what columns are ranked by: F of an analysis of variance, mutual information, or a learner's importance",
    ),
  neighbors: z.int().min(1).default(3).describe('neighbors in the estimate of mutual information'),
  learner: z.string().default('extra-trees').describe('whose importance "importance" takes'),
  options: z.record(z.string(), z.unknown()).default({}).describe("that learner's options"),
});
export type SelectFeaturesOptions = z.output<typeof optionsSchema>;

/**
 * Keeps the columns that tell most about the class, each looked at alone (ANOVA, mutual information) or together by a learner's importance.
 * Of equal ones the earlier is kept; the order of columns stays.
 */
export const selectFeatures: Transform<SelectFeaturesOptions> = {
  name: 'select-features',
  title: 'The columns that tell most about the class',
  options: optionsSchema,
  missing: 'native',
  async fit(data, options, context) {
    const names = checkColumns(data, 'native');
    if (options.columns > names.length) {
      throw new RangeError(`${options.columns} columns to keep of ${names.length}: ask for fewer`);
    }
    const scores = await scored(data, options, context);
    const ranked = names.map((_, j) => j).sort((a, b) => scores[b] - scores[a] || a - b);
    const kept = ranked.slice(0, options.columns).sort((a, b) => a - b);
    return fittedChoice('select-features', names, kept);
  },
  load: loadChoice('select-features'),
};

async function scored(
  data: TrainingData,
  { by, neighbors, learner: name, options }: SelectFeaturesOptions,
  context: FitContext,
): Promise<Float64Array> {
  if (by === 'anova') return varianceRatios(data);
  if (by === 'mutual-information') return mutualInformation(data, neighbors);
  const learner = learners[name as LearnerName];
  if (learner === undefined) {
    throw new RangeError(`unknown learner '${name}'; known are ${Object.keys(learners).sort().join(', ')}`);
  }
  const model = await learner.fit(data, parseOptions(learner, options, `learner '${name}'`), context);
  await model.close?.();
  if (model.importance !== undefined) return model.importance;
  throw new RangeError(
    `learner '${name}' has no importance of columns: take one of trees, such as 'extra-trees'`,
  );
}
