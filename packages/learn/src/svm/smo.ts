import { KernelInstance } from '../kernel-instance.ts';
import { svmWasm } from '../wasm/svm.generated.ts';
import { padded } from './kernel.ts';
import type { KernelFunction, SvmKernels } from './kernel.ts';
import { KernelRows } from './kernel-rows.ts';

/** Two classes to tell apart. */
export interface BinaryProblem {
  /** One array a row. */
  readonly rows: readonly Float32Array[];
  /** 1 or −1 for each row. */
  readonly signs: Float64Array;
  /** Upper bound C of each row's α, > 0. */
  readonly bounds: Float64Array;
}

export interface SolverOptions {
  readonly kernel: KernelFunction;
  /** The solver stops where no pair violates optimality by more. */
  readonly tolerance: number;
  readonly cacheBytes: number;
}

export interface Solution {
  /** y·α of each row. */
  readonly coefficients: Float64Array;
  readonly bias: number;
  readonly iterations: number;
}

/** Iterations between two looks for rows to leave out, as in libsvm. */
const shrinkEvery = 1000;
const mostIterations = 1e7;

/**
 * C-support vector classification by sequential minimal optimization: second-order working sets (Fan, Chen & Lin 2005, WSS 2) and shrinking (Chang
 * & Lin 2011, LIBSVM, section 5.1). The decision on x is Σ coefficient·K(row, x) + bias.
 * @throws RangeError where it does not converge.
 */
export function solve({ rows, signs, bounds }: BinaryProblem, options: SolverOptions): Solution {
  const n = rows.length;
  const state = new State(rows, signs, bounds, options);
  let countdown = Math.min(n, shrinkEvery);
  let widened = false;
  let iterations = 0;
  for (; ; iterations++) {
    if (iterations > Math.max(mostIterations, 100 * n)) {
      throw new RangeError(
        `no convergence after ${iterations} iterations: scale the columns, lower c, or raise tolerance`,
      );
    }
    if (--countdown === 0) {
      countdown = Math.min(n, shrinkEvery);
      if (!widened && state.gap() <= 10 * options.tolerance) {
        // Near the end rows that were left out too early must have their say.
        widened = true;
        state.widen();
      }
      state.shrink();
    }
    if (state.step()) continue;
    if (!state.narrow) break;
    state.widen();
    if (!state.step()) break;
    countdown = 1;
  }
  return { ...state.result(), iterations };
}

class State {
  readonly #n: number;
  readonly #kernels: SvmKernels;
  readonly #rows: KernelRows;
  readonly #signs: Float64Array;
  readonly #bounds: Float64Array;
  readonly #alphas: Float64Array;
  /** Which given row stands at each place. */
  readonly #order: Int32Array;
  readonly #scores;
  readonly #up;
  readonly #low;
  readonly #diagonal;
  readonly #spare;
  readonly #out;
  readonly #tolerance: number;
  #width: number;

  constructor(
    rows: readonly Float32Array[],
    signs: Float64Array,
    bounds: Float64Array,
    { kernel, tolerance, cacheBytes }: SolverOptions,
  ) {
    const n = rows.length;
    const width = padded(n);
    const own = width * (8 + 4 * 4) + 128;
    const instance = new KernelInstance<SvmKernels>(
      svmWasm,
      own + KernelRows.bytes(n, rows[0].length, cacheBytes),
    );
    this.#n = n;
    this.#width = width;
    this.#kernels = instance.run;
    this.#tolerance = tolerance;
    this.#scores = instance.f64(width);
    this.#up = instance.f32(width);
    this.#low = instance.f32(width);
    this.#diagonal = instance.f32(width);
    this.#spare = instance.f32(width);
    this.#out = instance.f64(2);
    this.#rows = new KernelRows(instance, rows, kernel, cacheBytes);
    this.#signs = new Float64Array(width);
    this.#bounds = new Float64Array(width);
    this.#signs.set(signs);
    this.#bounds.set(bounds);
    this.#alphas = new Float64Array(width);
    this.#order = Int32Array.from({ length: width }, (_, t) => t);
    this.#scores.data.set(signs);
    const square = Math.fround(kernel.gamma);
    for (let t = 0; t < width; t++) {
      this.#limit(t);
      if (t >= n) continue;
      const dot = kernel.kind === 'rbf' ? 0 : rows[t].reduce((sum, value) => sum + value * value, 0);
      this.#diagonal.data[t] =
        kernel.kind === 'rbf'
          ? 1
          : kernel.kind === 'linear'
            ? dot
            : (square * dot + kernel.constant) ** kernel.degree;
    }
  }

  /** Are rows left out? */
  get narrow(): boolean {
    return this.#width < padded(this.#n);
  }

