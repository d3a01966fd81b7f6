import { loadModel } from '@blemish/engine';
import type { LoadedModel } from '@blemish/engine';
import type { Bundle } from '../bundle.ts';

/** Probabilities of classes from grey images. */
export interface CcdImageClassifier {
  /** @param images [count, height, width]. @returns [count, classes], each row summing to 1. */
  predict(images: Uint8Array): Promise<Float64Array>;
  close(): Promise<void>;
}

export function openClassifier(bundle: Bundle<'ccd-image'>, threads: number): Promise<CcdImageClassifier> {
  return cnnClassifier(bundle.network, threads);
}

/** Images given to a network at a time. */
const block = 16;

/** @param network ONNX: `image` [N, 1, height, width] → `logits` [N, classes]. */
export async function cnnClassifier(network: Uint8Array, threads: number): Promise<CcdImageClassifier> {
  const model = await loadModel(network, { threads });
  const [, , height, width] = model.inputs[0].shape;
  return {
    predict: (images) => predictAll(model, images, height, width),
    close: () => model.close(),
  };
}

async function predictAll(
  model: LoadedModel,
  images: Uint8Array,
  height: number,
  width: number,
): Promise<Float64Array> {
  const size = height * width;
  const rows: number[] = [];
  for (let from = 0; from < images.length; from += block * size) {
    const part = images.subarray(from, Math.min(images.length, from + block * size));
    const shape = [part.length / size, 1, height, width];
    const { logits } = await model.run({ image: { data: Float32Array.from(part), shape } });
    const classes = logits.shape[1];
    for (let i = 0; i < logits.data.length; i += classes)
      rows.push(...softmax(logits.data.subarray(i, i + classes)));
  }
  return Float64Array.from(rows);
}

function softmax(logits: Float32Array): number[] {
  const highest = Math.max(...logits);
  const powers = Array.from(logits, (logit) => Math.exp(logit - highest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}
