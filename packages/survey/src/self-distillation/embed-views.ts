import { exportOnnx, loadModel } from '@blemish/engine';
import type { LoadedModel, Weights } from '@blemish/engine';
import { viewEncoder } from '@blemish/learn';
import type { TransformerOptions } from '@blemish/learn';
import type { GreyScale } from './crop-view.ts';
import type { ViewNetwork } from './view-network.ts';
import type { ViewSet } from './view-set.ts';

/** CCDs embedded together. */
const atOnce = 64;

/** Numbers of an embedding: those of the whole and those of its details. */
export const embeddingSize = ({ dim }: ViewNetwork['transformer']): number => 2 * dim;

/** The encoder as ONNX: views [N, views, size, size] from 0 to 1 → embeddings [N, 2·dim]. */
export function encoderOnnx(
  transformer: TransformerOptions,
  { views }: Pick<ViewSet, 'views'>,
  grey: GreyScale,
  weights: Weights,
): Uint8Array {
  const own = Object.entries(weights).filter(([name]) => name.startsWith('encoder.'));
  return exportOnnx(viewEncoder({ transformer, views, ...grey }), Object.fromEntries(own));
}

/** Embeddings of the CCDs at these places, [places, 2·dim]. */
export async function embedViews(
  network: Uint8Array,
  set: ViewSet,
  places: ArrayLike<number>,
  threads: number,
): Promise<Float32Array> {
  const model = await loadModel(network, { threads });
  try {
    const parts: Float32Array[] = [];
    for (let from = 0; from < places.length; from += atOnce) {
      const chosen = Array.from(
        { length: Math.min(atOnce, places.length - from) },
        (_, k) => places[from + k],
      );
      parts.push(await run(model, set, chosen));
    }
    return joined(parts);
  } finally {
    await model.close();
  }
}

async function run(model: LoadedModel, set: ViewSet, places: readonly number[]): Promise<Float32Array> {
  const { size, views, pixels } = set;
  const area = size * size;
  const data = new Float32Array(places.length * views * area);
  for (const [k, place] of places.entries()) {
    const from = place * area * views;
    for (let i = 0; i < area; i++)
      for (let c = 0; c < views; c++) data[(k * views + c) * area + i] = pixels[from + i * views + c] / 255;
  }
  const { embedding } = await model.run({ views: { data, shape: [places.length, views, size, size] } });
  return embedding.data;
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
