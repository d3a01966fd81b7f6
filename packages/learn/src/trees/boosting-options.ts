import * as z from 'zod';

export const boostingOptions = z.strictObject({
  learningRate: z.number().positive().default(0.1).describe('factor on what each tree adds'),
  iterations: z.int().positive().default(100).describe('most iterations: each grows a tree, or one a class'),
  maxLeaves: z.int().min(2).max(65536).default(31).describe('most leaves of a tree'),
  maxDepth: z.int().positive().optional().describe('most splits on the way to a leaf; no limit where absent'),
  minSamplesLeaf: z.int().positive().default(20).describe('fewest rows of a leaf'),
  l2: z.number().nonnegative().default(0).describe('ridge penalty on what leaves add'),
  earlyStopping: z
    .enum(['auto', 'on', 'off'])
    .default('auto')
    .describe('stop when the log loss of rows held out no longer falls; auto: with more than 10,000 rows'),
  validationShare: z
    .number()
    .positive()
    .max(0.9)
    .default(0.1)
    .describe('share of each class held out for that'),
  patience: z.int().positive().default(10).describe('iterations without a fall after which it stops'),
  tolerance: z.number().nonnegative().default(1e-7).describe('least fall of the log loss that counts'),
});
export type BoostingOptions = z.output<typeof boostingOptions>;
