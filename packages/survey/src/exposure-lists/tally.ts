/** Counts words. */
export class Tally {
  readonly counts = new Map<string, number>();

  add(words: Iterable<string>): void {
    for (const word of words) this.counts.set(word, (this.counts.get(word) ?? 0) + 1);
  }
}
