/** Disjoint sets of 0 … n − 1 (Tarjan 1975, path halving, smaller root first). */
export function createUnionFind(n: number): { find(i: number): number; unite(i: number, j: number): void } {
  const parent = Uint32Array.from({ length: n }, (_, i) => i);
  const find = (i: number): number => {
    while (parent[i] !== i) {
      parent[i] = parent[parent[i]];
      i = parent[i];
    }
    return i;
  };
  return {
    find,
    unite(i, j) {
      const a = find(i);
      const b = find(j);
      if (a < b) parent[b] = a;
      else parent[a] = b;
    },
  };
}
