import * as z from 'zod';
import { paperFigures } from './paper-figures.ts';
import { stampPreprocessNames } from './preprocess/stamp-preprocess.ts';

const share = z.number().min(0).lt(1);
const column = z.string().min(1);

/** Networks for stamps by their names in recipes. */
export const stampNetworks = ['deepshadows-cnn', 'sdss-cnn', 'sdss-cnn-refined'] as const;
export type StampNetworkName = (typeof stampNetworks)[number];

/** Table learners that can be put behind principal components of the pixels. */
export const stampLearners = [
  'random-forest',
  'extra-trees',
  'boosting',
  'knn',
  'svm',
  'mlp',
  'mec',
  'naive-bayes',
  'logistic',
] as const;

const data = z
  .strictObject({
    label: column.default('label').describe('column that holds the class'),
    classes: z
      .record(z.string(), z.string())
      .optional()
      .describe('name of the class for each text of the label column; absent: as they stand there'),
    positive: z
      .string()
      .optional()
      .describe('of two classes the one that is looked for; absent: the last in order, so 1 of 0 and 1'),
    leave_out: z.array(z.string()).default([]).describe('labels whose stamps are not used'),
    group: column
      .optional()
      .describe(
        'stamps of one group (object, exposure, field) never sit on both sides of a split; absent: every stamp by itself',
      ),
    split: z
      .strictObject({
        test: share
          .default(0.25)
          .describe('share of all stamps that only the figures of the report are measured on; 0: none'),
        validation: z
          .number()
          .gt(0)
          .lt(1)
          .default(0.225)
          .describe('share of all stamps that choose epoch, temperature, threshold and confidence'),
        column: column
          .optional()
          .describe('instead of shares: column that says `train`, `validation` or `test` of each stamp'),
        seed: z.int().min(0).optional().describe('of the split alone; absent: the recipe’s'),
      })
      .refine(
        ({ test, validation }) => test + validation < 1,
        'test and validation leave nothing to train on',
      )
      .prefault({}),
    label_noise: z
      .number()
      .min(0)
      .max(1)
      .default(0)
      .describe(
        'share of the training labels that is replaced by another class, for a study of what that costs',
      ),
    limit: z.int().min(2).optional().describe('training stamps used at most, drawn at random class by class'),
  })
  .prefault({});

const augment = z
  .strictObject({
    flips: z
      .boolean()
      .default(false)
      .describe('mirrored left to right and top to bottom, each half of the time'),
    turns: z
      .boolean()
      .default(false)
      .describe('turned by multiples of 90° (of 180° where stamps are not square)'),
    shift: z.int().min(0).max(32).default(0).describe('moved by up to so many pixels; edges are mirrored in'),
  })
  .describe('changes to training stamps, drawn anew each epoch; validation and test stamps stay as they are')
  .prefault({});

const model = z
  .strictObject({
    learner: z
      .enum(['cnn', ...stampLearners])
      .describe(
        '`cnn`: a network on the pixels; else a learner of tables on principal components of the pixels',
      ),
    network: z.enum(stampNetworks).optional().describe('`cnn`: which; `finetune` takes that of the model'),
    dropout: share
      .optional()
      .describe('`cnn`: share of elements dropped after each pooling; absent: as the network’s paper'),
    start: z
      .string()
      .min(1)
      .optional()
      .describe('`cnn`: run or bundle of the same network whose weights it starts from; absent: at random'),
    freeze: z
      .enum(['nothing', 'features'])
      .default('nothing')
      .describe('`features`: with `start`, only the last layer is trained; the rest stays as it was'),
    options: z
      .record(z.string(), z.unknown())
      .default({})
      .describe('options of a table learner (docs/reference/recipe.md)'),
  })
  .superRefine(({ learner, network, start, freeze, dropout }, context) => {
    const wrong = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (learner !== 'cnn' && network !== undefined) wrong('network', 'is for learner = "cnn"');
    if (learner !== 'cnn' && start !== undefined) wrong('start', 'is for learner = "cnn"');
    if (learner !== 'cnn' && dropout !== undefined) wrong('dropout', 'is for learner = "cnn"');
    if (freeze === 'features' && start === undefined)
      wrong('freeze', 'needs a model to start from (model.start)');
  });

