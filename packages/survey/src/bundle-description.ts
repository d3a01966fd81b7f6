import { z } from 'zod';
import { exposureInputs } from './exposure-recipe.ts';
import { viewSettings } from './exposures/view-settings.ts';
import { binnedPreprocess } from './preprocess/binned-ccd.ts';
import { preprocessSettings } from './preprocess/settings.ts';
import { stampPreprocess } from './preprocess/stamp-preprocess.ts';
import { stampNetworks } from './stamp-recipe.ts';
import { tableTasks } from './table-recipe.ts';

/** As `fitPlatt` of @blemish/evaluate leaves it, fitted on validation data at its own share of positives. */
const calibration = z.object({ kind: z.literal('platt'), slope: z.number(), intercept: z.number() });

/** What every bundle says of itself. */
const identity = {
  format: z.literal(1),
  name: z.string(),
  version: z.string(),
  /** One sentence for reports. */
  trainedOn: z.string(),
  created: z.string(),
};

/** Finds artifacts on a CCD: what `scan` uses. */
const ccdDescription = z.object({
  ...identity,
  task: z.literal('ccd'),
  /** Network outputs in order; names of the taxonomy. */
  classes: z.array(z.string()).min(1),
  preprocess: preprocessSettings,
  /** Share of CCDs with an artifact that the probabilities stand for. */
  prior: z.number(),
  calibration: z.object({
    /** Of the logit of at least one class being there. */
    any: calibration,
    classes: z.array(calibration),
    /** Shares of positives in the validation set, from which the priors are corrected. */
    anyShare: z.number(),
    classShares: z.array(z.number()),
  }),
  decision: z.object({
    falsePerExposure: z.number(),
    ccdsPerExposure: z.number(),
    /** Calibrated probability from which a class counts as found on a flagged CCD. */
    classThresholds: z.array(z.number()),
    /** Probability of a map cell from which its class's mask is grown. */
    cellThresholds: z.array(z.number()),
    /** Validation scores (probability of any artifact, at `prior`), from which any threshold can be chosen later. */
    validation: z.object({
      scores: z.array(z.number()),
      labels: z.array(z.union([z.literal(0), z.literal(1)])),
    }),
  }),
  /** Figures on validation data, simulated; test figures are in the model card with the command that made them. */
  validationMetrics: z.record(z.string(), z.number().nullable()),
  provenance: z.object({
    recipe: z.string(),
    recipeSha256: z.string(),
    /** Of everything random in the training. */
    seed: z.number().optional(),
    seeds: z.object({
      train: z.tuple([z.number(), z.number()]),
      validation: z.tuple([z.number(), z.number()]),
      /** Of the run that the weights come from. */
      start_train: z.tuple([z.number(), z.number()]).optional(),
      start_validation: z.tuple([z.number(), z.number()]).optional(),
    }),
    versions: z.record(z.string(), z.string()),
  }),
});

/** What is saved of a model beside its arrays: `SavedParts` of @blemish/learn. */
const savedParts = z.object({
  kind: z.string(),
  version: z.number(),
  settings: z.record(z.string(), z.unknown()),
});

/** One class for a whole CCD, as a small grey image: the DES whole-CCD paper's classifiers, measured with `evaluate`. */
const ccdImageDescription = z.object({
  ...identity,
  task: z.literal('ccd-image'),
  learner: z.enum(['cnn', 'svm']),
  /** Null for a network. */
  svm: savedParts.nullable(),
  /** Outputs in order, which exclude each other; the first is "No artifact". */
  classes: z.array(z.string()).min(2),
  /** Bins of a whole CCD. */
  input: z.object({ width: z.number().int().min(1), height: z.number().int().min(1) }),
  preprocess: binnedPreprocess,
  /** Share of CCDs with an artifact that the probabilities stand for: that of the training set. */
  prior: z.number(),
  /** Probability of any artifact on validation CCDs, and truth; the share of bad ones that a threshold may miss. */
  validation: z.object({
    scores: z.array(z.number()),
    labels: z.array(z.union([z.literal(0), z.literal(1)])),
  }),
  maxFnr: z.number(),
  /** Figures on simulated CCDs held out. */
  validationMetrics: z.record(z.string(), z.number().nullable()),
  provenance: z.object({
    recipe: z.string(),
    recipeSha256: z.string(),
    seed: z.number(),
    /** First and last of all that may have been simulated. */
    seeds: z.object({ train: z.tuple([z.number(), z.number()]) }),
    versions: z.record(z.string(), z.string()),
  }),
});

/** Where an imported model comes from. */
const importProvenance = z.object({
  kind: z.literal('import'),
  from: z.enum(['onnx', 'keras', 'safetensors']),
  /** The files given, by name. */
  sources: z.array(z.object({ name: z.string(), sha256: z.string() })),
  versions: z.record(z.string(), z.string()),
});

