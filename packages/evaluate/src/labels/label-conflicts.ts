/** A set of rows that are one thing and carry different labels. */
export interface LabelConflict {
  readonly rows: readonly number[];
  /** Label of each of them. */
  readonly labels: readonly (number | string)[];
}

/**
 * Sets of the same thing (`nearDuplicates`, `samePositions`, or rows of one object) whose labels are not all equal; the
 * largest first. Such rows teach a contradiction and cap the accuracy.
 */
export function labelConflicts(
  sets: readonly (readonly number[])[],
  labels: ArrayLike<number | string>,
): LabelConflict[] {
  return sets
    .map((rows) => ({ rows, labels: rows.map((i) => labels[i]) }))
    .filter((set) => set.labels.some((label) => label !== set.labels[0]))
    .sort((a, b) => b.rows.length - a.rows.length);
}
