import { readFile } from 'node:fs/promises';
import { parse } from 'smol-toml';
import * as z from 'zod';
import { simulatedClasses } from '@blemish/sky';
import { autoencoderRecipe } from './autoencoder-recipe.ts';
import { ccdImageRecipe } from './ccd-image-recipe.ts';
import { SurveyError } from './errors.ts';
import { exposureRecipe } from './exposure-recipe.ts';
import { preprocessSettings } from './preprocess/settings.ts';
import { segmentationRecipe } from './segmentation-recipe.ts';
import { selfDistillationRecipe } from './self-distillation-recipe.ts';
import { stampRecipe } from './stamp-recipe.ts';
import { tableRecipe } from './table-recipe.ts';
import { firstTestSeed } from './test-seeds.ts';

const share = z.number().min(0).max(1);
const seed = z.number().int().min(0).max(4_294_967_295);

/** Everything of the training of a CCD model; a recipe file is this, as TOML. */
export const ccdRecipe = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'use lower-case letters, digits and -'),
    task: z.literal('ccd'),
    seed: seed.default(1),
    data: z.strictObject({
      train: z.number().int().min(1),
      train_seed: seed.default(1),
      train_clean: share.default(0.25),
      train_class_weights: z
        .record(
          z.string().refine((name) => simulatedClasses.includes(name), 'not a class that is simulated'),
          z.number().min(0),
        )
        .optional()
        .describe(
          'how many times as often as another class of its scope (one CCD, or the exposure) a class is drawn for training; 1 where it is not named. Validation draws all alike',
        ),
      validation: z.number().int().min(1),
      validation_seed: seed.default(500_000),
      validation_clean: share.default(0.6),
      without_mask: share.default(0.1),
      judged: z
        .number()
        .int()
        .min(1)
        .default(600)
        .describe(
          'validation CCDs whose loss judges an epoch, the first ones; all of them fit calibration and thresholds',
        ),
      /** Pixels of the simulated CCDs; DECam's unless a test wants less. */
      width: z.number().int().min(128).default(2046),
      height: z.number().int().min(128).default(4094),
    }),
    preprocess: preprocessSettings.prefault({}),
    model: z.strictObject({
      network: z.literal('ccd-unet'),
      /** Channels of the first layer; the others are multiples. */
      width: z.number().int().min(4).max(64).default(16),
      start: z
        .string()
        .min(1)
        .optional()
        .describe(
          'run of a CCD model to start from: its best weights, where this network has parameters of their names and shapes; else at random',
        ),
    }),
    training: z.strictObject({
      epochs: z.number().int().min(1),
      batch: z.number().int().min(1).default(8),
      learning_rate: z.number().positive().default(2e-3),
      weight_decay: z.number().min(0).default(1e-4),
      beta2: z.number().min(0).lt(1).default(0.99),
      /** Share of all steps. */
      warm_up: share.default(0.05),
      clip_norm: z.number().positive().default(1),
      ema: z.number().min(0).max(1).default(0.999),
      map_weight: z.number().min(0).default(1),
      numbers_weight: z
        .number()
        .min(0)
        .default(0.5)
        .describe("weight of the loss of the numbers' own answer beside the labels'"),
      /** A label the network is wrong about weighs up to 1 + this many times as much as one it is sure of. */
      hard_example_weight: z.number().min(0).default(0),
      minimum_snr: z.number().min(0).default(3),
      /** Share of samples cut to a random window, so that small cut-outs are no surprise. */
      crop: share.default(0.15),
    }),
    decision: z
      .strictObject({
        false_per_exposure: z.number().positive().default(0.1),
        ccds_per_exposure: z.number().int().positive().default(60),
        prior: z.number().gt(0).lt(1).default(0.06),
      })
      .prefault({}),
  })
  .superRefine(({ data }, context) => {
    for (const [name, from, n] of [
      ['train', data.train_seed, data.train],
      ['validation', data.validation_seed, data.validation],
    ] as const) {
      if (from + n > firstTestSeed) {
        context.addIssue({
          code: 'custom',
          path: ['data', `${name}_seed`],
          message: `seeds ${from}…${from + n - 1} reach the test seeds (≥ ${firstTestSeed}); start lower`,
        });
      }
    }
    const overlap =
      data.train_seed < data.validation_seed + data.validation &&
      data.validation_seed < data.train_seed + data.train;
    if (overlap) {
      context.addIssue({
        code: 'custom',
        path: ['data', 'validation_seed'],
        message: 'training and validation share seeds; move one of them',
      });
    }
  });

export type CcdRecipe = z.infer<typeof ccdRecipe>;

/** What a recipe file may hold; its `task` says which. */
const anyRecipe = z.discriminatedUnion('task', [
  ccdRecipe,
  ccdImageRecipe,
  autoencoderRecipe,
  tableRecipe,
  segmentationRecipe,
  stampRecipe,
  exposureRecipe,
  selfDistillationRecipe,
]);

export type Recipe = z.infer<typeof anyRecipe>;

/** A recipe with the text it was read from, whose hash goes into what is made by it. */
export interface RecipeFile<R extends Recipe = Recipe> {
  readonly path: string;
  readonly text: string;
  readonly recipe: R;
}

/**
 * Reads and checks a recipe.
 * @throws SurveyError RECIPE_INVALID naming the file and every field that is wrong; INPUT_NOT_FOUND.
 */
export async function readRecipe(path: string): Promise<RecipeFile> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new SurveyError('INPUT_NOT_FOUND', 'the recipe cannot be read', { path, cause });
  }
  return { path, text, recipe: checkRecipe(parseToml(text, path), path) };
}

/** @throws SurveyError RECIPE_INVALID naming the file and every field that is wrong */
export function checkRecipe(table: unknown, path: string): Recipe {
  const result = anyRecipe.safeParse(table);
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    ({ path: at, message }) => `${at.join('.') || 'recipe'}: ${message}`,
  );
  throw new SurveyError('RECIPE_INVALID', problems.join('; '), { path });
}

/** @throws SurveyError RECIPE_INVALID */
export function parseToml(text: string, path: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    throw new SurveyError('RECIPE_INVALID', `not TOML: ${(cause as Error).message.split('\n')[0]}`, {
      path,
      cause,
    });
  }
}

/** A recipe for one of some tasks. @throws SurveyError as `readRecipe`, and RECIPE_INVALID for another task */
export async function readRecipeFor<T extends Recipe['task']>(
  path: string,
  ...tasks: readonly T[]
): Promise<RecipeFile<Extract<Recipe, { readonly task: T }>>> {
  const file = await readRecipe(path);
  const { recipe } = file;
  if (isFor(recipe, tasks)) return { ...file, recipe };
  const needed = tasks.map((task) => `'${task}'`).join(' or ');
  throw new SurveyError('RECIPE_INVALID', `task: is '${recipe.task}' where ${needed} is needed`, { path });
}

/** Several recipes for one of some tasks. @throws SurveyError as `readRecipeFor` */
export async function readRecipesFor<T extends Recipe['task']>(
  paths: readonly string[],
  ...tasks: readonly T[]
): Promise<RecipeFile<Extract<Recipe, { readonly task: T }>>[]> {
  const files = [];
  for (const path of paths) files.push(await readRecipeFor(path, ...tasks));
  return files;
}

function isFor<T extends Recipe['task']>(
  recipe: Recipe,
  tasks: readonly T[],
): recipe is Extract<Recipe, { readonly task: T }> {
  return tasks.some((task) => task === recipe.task);
}
