import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { bundleDescription } from './bundle-description.ts';
import type { BundleDescription, BundleTask } from './bundle-description.ts';
import { SurveyError } from './errors.ts';

export interface Bundle<T extends BundleTask = BundleTask> {
  readonly folder: string;
  readonly description: Extract<BundleDescription, { readonly task: T }>;
  /** `model.onnx`; else `model.safetensors`, the arrays of the model: of pictures the weights of its network. */
  readonly network: Uint8Array;
  /** Of that file and `model.json` together, hexadecimal: another calibration or threshold is another model. */
  readonly sha256: string;
}

/** Where the bundles that ship with the project lie. */
export const shippedModels: string = fileURLToPath(new URL('../../../models', import.meta.url));

/** The model `scan` uses when none is named. */
export const defaultModel = 'blemish-ccd';

/** The command that uses a model of each task. */
const commandOf: Readonly<Record<BundleTask, string>> = {
  ccd: 'blemish scan',
  'ccd-image': 'blemish evaluate',
  stamp: 'blemish predict',
  encoder: 'blemish embed',
  table: 'blemish predict',
  sequence: 'blemish predict',
  segmentation: 'blemish evaluate',
  exposure: 'blemish scan --model',
};

/** The file beside `model.json`: a network that runs as it is, or the arrays of anything else. */
function modelFile(description: BundleDescription): string {
  const { task } = description;
  const isNetwork =
    task === 'ccd-image'
      ? description.learner === 'cnn'
      : task === 'stamp'
        ? description.tableModel === undefined
        : task !== 'segmentation' && task !== 'exposure' && !('pipeline' in description);
  return isNetwork ? 'model.onnx' : 'model.safetensors';
}

/**
 * Opens a bundle by folder or by the name of a shipped one; a run's folder stands for the bundle in it.
 * @param tasks what the model must be for; any, where none is named
 * @throws SurveyError MODEL_NOT_FOUND, MODEL_INVALID, MODEL_TASK
 */
export async function openBundle<T extends BundleTask = BundleTask>(
  pathOrName: string | null,
  ...tasks: readonly T[]
): Promise<Bundle<T>> {
  const folder = findBundle(pathOrName ?? defaultModel);
  const file = join(folder, 'model.json');
  let description: BundleDescription;
  let network: Uint8Array;
  let text: string;
  try {
    text = await readFile(file, 'utf8');
    description = bundleDescription.parse(JSON.parse(text));
    network = new Uint8Array(await readFile(join(folder, modelFile(description))));
  } catch (cause) {
    const what = cause instanceof z.ZodError ? z.prettifyError(cause) : (cause as Error).message;
    throw new SurveyError('MODEL_INVALID', what, { path: file, cause });
  }
  if (!isFor(description, tasks)) {
    throw new SurveyError(
      'MODEL_TASK',
      `is a model for the task '${description.task}' where ${tasks.map((task) => `'${task}'`).join(' or ')} is needed; use it with \`${commandOf[description.task]}\``,
      { path: folder },
    );
  }
  return { folder, description, network, sha256: sha256(Buffer.concat([network, Buffer.from(text)])) };
}

function isFor<T extends BundleTask>(
  description: BundleDescription,
  tasks: readonly T[],
): description is Extract<BundleDescription, { readonly task: T }> {
  return tasks.length === 0 || tasks.some((task) => task === description.task);
}

function findBundle(pathOrName: string): string {
  const places = [pathOrName, join(pathOrName, 'bundle'), join(shippedModels, pathOrName)];
  for (const folder of places) if (existsSync(join(folder, 'model.json'))) return folder;
  throw new SurveyError('MODEL_NOT_FOUND', 'no model.json there, and no shipped model of that name', {
    path: pathOrName,
  });
}

/**
 * Writes a bundle beside its place and renames it there; an older one of the same name is replaced.
 * @param addFiles writes the other files of the bundle into the folder given
 */
export async function writeBundle(
  folder: string,
  description: BundleDescription,
  network: Uint8Array,
  card: string,
  addFiles: (folder: string) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const partial = `${folder}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  await addFiles(partial);
  await writeFile(join(partial, modelFile(description)), network);
  await writeFile(join(partial, 'model.json'), `${JSON.stringify(description, null, 1)}\n`);
  await writeFile(join(partial, 'README.md'), card);
  await rm(folder, { recursive: true, force: true });
  await rename(partial, folder);
}

export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}
