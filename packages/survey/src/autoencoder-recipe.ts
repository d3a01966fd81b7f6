import * as z from 'zod';

/** Everything of the training of an autoencoder of frames; a recipe file is this, as TOML. */
export const autoencoderRecipe = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/, 'use lower-case letters, digits and -')
    .describe('name of the model: folder of the run'),
  task: z.literal('autoencoder').describe('what the model reads: frames of objects'),
  seed: z
    .int()
    .min(0)
    .max(4_294_967_295)
    .default(1)
    .describe('of everything random in the training; `--seed` replaces it'),
  data: z
    .strictObject({
      validation: z
        .number()
        .gt(0)
        .lt(1)
        .default(0.1)
        .describe('share of the frames held out, by whole objects: they judge every epoch and the result'),
    })
    .prefault({}),
  model: z.strictObject({
    network: z
      .literal('vae')
      .describe("the ZTF frame-sequence paper's variational autoencoder; frames are min-max normalised"),
    latent: z.int().min(1).max(512).default(36).describe('numbers that a frame is encoded in'),
  }),
  training: z.strictObject({
    epochs: z.int().min(1).describe('passes over the training frames'),
    batch: z.int().min(1).default(128).describe('frames in a step'),
    learning_rate: z.number().positive().default(5e-5).describe('of Adam; the largest where it changes'),
    schedule: z
      .enum(['constant', 'cosine'])
      .default('constant')
      .describe('of the learning rate: as it is, or falling along a cosine to a hundredth'),
    warm_up: z
      .number()
      .min(0)
      .lt(1)
      .default(0)
      .describe('`cosine`: share of all steps in which the rate rises'),
    kl_weight: z
      .number()
      .min(0)
      .default(8e-5)
      .describe('weight of the Kullback–Leibler divergence beside the log-cosh of the pixels'),
    rotation: z
      .enum(['none', 'quarter-turns', 'free'])
      .default('none')
      .describe(
        'frames are turned anew in each epoch: by multiples of 90°, or by any angle, zeros coming in at the corners',
      ),
    patience: z
      .int()
      .min(1)
      .optional()
      .describe(
        'stop after this many epochs without a smaller validation loss; the best epoch is kept in any case',
      ),
  }),
});

export type AutoencoderRecipe = z.infer<typeof autoencoderRecipe>;
