import { loadModel } from '@blemish/engine';
import type { LoadedModel } from '@blemish/engine';
import type { EncoderDescription, StampDescription } from '../bundle-description.ts';
import { SurveyError } from '../errors.ts';
import { openDropoutRunner } from '../stamp-models/dropout-runner.ts';
import { loadStampTable } from '../stamp-models/stamp-features.ts';
import { asLogits, stampProbabilities } from '../stamp-models/stamp-figures.ts';
import { networkShape, toChannelsLast } from './layout.ts';

/** A bundle that takes stamps. */
export interface StampBundle {
  readonly folder: string;
  readonly description: StampDescription | EncoderDescription;
  readonly network: Uint8Array;
}

export interface StampAnswers {
  /** [n, outputs] as the description's `output` says. */
  readonly values: Float32Array;
  /** [n] standard deviation of the probability over members or passes; null of a model that is one network. */
  readonly spread: Float64Array | null;
}

/** Whatever gives answers for prepared stamps: a network, several, one with dropout, a learner of tables. */
export interface StampRunner {
  /** Stamps that may be given at once; 1 where the network takes one. */
  readonly atOnce: number;
  /** @param stamps [n, C, H, W] as the description's `preprocess` leaves them */
  run(stamps: Float32Array): Promise<StampAnswers>;
  close(): Promise<void>;
}

/** Stamps judged together at most. */
const largestBatch = 256;
/** Values of a batch at most: 16 MB in double precision. */
const batchValues = 1 << 21;

/** @throws SurveyError MODEL_INVALID */
export async function openStampRunner(bundle: StampBundle, threads: number): Promise<StampRunner> {
  const { description, folder } = bundle;
  const { channels, height, width } = description.input;
  const atOnce = Math.max(1, Math.min(largestBatch, Math.floor(batchValues / (channels * height * width))));
  try {
    if (description.task === 'stamp' && description.tableModel !== undefined) {
      return await tableRunner({ ...bundle, description }, atOnce);
    }
    if (description.task === 'stamp' && (description.decision?.passes ?? 0) > 0) {
      return await openDropoutRunner({ ...bundle, description }, threads, atOnce);
    }
    return await networkRunner(bundle, threads, atOnce);
  } catch (cause) {
    if (cause instanceof SurveyError) throw cause;
    throw new SurveyError('MODEL_INVALID', (cause as Error).message, { path: folder, cause });
  }
}

async function networkRunner(bundle: StampBundle, threads: number, atOnce: number): Promise<StampRunner> {
  const { description } = bundle;
  const { input: extents, network } = description;
  const model = await loadModel(bundle.network, { threads });
  checkTensors(model, bundle);
  const fixed = model.inputs.find(({ name }) => name === network.input)?.shape[0] === 1;
  const sample = extents.channels * extents.height * extents.width;
  const members = description.task === 'stamp' ? (description.architecture?.members ?? 1) : 1;
  return {
    atOnce: fixed ? 1 : atOnce,
    async run(stamps) {
      const count = stamps.length / sample;
      const data = extents.layout === 'channels-last' ? toChannelsLast(stamps, extents) : stamps;
      const result = await model.run({ [network.input]: { data, shape: networkShape(count, extents) } });
      return {
        values: result[network.output].data,
        spread:
          members > 1
            ? spreadOf(result['members'].data, count, description as Pick<StampDescription, 'classes'>)
            : null,
      };
    },
    close: () => model.close(),
  };
}

function checkTensors(model: LoadedModel, { description }: StampBundle): void {
  const { input, output } = description.network;
  const names = (list: LoadedModel['inputs']) => list.map(({ name }) => name).join(', ');
  if (model.inputs.length !== 1 || model.inputs[0].name !== input)
    throw new RangeError(`the network takes ${names(model.inputs)}, the description names ${input}`);
  if (!model.outputs.some(({ name }) => name === output))
    throw new RangeError(`the network gives ${names(model.outputs)}, the description names ${output}`);
}

async function tableRunner(
  bundle: StampBundle & { readonly description: StampDescription },
  atOnce: number,
): Promise<StampRunner> {
  const table = await loadStampTable(bundle);
  return {
    atOnce,
    async run(stamps) {
      const { data } = await table.predict(stamps, bundle.description.input);
      return { values: Float32Array.from(asLogits(data, bundle.description.classes.length)), spread: null };
    },
    close: () => table.close(),
  };
}

/**
 * Standard deviation over answers of the probability: of the only class named, or of the one likeliest on the mean. Before calibration: the
 * temperature is that of the mean.
 * @param logits [n, answers · outputs]
 */
export function spreadOf(
  logits: ArrayLike<number>,
  count: number,
  { classes }: Pick<StampDescription, 'classes'>,
): Float64Array {
  const outputs = classes.length;
  const k = Math.max(2, outputs);
  const answers = logits.length / (count * outputs);
  const all = stampProbabilities(logits, k);
  return Float64Array.from({ length: count }, (_, i) => {
    const of = (c: number) =>
      Float64Array.from({ length: answers }, (__, a) => all[(i * answers + a) * k + c]);
    const means = Array.from({ length: k }, (__, c) => of(c).reduce((sum, p) => sum + p, 0) / answers);
    const c = outputs === 1 ? 1 : means.indexOf(Math.max(...means));
    return Math.sqrt(of(c).reduce((sum, p) => sum + (p - means[c]) ** 2, 0) / answers);
  });
}
