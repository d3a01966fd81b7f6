/** Factor on the learning rate for each step, the first being 0. */
export type Schedule = (step: number) => number;

export const constant: Schedule = () => 1;

export interface StepDecayOptions {
  /** Steps between two drops, or the steps at which they are. */
  readonly at: number | readonly number[];
  /** What a drop multiplies the rate by; 0.1 by default. */
  readonly factor?: number;
  /** Steps over which the rate rises linearly from near 0. */
  readonly warmupSteps?: number;
}

/** The rate falls by `factor` every so many steps, or at the steps given (PyTorch's StepLR and MultiStepLR). */
export function stepDecay({ at, factor = 0.1, warmupSteps = 0 }: StepDecayOptions): Schedule {
  const drops = typeof at === 'number' ? [at] : at;
  if (!(factor > 0) || !(warmupSteps >= 0) || !drops.every((step) => step > 0)) {
    throw new RangeError(
      `steps ${drops.join()}, factor ${factor} and warmupSteps ${warmupSteps}: steps and factor must be above 0, warmupSteps at least 0`,
    );
  }
  const passed = (step: number) =>
    typeof at === 'number' ? Math.floor(step / at) : at.filter((drop) => step >= drop).length;
  return (step) => (step < warmupSteps ? (step + 1) / warmupSteps : factor ** passed(step));
}

export interface CosineOptions {
  readonly totalSteps: number;
  /** Steps over which the rate rises linearly from near 0. */
  readonly warmupSteps?: number;
  /** Factor at the end; 0 by default. */
  readonly final?: number;
}

/** Linear warm-up, then half a cosine from 1 down to `final` (Loshchilov & Hutter 2017), and `final` after `totalSteps`. */
export function cosine({ totalSteps, warmupSteps = 0, final = 0 }: CosineOptions): Schedule {
  if (!(totalSteps > warmupSteps && warmupSteps >= 0)) {
    throw new RangeError(
      `totalSteps ${totalSteps} must exceed warmupSteps ${warmupSteps}, which must be at least 0`,
    );
  }
  return (step) => {
    if (step < warmupSteps) return (step + 1) / warmupSteps;
    const progress = Math.min(1, (step - warmupSteps) / (totalSteps - warmupSteps));
    return final + (1 - final) * 0.5 * (1 + Math.cos(Math.PI * progress));
  };
}
