import { KernelInstance } from '../kernel-instance.ts';
import type { Block } from '../kernel-instance.ts';
import { svmWasm } from '../wasm/svm.generated.ts';
import { kernelArguments, packRow, padded } from './kernel.ts';
import type { KernelFunction, SvmKernels } from './kernel.ts';

/** One or more functions of a row. */
export interface DecisionFunctions {
  /** The functions' values at x, centered and in single precision, to `out`. */
  at(x: Float32Array, out: Float64Array): void;
}

/** Sums Σ coefficient·K(support vector, x) + bias over the same support vectors. */
export class KernelExpansion implements DecisionFunctions {
  readonly #kernels: SvmKernels;
  readonly #kernel: ReturnType<typeof kernelArguments>;
  readonly #count: number;
  readonly #biases: Float64Array;
  readonly #packed: Block<Float32Array>;
  readonly #x: Block<Float32Array>;
  readonly #values: Block<Float32Array>;
  readonly #coefficients: Block<Float64Array>;

  /** @param coefficients [functions, vectors], row after row */
  constructor(
    kernel: KernelFunction,
    vectors: readonly Float32Array[],
    coefficients: Float64Array,
    biases: Float64Array,
    columns: number,
  ) {
    const count = padded(vectors.length);
    const bytes = 4 * (count * columns + columns + count) + 8 * count * biases.length + 64;
    const instance = new KernelInstance<SvmKernels>(svmWasm, bytes);
    this.#kernels = instance.run;
    this.#kernel = kernelArguments(kernel);
    this.#count = count;
    this.#biases = biases;
    this.#packed = instance.f32(count * columns);
    this.#x = instance.f32(columns);
    this.#values = instance.f32(count);
    this.#coefficients = instance.f64(count * biases.length);
    vectors.forEach((row, i) => packRow(this.#packed.data, i, row));
    for (let f = 0; f < biases.length; f++) {
      const own = coefficients.subarray(f * vectors.length, (f + 1) * vectors.length);
      this.#coefficients.data.set(own, f * count);
    }
  }

  at(x: Float32Array, out: Float64Array): void {
    const kernels = this.#kernels;
    this.#x.data.set(x);
    kernels.kernelRow(
      this.#packed.address,
      x.length,
      0,
      this.#count,
      this.#x.address,
      ...this.#kernel,
      this.#values.address,
    );
    for (let f = 0; f < this.#biases.length; f++) {
      const own = this.#coefficients.address + f * this.#count * 8;
      out[f] = kernels.weightedSum(own, this.#values.address, this.#count) + this.#biases[f];
    }
  }
}
