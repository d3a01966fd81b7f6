import * as z from 'zod';

/** Options of both kinds of forest; they differ in whether rows are drawn anew for each tree. */
export function forestOptions(bootstrap: boolean) {
  return z.strictObject({
    trees: z.int().positive().default(100).describe('number of trees'),
    criterion: z
      .enum(['gini', 'entropy'])
      .default('gini')
      .describe('impurity that splits decrease: Gini or Shannon'),
    maxFeatures: z
      .union([z.enum(['sqrt', 'log2', 'all']), z.number().positive().max(1)])
      .default('sqrt')
      .describe('columns looked at for each split: a root, logarithm or share of their number, or all'),
    maxDepth: z
      .int()
      .positive()
      .optional()
      .describe('most splits on the way to a leaf; no limit where absent'),
    minSamplesSplit: z.int().min(2).default(2).describe('fewest rows of a node that is split'),
    minSamplesLeaf: z.int().positive().default(1).describe('fewest rows of a leaf'),
    bootstrap: z
      .boolean()
      .default(bootstrap)
      .describe('grow each tree on as many rows drawn with replacement, instead of on all'),
    outOfBag: z
      .boolean()
      .default(false)
      .describe('measure the accuracy on the rows that each tree did not draw (needs bootstrap)'),
  });
}
export type ForestOptions = z.output<ReturnType<typeof forestOptions>>;

/** Columns looked at for each split, scikit-learn's rounding. */
export function featuresTried(maxFeatures: ForestOptions['maxFeatures'], columns: number): number {
  switch (maxFeatures) {
    case 'all':
      return columns;
    case 'sqrt':
      return Math.max(1, Math.floor(Math.sqrt(columns)));
    case 'log2':
      return Math.max(1, Math.floor(Math.log2(columns)));
    default:
      return Math.max(1, Math.floor(maxFeatures * columns));
  }
}
