import { files } from '#files';
import type { NetworkDefinition, Weights } from '../network.ts';
import { loadWeights, restoreCheckpoint, saveCheckpoint, saveWeights } from './checkpoint.ts';
import type { Position } from './checkpoint.ts';
import type { Feeds } from './training-graph.ts';
import { MetricsLog } from './metrics-log.ts';
import { TrainingError } from './options.ts';
import type { StepResult, TrainingOptions } from './options.ts';
import { constant } from './schedule.ts';
import type { Schedule } from './schedule.ts';
import { compileTraining } from './session.ts';
import type { TrainingSession } from './training-session.ts';

export type Metrics = Readonly<Record<string, number>>;

export interface Progress {
  /** From 0. */
  readonly epoch: number;
  /** Batches done in this epoch. */
  readonly batch: number;
  readonly step: number;
  readonly learningRate: number;
  readonly result: StepResult;
  /** Wall time of the step. */
  readonly milliseconds: number;
}

export interface EpochSummary {
  readonly epoch: number;
  readonly step: number;
  /** Means over the epoch's batches: `loss` and its parts. */
  readonly training: Metrics;
  /** What `validate` gave, empty without it. */
  readonly validation: Metrics;
  readonly best: boolean;
  readonly seconds: number;
}

/** Batches that can be asked for by number: a training resumed within an epoch makes none twice. */
export interface NumberedBatches {
  /** The batches of an epoch from `first` on, counted from 0. */
  from(epoch: number, first: number): AsyncIterable<Feeds> | Iterable<Feeds>;
}

export interface TrainOptions<I extends string, O extends string, T extends string> extends TrainingOptions<
  O,
  T
> {
  readonly network: NetworkDefinition<I, O>;
  /**
   * The batches of an epoch: every input and target by name, of any batch size. Must give the same batches whenever asked
   * for the same epoch; then training is repeatable and resumes exactly. The next batch is asked for while a step runs.
   */
  readonly data: ((epoch: number) => AsyncIterable<Feeds> | Iterable<Feeds>) | NumberedBatches;
  readonly epochs: number;
  readonly schedule?: Schedule;
  /** Factor on weight decay for each step; 1 by default. */
  readonly decaySchedule?: Schedule;
  /** Called after each epoch with the weights to judge (averaged where there is an average). */
  readonly validate?: (context: {
    epoch: number;
    weights: Weights;
    session: TrainingSession;
  }) => Metrics | Promise<Metrics>;
  /** Which metric decides what is best: of `validate`, or without it the training loss. Default: the smallest `loss`. */
  readonly monitor?: { readonly metric: string; readonly mode: 'min' | 'max' };
  /** Stop after this many epochs without a better one. */
  readonly earlyStopping?: { readonly patience: number };
  /** Where `last.safetensors`, `best.safetensors` and `metrics.jsonl` go. */
  readonly checkpointDir?: string;
  /** Go on from `last.safetensors` in `checkpointDir` where there is one. */
  readonly resume?: boolean;
  /** Also checkpoint within an epoch, each so many steps. */
  readonly checkpointSteps?: number;
  readonly onProgress?: (progress: Progress) => void;
  readonly onEpoch?: (summary: EpochSummary) => void;
  /** Stops after the step in hand, with a checkpoint to resume from. */
  readonly signal?: AbortSignal;
}

export interface TrainResult {
  /** The best weights: averaged where there is an average. */
  readonly weights: Weights;
  readonly best: { readonly epoch: number; readonly value: number } | null;
  readonly steps: number;
  readonly stopped: 'finished' | 'early' | 'aborted';
  readonly history: readonly EpochSummary[];
}

/**
 * Trains a network. It knows no model: the network, its loss, the data and the judgement come from the caller.
 * Interrupted and resumed it goes through the same losses as in one go. Throws TrainingError: NOT_FINITE with the batch
 * named and the last checkpoint left as it was; CHECKPOINT_MISMATCH where the folder holds another network's training.
 */
