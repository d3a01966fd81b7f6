import * as z from 'zod';
import { learners } from '@blemish/learn';
import { exposureCategories } from '@blemish/sky';
import { stampNetworks } from './stamp-recipe.ts';
import { headerQuantities } from './exposures/exposure-columns.ts';
import { checkOptions, checkSteps, searchSettings } from './table-recipe.ts';

/** What a head may look at. */
export const exposureInputs = ['encoder', 'random-encoder', 'pixels', 'statistics', 'header'] as const;
export type ExposureInput = (typeof exposureInputs)[number];

/** Statistics that heads look at where a recipe names none: the simple ones, without what already is a verdict on depth or transparency. */
export const usualStatistics = ['seeing', 'ellipticity', 'sky', 'rms', 'n_stars', 'zero_point'] as const;

const labels = z.union([z.int().min(1), z.literal('all')]);
export type LabelsPerClass = z.infer<typeof labels>;

const data = z
  .strictObject({
    labels: z
      .string()
      .min(1)
      .optional()
      .describe(
        'table beside stamps.csv with the columns exposure and reasons (categories joined by `;`) instead of those of the set; exposures it does not name count as not inspected, those that the set lacks are counted',
      ),
    labels_per_class: labels
      .default('all')
      .describe(
        'labelled exposures of each category, drawn at random, that the model sees in any form: heads, weights, calibration and thresholds come from these alone; a category with fewer gives all it has',
      ),
    labels_of: z
      .partialRecord(z.enum(exposureCategories), labels)
      .default({})
      .describe('instead of `labels_per_class` for single categories, such as more good exposures'),
    levels: z
      .array(labels)
      .min(1)
      .default([5, 10, 20, 50, 'all'])
      .describe('`compare`: labels per class of the curve of label efficiency'),
    draws: z
      .int()
      .min(1)
      .max(100)
      .default(5)
      .describe('`compare`: draws of the labels at each level, from the seed on; `train` does the first'),
  })
  .prefault({});

const inputs = z
  .strictObject({
    encoder: z.string().min(1).optional().describe('run or bundle of the encoder; `--encoder` replaces it'),
    bin: z.int().min(1).default(2).describe('`pixels`: side of the squares of view pixels that are averaged'),
    statistics: z
      .array(z.string().min(1))
      .min(1)
      .default([...usualStatistics])
      .describe('`statistics`: columns of the set, measured on pixels'),
    header: z
      .array(z.string().min(1))
      .min(1)
      .default([...headerQuantities])
      .describe('`header`: columns of the set, from the header; the band is added, a column for each band'),
  })
  .describe('what the inputs of the heads are')
  .prefault({});

/** Options of the learner `cnn`: a network trained on the views with the labels alone. */
export const cnnOptions = z.strictObject({
  network: z.enum(stampNetworks).default('sdss-cnn').describe('which'),
  dropout: z.number().min(0).lt(1).optional().describe('absent: as the network’s paper'),
  epochs: z.int().min(1).default(30).describe('passes over the labelled CCDs'),
  batch: z.int().min(1).default(32).describe('CCDs in a step'),
  learning_rate: z.number().positive().default(1e-3).describe('of Adam'),
  flips: z.boolean().default(true).describe('mirrored and turned by quarters at random'),
  held: z
    .number()
    .gt(0)
    .lt(0.9)
    .default(0.2)
    .describe('share of the labelled exposures that chooses the epoch'),
});

/**
 * Options of the learner `cuts`: limits as the Legacy Surveys' pipeline has them for DECam (legacypipe, `psf_zeropoint_cuts` of
 * `py/legacyzpts/psfzpt_cuts.py`), each standing for a category.
 */
export const cutsOptions = z.strictObject({
  seeing: z.number().positive().default(3).describe('PSF: arcsec from which on; also where there is none'),
  zero_point: z
    .number()
    .positive()
    .default(0.5)
    .describe(
      'Clouds_transparency: mag below the median zero point of the band among labelled good CCDs (legacypipe: below a nominal one)',
    ),
  sky_rate: z
    .partialRecord(z.string(), z.number().positive())
    .default({ g: 90, r: 150, i: 165, z: 180 })
    .describe('Saturated: ADU per second above which the sky of a band is too bright'),
  sky_level: z.number().positive().default(35_000).describe('Saturated: ADU above which any sky is'),
  exptime: z.number().min(0).default(30).describe('Nonoptimal_exp: seconds below which'),
  depth_factor: z
    .number()
    .min(0)
    .default(0.3)
    .describe('Nonoptimal_exp: exposure factor below which (of the survey’s lists of bad exposures)'),
  n_stars: z
    .number()
    .min(0)
    .default(0.25)
    .describe(
      'NObjects: share of the median number of stars of the band among labelled good CCDs below which (legacypipe: 20 stars)',
    ),
});
export type CutsOptions = z.infer<typeof cutsOptions>;

