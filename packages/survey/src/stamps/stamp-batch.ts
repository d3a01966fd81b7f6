import { loadModel } from '@blemish/engine';
import type { LoadedModel } from '@blemish/engine';
import type { AlertFacts } from '../alerts/index.ts';
import type { EncoderDescription, StampDescription, StampInput } from '../bundle-description.ts';
import { SurveyError } from '../errors.ts';
import { preprocessStamp } from '../preprocess/stamp-preprocess.ts';
import { toChannelsLast } from './layout.ts';
import { whyUnscorable } from './unscorable.ts';

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
  /** The network's numbers; null for a stamp that cannot be judged, and where one of them is not finite. */
  readonly values: Float32Array | null;
  /** Why there are none. */
  readonly reason: string | null;
  /** What an alert says of itself; null for other stamps. */
  readonly facts: AlertFacts | null;
}

/** Stamps judged together at most. */
const largestBatch = 256;
/**
 * Values of a batch at most, 22 stamps of 63 × 63 × 3. A larger batch is no faster, and its first run takes six times as long a stamp: the
 * network's maps between its layers, hundreds of megabytes then, are memory that has to be found first.
 */
const batchValues = 1 << 18;
/** Stamps that wait for a batch at most, those among them that cannot be judged take no place in it. */
const mostWaiting = 4096;

/** Collects stamps and runs the network over them together. */
export interface StampBatch {
  readonly capacity: number;
  readonly full: boolean;
  /**
   * @param stamp [C, H, W], used up; null where there is none to judge
   * @param about why there is none, and what is known of it
   */
  add(path: string, index: number, stamp: Float64Array | null, about?: StampAbout): void;
  /** Answers for what was added since the last run, in order. */
  run(): Promise<StampAnswer[]>;
  close(): Promise<void>;
}

export interface StampAbout {
  readonly reason: string | null;
  readonly facts: AlertFacts | null;
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

/** Reason of a stamp that was judged without a number to show for it. */
export const noFiniteAnswer = 'the network gave no finite number';

type Waiting = Omit<StampAnswer, 'values'> & {
  /** Place in the feed; null where it is not judged. */
  readonly slot: number | null;
};

class NetworkBatch implements StampBatch {
  readonly capacity: number;
  readonly #bundle: StampBundle;
  readonly #model: LoadedModel;
  readonly #sample: number;
  readonly #feed: Float32Array;
  #waiting: Waiting[] = [];
  /** Stamps in the feed. */
  #fed = 0;

  constructor(bundle: StampBundle, model: LoadedModel, capacity: number, sample: number) {
    this.capacity = capacity;
    this.#bundle = bundle;
    this.#model = model;
    this.#sample = sample;
    this.#feed = new Float32Array(capacity * sample);
  }

  get full(): boolean {
    return this.#fed >= this.capacity || this.#waiting.length >= mostWaiting;
  }

  add(path: string, index: number, stamp: Float64Array | null, about?: StampAbout): void {
    const { input, preprocess, task } = this.#bundle.description;
    let reason = about?.reason ?? null;
    const facts = about?.facts ?? null;
    if (stamp === null) {
      this.#waiting.push({ path, index, empty: false, reason, facts, slot: null });
      return;
    }
    // An encoder's numbers of a constant frame mean what they mean of any other.
    if (task === 'stamp') reason = whyUnscorable(stamp, input, preprocess.name);
    const at = this.#fed * this.#sample;
    const present = preprocessStamp(preprocess, stamp, input, this.#feed.subarray(at, at + this.#sample));
    if (!present) reason = 'no pixel has a value';
    const slot = reason === null ? this.#fed++ : null;
    this.#waiting.push({ path, index, empty: !present, reason, facts, slot });
  }

  async run(): Promise<StampAnswer[]> {
    const waiting = this.#waiting;
    const fed = this.#fed;
    this.#waiting = [];
    this.#fed = 0;
    const result = fed === 0 ? new Float32Array(0) : await this.#runNetwork(fed);
    const width = fed === 0 ? 0 : result.length / fed;
    return waiting.map(({ slot, ...stamp }) => {
      if (slot === null) return { ...stamp, values: null };
      const answer = result.slice(slot * width, (slot + 1) * width);
      return answer.every(Number.isFinite)
        ? { ...stamp, values: answer }
        : { ...stamp, values: null, reason: noFiniteAnswer };
    });
  }

  async #runNetwork(count: number): Promise<Float32Array> {
    const { input, network } = this.#bundle.description;
    const values = this.#feed.subarray(0, count * this.#sample);
    const data = input.layout === 'channels-last' ? toChannelsLast(values, input) : values;
    const shape = networkShape(count, input);
    return (await this.#model.run({ [network.input]: { data, shape } }))[network.output].data;
  }

  close(): Promise<void> {
    return this.#model.close();
  }
}
