import { KernelInstance } from '../kernel-instance.ts';
import type { Block } from '../kernel-instance.ts';
import { greyWasm } from '../wasm/grey.generated.ts';

/** assembly/grey.as.ts; addresses in bytes. */
interface GreyKernels {
  greyProducts(
    ...args: [
      a: number,
      groups: number,
      b: number,
      rows: number,
      columns: number,
      out: number,
      stride: number,
    ]
  ): void;
}

/** Rows that are multiplied side by side. */
const group = 4;

/** Rows of 8-bit levels whose inner products are wanted: whole numbers, exact however long the rows are. */
export class GreyRows {
  readonly count: number;
  readonly columns: number;
  readonly #kernels: GreyKernels;
  /** Bytes of a row, which zeros fill up. */
  readonly #pitch: number;
  readonly #rows: Block<Uint8Array>;
  readonly #others: Block<Uint8Array>;
  readonly #out: Block<Float64Array>;

  /** @param rows [count, columns] @throws RangeError where the length is no multiple of `columns`. */
  constructor(rows: Uint8Array, columns: number) {
    this.count = rows.length / columns;
    this.columns = columns;
    if (!Number.isInteger(this.count)) {
      throw new RangeError(`${rows.length} levels do not fill rows of ${columns}: give whole rows`);
    }
    this.#pitch = Math.ceil(columns / 16) * 16;
    const padded = Math.ceil(this.count / group) * group;
    const bytes = (padded + group) * this.#pitch + 8 * group * padded + 64;
    const instance = new KernelInstance<GreyKernels>(greyWasm, bytes);
    this.#kernels = instance.run;
    this.#rows = instance.u8(padded * this.#pitch);
    this.#others = instance.u8(group * this.#pitch);
    this.#out = instance.f64(group * padded);
    this.#place(rows, this.#rows.data);
  }

  /** [count, count] inner products of the rows with each other. */
  gram(): Float64Array {
    const n = this.count;
    const gram = new Float64Array(n * n);
    for (let from = 0; from < n; from += group) {
      const reach = Math.min(from + group, n);
      this.#multiply(this.#rows.address + from * this.#pitch, reach);
      for (let i = from; i < reach; i++) {
        for (let j = 0; j <= i; j++) {
          gram[i * n + j] = gram[j * n + i] = this.#out.data[(i - from) * n + j];
        }
      }
    }
    return gram;
  }

  /** [others, count] inner products of other rows, [others, columns], with these. */
  products(others: Uint8Array): Float64Array {
    const n = this.count;
    const rows = others.length / this.columns;
    const products = new Float64Array(rows * n);
    for (let from = 0; from < rows; from += group) {
      const part = others.subarray(from * this.columns, (from + group) * this.columns);
      this.#place(part, this.#others.data);
      this.#multiply(this.#others.address, n);
      const count = Math.min(group, rows - from);
      products.set(this.#out.data.subarray(0, count * n), from * n);
    }
    return products;
  }

  /** Four rows with the first `reach` of these, `count` numbers apart. */
  #multiply(rows: number, reach: number): void {
    const { address } = this.#rows;
    this.#kernels.greyProducts(rows, 1, address, reach, this.#pitch, this.#out.address, this.count);
  }

  #place(rows: Uint8Array, to: Uint8Array): void {
    for (let i = 0; i < rows.length / this.columns; i++) {
      to.set(rows.subarray(i * this.columns, (i + 1) * this.columns), i * this.#pitch);
    }
  }
}
