import type { FitContext, TrainingData } from '../learner.ts';
import { binColumns } from './bins.ts';
import { Ensemble } from './ensemble.ts';
import { featuresTried } from './forest-options.ts';
import type { ForestOptions } from './forest-options.ts';
import { shareOut, withTeam } from './kernels.ts';
import type { TreeTeam } from './kernels.ts';
import { byColumn, joinTrees, shares } from './trees.ts';
import type { Tree } from './trees.ts';

export interface GrownForest {
  readonly ensemble: Ensemble;
  readonly importance: Float64Array;
  readonly outOfBag: OutOfBag | undefined;
}

/** Accuracy on rows that not every tree was grown on, by the votes of those trees that were not. */
export interface OutOfBag {
  readonly accuracy: number;
  /** Rows that at least one tree did not draw. */
  readonly rows: number;
}

/** Where a team's memory holds what all trees are grown on. */
interface Prepared {
  readonly data: number;
  readonly lows: number;
  readonly highs: number;
  readonly labels: number;
  readonly weights: number;
}

/** Values looked at for each row and tree, for the choice of threads: columns tried times levels. */
const stepsPerRow = 100;

/**
 * Grows a forest. A random forest's splits lie between at most 255 bins a column, at the number half-way between the values on both sides; extremely randomized
 * trees split at one random number a column, unbinned. Missing values go to the side where they lower impurity more; where a node saw none, to the larger.
 */
export function growForest(
  data: TrainingData,
  options: ForestOptions,
  splits: 'best' | 'random',
  { seed, threads, signal, onProgress }: FitContext,
): Promise<GrownForest> {
  const { rows, columns } = data.x;
  return withTeam(rows * options.trees * stepsPerRow, threads, async (team) => {
    const prepared = await prepare(team, data, splits);
    const trees = new Array<Tree>(options.trees);
    const importances = new Array<Float64Array>(options.trees);
    let [next, done] = [0, 0];
    await Promise.all(
      team.threads.map(async (thread) => {
        const grower = await growerOf(team, thread, prepared, data, options, splits);
        while (next < options.trees) {
          signal?.throwIfAborted();
          const number = next++;
          const nodes = await thread.call('growTree', seed, number, options.bootstrap ? 1 : 0);
          trees[number] = grower.tree(nodes);
          importances[number] = shares(grower.importance);
          onProgress?.(++done, options.trees);
        }
      }),
    );
    const importance = new Float64Array(columns);
    for (const one of importances) for (let j = 0; j < columns; j++) importance[j] += one[j];
    const ensemble = new Ensemble(joinTrees(trees, data.classes));
    const outOfBag = options.outOfBag ? await judgeOutOfBag(team, ensemble, data, seed) : undefined;
    return { ensemble, importance: shares(importance), outOfBag };
  });
}

async function prepare(
  team: TreeTeam,
  { x, y, weights }: TrainingData,
  splits: 'best' | 'random',
): Promise<Prepared> {
  const { memory } = team;
  const labels = memory.i32(x.rows);
  labels.data.set(y);
  const allWeights = memory.f64(x.rows);
  if (weights === undefined) allWeights.data.fill(1);
  else allWeights.data.set(weights);
  const numbers = memory.f64(x.data.length);
  const common = { labels: labels.address, weights: allWeights.address };
  if (splits === 'random') {
    byColumn(x, numbers.data);
    return { ...common, data: numbers.address, lows: 0, highs: 0 };
  }
  numbers.data.set(x.data);
  const { bins, lows, highs } = await binColumns(team, numbers.address, x);
  return { ...common, data: bins.address, lows: lows.address, highs: highs.address };
}

/** Tells a thread what to grow trees on; reads them where it writes them. */
async function growerOf(
  { memory }: TreeTeam,
  thread: TreeTeam['threads'][number],
  { data, lows, highs, labels, weights }: Prepared,
  { x: { rows, columns }, classes }: TrainingData,
  options: ForestOptions,
  splits: 'best' | 'random',
): Promise<{ tree: (nodes: number) => Tree; importance: Float64Array }> {
  const scratch = memory.take(60 * rows + 4 * columns + 8 * 260 * classes + 4096);
  const thresholds = memory.f64(2 * rows);
  const values = memory.f64(rows * classes);
  const importance = memory.f64(columns);
  const columnsOf = memory.i32(2 * rows);
  const children = memory.i32(2 * rows);
  await thread.call(
    'prepareForest',
    rows,
    columns,
    classes,
    data,
    lows,
    highs,
    labels,
    weights,
    splits === 'random' ? 1 : 0,
    options.criterion === 'entropy' ? 1 : 0,
    featuresTried(options.maxFeatures, columns),
    Math.min(options.maxDepth ?? rows, rows),
    options.minSamplesSplit,
    options.minSamplesLeaf,
    scratch,
    columnsOf.address,
    thresholds.address,
    children.address,
    values.address,
    importance.address,
  );
  const tree = (nodes: number): Tree => ({
    splits: columnsOf.data.slice(0, nodes),
    thresholds: thresholds.data.slice(0, nodes),
    children: children.data.slice(0, nodes),
    values: values.data.slice(0, ((nodes + 1) / 2) * classes),
  });
  return { tree, importance: importance.data };
}

async function judgeOutOfBag(
  team: TreeTeam,
  ensemble: Ensemble,
  { x, y, classes }: TrainingData,
  seed: number,
): Promise<OutOfBag> {
  const { memory } = team;
  const numbers = memory.f64(x.data.length);
  numbers.data.set(x.data);
  const votes = memory.f64(x.rows * classes);
  votes.data.fill(0);
  const { nodes, roots, values } = ensemble.place(team);
  await shareOut(team, x.rows, (thread, from, to) =>
    thread.call(
      'predictOutOfBag',
      numbers.address,
      x.columns,
      x.rows,
      from,
      to,
      nodes,
      roots,
      ensemble.trees.roots.length,
      values,
      classes,
      seed,
      memory.take(4 * x.rows),
      votes.address,
    ),
  );
  let [right, rows] = [0, 0];
  for (let i = 0; i < x.rows; i++) {
    const own = votes.data.slice(i * classes, (i + 1) * classes);
    const most = Math.max(...own);
    if (most === 0) continue;
    rows++;
    if (own.indexOf(most) === y[i]) right++;
  }
  return { accuracy: right / rows, rows };
}
