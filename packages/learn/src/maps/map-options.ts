import { columnMoments } from '../column-statistics.ts';
import { matrix } from '../matrix.ts';
import type { Matrix } from '../matrix.ts';
import { pca } from '../transforms/pca.ts';

/** What every map takes. */
export interface MapOptions {
  /** Same rows, options and seed: the same map, bit for bit. */
  readonly seed: number;
  /** Threads that the search for neighbors may use (all cores). */
  readonly threads?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * The first two principal components, the first with deviation `deviation`: a start that keeps the large-scale arrangement (Kobak &
 * Linderman 2021). The second is 0 where there is one column.
 */
export async function principalStart(
  x: Matrix,
  deviation: number,
  { seed, signal }: MapOptions,
): Promise<Float64Array> {
  const components = Math.min(2, x.columns);
  const context = { seed, ...(signal && { signal }) };
  // Components need no labels: these only pass the check of them.
  const y = Int32Array.from({ length: x.rows }, (_, i) => i % 2);
  const fitted = await pca.fit({ x, y, classes: 2 }, pca.options.parse({ components }), context);
  const scores = fitted.apply(x);
  const scale = deviation / Math.sqrt(columnMoments(scores).variance[0]);
  const start = matrix(x.rows, 2);
  for (let i = 0; i < x.rows; i++) {
    for (let c = 0; c < components; c++) start.data[2 * i + c] = scores.data[i * components + c] * scale;
  }
  return start.data;
}

/** Lets timers and signals in. @throws what the signal was aborted with. */
export async function breathe(signal: AbortSignal | undefined): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  signal?.throwIfAborted();
}
