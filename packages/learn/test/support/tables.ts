import { matrix } from '../../src/index.ts';
import type { FitContext, Matrix, SavedParts } from '../../src/index.ts';

/** Rows of a fixture; null is a missing value. */
export function table(rows: readonly (readonly (number | null)[])[]): Matrix {
  return matrix(
    rows.length,
    rows[0].length,
    rows.flat().map((value) => value ?? NaN),
  );
}

/** Largest difference; NaN equals NaN only. */
export function farthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let most = 0;
  for (let i = 0; i < a.length; i++) {
    if (Number.isNaN(a[i]) && Number.isNaN(b[i])) continue;
    const off = Math.abs(a[i] - b[i]);
    most = Number.isNaN(off) ? Infinity : Math.max(most, off);
  }
  return most;
}

export const context: FitContext = { seed: 1 };

/** What comes back of parts that went to disk: settings through JSON, arrays copied. */
export function stored(parts: SavedParts): SavedParts {
  return {
    ...parts,
    settings: JSON.parse(JSON.stringify(parts.settings)) as Record<string, unknown>,
    arrays: Object.fromEntries(
      Object.entries(parts.arrays).map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]),
    ),
  };
}

/** Each row as many times as its weight says. */
export function repeated<T>(items: readonly T[], weights: readonly number[]): T[] {
  return items.flatMap((item, i) => new Array<T>(weights[i]).fill(item));
}
