import { matrix, nearestNeighbors } from '@blemish/learn';

/** Neighbours that vote: as many as paper 001's. */
const neighbors = 7;

/**
 * Share of held-out rows whose label is that of most of their nearest training rows (cosine distance; of equal votes the nearer label), null
 * where there are too few rows to vote.
 */
export async function probe(
  training: { readonly rows: Float32Array; readonly labels: readonly string[] },
  validation: { readonly rows: Float32Array; readonly labels: readonly string[] },
  width: number,
): Promise<number | null> {
  const { length: n } = training.labels;
  const { length: m } = validation.labels;
  const k = Math.min(neighbors, n);
  if (k < 1 || m < 1) return null;
  const reference = matrix(n, width, training.rows);
  const { indices } = await nearestNeighbors(reference, matrix(m, width, validation.rows), k, {
    metric: 'cosine',
  });
  let right = 0;
  for (let i = 0; i < m; i++) {
    const votes = new Map<string, number>();
    for (let j = 0; j < k; j++) {
      const label = training.labels[indices[i * k + j]];
      votes.set(label, (votes.get(label) ?? 0) + 1);
    }
    // Votes are in the order of distance, so that the first of the largest is the nearer one.
    const [winner] = [...votes].reduce((best, each) => (each[1] > best[1] ? each : best));
    if (winner === validation.labels[i]) right++;
  }
  return right / m;
}
