import * as z from 'zod';
import { transformerSizes } from '@blemish/learn';
import type { TransformerSize } from '@blemish/learn';

const share = z.number().min(0).max(1);
const column = z.string().min(1);

const data = z
  .strictObject({
    validation: z
      .number()
      .gt(0)
      .lt(1)
      .default(0.1)
      .describe('share of the CCDs held out, by whole groups: they show every epoch how training goes'),
    group: column
      .default('group')
      .describe('column of what may not be divided, the exposure; a set without it has every row by itself'),
    label: column
      .default('reason')
      .describe(
        'column of labels for the probe, which no training sees: the label of the nearest training CCDs against that of held-out ones; rows where it is empty are left out',
      ),
  })
  .prefault({});

const model = z.strictObject({
  size: z
    .enum(Object.keys(transformerSizes) as [TransformerSize, ...TransformerSize[]])
    .describe(
      'vision transformer: `tiny` (1.2 million weights, patches of 8 pixels), `small` (21 million, 8), `base-14` (ViT-B/14: 86 million, 14)',
    ),
  dim: z.int().min(8).optional().describe('features of a token, instead of those of the size'),
  depth: z.int().min(1).max(64).optional().describe('blocks, likewise'),
  heads: z.int().min(1).optional().describe('heads of attention, likewise'),
  patch: z.int().min(2).optional().describe('side of a patch in pixels, likewise'),
  registers: z
    .int()
    .min(0)
    .max(64)
    .optional()
    .describe('tokens beside those of patches, likewise (Darcet et al. 2024)'),
  head: z
    .strictObject({
      hidden: z.int().min(1).default(512).describe('features of its two layers'),
      bottleneck: z.int().min(1).default(128).describe('features before its outputs'),
      outputs: z
        .int()
        .min(2)
        .default(1024)
        .describe('among which student and teacher share out each picture'),
    })
    .describe('of the training; no part of the encoder')
    .prefault({}),
});

const crops = z
  .strictObject({
    large: z.int().min(2).max(8).default(2).describe('crops of a CCD that teacher and student see'),
    large_size: z
      .int()
      .min(8)
      .optional()
      .describe('their side in pixels, a multiple of the patch; the view’s'),
    small: z.int().min(0).max(16).default(4).describe('smaller crops, which the student alone sees'),
    small_size: z.int().min(8).default(32).describe('their side, a multiple of the patch'),
    zoom: z
      .array(z.number().gt(0))
      .length(2)
      .default([1, 1])
      .describe(
        'least and largest factor by which a crop is magnified: 1 leaves pixels as they are. Others resample them, which changes seeing and noise, and these are what bad exposures show',
      ),
    whole: share
      .default(0.5)
      .describe(
        'share of CCDs of which the whole picture is seen where all crops are of one view; else a detail',
      ),
    across_views: share
      .default(0)
      .describe(
        'share of CCDs whose crops are of different views, the whole and a detail, so that these are brought together: what both show is sky, noise and seeing',
      ),
    across_ccds: share
      .default(0.6)
      .describe(
        'share whose crops are of two CCDs of one exposure, where it has several: seeing, focus, tracking, noise and sky, which they share, are brought together; crops of one CCD keep its own faults',
      ),
    flips: z.boolean().default(true).describe('mirrored and turned by multiples of 90°, each crop by itself'),
    brightness: z.number().min(0).max(1).default(0.02).describe('added: up to this share of the grey levels'),
    contrast: z
      .number()
      .min(0)
      .lt(1)
      .default(0.05)
      .describe('levels around the mean are multiplied by 1 ± up to this'),
    noise: z
      .number()
      .min(0)
      .max(1)
      .default(0.01)
      .describe('standard deviation of noise, up to this share of the levels'),
  })
  .describe(
    'pictures that are to be told to be the same. Never blurred, and changed little in brightness: focus, seeing, noise and sky level are what is looked for',
  )
  .refine(({ zoom: [least, most] }) => least <= most, 'zoom: the first number is the smaller one')
  .refine(
    ({ across_views: views, across_ccds: ccds }) => views + ccds <= 1,
    'across_views and across_ccds are more than 1 together: lower one of them (across_ccds is 0.6 where the recipe does not say)',
  )
  .prefault({});

