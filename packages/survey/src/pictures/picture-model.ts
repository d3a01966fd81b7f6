import { availableParallelism } from 'node:os';
import { decodeSafetensors, encodeSafetensors } from '@blemish/engine';
import type { Weights } from '@blemish/engine';
import { openBundle } from '../bundle.ts';
import type { Bundle } from '../bundle.ts';
import { SurveyError } from '../errors.ts';
import type { SegmentationRecipe } from '../segmentation-recipe.ts';
import { judgePicture } from './judge-pictures.ts';
import type { JudgedPicture, JudgeSettings } from './judge-pictures.ts';
import type { MarkedPicture } from './marked-pictures.ts';
import { openPictureNetwork } from './picture-network.ts';
import type { PictureNetworkShape } from './picture-network.ts';

/** `model.safetensors` of a bundle: what inference needs, and a training can start from. */
export function encodeWeights(weights: Weights): Uint8Array {
  return encodeSafetensors(new Map(Object.entries(weights)), {});
}

export function bundleWeights({ network }: Bundle<'segmentation'>): Weights {
  return Object.fromEntries(decodeSafetensors(network).arrays);
}

/** The weights that a recipe starts from, with where they are from; null where it starts at random. */
export interface Start {
  readonly weights: Weights;
  readonly name: string;
  readonly sha256: string;
  /** The pictures it was made with, and its own start: no test for what starts from it. */
  readonly data: readonly { readonly name: string; readonly sha256: string }[];
}

/** @throws SurveyError MODEL_NOT_FOUND, MODEL_INVALID, MODEL_TASK, and RECIPE_INVALID where the model is another network */
export async function startOf(
  { start, data, model }: SegmentationRecipe,
  path: string,
): Promise<Start | null> {
  if (start === undefined) return null;
  const bundle = await openBundle(start, 'segmentation');
  const { input, network } = bundle.description;
  if (input.size !== data.size || network.width !== model.width) {
    const has = `size ${input.size} and width ${network.width}`;
    throw new SurveyError(
      'RECIPE_INVALID',
      `start: '${start}' has ${has}, the recipe ${data.size} and ${model.width}`,
      {
        path,
      },
    );
  }
  const { name, provenance } = bundle.description;
  return { weights: bundleWeights(bundle), name, sha256: bundle.sha256, data: provenance.data };
}

/** @throws SurveyError DATASET_SEEN where the model to start from was made with pictures that are about to be held out */
export function refuseSeenByStart(
  start: Start | null,
  pictures: readonly MarkedPicture[],
  path: string,
): void {
  const known = new Set(start?.data.map(({ sha256 }) => sha256));
  const seen = pictures.filter(({ sha256 }) => known.has(sha256));
  if (start === null || seen.length === 0) return;
  throw new SurveyError(
    'DATASET_SEEN',
    `start: '${start.name}' was made with ${seen.length} of these pictures ('${seen[0].name}' …), which would be held out of a training that starts from it; start from another model`,
    { path },
  );
}

/** A picture with the network's probabilities and what they are worth. */
export interface Outcome {
  readonly picture: MarkedPicture;
  /** Probability of each pixel. */
  readonly map: Float32Array;
  readonly judged: JudgedPicture;
}

/** Lays a network's answers beside what annotators marked. */
export async function judgeWith(
  shape: PictureNetworkShape,
  weights: Weights,
  pictures: readonly MarkedPicture[],
  settings: JudgeSettings,
  onPicture: () => void = () => undefined,
): Promise<Outcome[]> {
  const network = await openPictureNetwork(shape, weights, availableParallelism());
  try {
    const outcomes: Outcome[] = [];
    for (const picture of pictures) {
      const map = await network.probabilities(picture.pixels);
      outcomes.push({ picture, map, judged: judgePicture(picture, map, settings) });
      onPicture();
    }
    return outcomes;
  } finally {
    await network.close();
  }
}