/** Where a model trained here on frames comes from. */
const trainingProvenance = z.object({
  kind: z.literal('training'),
  recipe: z.string(),
  recipeSha256: z.string(),
  seed: z.number(),
  /** Of all frames as the network took them, in the order they were read. */
  data: z.object({ name: z.string(), objects: z.number(), frames: z.number(), sha256: z.string() }),
  versions: z.record(z.string(), z.string()),
});

/** Where an encoder trained here on views of CCDs comes from. */
const viewTrainingProvenance = z.object({
  kind: z.literal('self-distillation'),
  recipe: z.string(),
  recipeSha256: z.string(),
  seed: z.number(),
  /** Of all views, and CCDs learned from and held out. */
  data: z.object({
    name: z.string(),
    sha256: z.string(),
    training: z.number(),
    validation: z.number(),
    simulated: z.boolean(),
  }),
  versions: z.record(z.string(), z.string()),
});

/** What the network takes: one float32 array of stamps, the batch first. */
const stampInput = z.object({
  channels: z.number().int().min(1),
  height: z.number().int().min(1),
  width: z.number().int().min(1),
  /** Of the network's array: [N, C, H, W] or [N, H, W, C]. */
  layout: z.enum(['channels-first', 'channels-last']),
  /** Of the channels in alerts and Parquet; the names that are known of alerts where it is absent. */
  names: z.array(z.string()).optional(),
});

/** Which of the network's arrays the stamps go into and the answer comes from. */
const stampNetwork = z.object({ input: z.string(), output: z.string() });

/** Where a classifier of stamps trained here comes from. */
const stampTrainingProvenance = z.object({
  kind: z.literal('training'),
  recipe: z.string(),
  recipeSha256: z.string(),
  seed: z.number(),
  /** Of all stamps and labels of the set, and how many were trained on, chosen by and measured on. */
  data: z.object({
    name: z.string(),
    sha256: z.string(),
    training: z.number(),
    validation: z.number(),
    test: z.number(),
    /** Training stamps whose label was replaced on purpose. */
    flipped: z.number(),
  }),
  /** SHA-256 of everything the recipe asks for but the share of wrong labels: equal for models that differ in that alone. */
  settingsSha256: z.string().optional(),
  /** The model whose weights it started from. */
  start: z.object({ name: z.string(), sha256: z.string() }).nullable(),
  versions: z.record(z.string(), z.string()),
});

/** What a model of stamps trained here says beside what an imported one does. */
const trainedStamps = {
  /** Two classes: the one that is not `classes[0]`. */
  negative: z.string().optional(),
  /** Class by text of the label column. */
  labels: z.record(z.string(), z.string()).optional(),
  columns: z.object({ label: z.string(), group: z.string().nullable() }).optional(),
  /** From which the network is built again, for its weights to be trained further or its dropout to be used. */
  architecture: z
    .object({ name: z.enum(stampNetworks), dropout: z.number().optional(), members: z.number().int().min(1) })
    .optional(),
  /** Of a learner of tables on principal components: all but its arrays, which are in `model.safetensors`. */
  tableModel: savedParts.optional(),
  /** What the logits are divided by. */
  calibration: z
    .object({ kind: z.literal('temperature'), temperature: z.number() })
    .nullable()
    .optional(),
  decision: z
    .object({
      /** Two classes: calibrated probability from which a stamp is taken for `classes[0]`. */
      threshold: z.number().nullable(),
      /** Probability of the likeliest class below which the answer is "don't know"; null: never. */
      confidence: z.number().nullable(),
      /** Passes with dropout at predict time. */
      passes: z.number().int().min(0),
    })
    .optional(),
  /** Two classes: calibrated probabilities of validation stamps, from which any threshold can be chosen later. */
  validation: z
    .object({ scores: z.array(z.number()), labels: z.array(z.union([z.literal(0), z.literal(1)])) })
    .optional(),
  /** Figures on stamps it was not trained on, and which these are. */
  validationMetrics: z.record(z.string(), z.number().nullable()).optional(),
  measuredOn: z.string().optional(),
};

/** Probabilities for stamps: what `predict` uses. */
const stampDescription = z.object({
  ...identity,
  task: z.literal('stamp'),
  input: stampInput,
  network: stampNetwork,
  preprocess: stampPreprocess,
  /** One name: the class whose probability the only output gives. Several: one for each output, which exclude each other. */
  classes: z.array(z.string()).min(1),
  /** Does the network give probabilities, or logits that still need a sigmoid (one class) or softmax (several)? */
  output: z.enum(['probability', 'logit']),
  ...trainedStamps,
  provenance: z.discriminatedUnion('kind', [importProvenance, stampTrainingProvenance]),
});

