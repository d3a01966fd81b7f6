import { classShares } from '../baseline/majority.ts';
import type { Block } from '../kernel-instance.ts';
import type { FitContext, TrainingData } from '../learner.ts';
import { binColumns } from './bins.ts';
import type { BinnedColumns } from './bins.ts';
import type { BoostingOptions } from './boosting-options.ts';
import { Ensemble } from './ensemble.ts';
import { holdOut } from './hold-out.ts';
import { withTeam } from './kernels.ts';
import type { TreeTeam } from './kernels.ts';
import { joinTrees, shares } from './trees.ts';
import type { Tree } from './trees.ts';

export interface BoostedTrees {
  readonly ensemble: Ensemble;
  /** [outputs]: what every row starts from. */
  readonly baseline: Float64Array;
  /** Shares of the columns in the loss that splits gained. */
  readonly importance: Float64Array;
}

/** Values looked at for each cell and iteration, for the choice of threads. */
const stepsPerCell = 3;

/**
 * Boosts trees on the log loss: logistic for two classes (one output), softmax for more (as many outputs). Rows held out for early stopping are binned, never learned
 * from; the trees that were grown after the last fall of their loss stay, as in scikit-learn.
 */
export function growBoosted(
  data: TrainingData,
  options: BoostingOptions,
  { seed, threads, signal, onProgress }: FitContext,
): Promise<BoostedTrees> {
  const { x, classes } = data;
  const { earlyStopping, iterations } = options;
  const stopsEarly = earlyStopping === 'on' || (earlyStopping === 'auto' && x.rows > 10_000);
  const rows = holdOut(data, stopsEarly ? options.validationShare : 0, seed);
  const outputs = classes === 2 ? 1 : classes;
  return withTeam(x.data.length * stepsPerCell * iterations, threads, async (team) => {
    const table = placeRows(team, data, rows.fit, rows.held);
    const fitRows = rows.fit.length;
    const binned = await binColumns(team, table.numbers.address, x, fitRows);
    const { labels, weights } = table;
    const baseline = baselineOf(
      classShares({ y: labels.data.subarray(0, fitRows), classes, weights: weights.data }),
    );
    const raw = team.memory.f64(outputs * x.rows);
    for (let k = 0; k < outputs; k++) raw.data.fill(baseline[k], k * x.rows, (k + 1) * x.rows);
    const out = await prepare(team, { table, binned, raw, fitRows, outputs, columns: x.columns }, options);

    const trees: Tree[] = [];
    const gains = new Float64Array(x.columns);
    const losses = [heldLoss(table, raw.data, fitRows, outputs)];
    for (let done = 0; done < iterations; done++) {
      signal?.throwIfAborted();
      const written = await Promise.all(team.threads.map((thread) => thread.call('boost')));
      trees.push(...readTrees(team, out, Math.max(...written), binned, gains));
      onProgress?.(done + 1, iterations);
      if (!stopsEarly) continue;
      losses.push(heldLoss(table, raw.data, fitRows, outputs));
      if (hasStalled(losses, options)) break;
    }
    return { ensemble: new Ensemble(joinTrees(trees, 1)), baseline, importance: shares(gains) };
  });
}

/** The rows in a team's memory, those to fit before those held out. */
interface PlacedRows {
  readonly numbers: Block<Float64Array>;
  readonly labels: Block<Int32Array>;
  readonly weights: Block<Float64Array>;
}

function placeRows(
  { memory }: TreeTeam,
  { x, y, weights }: TrainingData,
  ...parts: readonly Int32Array[]
): PlacedRows {
  const { rows, columns, data } = x;
  const placed = { numbers: memory.f64(data.length), labels: memory.i32(rows), weights: memory.f64(rows) };
  let at = 0;
  for (const part of parts) {
    for (const row of part) {
      placed.numbers.data.set(data.subarray(row * columns, (row + 1) * columns), at * columns);
      placed.labels.data[at] = y[row];
      placed.weights.data[at++] = weights?.[row] ?? 1;
    }
  }
  return placed;
}

/** Log odds of class 1 for two classes; for more the logs of their shares, less their mean. */
function baselineOf(classShare: Float64Array): Float64Array {
  // A class whose rows all have weight 0 is as good as impossible, not infinitely so.
  const logs = classShare.map((share) => Math.log(Math.max(share, Number.EPSILON)));
  if (logs.length === 2) return Float64Array.of(logs[1] - logs[0]);
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  return logs.map((log) => log - mean);
}

