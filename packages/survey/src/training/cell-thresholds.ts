/** Thresholds tried for a cell, coarse enough that the choice is not fitted to single images. */
const candidates = [...Array.from({ length: 19 }, (_, i) => 0.05 * (i + 1)), 0.97, 0.98, 0.99, 0.995];

/**
 * Per class, the probability from which a cell of the coarse map counts as its artifact: the one with the largest intersection over
 * union of cells, pooled over validation CCDs that hold the class above the signal-to-noise asked for.
 */
export class CellThresholds {
  readonly #intersection: Float64Array[];
  readonly #predicted: Float64Array[];
  readonly #truth: Float64Array;

  constructor(classes: number) {
    this.#intersection = Array.from({ length: classes }, () => new Float64Array(candidates.length));
    this.#predicted = Array.from({ length: classes }, () => new Float64Array(candidates.length));
    this.#truth = new Float64Array(classes);
  }

  /** Adds one class on one CCD: logits of its cells, and its bit in the truth's cells. */
  add(k: number, logits: Float32Array, cells: Uint32Array): void {
    for (let at = 0; at < cells.length; at++) {
      const truth = (cells[at] >>> k) & 1;
      const p = 1 / (1 + Math.exp(-logits[at]));
      this.#truth[k] += truth;
      for (let c = 0; c < candidates.length && p >= candidates[c]; c++) {
        this.#predicted[k][c]++;
        this.#intersection[k][c] += truth;
      }
    }
  }

  /** 0.5 for a class that was never added. */
  best(): number[] {
    return Array.from(this.#truth, (truth, k) => {
      if (truth === 0) return 0.5;
      let best = 0;
      let threshold = 0.5;
      for (const [c, candidate] of candidates.entries()) {
        const both = this.#intersection[k][c];
        const overlap = both / (truth + this.#predicted[k][c] - both);
        if (overlap > best) {
          best = overlap;
          threshold = candidate;
        }
      }
      return Number(threshold.toFixed(3));
    });
  }
}