/** Numbers that describe a stamp: what `embed` uses. */
const encoderDescription = z.object({
  ...identity,
  task: z.literal('encoder'),
  input: stampInput,
  network: stampNetwork,
  preprocess: stampPreprocess,
  /** Numbers for each stamp. */
  dimensions: z.number().int().min(1),
  /**
   * How many of them, from the first, are the means of a distribution whose log variances follow: what a sequence of frames is made of.
   * All of them where it is absent.
   */
  means: z.number().int().min(1).optional(),
  /** Of an encoder of CCDs: how its input is made of one. */
  views: viewSettings.optional(),
  /** Figures on frames it was not trained on; an imported model has none. */
  validationMetrics: z.record(z.string(), z.number().nullable()).optional(),
  provenance: z.discriminatedUnion('kind', [importProvenance, trainingProvenance, viewTrainingProvenance]),
});

/** As `fitPlatt` or `fitIsotonic` of @blemish/evaluate leave it. */
const tableCalibration = z.union([
  calibration,
  z.object({ kind: z.literal('isotonic'), scores: z.array(z.number()), probabilities: z.array(z.number()) }),
]);

/** A class for each row of a table: what `predict` and `evaluate` use on tables. Its arrays are in `model.safetensors`. */
const tableDescription = z.object({
  ...identity,
  task: z.enum(tableTasks),
  /** In the order of the model's probabilities; of two, the second is the positive one. */
  classes: z.array(z.string()).min(2),
  /** Class by text of the label column. */
  labels: z.record(z.string(), z.string()),
  columns: z.object({
    label: z.string(),
    id: z.string().nullable(),
    group: z.string().nullable(),
    /** Words that say more of a row; never looked at by the model. */
    tags: z.string().nullable().default(null),
    features: z.array(z.string()),
  }),
  /** How its tables are read: names for files without a header, a second table to join. */
  reading: z.object({
    columns: z.array(z.string()).optional(),
    join: z.object({ file: z.string(), on: z.string(), keep: z.boolean().default(false) }).optional(),
    derive: z.object({ from: z.string(), pattern: z.string() }).optional(),
    /** Where the frames of each row are, and how many numbers describe one. */
    frames: z
      .object({
        folder: z.string(),
        missing: z.enum(['skip', 'refuse']),
        at_least: z.number(),
        numbers: z.number().optional(),
      })
      .optional(),
    test: z.string(),
  }),
  learner: z.string(),
  pipeline: savedParts,
  /** Null with more than two classes: the likeliest is decided for. */
  decision: z
    .object({
      calibration: tableCalibration.nullable(),
      scoreLimit: z.number(),
      validationShare: z.number(),
      prior: z.number(),
      criterion: z.object({
        threshold: z.number().optional(),
        maxFpr: z.number().optional(),
        maxFnr: z.number().optional(),
        reviewBudget: z.number().optional(),
        minPrecision: z.number().optional(),
        missCost: z.number().optional(),
      }),
    })
    .nullable(),
  /** Figures on validation rows, and which rows these are. */
  validation: z.string(),
  validationMetrics: z.record(z.string(), z.number().nullable()),
  provenance: z.object({
    recipe: z.string(),
    recipeSha256: z.string(),
    data: z.array(z.object({ name: z.string(), sha256: z.string(), rows: z.number() })),
    seed: z.number(),
    versions: z.record(z.string(), z.string()),
  }),
});

/** Marks pixels of pictures: what `evaluate` uses on folders of annotated pictures. Its weights are in `model.safetensors`. */
const segmentationDescription = z.object({
  ...identity,
  task: z.literal('segmentation'),
  input: z.object({
    /** Height and width of a picture. */
    size: z.number().int().min(1),
    /** Height and width of the tiles it is measured by. */
    tile: z.number().int().min(1),
  }),
  network: z.object({ name: z.literal('picture-unet'), width: z.number().int().min(1) }),
  decision: z.object({
    /** From which a pixel counts as marked: of its probability, and of its brightness above the surroundings (the baseline). */
    threshold: z.number(),
    brightnessThreshold: z.number(),
  }),
  /** Figures on held-out pictures that chose epoch and thresholds, and which these are. */
  validation: z.string(),
  validationMetrics: z.record(z.string(), z.number().nullable()),
  provenance: z.object({
    recipe: z.string(),
    recipeSha256: z.string(),
    seed: z.number(),
    /** The model whose weights it started from. */
    start: z.object({ name: z.string(), sha256: z.string() }).nullable(),
    /** Pictures learned from or chosen by; empty where all were simulated. */
    data: z.array(z.object({ name: z.string(), sha256: z.string() })),
    versions: z.record(z.string(), z.string()),
  }),
});