const training = z.strictObject({
  epochs: z.int().min(0).describe('passes over the CCDs; 0 leaves the random start, a baseline'),
  batch: z.int().min(1).default(64).describe('CCDs in a step'),
  learning_rate: z
    .number()
    .positive()
    .default(1e-3)
    .describe('of AdamW, the largest; it falls along a cosine'),
  final_rate: share.default(0.01).describe('what is left of it at the end'),
  warm_up: share.default(0.1).describe('share of all steps in which the rate rises'),
  weight_decay: z.number().min(0).default(0.04).describe('at the start'),
  final_weight_decay: z.number().min(0).default(0.1).describe('at the end, along a cosine'),
  clip_norm: z.number().positive().default(3).describe('longest gradient'),
  momentum: share
    .default(0.99)
    .describe('of the teacher, the moving average of the student’s weights; rises to 1 along a cosine'),
  centering: z
    .enum(['sinkhorn', 'mean'])
    .default('sinkhorn')
    .describe(
      'what keeps a few outputs from taking all CCDs: `sinkhorn`: a batch is shared out evenly among them (as in DINOv2), `mean`: the teacher’s outputs are freed of their running mean (DINO)',
    ),
  center_momentum: share.default(0.9).describe('`mean`: of the running mean'),
  student_temperature: z
    .number()
    .positive()
    .default(0.1)
    .describe('what the student’s outputs are divided by'),
  teacher_temperature: z
    .array(z.number().min(0.025))
    .length(2)
    .default([0.04, 0.04])
    .describe(
      'the teacher’s at first and after its warm-up; less than the student’s, which sharpens; below 0.025 exponentials of its answers would leave the range of numbers',
    ),
  teacher_warm_up: share.default(0.3).describe('share of all steps in which it changes'),
  freeze_last: z
    .number()
    .min(0)
    .default(1)
    .describe('epochs in which the last layer of the head stays as it is'),
  keep: z
    .enum(['last', 'probe'])
    .default('last')
    .describe(
      'encoder kept: of the last epoch, or of that with the best probe, which then chooses by labels',
    ),
});

const collapse = z
  .strictObject({
    action: z
      .enum(['stop', 'warn'])
      .default('stop')
      .describe('`stop`: the training ends with an error, its report says why; `warn`: it goes on'),
    from_epoch: z.int().min(1).default(2).describe('first epoch judged, counted from 1'),
    rank: z
      .number()
      .min(1)
      .default(1.1)
      .describe('least effective rank of held-out embeddings, (Σλ)²/Σλ² of their covariance'),
    deviation: z
      .number()
      .min(0)
      .default(0.01)
      .describe('least standard deviation of an embedding’s numbers over CCDs, as a share of their size'),
    spread: share
      .default(0.05)
      .describe(
        'least entropy of the teacher’s mean answer, as a share of the largest: below, one output takes all',
      ),
    evenness: share
      .default(0.995)
      .describe(
        'largest entropy of the teacher’s single answers, as a share of the largest: above, they say nothing',
      ),
  })
  .describe('when a training counts as collapsed: every CCD gets the same embedding')
  .prefault({});

/** Everything of the training of an encoder of CCDs without labels; a recipe file is this, as TOML. */
export const selfDistillationRecipe = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/, 'use lower-case letters, digits and -')
    .describe('name of the model: folder of the run'),
  task: z.literal('self-distillation').describe('what the model reads: views of CCDs, without labels'),
  seed: z
    .int()
    .min(0)
    .max(4_294_967_295)
    .default(1)
    .describe('of everything random in the training; `--seed` replaces it'),
  data,
  model,
  crops,
  training,
  collapse,
});

export type SelfDistillationRecipe = z.infer<typeof selfDistillationRecipe>;