interface Boosting {
  readonly table: PlacedRows;
  readonly binned: BinnedColumns;
  readonly raw: Block<Float64Array>;
  readonly fitRows: number;
  readonly outputs: number;
  readonly columns: number;
}

/** Tells all threads what to boost; returns where the first of them leaves the trees. */
async function prepare(
  { memory, threads }: TreeTeam,
  { table, binned, raw, fitRows, outputs, columns }: Boosting,
  { learningRate, l2, minSamplesLeaf, maxLeaves, maxDepth }: BoostingOptions,
): Promise<number> {
  const leaves = Math.min(maxLeaves, Math.max(1, Math.floor(fitRows / minSamplesLeaf)));
  const gradients = memory.take(8 * outputs * fitRows);
  const shared = memory.take(4 * outputs * leaves + 160 * columns + 5120 * columns * leaves + 256);
  new Int32Array(memory.memory.buffer, shared, 16).fill(0);
  const out = memory.take(64 * outputs * leaves);
  const rows = raw.data.length / outputs;
  await Promise.all(
    threads.map((thread, number) =>
      thread.call(
        'prepareBoosting',
        threads.length,
        number,
        rows,
        fitRows,
        columns,
        outputs,
        binned.bins.address,
        binned.counts.address,
        table.labels.address,
        table.weights.address,
        raw.address,
        gradients,
        learningRate,
        l2,
        minSamplesLeaf,
        leaves,
        maxDepth ?? fitRows,
        shared,
        memory.take(16 * fitRows + 192 * leaves + 64),
        out,
      ),
    ),
  );
  return out;
}

/** The trees of one iteration, `entries` of 32 bytes (assembly/trees/boosting.ts, `writeTree`); adds what their splits gain to `gains`. */
function readTrees(
  { memory }: TreeTeam,
  at: number,
  entries: number,
  { edges, counts }: BinnedColumns,
  gains: Float64Array,
): Tree[] {
  const words = new Int32Array(memory.memory.buffer, at, 8 * entries);
  const numbers = new Float64Array(memory.memory.buffer, at, 4 * entries);
  const trees: Tree[] = [];
  for (let entry = 0; entry < entries;) {
    const nodes = words[8 * entry++];
    const leaves = (nodes + 1) / 2;
    const tree = {
      splits: new Int32Array(nodes).fill(-1),
      thresholds: new Float64Array(nodes),
      children: new Int32Array(nodes),
      values: new Float64Array(leaves),
    };
    let leaf = 0;
    for (let i = 0; i < nodes; i++, entry++) {
      const [column, bin, missingLeft, child] = words.subarray(8 * entry, 8 * entry + 4);
      if (column < 0) {
        tree.children[i] = leaf;
        tree.values[leaf++] = numbers[4 * entry + 2];
        continue;
      }
      tree.splits[i] = 2 * column + missingLeft;
      // All numbers left of the last edge: the split is from the missing values.
      tree.thresholds[i] = bin + 1 < counts.data[column] ? edges.data[255 * column + bin] : Infinity;
      tree.children[i] = child;
      gains[column] += numbers[4 * entry + 3];
    }
    trees.push(tree);
  }
  return trees;
}

/** Weighted mean log loss of the rows after the first `fitRows`; NaN where there are none. */
function heldLoss(
  { labels, weights }: PlacedRows,
  raw: Float64Array,
  fitRows: number,
  outputs: number,
): number {
  const rows = raw.length / outputs;
  let [loss, weight] = [0, 0];
  for (let i = fitRows; i < rows; i++) {
    const label = labels.data[i];
    weight += weights.data[i];
    if (outputs === 1) {
      const margin = label === 1 ? raw[i] : -raw[i];
      loss += weights.data[i] * (Math.log1p(Math.exp(-Math.abs(margin))) + Math.max(-margin, 0));
      continue;
    }
    let [largest, sum] = [-Infinity, 0];
    for (let k = 0; k < outputs; k++) largest = Math.max(largest, raw[k * rows + i]);
    for (let k = 0; k < outputs; k++) sum += Math.exp(raw[k * rows + i] - largest);
    loss += weights.data[i] * (largest + Math.log(sum) - raw[label * rows + i]);
  }
  return loss / weight;
}

/** Is none of the last `patience` losses below the one before them by more than the tolerance? */
function hasStalled(losses: readonly number[], { patience, tolerance }: BoostingOptions): boolean {
  if (losses.length <= patience) return false;
  const reference = losses[losses.length - 1 - patience] - tolerance;
  return losses.slice(-patience).every((loss) => !(loss < reference));
}
