import { rocAuc } from '@blemish/evaluate';
import type { Matrix } from '@blemish/learn';
import type { LabelledRows, WatchHeld } from './fit-table.ts';
import { meanSpread } from './mean-spread.ts';
import type { MeanSpread } from './mean-spread.ts';

/** ROC AUC of rows held out, pass by pass of a network's training, over the folds. */
export class PassCurve {
  readonly #byPass = new Map<number, number[]>();

  /** Looks each so many passes; absent: never, which is a curve of nothing. */
  watch(every: number | undefined): WatchHeld | undefined {
    if (every === undefined) return undefined;
    return { every, onPass: (pass, probabilities, rows) => this.#add(pass, probabilities, rows) };
  }

  over(): ({ readonly pass: number } & MeanSpread)[] {
    return [...this.#byPass]
      .sort(([a], [b]) => a - b)
      .flatMap(([pass, values]) => {
        const over = meanSpread(values);
        return over === null ? [] : [{ pass, ...over }];
      });
  }

  #add(pass: number, { data, rows: n, columns }: Matrix, { y }: LabelledRows): void {
    if (columns !== 2) return;
    const scores = Float64Array.from({ length: n }, (_, i) => data[2 * i + 1]);
    const { value } = rocAuc({ scores, labels: y });
    if (value === null) return;
    this.#byPass.set(pass, [...(this.#byPass.get(pass) ?? []), value]);
  }
}
