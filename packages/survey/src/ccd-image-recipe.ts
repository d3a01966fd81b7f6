import * as z from 'zod';
import { binnedPreprocess, finestBin } from './preprocess/binned-ccd.ts';
import { firstTestSeed } from './test-seeds.ts';

/** Seeds that are tried for one CCD with an artifact; the set of a recipe takes up so many times its length. */
export const seedTries = 20;

const seed = z.int().min(0).max(4_294_967_295);
const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]*$/, 'use lower-case letters, digits and -')
  .describe('name of the model: folder of the run');

/** Everything of the training of a classifier of whole CCDs, each of one class; a recipe file is this, as TOML. */
export const ccdImageRecipe = z
  .strictObject({
    name,
    task: z.literal('ccd-image').describe('what the model reads: a CCD as one small image'),
    seed: seed.default(1).describe('of everything random in the training; `--seed` replaces it'),
    data: z
      .strictObject({
        ccds: z.int().min(20).default(3000).describe('simulated CCDs, every second one with an artifact'),
        held_out: z
          .number()
          .gt(0)
          .lt(1)
          .default(0.1)
          .describe('share of them, the last ones, that the figures of the report are measured on'),
        validation: z
          .int()
          .min(20)
          .default(300)
          .describe('further CCDs, halved likewise, that choose the epoch and the threshold'),
        seed: seed
          .default(700_000)
          .describe(
            `first seed; a CCD that should have an artifact and shows none takes another, up to ${seedTries} times as many as there are CCDs`,
          ),
        classes: z
          .enum(['des', 'all'])
          .default('des')
          .describe(
            'artifacts that count: those of the DES Exposure Checker that are simulated, or all simulated ones',
          ),
        minimum_snr: z
          .number()
          .min(1)
          .default(5)
          .describe(
            'signal-to-noise from which an artifact counts; the class of a CCD is drawn among those that do. CCDs without one have none at any strength',
          ),
        width: z.int().min(128).default(2046).describe('columns of a CCD; DECam’s unless a test wants fewer'),
        height: z.int().min(128).default(4094).describe('rows of a CCD'),
      })
      .prefault({}),
    preprocess: binnedPreprocess.prefault({}),
    model: z.strictObject({
      learner: z.enum(['cnn', 'svm']).describe('what learns; its settings are in the table of that name'),
      answer: z
        .enum(['binary', 'classes'])
        .describe('artifact or none; or which of the classes, "No artifact" being one'),
    }),
    cnn: z
      .strictObject({
        kernel: z.int().min(1).max(15).default(5).describe('side of the convolutions'),
        filters: z
          .tuple([z.int().min(1), z.int().min(1)])
          .default([10, 20])
          .describe('channels of the two convolutions'),
        pools: z
          .tuple([z.int().min(1), z.int().min(1)])
          .default([4, 4])
          .describe('side of the windows of the two max-poolings'),
        dense: z
          .tuple([z.int().min(1), z.int().min(1)])
          .default([128, 64])
          .describe('units of the two dense layers'),
        dropout: z
          .number()
          .min(0)
          .lt(1)
          .default(0.5)
          .describe('share of elements dropped, in all three places'),
        epochs: z.int().min(1).default(15).describe('passes over the training CCDs'),
        batch: z.int().min(1).default(5).describe('CCDs in a step'),
        learning_rate: z.number().positive().default(1e-3).describe('of Adam'),
        patience: z
          .int()
          .min(1)
          .optional()
          .describe(
            'stop after this many epochs without a smaller validation loss; the best epoch is kept in any case',
          ),
      })
      .prefault({}),
    svm: z
      .strictObject({
        kernel: z
          .enum(['linear', 'rbf'])
          .default('linear')
          .describe('x·y, or exp(−gamma |x − y|²), of levels 0 … 1'),
        c: z.number().positive().default(1).describe('cost of a CCD on the wrong side of the margin'),
        gamma: z
          .union([z.literal('scale'), z.number().positive()])
          .default('scale')
          .describe('`scale`: 1 / (bins · variance of all levels); or a number'),
      })
      .prefault({}),
    decision: z
      .strictObject({
        max_fnr: z
          .number()
          .gt(0)
          .lt(1)
          .default(0.1)
          .describe(
            'the threshold of the report misses at most this share of bad CCDs; chosen on the validation CCDs',
          ),
      })
      .prefault({}),
    sweep: z
      .strictObject({
        sizes: z
          .array(z.int().min(10))
          .default([])
          .describe('numbers of training CCDs to train with as well'),
        bins: z
          .array(z.int().multipleOf(finestBin).min(finestBin))
          .default([])
          .describe('sides of bins, likewise'),
        dropout: z.array(z.number().min(0).lt(1)).default([]).describe('shares dropped, likewise (cnn)'),
      })
      .prefault({}),
  })
  .superRefine(({ data, sweep }, context) => {
    const training = data.ccds - Math.round(data.held_out * data.ccds);
    const largest = Math.max(0, ...sweep.sizes);
    if (largest > training) {
      context.addIssue({
        code: 'custom',
        path: ['sweep', 'sizes'],
        message: `${largest} CCDs where ${training} are left to train with; ask for fewer, or for more data.ccds`,
      });
    }
    const end = data.seed + seedTries * (data.ccds + data.validation);
    if (end > firstTestSeed) {
      context.addIssue({
        code: 'custom',
        path: ['data', 'seed'],
        message: `seeds ${data.seed}…${end - 1} reach the test seeds (≥ ${firstTestSeed}); start lower`,
      });
    }
  });

export type CcdImageRecipe = z.infer<typeof ccdImageRecipe>;