/** Settings of saved parts whose arrays lie in `model.safetensors` under the place they are named at. */
const exposureMember = z.object({
  name: z.string(),
  inputs: z.array(z.enum(exposureInputs)),
  learner: z.string(),
  /** Of the mean of log-probabilities; all sum to 1. */
  weight: z.number(),
  /** A pipeline (`members/<k>/…`), or what cuts were fitted to; null of a network, which is in `network-<k>.onnx`. */
  model: savedParts.nullable(),
});

/** What is wrong with an exposure, from its CCDs: what `scan --model`, `predict` and `evaluate` use on exposures. */
const exposureDescription = z.object({
  ...identity,
  task: z.literal('exposure'),
  /** In the order of the probabilities; the first is `Good`. */
  categories: z.array(z.string()).min(2),
  /** How the views of a CCD are made. */
  views: viewSettings,
  /** What heads look at beside views: names as in an exposure set. */
  columns: z.object({
    statistics: z.array(z.string()),
    header: z.array(z.string()),
    bands: z.array(z.string()),
    /** Side of the squares of view pixels that `pixels` averages. */
    bin: z.number().int(),
  }),
  /** Its network is in `encoder.onnx`; absent where no member looks at embeddings. */
  encoder: z.object({ description: encoderDescription, sha256: z.string() }).nullable(),
  /** Seed with which the weights of `random-encoder` are drawn. */
  randomSeed: z.number(),
  members: z.array(exposureMember).min(1),
  /** What the logits of an exposure are divided by; null: not calibrated. */
  temperature: z.number().nullable(),
  /** Platt's line for each category from its log-odds: probability that it is among the reasons; null: the probabilities as they are. */
  reasons: z.array(calibration).nullable(),
  /** Labelled CCDs, in the order of `reference.parquet`, as points of the space where neighbours are looked for; null of models without one. */
  evidence: z
    .object({
      input: z.enum(exposureInputs),
      neighbors: z.number().int(),
      metric: z.enum(['euclidean', 'manhattan', 'chebyshev', 'cosine', 'minkowski']),
      /** `evidence/…` */
      pipeline: savedParts,
      /** Local outlier factor (`novelty/…`), and that of training CCDs at 101 even shares, by which a factor becomes a share. */
      novelty: savedParts,
      noveltyQuantiles: z.array(z.number()),
    })
    .nullable(),
  decision: z.object({
    /** An exposure is bad where more than so many CCDs have a probability of not being good above `probability`. */
    moreThan: z.number().int().min(0),
    probability: z.number(),
    /** Probability of the likeliest category below which the category is "don't know"; null: never. */
    confidence: z.number().nullable(),
    accuracy: z.number(),
    falsePer100: z.number(),
  }),
  /** Of labelled exposures by members that have not seen them: the probability that CCD number `moreThan` + 1 is not good, and truth. */
  validation: z.object({
    scores: z.array(z.number()),
    labels: z.array(z.union([z.literal(0), z.literal(1)])),
  }),
  validationMetrics: z.record(z.string(), z.number().nullable()),
  measuredOn: z.string(),
  /** Published figures, which reports show beside their own. */
  paper: z.object({ title: z.string(), figures: z.record(z.string(), z.number()) }).nullable(),
  provenance: z.object({
    recipe: z.string(),
    recipeSha256: z.string(),
    seed: z.number(),
    data: z.object({
      name: z.string(),
      sha256: z.string(),
      simulated: z.boolean(),
      exposures: z.number(),
      ccds: z.number(),
      /** Labelled exposures used, by category. */
      labels: z.record(z.string(), z.number()),
    }),
    versions: z.record(z.string(), z.string()),
  }),
});

/** What `model.json` holds: all that inference needs beside the network, and where the model comes from. */
export const bundleDescription = z.discriminatedUnion('task', [
  ccdDescription,
  ccdImageDescription,
  stampDescription,
  encoderDescription,
  tableDescription,
  segmentationDescription,
  exposureDescription,
]);

export type BundleDescription = z.infer<typeof bundleDescription>;
export type CcdDescription = z.infer<typeof ccdDescription>;
export type CcdImageDescription = z.infer<typeof ccdImageDescription>;
export type StampDescription = z.infer<typeof stampDescription>;
export type EncoderDescription = z.infer<typeof encoderDescription>;
export type TableDescription = z.infer<typeof tableDescription>;
export type SegmentationDescription = z.infer<typeof segmentationDescription>;
export type ExposureDescription = z.infer<typeof exposureDescription>;
/** A description that an import leaves. */
export type ImportedDescription = (StampDescription | EncoderDescription) & {
  readonly provenance: z.infer<typeof importProvenance>;
};
export type StampInput = z.infer<typeof stampInput>;
export type BundleTask = BundleDescription['task'];
