/** Which file a row is from, and which row of it. */
export interface RowOrigin {
  /** As given, for messages and outputs. */
  readonly path: string;
  /** From 1, the header not counted. */
  readonly row: number;
}

/** The origin of a row of a table, by its number from 0. */
export type OriginOf = (row: number) => RowOrigin;

/** Rows as they stand in one file. */
export function fileOrigins(path: string): OriginOf {
  return (row) => ({ path, row: row + 1 });
}

/** The origins of rows of a table, by their numbers, in the order given. */
export function chosenOrigins(originOf: OriginOf, chosen: ArrayLike<number>): OriginOf {
  return (row) => originOf(chosen[row]);
}
