import { availableParallelism } from 'node:os';
import { KernelTeams } from '../threads/kernel-team.ts';
import type { KernelTeam } from '../threads/kernel-team.ts';
import { treesWasm } from '../wasm/trees.generated.ts';

/** What assembly/trees.as.ts offers; arguments are described there. */
export type TreeKernels = Readonly<
  Record<'binColumns' | 'prepareForest' | 'prepareBoosting' | 'predictTrees' | 'predictOutOfBag', Kernel> & {
    growTree(seed: number, tree: number, bootstrap: number): number;
    boost(): number;
  }
>;
type Kernel = (...args: number[]) => void;
export type TreeTeam = KernelTeam<TreeKernels>;

const teams = new KernelTeams<TreeKernels>(treesWasm);

/** Steps of work (a value looked at) that a thread should have at least: some 10 ms, a seventh of what it takes to start. */
const worthwhile = 4e6;

/** A team of as many threads as pay for so many steps of work, `threads` at most (default: one a core). */
export function withTeam<T>(
  steps: number,
  threads: number | undefined,
  work: (team: TreeTeam) => Promise<T>,
): Promise<T> {
  const most = Math.max(1, Math.floor(threads ?? availableParallelism()));
  const useful = Math.floor(steps / worthwhile);
  return teams.lend(Math.min(most, useful), work);
}

/** Calls `run` with each thread and its share `from` … `to` − 1 of `count` things. */
export async function shareOut(
  { threads }: TreeTeam,
  count: number,
  run: (thread: TreeTeam['threads'][number], from: number, to: number) => Promise<unknown>,
): Promise<void> {
  const edge = (part: number) => Math.floor((count * part) / threads.length);
  await Promise.all(threads.map((thread, i) => run(thread, edge(i), edge(i + 1))));
}
