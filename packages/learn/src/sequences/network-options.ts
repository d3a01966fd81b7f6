import * as z from 'zod';

const share = z.number().min(0).lt(1);

/** What every network over frames is trained with. */
export const trainingOptions = {
  scaleFrames: z
    .boolean()
    .describe('bring each number of the frames to mean 0 and deviation 1 over the training frames'),
  learningRate: z.number().positive().describe('step size of Adam'),
  schedule: z
    .enum(['cosine', 'constant'])
    .default('cosine')
    .describe('the step size falls as a cosine after a warm-up of 5 % of the steps, or stays'),
  weightDecay: z.number().nonnegative().describe('L2 penalty added to the gradient, as in PyTorch'),
  gradientClip: z.number().positive().default(1).describe('longest gradient; longer ones are shortened'),
  batch: z.int().min(1).default(32).describe('rows of a step; those of a batch are of like length'),
  epochs: z.int().min(1).describe('passes over the training rows'),
  tverskyWeight: z
    .number()
    .nonnegative()
    .default(0)
    .describe('weight of the Tversky loss (0.3 false positives, 0.7 false negatives) beside cross-entropy'),
  holdOut: share
    .default(0)
    .describe(
      'share of each class held out to choose the pass whose weights are kept; 0: the last one, and all rows are learned from',
    ),
  stride: z
    .int()
    .min(1)
    .default(1)
    .describe(
      'every so manieth frame is read: in training from a first one drawn for each step, which varies the rows; a judgement is the mean logit over all first frames',
    ),
  longest: z
    .int()
    .min(1)
    .default(2048)
    .describe('rows of which more frames would be read are thinned to so many, evenly'),
  members: z.int().min(1).default(1).describe('networks trained from different seeds, their logits averaged'),
};

/** Each of them with its default filled in. */
export type SequenceTrainingOptions = {
  readonly [Name in keyof typeof trainingOptions]: z.output<(typeof trainingOptions)[Name]>;
};

/** What every such model keeps of itself beside its arrays; each kind adds its own. */
export const networkSettings = {
  /** F, numbers of a frame. */
  features: z.int(),
  /** C, columns beside the frames. */
  columns: z.int(),
  classes: z.int(),
  members: z.int(),
  longest: z.int(),
  stride: z.int(),
};
