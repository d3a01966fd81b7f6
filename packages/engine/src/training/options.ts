import type { Builder } from '../builder.ts';
import type { Device } from '../onnx/graph.ts';
import type { DeclaredShape, Tensors, Weights } from '../network.ts';
import type { Tensor } from '../tensor.ts';
import type { OptimizerOptions } from './optimizer-options.ts';
import type { ParameterGroup } from './parameter-groups.ts';
import type { Schedule } from './schedule.ts';

export interface Losses {
  /** What is minimised, of shape []. */
  readonly loss: Tensor;
  /** Further scalars to report. */
  readonly parts?: Tensors;
}

export interface TrainingOptions<O extends string = string, T extends string = string> {
  /** What the loss compares with, fed beside the network's inputs: labels, weights. */
  readonly targets: Readonly<Record<T, DeclaredShape>>;
  loss(b: Builder, outputs: Tensors<O>, targets: Tensors<T>): Losses;
  /** AdamW with PyTorch's defaults where not given. */
  readonly optimizer?: OptimizerOptions;
  /** Settings of some parameters: frozen, rates, weight decay, penalties. */
  readonly groups?: readonly ParameterGroup[];
  /** Largest global gradient norm; longer gradients are scaled down to it. None by default. */
  readonly gradientClip?: number;
  /** Largest absolute value of a gradient's element; larger ones are cut to it. None by default; not with `gradientClip`. */
  readonly gradientClipValue?: number;
  /**
   * Decay of the moving average of weights, such as 0.999; none by default. It starts faster: min(decay, (1 + t)/(10 + t)). A schedule gives
   * the decay of each step, the first being 0, as it is.
   */
  readonly averageDecay?: number | Schedule;
  /** Weights to start from; drawn from `seed` by default. */
  readonly weights?: Weights;
  readonly seed?: number;
  /**
   * Where to train; `cpu` by default. With `webgpu` everything stays on the graphics card, and weights and checkpoints are
   * brought over when asked for ({@link TrainingSession.sync}).
   */
  readonly device?: Device;
  /** Threads of ONNX Runtime; 2 by default. */
  readonly threads?: number;
  /** Where to write node timings, for work on the engine. */
  readonly profilePrefix?: string;
}

export interface StepResult {
  readonly loss: number;
  readonly parts: Readonly<Record<string, number>>;
  /** Global norm before clipping, penalties included. */
  readonly gradientNorm: number;
}

/** A loss or gradient that is not finite. Nothing was updated. */
export class TrainingError extends Error {
  override readonly name = 'TrainingError';
  readonly code:
    'NOT_FINITE' | 'CHECKPOINT_MISMATCH' | 'CHECKPOINT_UNREADABLE' | 'NO_BATCHES' | 'BATCH_FAILED';

  constructor(code: TrainingError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** `where` names the first parameter with a broken gradient, where that is known. */
export function notFinite(step: number, loss: number, gradientNorm: number, where?: string): TrainingError {
  return new TrainingError(
    'NOT_FINITE',
    `step ${step}: loss ${loss}, gradient norm ${gradientNorm}` +
      (where === undefined ? '' : ` (first in ${where})`) +
      '; look for NaN in the batch, lower the learning rate or clip gradients',
  );
}

/** Seed of the random masks of a step, the first being 1. */
export function maskSeed(seed: number, step: number): number {
  return (Math.imul(seed, 0x27d4eb2f) + step) >>> 0;
}

/** Decay of the moving average after `steps` steps: smaller at first, so that the start is soon forgotten. */
export function averageDecayAt(steps: number, decay: number | Schedule): number {
  if (typeof decay === 'function') return decay(steps - 1);
  return Math.min(decay, (1 + steps) / (10 + steps));
}
