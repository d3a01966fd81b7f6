import type { Block } from '../kernel-instance.ts';
import type { Matrix } from '../matrix.ts';
import { shareOut } from './kernels.ts';
import type { TreeTeam } from './kernels.ts';

/** Columns of numbers as bins of about equally many rows, in a team's memory. */
export interface BinnedColumns {
  /** [columns, rows]: bins 0 … 254, 255 for a missing value. */
  readonly bins: Block<Uint8Array>;
  /** [columns, 255]: upper edge of each bin but the last; infinite beyond. */
  readonly edges: Block<Float64Array>;
  /** [columns, 256]: the least and the largest number in each bin. */
  readonly lows: Block<Float64Array>;
  readonly highs: Block<Float64Array>;
  /** [columns]: bins without that of missing values. */
  readonly counts: Block<Int32Array>;
}

/**
 * Bins the `rows` × `columns` numbers at `x` in the team's memory; edges come from the first `fitRows` rows alone. Up to 255 different values have a bin each,
 * with the edge half-way between neighbors; more are cut at equally spaced percentiles, as in scikit-learn's HistGradientBoostingClassifier.
 */
export async function binColumns(
  team: TreeTeam,
  x: number,
  { rows, columns }: Pick<Matrix, 'rows' | 'columns'>,
  fitRows = rows,
): Promise<BinnedColumns> {
  const { memory } = team;
  const bins = memory.u8(rows * columns);
  const edges = memory.f64(columns * 255);
  const lows = memory.f64(columns * 256);
  const highs = memory.f64(columns * 256);
  const counts = memory.i32(columns);
  await shareOut(team, columns, (thread, from, to) =>
    thread.call(
      'binColumns',
      x,
      rows,
      columns,
      fitRows,
      from,
      to,
      bins.address,
      edges.address,
      lows.address,
      highs.address,
      counts.address,
      memory.take(16 * fitRows + 8192),
    ),
  );
  return { bins, edges, lows, highs, counts };
}
