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
  readonly signal?: AbortSignal | undefined;
}

/** Steps and gradient changes remembered. */
const memory = 10;

/**
 * Minimum of a smooth convex function by L-BFGS (Nocedal & Wright 2006, algorithms 7.4 and 7.5) with a bisecting line search for the weak
 * Wolfe conditions (Lewis & Overton 2013, algorithm 2.6). Ends too where rounding leaves no descent.
 */
export function minimize(objective: Objective, start: Float64Array, options: MinimizeOptions): Minimum {
  const { tolerance, iterations, signal } = options;
  const n = start.length;
  let at = start.slice();
  let gradient = new Float64Array(n);
  let value = objective(at, gradient);
  const steps: Float64Array[] = [];
  const changes: Float64Array[] = [];
  let iteration = 0;
  for (; iteration < iterations && largest(gradient) > tolerance; iteration++) {
    signal?.throwIfAborted();
    const direction = descent(gradient, steps, changes);
    const first = steps.length === 0 ? Math.min(1, 1 / Math.sqrt(dot(gradient, gradient))) : 1;
    const found = search(objective, at, value, gradient, direction, first);
    if (found === null) {
      // A remembered curvature that rounding spoiled is dropped once; steepest descent that fails too is the end.
      if (steps.length === 0) break;
      steps.length = 0;
      changes.length = 0;
      continue;
    }
    const step = found.at.map((v, i) => v - at[i]);
    const change = found.gradient.map((v, i) => v - gradient[i]);
    if (dot(step, change) > 0) {
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

/** −H·gradient, H the inverse curvature that the remembered steps tell of (two-loop recursion). */
function descent(gradient: Float64Array, steps: Float64Array[], changes: Float64Array[]): Float64Array {
  const direction = gradient.map((v) => -v);
  const products: number[] = [];
  for (let k = steps.length - 1; k >= 0; k--) {
    products[k] = dot(steps[k], direction) / dot(steps[k], changes[k]);
    add(direction, changes[k], -products[k]);
  }
  if (steps.length > 0) {
    const [step, change] = [steps.at(-1)!, changes.at(-1)!];
    const scale = dot(step, change) / dot(change, change);
    for (let i = 0; i < direction.length; i++) direction[i] *= scale;
  }
  for (let k = 0; k < steps.length; k++) {
    add(direction, steps[k], products[k] - dot(changes[k], direction) / dot(steps[k], changes[k]));
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
  first: number,
): Point | null {
  const slope = dot(gradient, direction);
  if (!(slope < 0)) return null;
  let low = 0;
  let high = Infinity;
  let length = first;
  for (let attempt = 0; attempt < 50; attempt++) {
    const at = Float64Array.from(from, (v, i) => v + length * direction[i]);
    const next = new Float64Array(from.length);
    const there = objective(at, next);
    // Near the minimum the decrease drowns in rounding: the value then decides only beyond it.
    if (!(there <= value + 1e-4 * length * slope + 1e-15 * Math.abs(value))) high = length;
    else if (dot(next, direction) < 0.9 * slope) low = length;
    else return { at, gradient: next, value: there };
    length = high < Infinity ? (low + high) / 2 : 2 * low;
  }
  return null;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function add(to: Float64Array, from: Float64Array, factor: number): void {
  for (let i = 0; i < to.length; i++) to[i] += factor * from[i];
}

function largest(values: Float64Array): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
}
