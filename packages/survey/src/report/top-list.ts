/** Keeps the `limit` highest-ranking items of any number offered, so that memory does not grow with them. Ties keep the one offered first. */
export class TopList<T> {
  readonly #limit: number;
  /** A heap: the lowest-ranking item is the first. */
  readonly #heap: Entry<T>[] = [];
  #offered = 0;

  constructor(limit: number) {
    if (!Number.isInteger(limit) || limit < 0)
      throw new RangeError(`limit is ${limit}: give a whole number ≥ 0`);
    this.#limit = limit;
  }

  /**
   * @param ranks larger is kept first; the second decides where the first is equal, and so on
   * @returns what falls out for it, which may be the item itself; null where there was room
   */
  offer(item: T, ...ranks: readonly number[]): T | null {
    const entry = { item, ranks, order: this.#offered++ };
    const heap = this.#heap;
    if (heap.length < this.#limit) {
      heap.push(entry);
      this.#rise(heap.length - 1);
      return null;
    }
    if (heap.length === 0 || compare(entry, heap[0]) > 0) return item;
    const [lowest] = heap;
    heap[0] = entry;
    this.#sink();
    return lowest.item;
  }

  /** Highest first. */
  get items(): T[] {
    return [...this.#heap].sort(compare).map(({ item }) => item);
  }

  #rise(from: number): void {
    const heap = this.#heap;
    for (let at = from; at > 0;) {
      const parent = (at - 1) >> 1;
      if (compare(heap[at], heap[parent]) <= 0) return;
      [heap[at], heap[parent]] = [heap[parent], heap[at]];
      at = parent;
    }
  }

  #sink(): void {
    const heap = this.#heap;
    for (let at = 0; ;) {
      let worst = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < heap.length && compare(heap[child], heap[worst]) > 0) worst = child;
      }
      if (worst === at) return;
      [heap[at], heap[worst]] = [heap[worst], heap[at]];
      at = worst;
    }
  }
}

interface Entry<T> {
  readonly item: T;
  readonly ranks: readonly number[];
  readonly order: number;
}

/** Negative where `a` ranks higher. */
function compare(a: Entry<unknown>, b: Entry<unknown>): number {
  for (let k = 0; k < a.ranks.length; k++) {
    if (a.ranks[k] !== b.ranks[k]) return b.ranks[k] - a.ranks[k];
  }
  return a.order - b.order;
}
