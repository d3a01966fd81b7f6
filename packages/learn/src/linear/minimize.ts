import { dot } from '../algebra/dot.ts';

/** A smooth function: puts its gradient at `at` into `gradient` and returns its value. */
export type Objective = (at: Float64Array, gradient: Float64Array) => number;

export interface Minimum {
  readonly at: Float64Array;
  readonly iterations: number;
  /** Largest element of the gradient there. */
  readonly slope: number;
  readonly converged: boolean;
}

export interface MinimizeOptions {
  /** Done when no element of the gradient is larger. */
  readonly tolerance: number;
  readonly iterations: number;
  /** Multiplies a vector in place by an estimate of the inverse curvature, positive definite: the closer, the fewer steps. */
  readonly precondition: (vector: Float64Array) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Steps and gradient changes remembered. */
const memory = 10;

/**
 * Minimum of a smooth convex function by L-BFGS (Nocedal & Wright 2006, algorithms 7.4 and 7.5) with a bisecting line search for the weak
 * Wolfe conditions (Lewis & Overton 2013, algorithm 2.6). Ends too where rounding leaves no descent.
 */
export function minimize(objective: Objective, start: Float64Array, options: MinimizeOptions): Minimum {
  const { tolerance, iterations, precondition, signal } = options;
  const n = start.length;
  let at = start.slice();
  let gradient = new Float64Array(n);
  let value = objective(at, gradient);
  const steps: Float64Array[] = [];
  const changes: Float64Array[] = [];
  let iteration = 0;
  for (; iteration < iterations && largest(gradient) > tolerance; iteration++) {
    signal?.throwIfAborted();
    const direction = descent(gradient, steps, changes, precondition);
    const found = search(objective, at, value, gradient, direction);
    if (found === null) {
      // A remembered curvature that rounding spoiled is dropped once; steepest descent that fails too is the end.
      if (steps.length === 0) break;
      steps.length = 0;
      changes.length = 0;
      continue;
    }
    const step = found.at.map((v, i) => v - at[i]);
    const change = found.gradient.map((v, i) => v - gradient[i]);
    if (product(step, change) > 0) {
      steps.push(step);
      changes.push(change);
      if (steps.length > memory) {
        steps.shift();
        changes.shift();
      }
    }
    ({ at, gradient, value } = found);
  }
  const slope = largest(gradient);
  return { at, iterations: iteration, slope, converged: slope <= tolerance };
}

/** −H·gradient, H the inverse curvature that the remembered steps tell of, on top of the estimate (two-loop recursion). */
function descent(
  gradient: Float64Array,
  steps: Float64Array[],
  changes: Float64Array[],
  precondition: (vector: Float64Array) => void,
): Float64Array {
  const direction = gradient.map((v) => -v);
  const products: number[] = [];
  for (let k = steps.length - 1; k >= 0; k--) {
    products[k] = product(steps[k], direction) / product(steps[k], changes[k]);
    add(direction, changes[k], -products[k]);
  }
  precondition(direction);
  if (steps.length > 0) {
    const [step, change] = [steps.at(-1)!, changes.at(-1)!];
    const estimated = change.slice();
    precondition(estimated);
    const scale = product(step, change) / product(change, estimated);
    for (let i = 0; i < direction.length; i++) direction[i] *= scale;
  }
  for (let k = 0; k < steps.length; k++) {
    add(direction, steps[k], products[k] - product(changes[k], direction) / product(steps[k], changes[k]));
  }
  return direction;
}

interface Point {
  readonly at: Float64Array<ArrayBuffer>;
  readonly gradient: Float64Array<ArrayBuffer>;
  readonly value: number;
}

/** A point along the direction lower enough and flatter enough, or null. */
function search(
  objective: Objective,
  from: Float64Array,
  value: number,
  gradient: Float64Array,
  direction: Float64Array,
): Point | null {
  const slope = product(gradient, direction);
  if (!(slope < 0)) return null;
  let low = 0;
  let high = Infinity;
  let length = 1;
  for (let attempt = 0; attempt < 50; attempt++) {
    const at = Float64Array.from(from, (v, i) => v + length * direction[i]);
    const next = new Float64Array(from.length);
    const there = objective(at, next);
    // Near the minimum the decrease drowns in rounding: the value then decides only beyond it.
    if (!(there <= value + 1e-4 * length * slope + 1e-15 * Math.abs(value))) high = length;
    else if (product(next, direction) < 0.9 * slope) low = length;
    else return { at, gradient: next, value: there };
    length = high < Infinity ? (low + high) / 2 : 2 * low;
  }
  return null;
}

function product(a: Float64Array, b: Float64Array): number {
  return dot(a, 0, b, 0, a.length);
}

function add(to: Float64Array, from: Float64Array, factor: number): void {
  for (let i = 0; i < to.length; i++) to[i] += factor * from[i];
}

function largest(values: Float64Array): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
}
