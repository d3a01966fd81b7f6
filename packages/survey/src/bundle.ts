import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { SurveyError } from './errors.ts';
import { preprocessSettings } from './preprocess/settings.ts';

/** As `fitPlatt` of @blemish/evaluate leaves it, fitted on validation data at its own share of positives. */
const calibration = z.object({ kind: z.literal('platt'), slope: z.number(), intercept: z.number() });

/** What `model.json` holds: all that inference needs beside the network, and where the model comes from. */
export const bundleDescription = z.object({
  format: z.literal(1),
  name: z.string(),
  version: z.string(),
  task: z.literal('ccd'),
  /** One sentence for reports. */
  trainedOn: z.string(),
  created: z.string(),
  /** Network outputs in order; names of the taxonomy. */
  classes: z.array(z.string()).min(1),
  preprocess: preprocessSettings,
  /** Share of CCDs with an artifact that the probabilities stand for. */
  prior: z.number(),
  calibration: z.object({
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
    seeds: z.object({
      train: z.tuple([z.number(), z.number()]),
      validation: z.tuple([z.number(), z.number()]),
    }),
    versions: z.record(z.string(), z.string()),
  }),
});

export type BundleDescription = z.infer<typeof bundleDescription>;

export interface Bundle {
  readonly folder: string;
  readonly description: BundleDescription;
  readonly network: Uint8Array;
  /** Of `model.onnx` and `model.json` together, hexadecimal: another calibration or threshold is another model. */
  readonly sha256: string;
}

/** Where the bundles that ship with the project lie. */
export const shippedModels: string = fileURLToPath(new URL('../../../models', import.meta.url));

/** The model `scan` uses when none is named. */
export const defaultModel = 'blemish-ccd';

/**
 * Opens a bundle by folder or by the name of a shipped one; a run's folder stands for the bundle in it.
 * @throws SurveyError MODEL_NOT_FOUND, MODEL_INVALID
 */
export async function openBundle(pathOrName: string | null): Promise<Bundle> {
  const folder = findBundle(pathOrName ?? defaultModel);
  const file = join(folder, 'model.json');
  let description: BundleDescription;
  let network: Uint8Array;
  let text: string;
  try {
    text = await readFile(file, 'utf8');
    description = bundleDescription.parse(JSON.parse(text));
    network = new Uint8Array(await readFile(join(folder, 'model.onnx')));
  } catch (cause) {
    const what = cause instanceof z.ZodError ? z.prettifyError(cause) : (cause as Error).message;
    throw new SurveyError('MODEL_INVALID', what, { path: file, cause });
  }
  return { folder, description, network, sha256: sha256(Buffer.concat([network, Buffer.from(text)])) };
}

function findBundle(pathOrName: string): string {
  const places = [pathOrName, join(pathOrName, 'bundle'), join(shippedModels, pathOrName)];
  for (const folder of places) if (existsSync(join(folder, 'model.json'))) return folder;
  throw new SurveyError('MODEL_NOT_FOUND', 'no model.json there, and no shipped model of that name', {
    path: pathOrName,
  });
}

/** Writes a bundle beside its place and renames it there; an older one of the same name is replaced. */
export async function writeBundle(
  folder: string,
  description: BundleDescription,
  network: Uint8Array,
  card: string,
): Promise<void> {
  const partial = `${folder}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  await writeFile(join(partial, 'model.onnx'), network);
  await writeFile(join(partial, 'model.json'), `${JSON.stringify(description, null, 1)}\n`);
  await writeFile(join(partial, 'README.md'), card);
  await rm(folder, { recursive: true, force: true });
  await rename(partial, folder);
}

export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}
