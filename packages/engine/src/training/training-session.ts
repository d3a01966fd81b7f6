import type { WeightArray, Weights } from '../network.ts';
import type { StepResult } from './options.ts';
import type { Optimizer } from './optimizer-options.ts';
import type { Feeds } from './training-graph.ts';

/** A network in training: weights, optimizer state and one compiled graph per size of batch met so far. */
export interface TrainingSession {
  /** Steps taken. */
  readonly steps: number;
  /** The optimizer with its defaults filled in. */
  readonly optimizer: Optimizer;
  /**
   * Forward, backward and one optimizer step on a batch of any size. Throws TrainingError NOT_FINITE, having updated
   * nothing, where the loss or a gradient is NaN or infinite. `decayFactor` multiplies weight decay.
   */
  step(feeds: Feeds, options?: { learningRate?: number; decayFactor?: number }): Promise<StepResult>;
  /** The losses of a batch without dropout, with running statistics, and with averaged weights on request. */
  evaluate(feeds: Feeds, options?: { averaged?: boolean }): Promise<Readonly<Record<string, number>>>;
  /**
   * Brings weights and optimizer state over from the device, for {@link weights} and {@link arrays}, which throw where steps were
   * taken since. Nothing to do on the processor.
   */
  sync(): Promise<void>;
  /** A copy of the weights; with `averaged` their moving average, where there is one. */
  weights(options?: { averaged?: boolean }): Weights;
  /**
   * ∂loss/∂parameter of the last step with penalties, in place; 0 where frozen. Throws on a device other than the processor.
   */
  gradients(): Weights;
  /** Everything a checkpoint holds, in place: write to it and call {@link restore} to resume. */
  arrays(): ReadonlyMap<string, WeightArray>;
  restore(steps: number): void;
  close(): Promise<void>;
}
