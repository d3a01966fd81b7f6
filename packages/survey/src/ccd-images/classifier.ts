import { decodeTypedSafetensors, loadModel } from '@blemish/engine';
import type { LoadedModel } from '@blemish/engine';
import { loadGreySvm } from '@blemish/learn';
import type { GreySvm } from '@blemish/learn';
import type { Bundle } from '../bundle.ts';
import { SurveyError } from '../errors.ts';

export interface ImageAnswers {
  /** [count, classes], each row summing to 1. */
  readonly probabilities: Float64Array;
  /** [count] class answered: the likeliest, or of a support vector machine the one of most votes. */
  readonly classes: Uint8Array;
}

/** One class for each grey image. */
export interface CcdImageClassifier {
  /** @param images [count, height, width] */
  predict(images: Uint8Array): Promise<ImageAnswers>;
  close(): Promise<void>;
}

/** Array of a saved support vector machine: the output that each of its classes is. */
export const shownName = 'shown';

/** @throws SurveyError MODEL_INVALID */
export async function openClassifier(
  { description, network, folder }: Bundle<'ccd-image'>,
  threads: number,
): Promise<CcdImageClassifier> {
  try {
    if (description.learner === 'cnn') return await cnnClassifier(network, threads);
    const arrays = Object.fromEntries(decodeTypedSafetensors(network));
    const shown = arrays[shownName].data as Int32Array;
    return svmClassifier(loadGreySvm({ ...description.svm!, arrays }), shown, description.classes.length);
  } catch (cause) {
    throw new SurveyError('MODEL_INVALID', (cause as Error).message, { path: folder, cause });
  }
}

/** @param shown the class of `count` that each of the machine's own classes is. */
export function svmClassifier(svm: GreySvm, shown: Int32Array, count: number): CcdImageClassifier {
  return {
    predict: (images) => {
      const { probabilities, classes } = svm.predict(images);
      const spread = new Float64Array(classes.length * count);
      probabilities.forEach((p, at) => {
        spread[Math.floor(at / shown.length) * count + shown[at % shown.length]] = p;
      });
      return Promise.resolve({ probabilities: spread, classes: classes.map((k) => shown[k]) });
    },
    close: () => Promise.resolve(),
  };
}

/** @param network ONNX: `image` [N, 1, height, width] → `logits` [N, classes]. */
export async function cnnClassifier(network: Uint8Array, threads: number): Promise<CcdImageClassifier> {
  const model = await loadModel(network, { threads });
  return { predict: (images) => predictAll(model, images), close: () => model.close() };
}

/** Images given to a network at a time. */
const block = 16;

async function predictAll(model: LoadedModel, images: Uint8Array): Promise<ImageAnswers> {
  const [, , height, width] = model.inputs[0].shape;
  const classes = model.outputs[0].shape[1];
  const size = height * width;
  const count = images.length / size;
  const probabilities = new Float64Array(count * classes);
  for (let first = 0; first < count; first += block) {
    const part = images.subarray(first * size, (first + block) * size);
    const shape = [part.length / size, 1, height, width];
    const { logits } = await model.run({ image: { data: new Float32Array(part), shape } });
    probabilities.set(softmaxRows(logits.data, classes), first * classes);
  }
  const answers = Uint8Array.from({ length: count }, (_, i) => {
    const row = probabilities.subarray(i * classes, (i + 1) * classes);
    return row.indexOf(Math.max(...row));
  });
  return { probabilities, classes: answers };
}

function softmaxRows(logits: Float32Array, classes: number): Float64Array {
  const out = new Float64Array(logits.length);
  for (let from = 0; from < logits.length; from += classes) {
    const row = logits.subarray(from, from + classes);
    const highest = Math.max(...row);
    let sum = 0;
    row.forEach((logit, k) => (sum += out[from + k] = Math.exp(logit - highest)));
    for (let k = 0; k < classes; k++) out[from + k] /= sum;
  }
  return out;
}
