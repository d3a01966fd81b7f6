import { matrix } from '@blemish/learn';
import type { Matrix } from '@blemish/learn';
import type { EncoderDescription } from '../bundle-description.ts';
import { openBundle, sha256 } from '../bundle.ts';
import { SurveyError } from '../errors.ts';
import { randomiseNetwork } from '../explain/randomise.ts';
import { viewChannels } from '../exposures/view-settings.ts';
import type { ViewSettings } from '../exposures/view-settings.ts';
import { preprocessStamp } from '../preprocess/stamp-preprocess.ts';
import type { StampPreprocess } from '../preprocess/stamp-preprocess.ts';
import { openStampRunner } from '../stamps/stamp-runner.ts';

/** An encoder as a bundle of exposures holds it. */
export interface EncoderParts {
  readonly description: EncoderDescription;
  /** ONNX. */
  readonly network: Uint8Array;
  /** Of the network. */
  readonly sha256: string;
}

/** Embeds CCDs by their views. */
export interface ViewEncoder {
  /** [n, dimensions] */
  embed(views: readonly Uint8Array[]): Promise<Matrix>;
  close(): Promise<void>;
}

/** @throws SurveyError MODEL_NOT_FOUND, MODEL_INVALID, MODEL_TASK; STAMP_SHAPE where it takes other views than the set holds */
export async function readEncoder(path: string, views: ViewSettings): Promise<EncoderParts> {
  const { description, network, folder } = await openBundle(path, 'encoder');
  const { channels, height, width } = description.input;
  if (height !== views.size || width !== views.size || channels !== viewChannels(views)) {
    throw new SurveyError(
      'STAMP_SHAPE',
      `takes ${channels} views of ${width} × ${height} pixels; the set holds ${viewChannels(views)} of ${views.size} × ${views.size}`,
      { path: folder },
    );
  }
  return { description, network, sha256: sha256(network) };
}

/**
 * @param randomSeed seed with which all weights are drawn anew; null: as trained
 * @throws SurveyError MODEL_INVALID
 */
export async function openViewEncoder(
  { description, network }: EncoderParts,
  views: ViewSettings,
  threads: number,
  randomSeed: number | null,
): Promise<ViewEncoder> {
  const bytes = randomSeed === null ? network : randomiseNetwork(network, randomSeed);
  const runner = await openStampRunner({ folder: 'encoder.onnx', description, network: bytes }, threads);
  const { dimensions } = description;
  return {
    async embed(all) {
      const out = matrix(all.length, dimensions);
      for (let from = 0; from < all.length; from += runner.atOnce) {
        const some = all.slice(from, from + runner.atOnce);
        const { values } = await runner.run(prepareViews(some, views, description.preprocess));
        out.data.set(values, from * dimensions);
      }
      return out;
    },
    close: () => runner.close(),
  };
}

/** Views [size, size, C] of CCDs as a network takes them, [n, C, size, size]. */
export function prepareViews(
  all: readonly Uint8Array[],
  views: ViewSettings,
  preprocess: StampPreprocess,
): Float32Array {
  const channels = viewChannels(views);
  const area = views.size ** 2;
  const sample = channels * area;
  const out = new Float32Array(all.length * sample);
  const stamp = new Float64Array(sample);
  all.forEach((pixels, i) => {
    for (let p = 0; p < area; p++)
      for (let c = 0; c < channels; c++) stamp[c * area + p] = pixels[p * channels + c];
    const shape = { channels, width: views.size };
    preprocessStamp(preprocess, stamp, shape, out.subarray(i * sample, (i + 1) * sample));
  });
  return out;
}