  /** Moves the α of the most violating pair; false where none violates by the tolerance. */
  step(): boolean {
    const out = this.#out.data;
    const scores = this.#scores;
    this.#kernels.mostViolating(scores.address, this.#up.address, this.#width, this.#out.address);
    const [top, i] = out;
    if (i < 0 || top === -Infinity) return false;
    const first = this.#rows.row(i);
    this.#kernels.partner(
      scores.address,
      this.#low.address,
      this.#diagonal.address,
      first,
      this.#width,
      top,
      this.#diagonal.data[i],
      this.#out.address,
    );
    const [j, least] = out;
    if (j < 0 || top - least < this.#tolerance) return false;
    const second = this.#rows.row(j);
    const k = this.#rows.value(first, j);
    const curvature = Math.max(this.#diagonal.data[i] + this.#diagonal.data[j] - 2 * k, 1e-12);
    const alphas = this.#alphas;
    const roomUp = this.#signs[i] > 0 ? this.#bounds[i] - alphas[i] : alphas[i];
    const roomDown = this.#signs[j] > 0 ? alphas[j] : this.#bounds[j] - alphas[j];
    const move = Math.min((scores.data[i] - scores.data[j]) / curvature, roomUp, roomDown);
    this.#kernels.update(scores.address, first, second, this.#width, move, -move);
    // At a bound exactly, so that it counts as there.
    if (move === roomUp) alphas[i] = this.#signs[i] > 0 ? this.#bounds[i] : 0;
    else alphas[i] += this.#signs[i] * move;
    if (move === roomDown) alphas[j] = this.#signs[j] > 0 ? 0 : this.#bounds[j];
    else alphas[j] -= this.#signs[j] * move;
    this.#limit(i);
    this.#limit(j);
    return true;
  }

  /** How far the worst pair among the rows in use is from optimality. */
  gap(): number {
    const [top, least] = this.#extremes();
    return top - least;
  }

  /** Leaves out rows at a bound that would stay there if this were the optimum. */
  shrink(): void {
    const [top, least] = this.#extremes();
    const kept: number[] = [];
    const left: number[] = [];
    for (let t = 0; t < this.#width; t++) {
      const score = this.#scores.data[t];
      const stays = (this.#up.data[t] !== 0 && score > top) || (this.#low.data[t] !== 0 && score < least);
      (stays || this.#order[t] >= this.#n ? left : kept).push(t);
    }
    const width = padded(Math.max(kept.length, 1));
    // Rearranging costs as much as some dozens of iterations.
    if (width > 0.9 * this.#width) return;
    const order = Int32Array.from([...kept, ...left]);
    this.#rows.narrow(order, width);
    for (const { data } of [this.#scores, this.#up, this.#low, this.#diagonal]) reorder(data, order);
    for (const data of [this.#signs, this.#bounds, this.#alphas, this.#order]) reorder(data, order);
    this.#width = width;
  }

  /** All rows again, with the scores of those left out computed anew. */
  widen(): void {
    const all = padded(this.#n);
    const from = this.#width;
    if (from === all) return;
    for (let t = from; t < all; t++) this.#scores.data[t] = this.#signs[t];
    const at = this.#scores.address + from * 8;
    const { address } = this.#spare;
    for (let s = 0; s < all; s++) {
      if (this.#alphas[s] === 0) continue;
      this.#rows.compute(s, from, all, address);
      this.#kernels.update(at, address, address, all - from, this.#signs[s] * this.#alphas[s], 0);
    }
    this.#width = all;
    this.#rows.widen(all);
  }

  result(): { coefficients: Float64Array; bias: number } {
    const coefficients = new Float64Array(this.#n);
    let free = 0;
    let sum = 0;
    for (let t = 0; t < this.#width; t++) {
      if (this.#order[t] >= this.#n) continue;
      coefficients[this.#order[t]] = this.#signs[t] * this.#alphas[t];
      if (this.#up.data[t] === 0 && this.#low.data[t] === 0) {
        free++;
        sum += this.#scores.data[t];
      }
    }
    const [top, least] = this.#extremes();
    return { coefficients, bias: free > 0 ? sum / free : (top + least) / 2 };
  }

  #extremes(): [top: number, least: number] {
    let top = -Infinity;
    let least = Infinity;
    for (let t = 0; t < this.#width; t++) {
      top = Math.max(top, this.#scores.data[t] + this.#up.data[t]);
      least = Math.min(least, this.#scores.data[t] + this.#low.data[t]);
    }
    return [top, least];
  }

  /** Where α of place t may move. */
  #limit(t: number): void {
    const sign = this.#signs[t];
    const below = this.#alphas[t] < this.#bounds[t];
    const above = this.#alphas[t] > 0;
    this.#up.data[t] = (sign > 0 && below) || (sign < 0 && above) ? 0 : -Infinity;
    this.#low.data[t] = (sign > 0 && above) || (sign < 0 && below) ? 0 : Infinity;
  }
}

function reorder(data: Float64Array | Float32Array | Int32Array, order: Int32Array): void {
  const before = data.slice(0, order.length);
  order.forEach((from, to) => (data[to] = before[from]));
}
