/**
 * Places of labels that may not be nearer than `gap` to one another: as near as possible to where they belong (least squares, by
 * pooling neighbours that would overlap), in the order given by where they belong.
 * @returns the places in the order of `wanted`
 */
export function spreadLabels(wanted: readonly number[], gap: number): number[] {
  const order = [...wanted.keys()].sort((a, b) => wanted[a] - wanted[b]);
  // With i · gap taken off, places must not fall: isotonic regression by pooling adjacent violators.
  const pools: { sum: number; count: number }[] = [];
  order.forEach((label, i) => {
    let pool = { sum: wanted[label] - i * gap, count: 1 };
    for (
      let last = pools.at(-1);
      last && last.sum / last.count > pool.sum / pool.count;
      last = pools.at(-1)
    ) {
      pools.pop();
      pool = { sum: last.sum + pool.sum, count: last.count + pool.count };
    }
    pools.push(pool);
  });
  const level = pools.flatMap(({ sum, count }) => Array<number>(count).fill(sum / count));
  const places = new Array<number>(wanted.length);
  order.forEach((label, i) => (places[label] = level[i] + i * gap));
  return places;
}
