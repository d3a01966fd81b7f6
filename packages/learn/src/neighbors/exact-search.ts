import { KernelInstance } from '../kernel-instance.ts';
import type { Block } from '../kernel-instance.ts';
import type { Matrix } from '../matrix.ts';
import { neighborsWasm } from '../wasm/neighbors.generated.ts';
import { comparison, unitRows } from './metric.ts';
import type { Comparison, MetricOptions } from './metric.ts';
import type { Neighbors, NeighborSearch } from './neighbors.ts';

/** assembly/neighbors.as.ts; addresses in bytes. */
interface Kernels {
  scan(
    ...args: [
      rows: number,
      pitch: number,
      first: number,
      last: number,
      queryRows: number,
      queries: number,
      metric: number,
      p: number,
      values: number,
      indices: number,
      k: number,
    ]
  ): void;
  scanEuclidean(
    ...args: [
      packed: number,
      halves: number,
      norms: number,
      rows: number,
      columns: number,
      pitch: number,
      first: number,
      last: number,
      packedQueries: number,
      queryRows: number,
      groups: number,
      bounds: number,
      lengths: number,
      scale: number,
      values: number,
      indices: number,
      k: number,
    ]
  ): void;
}

/** Queries that pass over the reference together, and the bytes of a tile of it that stays in the cache meanwhile. */
const batch = 64;
const tileBytes = 1 << 18;
/** Half a unit in the last place of single precision. */
const unitRoundoff = 2 ** -24;
/** Longest query, in units of the longest reference row, that single precision is trusted with. */
const longestQuery = 1e12;

/**
 * The k nearest reference rows by comparing with every one of them. Euclidean and cosine distances are first computed in single
 * precision by the expansion |x − y|² = |x|² − 2 x·y + |y|², and rows it cannot rule out, given its error bound (Higham 2002, Accuracy and
 * Stability of Numerical Algorithms, eq. 3.5), are measured in double precision from the differences.
 */
export class ExactSearch implements NeighborSearch {
  readonly #comparison: Comparison;
  readonly #reference: Matrix;
  readonly #pitch: number;
  readonly #center: Float64Array;
  readonly #scale: number;
  #memory: SearchMemory | undefined;

  constructor(reference: Matrix, options: MetricOptions = {}) {
    this.#comparison = comparison(options);
    this.#reference = this.#comparison.unitRows ? unitRows(reference) : reference;
    this.#pitch = Math.ceil(reference.columns / 2) * 2;
    this.#center = means(this.#reference);
    this.#scale = this.#longest();
  }

