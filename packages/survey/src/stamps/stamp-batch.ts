import { loadModel } from '@blemish/engine';
import type { LoadedModel } from '@blemish/engine';
import type { EncoderDescription, StampDescription, StampInput } from '../bundle-description.ts';
import { SurveyError } from '../errors.ts';
import { preprocessStamp } from '../preprocess/stamp-preprocess.ts';
import { toChannelsLast } from './layout.ts';

/** A bundle that takes stamps. */
export interface StampBundle {
  readonly folder: string;
  readonly description: StampDescription | EncoderDescription;
  readonly network: Uint8Array;
}

/** The network's answer for one stamp. */
export interface StampAnswer {
  readonly path: string;
  /** Place in its file, from 0. */
  readonly index: number;
  /** No pixel of the stamp has a value. */
  readonly empty: boolean;
  /** The network's numbers; null for an empty stamp, and where one of them is not finite. */
  readonly values: Float32Array | null;
}

/** Stamps judged together at most. */
const largestBatch = 256;
/** Values of a batch at most: 16 MB in double precision. */
const batchValues = 1 << 21;

/** Collects stamps and runs the network over them together. */
export interface StampBatch {
  readonly capacity: number;
  readonly full: boolean;
  /** @param stamp [C, H, W], used up */
  add(path: string, index: number, stamp: Float64Array): void;
  /** Answers for what was added since the last run, in order. */
  run(): Promise<StampAnswer[]>;
  close(): Promise<void>;
}

/** @throws SurveyError MODEL_INVALID */
export async function openStampBatch(bundle: StampBundle, threads: number): Promise<StampBatch> {
  const { input, network } = bundle.description;
  let model: LoadedModel;
  try {
    model = await loadModel(bundle.network, { threads });
    checkTensors(model, bundle);
  } catch (cause) {
    throw new SurveyError('MODEL_INVALID', (cause as Error).message, { path: bundle.folder, cause });
  }
  const sample = input.channels * input.height * input.width;
  const fixed = model.inputs.find(({ name }) => name === network.input)?.shape[0] === 1;
  const capacity = fixed ? 1 : Math.max(1, Math.min(largestBatch, Math.floor(batchValues / sample)));
  return new NetworkBatch(bundle, model, capacity, sample);
}

function checkTensors(model: LoadedModel, { description }: StampBundle): void {
  const { input, output } = description.network;
  const names = (list: LoadedModel['inputs']) => list.map(({ name }) => name).join(', ');
  if (model.inputs.length !== 1 || model.inputs[0].name !== input)
    throw new RangeError(`the network takes ${names(model.inputs)}, the description names ${input}`);
  if (!model.outputs.some(({ name }) => name === output))
    throw new RangeError(`the network gives ${names(model.outputs)}, the description names ${output}`);
}

/** Shape of the network's array for `count` stamps. */
export function networkShape(count: number, { channels, height, width, layout }: StampInput): number[] {
  return layout === 'channels-first' ? [count, channels, height, width] : [count, height, width, channels];
}

class NetworkBatch implements StampBatch {
  readonly capacity: number;
  readonly #bundle: StampBundle;
  readonly #model: LoadedModel;
  readonly #sample: number;
  readonly #feed: Float32Array;
  #waiting: { readonly path: string; readonly index: number; readonly empty: boolean }[] = [];

  constructor(bundle: StampBundle, model: LoadedModel, capacity: number, sample: number) {
    this.capacity = capacity;
    this.#bundle = bundle;
    this.#model = model;
    this.#sample = sample;
    this.#feed = new Float32Array(capacity * sample);
  }

  get full(): boolean {
    return this.#waiting.length >= this.capacity;
  }

  add(path: string, index: number, stamp: Float64Array): void {
    const { input, preprocess } = this.#bundle.description;
    const at = this.#waiting.length * this.#sample;
    const present = preprocessStamp(preprocess, stamp, input, this.#feed.subarray(at, at + this.#sample));
    this.#waiting.push({ path, index, empty: !present });
  }

  async run(): Promise<StampAnswer[]> {
    const waiting = this.#waiting;
    if (waiting.length === 0) return [];
    this.#waiting = [];
    const { input, network } = this.#bundle.description;
    const values = this.#feed.subarray(0, waiting.length * this.#sample);
    const data = input.layout === 'channels-last' ? toChannelsLast(values, input) : values;
    const shape = networkShape(waiting.length, input);
    const result = (await this.#model.run({ [network.input]: { data, shape } }))[network.output];
    const width = result.data.length / waiting.length;
    return waiting.map((stamp, i) => {
      const answer = result.data.slice(i * width, (i + 1) * width);
      return { ...stamp, values: stamp.empty || !answer.every(Number.isFinite) ? null : answer };
    });
  }

  close(): Promise<void> {
    return this.#model.close();
  }
}