const member = z.looseObject({
  name: z.string().min(1).optional().describe('for reports; absent: the learner and its inputs'),
  inputs: z
    .array(z.enum(exposureInputs))
    .min(1)
    .describe(
      'what the head looks at: `encoder` the embedding of a CCD, `random-encoder` that of the same network with weights drawn anew, `pixels` the views, `statistics` and `header` columns of the set; several: their columns beside one another',
    ),
  steps: z
    .array(z.looseObject({ use: z.string().describe('transform, by its name') }))
    .default([])
    .describe(
      'transforms in order, fitted on labelled CCDs; missing values get the median where no step fills them',
    ),
  learner: z
    .string()
    .describe(
      'by its name, other keys are its options (docs/reference/recipe.md); or `cnn`, a network on the views; or `cuts`, fixed limits on statistics',
    ),
});

export type ExposureMember = z.infer<typeof member>;

const decision = z
  .strictObject({
    weights: z
      .enum(['chosen', 'equal'])
      .default('chosen')
      .describe(
        'of the members’ mean log-probabilities: those of least loss on labelled exposures that the members have not seen, or equal ones',
      ),
    calibration: z
      .enum(['temperature', 'none'])
      .default('temperature')
      .describe('one number that the logits of an exposure are divided by, fitted on the same exposures'),
    more_than: z
      .union([z.int().min(0), z.literal('chosen')])
      .default('chosen')
      .describe(
        'an exposure is bad where more than so many of its CCDs are (of one with no more CCDs, where all are); `chosen`: the number that finds most at the budget',
      ),
    probability: z
      .number()
      .gt(0)
      .lt(1)
      .optional()
      .describe('probability of not being good above which a CCD counts as bad; absent: by `false_per_100`'),
    false_per_100: z
      .number()
      .positive()
      .max(100)
      .default(2)
      .describe('budget of the review list: good exposures in 100 that may be on it'),
    accuracy: z
      .number()
      .gt(0)
      .lt(1)
      .default(0.94)
      .describe('share of decided categories that shall be right: exposures less sure get “don’t know”'),
  })
  .prefault({});

const evidence = z
  .strictObject({
    input: z
      .enum(exposureInputs)
      .optional()
      .describe(
        'where neighbours are looked for and novelty is measured; absent: the first input of the first member',
      ),
    neighbors: z.int().min(1).max(50).default(5).describe('nearest labelled CCDs that are named'),
    novelty_neighbors: z
      .int()
      .min(2)
      .default(20)
      .describe('neighbours, labelled or not, of the local outlier factor that measures novelty'),
    novelty_rows: z
      .int()
      .min(10)
      .default(5000)
      .describe('CCDs of the training set, drawn at random, that novelty is measured against'),
  })
  .prefault({});

const split = z
  .strictObject({
    folds: z
      .int()
      .min(2)
      .max(20)
      .default(5)
      .describe(
        'weights, calibration and decision come from answers to labelled exposures out of so many folds',
      ),
    seed: z.int().min(0).max(0xffffffff).default(0).describe('of the folds'),
  })
  .prefault({});

const paper = z
  .strictObject({
    title: z.string().describe('whose figures they are, and on which data'),
    figures: z
      .record(z.string(), z.number())
      .describe('by their names in metrics.json, such as accuracy, f1, coverage'),
  })
  .describe('published figures, which the report shows beside its own')
  .optional();

/** Everything of the training of a classifier of exposures from few labels; a recipe file is this, as TOML. */
export const exposureRecipe = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]*$/, 'use lower-case letters, digits and -')
      .describe('name of the model: folder of the run'),
    task: z.literal('exposure').describe('what the model reads: the CCDs of exposures'),
    seed: z
      .int()
      .min(0)
      .max(0xffffffff)
      .default(1)
      .describe('of everything random: the labels drawn, the heads; `--seed` replaces it'),
    about: z
      .string()
      .optional()
      .describe('one sentence on the exposures for the report, such as that they are simulated'),
    data,
    inputs,
    members: z
      .array(member)
      .min(1)
      .describe('heads; of several, the log-probabilities are averaged with weights'),
    split,
    decision,
    evidence,
    search: searchSettings.optional(),
    paper,
  })
  .superRefine(({ members }, context) => {
    members.forEach(({ name: _name, inputs: seen, steps, learner, ...options }, k) => {
      const report = (path: (string | number)[], message: string) =>
        context.addIssue({ code: 'custom', path: ['members', k, ...path], message });
      checkSteps(steps, (path, message) => report(['steps', ...path], message));
      const own = { cnn: { options: cnnOptions }, cuts: { options: cutsOptions } };
      checkOptions({ ...learners, ...own }, learner, options, 'learner', (path, message) =>
        report(path ?? ['learner'], message),
      );
      if (learner === 'cnn' && seen.join() !== 'pixels') report(['inputs'], '`cnn` looks at ["pixels"]');
      if (Object.hasOwn(own, learner) && steps.length > 0) report(['steps'], `'${learner}' takes none`);
    });
  });

export type ExposureRecipe = z.infer<typeof exposureRecipe>;

/** Options of a member's learner, as the recipe has them. */
export function memberOptions({ name: _n, inputs: _i, steps: _s, learner: _l, ...options }: ExposureMember) {
  return options;
}