  search(queries: Matrix, k: number): Neighbors {
    const { rows, columns } = this.#reference;
    if (this.#memory === undefined || this.#memory.k < k) this.#memory = this.#prepare(k);
    const memory = this.#memory;
    const asked = this.#comparison.unitRows ? unitRows(queries) : queries;
    const indices = new Int32Array(asked.rows * k);
    const distances = new Float64Array(asked.rows * k);
    const tile = Math.max(8, Math.floor(tileBytes / (8 * this.#pitch) / 8) * 8);
    for (let from = 0; from < asked.rows; from += batch) {
      const count = Math.min(batch, asked.rows - from);
      memory.queryRows.data.fill(0);
      for (let q = 0; q < count; q++) {
        const row = asked.data.subarray((from + q) * columns, (from + q + 1) * columns);
        memory.queryRows.data.set(row, q * this.#pitch);
      }
      memory.values.data.fill(Infinity);
      memory.indices.data.fill(-1);
      const fast = this.#comparison.code === 0 && this.#packQueries(memory, count);
      for (let first = 0; first < rows; first += tile) {
        this.#scanTile(memory, first, Math.min(rows, first + tile), count, k, fast);
      }
      this.#collect(memory, from, count, k, indices, distances);
    }
    return { k, indices, distances };
  }

  #scanTile(memory: SearchMemory, first: number, last: number, count: number, k: number, fast: boolean) {
    const { kernels, rows, queryRows, values, indices } = memory;
    const { code, p } = this.#comparison;
    if (!fast) {
      kernels.scan(
        rows.address,
        this.#pitch,
        first,
        last,
        queryRows.address,
        count,
        code,
        p,
        values.address,
        indices.address,
        k,
      );
      return;
    }
    kernels.scanEuclidean(
      memory.packed.address,
      memory.halves.address,
      memory.norms.address,
      rows.address,
      this.#reference.columns,
      this.#pitch,
      first / 8,
      Math.ceil(last / 8),
      memory.packedQueries.address,
      queryRows.address,
      Math.ceil(count / 4),
      memory.bounds.address,
      memory.lengths.address,
      this.#scale,
      values.address,
      indices.address,
      k,
    );
  }

  /** The heaps, sorted by distance and then row, and distances in place of what was compared. */
  #collect(
    { values, indices: found }: SearchMemory,
    from: number,
    count: number,
    k: number,
    indices: Int32Array,
    distances: Float64Array,
  ): void {
    const order = Array.from({ length: k }, (_, i) => i);
    for (let q = 0; q < count; q++) {
      const value = values.data.subarray(q * k, (q + 1) * k);
      const index = found.data.subarray(q * k, (q + 1) * k);
      if (index.includes(-1)) {
        throw new RangeError(
          `row ${from + q + 1}: distances too large for a number; scale the columns first`,
        );
      }
      order.sort((a, b) => value[a] - value[b] || index[a] - index[b]);
      for (let i = 0; i < k; i++) {
        indices[(from + q) * k + i] = index[order[i]];
        distances[(from + q) * k + i] = this.#comparison.toDistance(value[order[i]]);
      }
    }
  }

  /** Queries in the layout of the kernel; false where one is so long that single precision says nothing. */
  #packQueries({ packedQueries, bounds, lengths, queryRows }: SearchMemory, count: number): boolean {
    const { columns } = this.#reference;
    const slack = errorFactor(columns);
    packedQueries.data.fill(0);
    for (let q = 0; q < Math.ceil(count / 4) * 4; q++) {
      let square = 0;
      const at = (((q >> 2) * columns) << 2) + (q & 3);
      for (let c = 0; q < count && c < columns; c++) {
        const value = (queryRows.data[q * this.#pitch + c] - this.#center[c]) * this.#scale;
        packedQueries.data[at + 4 * c] = value;
        square += value * value;
      }
      const length = Math.sqrt(square);
      if (!(length < longestQuery)) return false;
      lengths.data[q] = square;
      bounds.data[2 * q] = slack * length * (1 + 1e-6);
      // A place without a query takes no candidates.
      bounds.data[2 * q + 1] = q < count ? -Infinity : Infinity;
    }
    return true;
  }

  #prepare(k: number): SearchMemory {
    const { rows: n, columns, data } = this.#reference;
    const pitch = this.#pitch;
    const blocks = Math.ceil(n / 8);
    const fast = this.#comparison.code === 0;
    const packedCount = fast ? blocks * 8 * columns : 0;
    const bytes =
      (n * pitch + batch * (pitch + k + 1)) * 8 + (packedCount + blocks * 16 + batch * (columns + k + 2)) * 4;
    const instance = new KernelInstance<Kernels>(neighborsWasm, bytes);
    const memory: SearchMemory = {
      k,
      kernels: instance.run,
      rows: instance.f64(n * pitch),
      packed: instance.f32(packedCount),
      halves: instance.f32(blocks * 8),
      norms: instance.f32(blocks * 8),
      queryRows: instance.f64(batch * pitch),
      packedQueries: instance.f32(batch * columns),
      bounds: instance.f32(batch * 2),
      lengths: instance.f64(batch),
      values: instance.f64(batch * k),
      indices: instance.i32(batch * k),
    };
    for (let i = 0; i < n; i++) {
      memory.rows.data.set(data.subarray(i * columns, (i + 1) * columns), i * pitch);
    }
    if (!fast) return memory;
    const slack = errorFactor(columns);
    // Rows that fill the last block are never candidates.
    memory.halves.data.fill(-Infinity);
    for (let i = 0; i < n; i++) {
      let square = 0;
      const at = (i >> 3) * columns * 8 + (i & 7);
      for (let c = 0; c < columns; c++) {
        const value = (data[i * columns + c] - this.#center[c]) * this.#scale;
        memory.packed.data[at + 8 * c] = value;
        square += value * value;
      }
      memory.halves.data[i] = square * (slack - 0.5);
      memory.norms.data[i] = Math.sqrt(square) * (1 + 1e-6);
    }
    return memory;
  }

  /** A power of two that brings the longest centered row to a length near 1, where nothing overflows. */
  #longest(): number {
    const { rows, columns, data } = this.#reference;
    let longest = 0;
    for (let i = 0; i < rows; i++) {
      let square = 0;
      for (let c = 0; c < columns; c++) square += (data[i * columns + c] - this.#center[c]) ** 2;
      longest = Math.max(longest, square);
    }
    return longest > 0 && longest < Infinity ? 2 ** -Math.ceil(Math.log2(longest) / 2) : 1;
  }
}

interface SearchMemory {
  /** Neighbors there is room for. */
  readonly k: number;
  readonly kernels: Kernels;
  readonly rows: Block<Float64Array>;
  readonly packed: Block<Float32Array>;
  readonly halves: Block<Float32Array>;
  readonly norms: Block<Float32Array>;
  readonly queryRows: Block<Float64Array>;
  readonly packedQueries: Block<Float32Array>;
  readonly bounds: Block<Float32Array>;
  readonly lengths: Block<Float64Array>;
  readonly values: Block<Float64Array>;
  readonly indices: Block<Int32Array>;
}

/** γ of a sum of `columns` products and a few roundings more, doubled: of inputs and of what bounds are computed from. */
function errorFactor(columns: number): number {
  return 2 * (columns + 8) * unitRoundoff;
}

function means({ rows, columns, data }: Matrix): Float64Array {
  const sums = new Float64Array(columns);
  for (let i = 0; i < rows; i++) for (let c = 0; c < columns; c++) sums[c] += data[i * columns + c] / rows;
  return sums;
}
