/** Row numbers of each part, ascending; every row is in exactly one part. */
export type Parts = Readonly<Record<string, Uint32Array>>;

/** Share of the rows each part gets, e.g. `{ train: 0.7, validation: 0.15, test: 0.15 }`; they sum to 1. */
export type Shares = Readonly<Record<string, number>>;

export interface SplitOptions {
  /** Class of each row (a number or a name): shares of the classes are kept in every part. */
  readonly labels?: ArrayLike<number | string>;
  /** Group of each row (exposure, night, object; `joinGroups` for several): no group is divided. */
  readonly groups?: ArrayLike<number | string>;
  /** Same seed, same split (0). */
  readonly seed?: number;
}

/** One fold of a cross-validation: row numbers, ascending. */
export interface Fold {
  readonly repeat: number;
  readonly fold: number;
  readonly train: Uint32Array;
  readonly test: Uint32Array;
}
