import type { Matrix } from '../matrix.ts';
import { shareOut, withTeam } from './kernels.ts';
import type { TreeTeam } from './kernels.ts';
import { packTrees } from './trees.ts';
import type { PackedTrees, Trees } from './trees.ts';

/** Nodes on a way through a tree, for the choice of threads. */
const depth = 8;

/** Trees ready to be walked. */
export class Ensemble {
  readonly trees: Trees;
  #packed: PackedTrees | undefined;

  constructor(trees: Trees) {
    this.trees = trees;
  }

  /**
   * [rows, outputs]: what the leaves that each row falls into hold, summed over the trees, in their order whatever the number of threads. Trees take turns over the
   * outputs, `width` of them each. NaN goes the way its node says.
   */
  async sums(x: Matrix, outputs: number, threads?: number): Promise<Float64Array> {
    return withTeam(x.rows * this.trees.roots.length * depth, threads, async (team) => {
      const { width } = this.trees;
      const data = team.memory.f64(x.data.length);
      data.data.set(x.data);
      const out = team.memory.f64(x.rows * outputs);
      out.data.fill(0);
      const { nodes, roots, values } = this.place(team);
      await shareOut(team, x.rows, (thread, from, to) =>
        thread.call(
          'predictTrees',
          data.address,
          x.columns,
          from,
          to,
          nodes,
          roots,
          this.trees.roots.length,
          values,
          width,
          outputs,
          out.address,
        ),
      );
      return out.data.slice();
    });
  }

  /** Addresses of the trees in a team's memory. */
  place({ memory }: TreeTeam): { nodes: number; roots: number; values: number } {
    this.#packed ??= packTrees(this.trees);
    const nodes = memory.u8(this.#packed.nodes.length);
    const roots = memory.i32(this.#packed.roots.length);
    const values = memory.f64(this.trees.values.length);
    nodes.data.set(this.#packed.nodes);
    roots.data.set(this.#packed.roots);
    values.data.set(this.trees.values);
    return { nodes: nodes.address, roots: roots.address, values: values.address };
  }
}