export async function train<I extends string, O extends string, T extends string>(
  options: TrainOptions<I, O, T>,
): Promise<TrainResult> {
  const session = compileTraining(options.network, options);
  try {
    return await new Training(options, session).run();
  } finally {
    await session.close();
  }
}

class Training {
  readonly #options: TrainOptions<string, string, string>;
  readonly #session: TrainingSession;
  readonly #log: MetricsLog;
  readonly #history: EpochSummary[] = [];
  readonly #averaged: boolean;
  #best: Position['best'] = null;
  #bestWeights: Weights | null = null;

  constructor(options: TrainOptions<string, string, string>, session: TrainingSession) {
    this.#options = options;
    this.#session = session;
    this.#averaged = options.averageDecay !== undefined;
    this.#log = new MetricsLog(this.#path('metrics.jsonl'));
  }

  async run(): Promise<TrainResult> {
    const { epochs, earlyStopping } = this.#options;
    let position = await this.#start();
    while (position.epoch < epochs) {
      const epoch = position.epoch;
      // Before an epoch, so that a training that had stopped and is resumed does not go on.
      if (earlyStopping && this.#best && epoch - 1 - this.#best.epoch >= earlyStopping.patience) {
        return this.#result('early');
      }
      const sums = await this.#epoch(position);
      if (sums === null) return this.#result('aborted');
      await this.#judge(epoch, sums);
      position = { steps: this.#session.steps, epoch: epoch + 1, batch: 0, sums: {}, best: this.#best };
      await this.#checkpoint(position);
    }
    return this.#result('finished');
  }

  async #start(): Promise<Position> {
    const { checkpointDir, resume = false } = this.#options;
    let position: Position = { steps: 0, epoch: 0, batch: 0, sums: {}, best: null };
    if (checkpointDir !== undefined) {
      await files.makeFolder(checkpointDir);
      const last = this.#path('last.safetensors')!;
      if (resume && files.exists(last)) {
        position = await restoreCheckpoint(last, this.#session);
        this.#best = position.best;
        if (this.#best) this.#bestWeights = (await loadWeights(this.#path('best.safetensors')!)).weights;
      }
    }
    await this.#log.rewindTo(position.steps);
    return position;
  }

  /** Goes through an epoch's remaining batches; null where aborted. */
  async #epoch(position: Position): Promise<Record<string, number> | null> {
    const { data, signal, checkpointSteps, schedule = constant, decaySchedule = constant } = this.#options;
    const baseRate = this.#session.optimizer.learningRate;
    const { epoch } = position;
    const sums: Record<string, number> = { ...position.sums };
    const numbered = typeof data !== 'function';
    const batches = iterate(numbered ? data.from(epoch, position.batch) : data(epoch));
    let batch = numbered ? position.batch : 0;
    const started = performance.now();
    try {
      let next = batches.next();
      for (;;) {
        const { done, value: feeds } = await next;
        if (done) break;
        // Asked for before the step, so that a loader in a worker prepares it meanwhile.
        next = batches.next();
        if (batch++ < position.batch) continue;
        const learningRate = baseRate * schedule(this.#session.steps);
        const decayFactor = decaySchedule(this.#session.steps);
        const before = performance.now();
        const result = await this.#step(feeds, { learningRate, decayFactor }, epoch, batch - 1).catch(
          async (error: unknown) => {
            await next.catch(() => undefined);
            throw error;
          },
        );
        const milliseconds = performance.now() - before;
        const { steps } = this.#session;
        for (const [name, value] of Object.entries({ loss: result.loss, ...result.parts })) {
          sums[name] = (sums[name] ?? 0) + value;
        }
        await this.#log.append({
          step: steps,
          epoch,
          learningRate,
          loss: result.loss,
          ...result.parts,
          gradientNorm: result.gradientNorm,
          milliseconds: Math.round(milliseconds),
        });
        this.#options.onProgress?.({ epoch, batch, step: steps, learningRate, result, milliseconds });
        if (signal?.aborted || (checkpointSteps !== undefined && steps % checkpointSteps === 0)) {
          await this.#checkpoint({ steps, epoch, batch, sums, best: this.#best });
        }
        if (signal?.aborted) {
          await next.catch(() => undefined);
          return null;
        }
      }
    } finally {
      await batches.return?.(undefined);
    }
    if (batch === 0) {
      throw new TrainingError('NO_BATCHES', `epoch ${epoch} had no batches; let data() give at least one`);
    }
    const seconds = (performance.now() - started) / 1000;
    return { ...Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / batch])), seconds };
  }

  async #step(
    feeds: Feeds,
    factors: { readonly learningRate: number; readonly decayFactor: number },
    epoch: number,
    batch: number,
  ): Promise<StepResult> {
    try {
      return await this.#session.step(feeds, factors);
    } catch (cause) {
      if (!(cause instanceof TrainingError)) throw cause;
      const last = this.#path('last.safetensors');
      const kept = last !== null && files.exists(last) ? `; the last good state is in ${last}` : '';
      throw new TrainingError(cause.code, `epoch ${epoch}, batch ${batch}: ${cause.message}${kept}`, {
        cause,
      });
    }
  }

  async #judge(epoch: number, means: Record<string, number>): Promise<void> {
    const { validate, monitor = { metric: 'loss', mode: 'min' } } = this.#options;
    const { seconds = 0, ...training } = means;
    const session = this.#session;
    await session.sync();
    const weights = session.weights({ averaged: this.#averaged });
    const validation = validate ? await validate({ epoch, weights, session }) : {};
    const value = (validate ? validation : training)[monitor.metric];
    if (value === undefined) {
      const known = Object.keys(validate ? validation : training).join(', ');
      throw new RangeError(
        `monitor.metric "${monitor.metric}" is not among the metrics (${known}); name one of them`,
      );
    }
    const better = monitor.mode === 'min' ? (a: number, b: number) => a < b : (a: number, b: number) => a > b;
    const best = this.#best === null || better(value, this.#best.value);
    if (best) {
      this.#best = { epoch, value };
      this.#bestWeights = weights;
      const path = this.#path('best.safetensors');
      if (path !== null)
        await saveWeights(path, weights, { epoch: String(epoch), [monitor.metric]: String(value) });
    }
    const summary: EpochSummary = { epoch, step: session.steps, training, validation, best, seconds };
    this.#history.push(summary);
    const prefixed = (prefix: string, metrics: Metrics) =>
      Object.fromEntries(Object.entries(metrics).map(([name, metric]) => [`${prefix}.${name}`, metric]));
    await this.#log.append({
      step: session.steps,
      epoch,
      ...prefixed('training', training),
      ...prefixed('validation', validation),
      best: best ? 1 : 0,
      seconds: Number(seconds.toFixed(3)),
    });
    this.#options.onEpoch?.(summary);
  }

  async #checkpoint(position: Position): Promise<void> {
    const path = this.#path('last.safetensors');
    if (path === null) return;
    await this.#session.sync();
    await saveCheckpoint(path, this.#session, position);
  }

  async #result(stopped: TrainResult['stopped']): Promise<TrainResult> {
    await this.#session.sync();
    return {
      weights: this.#bestWeights ?? this.#session.weights({ averaged: this.#averaged }),
      best: this.#best,
      steps: this.#session.steps,
      stopped,
      history: this.#history,
    };
  }

  #path(name: string): string | null {
    const { checkpointDir } = this.#options;
    return checkpointDir === undefined ? null : `${checkpointDir}/${name}`;
  }
}

async function* iterate(batches: AsyncIterable<Feeds> | Iterable<Feeds>): AsyncGenerator<Feeds, void> {
  yield* batches;
}
