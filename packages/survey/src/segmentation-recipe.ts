import * as z from 'zod';

const seed = z.int().min(0).max(4_294_967_295);

/** Everything of the training of a model that marks pixels of pictures; a recipe file is this, as TOML. */
export const segmentationRecipe = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/, 'use lower-case letters, digits and -')
    .describe('name of the model: folder of the run'),
  task: z.literal('segmentation').describe('what the model reads: whole pictures, marked pixel by pixel'),
  seed: seed.default(1).describe('of everything random in the training; `--seed` replaces it'),
  start: z
    .string()
    .optional()
    .describe('model to start from: a bundle folder, a run, or the name of a shipped one; else at random'),
  data: z
    .strictObject({
      size: z.int().min(64).multipleOf(16).default(400).describe('height and width of the pictures, pixels'),
      tile: z.int().min(8).default(50).describe('height and width of a tile, pixels'),
      validation: z
        .number()
        .gt(0)
        .lt(1)
        .default(0.2)
        .describe('share of the pictures held out: they choose the epoch and the threshold'),
      thumbnails: z
        .int()
        .min(1)
        .optional()
        .describe('learn from so many simulated focal planes instead of `--data`'),
    })
    .prefault({}),
  model: z.strictObject({
    network: z.literal('picture-unet').describe('a small U-Net over the whole picture'),
    width: z
      .int()
      .min(2)
      .max(64)
      .default(8)
      .describe('half the channels at a quarter of the size; the others are multiples'),
  }),
  training: z.strictObject({
    epochs: z.int().min(1).describe('passes over the training pictures'),
    batch: z.int().min(1).default(4).describe('pictures in a step'),
    learning_rate: z
      .number()
      .positive()
      .default(2e-3)
      .describe('of AdamW, the largest; it falls along a cosine'),
    weight_decay: z.number().min(0).default(1e-3).describe('of AdamW'),
    warm_up: z.number().min(0).lt(1).default(0.05).describe('share of all steps in which the rate rises'),
    ema: z
      .number()
      .min(0)
      .lt(1)
      .default(0.98)
      .describe('decay of the moving average of the weights, which is kept'),
    dice: z.number().min(0).default(1).describe('weight of the Dice loss beside the cross-entropy'),
    zoom: z
      .number()
      .min(1)
      .max(2)
      .default(1.15)
      .describe('pictures are scaled by up to this factor, either way'),
    rotation: z
      .number()
      .min(0)
      .max(45)
      .default(10)
      .describe('and turned by up to so many degrees, beside flips and quarter turns'),
    shift: z.number().min(0).default(12).describe('and shifted by up to so many pixels'),
  }),
  split: z
    .strictObject({
      folds: z.int().min(2).default(5).describe('folds of `crossval` and `compare`'),
      seed: seed.default(1).describe('of the folds'),
    })
    .prefault({}),
});

export type SegmentationRecipe = z.infer<typeof segmentationRecipe>;