const features = z
  .strictObject({
    channels: z
      .array(z.int().min(0))
      .optional()
      .describe('channels used, counted from 0; absent: all. [2]: the difference of a triplet'),
    bin: z.int().min(1).default(1).describe('side of the squares of pixels that are averaged first'),
    components: z.int().min(1).default(50).describe('principal components'),
    fit_stamps: z
      .int()
      .min(10)
      .default(2000)
      .describe('training stamps that the components are found from, drawn at random'),
  })
  .describe('what table learners see of a stamp')
  .prefault({});

const training = z
  .strictObject({
    optimizer: z
      .enum(['adam', 'adamw', 'adadelta', 'rmsprop', 'sgd'])
      .default('adam')
      .describe('with the defaults of Keras'),
    learning_rate: z
      .number()
      .positive()
      .default(1e-3)
      .describe('of the optimizer; the largest where it changes'),
    schedule: z
      .enum(['constant', 'cosine'])
      .default('constant')
      .describe('of the learning rate: as it is, or falling along a cosine to a hundredth'),
    epochs: z.int().min(1).default(50).describe('passes over the training stamps'),
    batch: z.int().min(1).default(64).describe('stamps in a step'),
    l2: z
      .strictObject({
        conv: z.number().min(0).default(0).describe('on the kernels of convolutions'),
        dense: z.number().min(0).default(0).describe('on those of dense layers but the last'),
      })
      .describe('penalties λ·Σw² added to the loss (Keras’s L2)')
      .prefault({}),
    class_weights: z
      .enum(['none', 'balanced'])
      .default('none')
      .describe('`balanced`: every class counts alike in the loss, however rare'),
    patience: z
      .int()
      .min(1)
      .optional()
      .describe(
        'stop after this many epochs without a smaller validation loss; the best epoch is kept anyway',
      ),
    ema: z
      .number()
      .gt(0)
      .lt(1)
      .optional()
      .describe('memory of a moving average of the weights, which is judged and kept instead of them'),
  })
  .prefault({});

const finetune = z
  .strictObject({
    labels: z
      .array(z.int().min(10))
      .min(1)
      .default([100, 400, 1600])
      .describe(
        'numbers of labels of the other survey to train with; a fifth of them choose epoch and temperature',
      ),
    modes: z
      .array(z.enum(['features', 'nothing', 'scratch']))
      .min(1)
      .default(['features', 'nothing', 'scratch'])
      .describe(
        'what is frozen: `features` all but the last layer, `nothing`; `scratch`: a start at random, to compare with',
      ),
  })
  .describe('`blemish finetune`: the study against the number of labels')
  .prefault({});

const decision = z
  .strictObject({
    calibration: z
      .enum(['temperature', 'none'])
      .default('temperature')
      .describe('one number that the logits are divided by, fitted on validation stamps'),
    max_fpr: z
      .number()
      .gt(0)
      .lt(1)
      .optional()
      .describe(
        'two classes: threshold at which at most this share of negatives is taken for positives; absent: 0.5',
      ),
    accuracy: z
      .number()
      .gt(0)
      .lt(1)
      .optional()
      .describe(
        'stamps whose likeliest class is below a confidence get “don’t know”; the confidence is chosen so that this share of the others is right on validation stamps',
      ),
  })
  .prefault({});

const uncertainty = z
  .strictObject({
    members: z
      .int()
      .min(1)
      .max(50)
      .default(1)
      .describe(
        '`cnn`: networks trained from different starts, whose probabilities are averaged (deep ensemble)',
      ),
    passes: z
      .int()
      .min(0)
      .max(1000)
      .default(0)
      .describe(
        '`cnn`: passes with dropout at predict time, for the spread of probabilities (Monte-Carlo dropout)',
      ),
  })
  .prefault({});

/** Everything of the training of a classifier of stamps; a recipe file is this, as TOML. */
export const stampRecipe = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/, 'use lower-case letters, digits and -')
    .describe('name of the model: folder of the run'),
  task: z.literal('stamp').describe('what the model reads: stamps or cut-outs'),
  seed: z
    .int()
    .min(0)
    .max(4_294_967_295)
    .default(1)
    .describe('of everything random in the training; `--seed` replaces it'),
  about: z
    .string()
    .optional()
    .describe('one sentence on the stamps for the report, such as that they are simulated'),
  data,
  preprocess: z
    .enum(stampPreprocessNames)
    .default('standard')
    .describe('how a stamp becomes the model’s input (docs/reference/import.md)'),
  augment,
  model,
  features,
  training,
  decision,
  uncertainty,
  finetune,
  paper: paperFigures,
});

export type StampRecipe = z.infer<typeof stampRecipe>;
