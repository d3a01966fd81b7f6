import { kFold, splitRows } from '@blemish/evaluate';

/** Rows to learn from and rows to judge on. */
export interface ExposureFold {
  readonly train: readonly number[];
  readonly held: readonly number[];
}

/** Labelled exposures by row: category and group of each. */
export interface FoldRows {
  readonly y: ArrayLike<number>;
  readonly groups: readonly string[];
}

/**
 * Folds with categories spread evenly and groups whole: as many as asked, or as the rarest category has groups. A category of a single
 * group is always learned from and never judged. None where no category has two.
 */
export function exposureFolds(rows: FoldRows, folds: number, seed: number): ExposureFold[] {
  const { several, lone, fewest } = byNumber(rows);
  if (several.length === 0) return [];
  const options = { ...chosen(rows, several), seed };
  return kFold(several.length, Math.min(folds, fewest), options).map(({ train, test }) => ({
    train: [...Array.from(train, (i) => several[i]), ...lone],
    held: Array.from(test, (i) => several[i]),
  }));
}

/** A share of the exposures held out, as folds are. All are learned from, and judged on, where no category has two groups. */
export function heldExposures(rows: FoldRows, share: number, seed: number): ExposureFold {
  const { several, lone } = byNumber(rows);
  if (several.length === 0) return { train: lone, held: lone };
  const { train, held } = splitRows(
    several.length,
    { train: 1 - share, held: share },
    { ...chosen(rows, several), seed },
  );
  return {
    train: [...Array.from(train, (i) => several[i]), ...lone],
    held: Array.from(held, (i) => several[i]),
  };
}

function chosen({ y, groups }: FoldRows, several: readonly number[]) {
  return { labels: several.map((i) => y[i]), groups: several.map((i) => groups[i]) };
}

function byNumber({ y, groups }: FoldRows): {
  readonly several: readonly number[];
  readonly lone: readonly number[];
  /** Groups of the rarest category with more than one. */
  readonly fewest: number;
} {
  const of = new Map<number, Set<string>>();
  groups.forEach((group, i) => of.set(y[i], (of.get(y[i]) ?? new Set()).add(group)));
  const rows = groups.map((_, i) => i);
  const isSeveral = (i: number) => of.get(y[i])!.size > 1;
  const counts = [...of.values()].map(({ size }) => size).filter((size) => size > 1);
  return {
    several: rows.filter(isSeveral),
    lone: rows.filter((i) => !isSeveral(i)),
    fewest: Math.min(...counts),
  };
}
