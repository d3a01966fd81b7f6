/** The smallest rectangle around everything that is not zero: [x0, x1) × [y0, y1). */
export interface Box {
  readonly x0: number;
  readonly x1: number;
  readonly y0: number;
  readonly y1: number;
}

export function boxOf(plane: Float32Array, width: number, height: number): Box | null {
  // Two floats at a time: a double is zero only where both of its halves are.
  const pairs = new Float64Array(plane.buffer, plane.byteOffset, plane.length >> 1);
  let x0 = width;
  let x1 = 0;
  let y0 = height;
  let y1 = 0;
  for (let y = 0; y < height; y++) {
    const base = y * width;
    const first = firstNonZero(plane, pairs, base, base + width) - base;
    if (first === width) continue;
    let last = width - 1;
    while (plane[base + last] === 0) last--;
    if (first < x0) x0 = first;
    if (last + 1 > x1) x1 = last + 1;
    if (y < y0) y0 = y;
    y1 = y + 1;
  }
  return x1 > 0 ? { x0, x1, y0, y1 } : null;
}

/** Index of the first pixel of [from, to) that is not zero; `to` where there is none. */
function firstNonZero(plane: Float32Array, pairs: Float64Array, from: number, to: number): number {
  let i = from;
  while (i < to) {
    if ((i & 1) === 0) while (i + 1 < to && pairs[i >> 1] === 0) i += 2;
    if (i >= to || plane[i] !== 0) break;
    i++;
  }
  return i;
}

export function addInBox(
  target: Float32Array,
  source: Float32Array,
  width: number,
  box: Box,
  scale = 1,
): void {
  for (let y = box.y0; y < box.y1; y++)
    for (let i = y * width + box.x0, end = y * width + box.x1; i < end; i++) target[i] += scale * source[i];
}

/** Sets `plane` to 0 where anything is masked. */
export function clearMasked(plane: Float32Array, mask: Uint16Array, width: number, box: Box): void {
  for (let y = box.y0; y < box.y1; y++)
    for (let i = y * width + box.x0, end = y * width + box.x1; i < end; i++) if (mask[i] !== 0) plane[i] = 0;
}

/** Sets `bit` where |source| exceeds `level`. */
export function maskInBox(
  mask: Uint16Array,
  source: Float32Array,
  width: number,
  box: Box,
  level: number,
  bit: number,
): void {
  for (let y = box.y0; y < box.y1; y++)
    for (let i = y * width + box.x0, end = y * width + box.x1; i < end; i++)
      if (source[i] > level || source[i] < -level) mask[i] |= bit;
}

export function clearInBox(plane: Float32Array, width: number, box: Box): void {
  for (let y = box.y0; y < box.y1; y++) plane.fill(0, y * width + box.x0, y * width + box.x1);
}

/**
 * Planes kept between CCDs of one size, since allocating and clearing 33 MB each time costs more than most artifacts. Those handed
 * out by `zeroed` are all zero, and have to be so again when they come back.
 */
export class PlanePool {
  readonly #zeroed: Float32Array[] = [];
  readonly #any: Float32Array[] = [];
  readonly #masks: Uint16Array[] = [];
  readonly #truths: Uint32Array[] = [];
  readonly size: number;

  constructor(size: number) {
    this.size = size;
  }

  zeroed(): Float32Array {
    return this.#zeroed.pop() ?? new Float32Array(this.size);
  }

  returnZeroed(plane: Float32Array): void {
    this.#zeroed.push(plane);
  }

  /** A plane with anything in it. */
  any(): Float32Array {
    return this.#any.pop() ?? new Float32Array(this.size);
  }

  returnAny(plane: Float32Array): void {
    this.#any.push(plane);
  }

  /** A mask without a bit. */
  mask(): Uint16Array {
    return this.#masks.pop()?.fill(0) ?? new Uint16Array(this.size);
  }

  returnMask(mask: Uint16Array): void {
    this.#masks.push(mask);
  }

  /** Truth without a bit. */
  truth(): Uint32Array {
    return this.#truths.pop()?.fill(0) ?? new Uint32Array(this.size);
  }

  returnTruth(truth: Uint32Array): void {
    this.#truths.push(truth);
  }
}

let pool: PlanePool | null = null;

/** The thread's pool; one size at a time. */
export function planePool(size: number): PlanePool {
  if (pool?.size !== size) pool = new PlanePool(size);
  return pool;
}
