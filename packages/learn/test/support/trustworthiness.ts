import { nearestNeighbors } from '../../src/index.ts';
import type { Matrix } from '../../src/index.ts';

/** How far neighbors in the map are neighbors among the rows, 0 to 1 (Venna & Kaski 2001, eq. 2). */
export async function trustworthiness(x: Matrix, map: Matrix, k: number): Promise<number> {
  const n = x.rows;
  const all = await nearestNeighbors(x, x, n - 1, { skipSelf: true });
  const near = await nearestNeighbors(map, map, k, { skipSelf: true });
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const order = all.indices.subarray(i * (n - 1), (i + 1) * (n - 1));
    for (const j of near.indices.subarray(i * k, (i + 1) * k)) {
      sum += Math.max(0, order.indexOf(j) + 1 - k);
    }
  }
  return 1 - (2 / (n * k * (2 * n - 3 * k - 1))) * sum;
}
