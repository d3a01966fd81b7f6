/** Factor on the learning rate for each step, the first being 0. */
export type Schedule = (step: number) => number;

export const constant: Schedule = () => 1;

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
