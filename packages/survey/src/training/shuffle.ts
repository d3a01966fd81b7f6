import type { Rng } from '@blemish/sky';

/** Fisher–Yates, into a new array. */
export function shuffle<T>(list: readonly T[], rng: Rng): T[] {
  const order = [...list];
  for (let i = order.length - 1; i > 0; i--) {
    const j = rng.integer(0, i);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
