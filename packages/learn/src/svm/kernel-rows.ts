import type { Block, KernelInstance } from '../kernel-instance.ts';
import { kernelArguments, packRow, padded, unpackRow } from './kernel.ts';
import type { KernelFunction, SvmKernels } from './kernel.ts';

/**
 * Rows of the kernel matrix over the first `width` training rows (a multiple of 16), with as many kept as the memory set aside for them
 * holds. `narrow` reorders the training rows and drops the last ones from every row; what is kept then is shorter, and more of it fits.
 */
export class KernelRows {
  readonly #instance: KernelInstance<SvmKernels>;
  readonly #columns: number;
  readonly #kernel: ReturnType<typeof kernelArguments>;
  readonly #packed: Block<Float32Array>;
  readonly #x: Block<Float32Array>;
  readonly #store: Block<Float32Array>;
  /** Training row of each slot and slot of each training row, −1 for none. */
  #owner: Int32Array;
  #slot: Int32Array;
  /** Slots used since the hand of the clock last passed. */
  #used: Uint8Array;
  #hand = 0;
  #width: number;

  /** Bytes that the constructor takes from the memory. */
  static bytes(rows: number, columns: number, cacheBytes: number): number {
    return 4 * (padded(rows) * columns + columns + cacheFloats(rows, cacheBytes)) + 48;
  }

  /** @param data [rows, columns] */
  constructor(
    instance: KernelInstance<SvmKernels>,
    data: readonly Float32Array[],
    kernel: KernelFunction,
    cacheBytes: number,
  ) {
    this.#instance = instance;
    this.#columns = data[0].length;
    this.#kernel = kernelArguments(kernel);
    this.#packed = instance.f32(padded(data.length) * this.#columns);
    this.#x = instance.f32(this.#columns);
    this.#store = instance.f32(cacheFloats(data.length, cacheBytes));
    data.forEach((row, i) => packRow(this.#packed.data, i, row));
    this.#width = padded(data.length);
    this.#slot = new Int32Array(this.#width).fill(-1);
    this.#owner = new Int32Array(0);
    this.#used = new Uint8Array(0);
    this.#clear();
  }

  /** Address of row i's values, which hold until two other rows have been asked for. */
  row(i: number): number {
    let slot = this.#slot[i];
    if (slot < 0) {
      slot = this.#free();
      this.#owner[slot] = i;
      this.#slot[i] = slot;
      this.compute(i, 0, this.#width, this.#address(slot));
    }
    this.#used[slot] = 1;
    return this.#address(slot);
  }

  /** The j-th number at an address that `row` gave. */
  value(address: number, j: number): number {
    return this.#store.data[(address - this.#store.address) / 4 + j];
  }

  /** Kernel of row i with rows first … last − 1, multiples of 16, to `out`. */
  compute(i: number, first: number, last: number, out: number): void {
    unpackRow(this.#packed.data, i, this.#x.data);
    const { run } = this.#instance;
    run.kernelRow(this.#packed.address, this.#columns, first, last, this.#x.address, ...this.#kernel, out);
  }

  /** @param order which training row comes to each of the first places; only the first `width` of them stay. */
  narrow(order: Int32Array, width: number): void {
    const columns = this.#columns;
    const before = this.#packed.data.slice(0, order.length * columns);
    const values = new Float32Array(columns);
    const place = new Int32Array(this.#slot.length).fill(-1);
    order.forEach((from, to) => {
      unpackRow(before, from, values);
      packRow(this.#packed.data, to, values);
      place[from] = to;
    });
    const old = { owner: this.#owner, width: this.#width };
    const row = new Float32Array(width);
    this.#width = width;
    this.#clear();
    // Shorter slots in the order of the old ones: none is written over before it is read.
    let slot = 0;
    old.owner.forEach((owner, from) => {
      if (owner < 0 || place[owner] >= width) return;
      const source = this.#store.data.subarray(from * old.width, (from + 1) * old.width);
      for (let t = 0; t < width; t++) row[t] = source[order[t]];
      this.#store.data.set(row, slot * width);
      this.#owner[slot] = place[owner];
      this.#slot[place[owner]] = slot++;
    });
    this.#hand = slot % this.#owner.length;
  }

  /** Back to rows of all training rows; none is kept. */
  widen(width: number): void {
    this.#width = width;
    this.#clear();
  }

  #clear(): void {
    const slots = Math.floor(this.#store.data.length / this.#width);
    this.#owner = new Int32Array(slots).fill(-1);
    this.#used = new Uint8Array(slots);
    this.#slot.fill(-1);
    this.#hand = 0;
  }

  /** A slot that nobody has, or the next whose row was not used since the hand last passed (second chance). */
  #free(): number {
    for (;;) {
      const slot = this.#hand;
      this.#hand = (slot + 1) % this.#owner.length;
      if (this.#used[slot] === 1) {
        this.#used[slot] = 0;
        continue;
      }
      if (this.#owner[slot] >= 0) this.#slot[this.#owner[slot]] = -1;
      return slot;
    }
  }

  #address(slot: number): number {
    return this.#store.address + slot * this.#width * 4;
  }
}

/** At least three rows, at most all. */
function cacheFloats(rows: number, cacheBytes: number): number {
  const width = padded(rows);
  return width * Math.min(width, Math.max(3, Math.floor(cacheBytes / (4 * width))));
}
