import type { AlertFacts } from '../alerts/index.ts';
import { preprocessStamp } from '../preprocess/stamp-preprocess.ts';
import { openStampRunner } from './stamp-runner.ts';
import type { StampBundle, StampRunner } from './runner-types.ts';
import { whyUnscorable } from './unscorable.ts';

export { networkShape } from './layout.ts';
export type { StampBundle } from './runner-types.ts';

/** The network's answer for one stamp. */
export interface StampAnswer {
  readonly path: string;
  /** Place in its file, from 0. */
  readonly index: number;
  /** No pixel of the stamp has a value. */
  readonly empty: boolean;
  /** The network's numbers; null for a stamp that cannot be judged, and where one of them is not finite. */
  readonly values: Float32Array | null;
  /** Standard deviation of the probability over members or passes, where there are several. */
  readonly spread: number | null;
  /** Why there are none. */
  readonly reason: string | null;
  /** What an alert says of itself; null for other stamps. */
  readonly facts: AlertFacts | null;
}

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
  const { channels, height, width } = bundle.description.input;
  return new RunnerBatch(bundle, await openStampRunner(bundle, threads), channels * height * width);
}

/** Reason of a stamp that was judged without a number to show for it. */
export const noFiniteAnswer = 'the network gave no finite number';

type Waiting = Omit<StampAnswer, 'values' | 'spread'> & {
  /** Place in the feed; null where it is not judged. */
  readonly slot: number | null;
};

class RunnerBatch implements StampBatch {
  readonly capacity: number;
  readonly #bundle: StampBundle;
  readonly #runner: StampRunner;
  readonly #sample: number;
  readonly #feed: Float32Array;
  #waiting: Waiting[] = [];
  /** Stamps in the feed. */
  #fed = 0;

  constructor(bundle: StampBundle, runner: StampRunner, sample: number) {
    this.capacity = runner.atOnce;
    this.#bundle = bundle;
    this.#runner = runner;
    this.#sample = sample;
    this.#feed = new Float32Array(runner.atOnce * sample);
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
    const none = { values: new Float32Array(0), spread: null };
    const judged = fed === 0 ? none : await this.#runner.run(this.#feed.subarray(0, fed * this.#sample));
    const width = fed === 0 ? 0 : judged.values.length / fed;
    return waiting.map(({ slot, ...stamp }) => {
      if (slot === null) return { ...stamp, values: null, spread: null };
      const answer = judged.values.slice(slot * width, (slot + 1) * width);
      return answer.every(Number.isFinite)
        ? { ...stamp, values: answer, spread: judged.spread?.[slot] ?? null }
        : { ...stamp, values: null, spread: null, reason: noFiniteAnswer };
    });
  }

  close(): Promise<void> {
    return this.#runner.close();
  }
}
