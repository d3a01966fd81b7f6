import type { ReportPreview } from './types.ts';

/**
 * Keeps the previews of the `limit` highest-ranking images of a scan of any length, so that memory does not grow with
 * the night: offer each as it comes, ask for what is left when the report is written.
 */
export class TopPreviews {
  readonly #limit: number;
  readonly #kept = new Map<string, { readonly rank: number; readonly preview: ReportPreview }>();

  constructor(limit = 60) {
    if (!Number.isInteger(limit) || limit < 0)
      throw new RangeError(`limit is ${limit}: give a whole number ≥ 0`);
    this.#limit = limit;
  }

  /** @param rank larger is kept first: e.g. 1 + probability where flagged, probability where not. Ties keep the smaller key, whatever the order of arrival. */
  offer(key: string, rank: number, preview: ReportPreview): void {
    this.#kept.set(key, { rank, preview });
    if (this.#kept.size <= this.#limit) return;
    let lowest: string | null = null;
    let lowestRank = Infinity;
    for (const [name, entry] of this.#kept) {
      if (entry.rank < lowestRank || (entry.rank === lowestRank && (lowest === null || name > lowest))) {
        lowest = name;
        lowestRank = entry.rank;
      }
    }
    if (lowest !== null) this.#kept.delete(lowest);
  }

  get(key: string): ReportPreview | null {
    return this.#kept.get(key)?.preview ?? null;
  }

  get size(): number {
    return this.#kept.size;
  }
}
