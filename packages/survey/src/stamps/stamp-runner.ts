import { loadModel } from '@blemish/engine';
import type { LoadedModel } from '@blemish/engine';
import type { StampDescription } from '../bundle-description.ts';
import { SurveyError } from '../errors.ts';
import { openDropoutRunner } from '../stamp-models/dropout-runner.ts';
import { loadStampTable } from '../stamp-models/stamp-features.ts';
import { spreadOf } from '../stamp-models/spread.ts';
import { asLogits } from '../stamp-models/stamp-figures.ts';
import { networkShape, toChannelsLast } from './layout.ts';
import type { StampBundle, StampRunner } from './runner-types.ts';

/** Stamps judged together at most. */
const largestBatch = 256;
/**
 * Values of a batch at most, 22 stamps of 63 × 63 × 3. A larger batch is no faster, and its first run takes six times as long a stamp: the
 * network's maps between its layers, hundreds of megabytes then, are memory that has to be found first.
 */
const batchValues = 1 << 18;

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
