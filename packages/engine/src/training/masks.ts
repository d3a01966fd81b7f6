import type { Tensor as OrtTensor } from 'onnxruntime-common';
import { Arena, paddedCount } from '../runtime/memory.ts';
import type { Block } from '../runtime/memory.ts';
import { tensorOver } from '../runtime/session.ts';
import { elementCount } from '../shape.ts';
import type { Leaf } from '../tensor.ts';

/** The random masks of one graph, drawn anew for each step into a memory of their own. */
export class Masks {
  readonly #leaves: Leaf[] = [];
  #drawn: { readonly arena: Arena; readonly blocks: readonly Block[] } | null = null;

  add(leaf: Leaf): void {
    this.#leaves.push(leaf);
  }

  /** Tensors over the masks' memory, to be fed by name; the same memory is drawn into at each step. */
  tensors(): Record<string, OrtTensor> {
    const { blocks } = this.#memory();
    return Object.fromEntries(
      this.#leaves.map((leaf, k) => [leaf.name, tensorOver(blocks[k].data, leaf.shape)]),
    );
  }

  /** The same `seed` gives the same masks. */
  draw(seed: number): void {
    const { arena, blocks } = this.#memory();
    for (const [index, { rate }] of this.#leaves.entries()) {
      const { address, data } = blocks[index];
      const threshold = Math.round(rate! * 65536);
      const maskSeed = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)) >>> 0;
      const value = 65536 / (65536 - threshold);
      arena.kernels.dropoutMask(address, paddedCount(data.length), maskSeed, threshold, value);
    }
  }

  #memory(): { readonly arena: Arena; readonly blocks: readonly Block[] } {
    if (this.#drawn === null) {
      const counts = this.#leaves.map((leaf) => elementCount(leaf.shape));
      const arena = new Arena(counts.reduce((total, count) => total + paddedCount(count), 0));
      this.#drawn = { arena, blocks: counts.map((count) => arena.allocate(count)) };
    }
    return this.#drawn;
  }
}
