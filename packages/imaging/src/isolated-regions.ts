import type { SourceRegion } from './find-sources.ts';

/** Regions without flaw, with no other region of a tenth of their flux or more within `margin` bins of their box. */
export function isolatedRegions(
  regions: readonly SourceRegion[],
  width: number,
  height: number,
  margin: number,
): SourceRegion[] {
  // A coarse grid of lists keeps the neighbour search linear in crowded fields.
  const cell = 32;
  const columns = Math.ceil(width / cell);
  const rows = Math.ceil(height / cell);
  const grid: SourceRegion[][] = Array.from({ length: columns * rows }, () => []);
  const clampX = (v: number) => Math.min(columns - 1, Math.max(0, Math.floor(v / cell)));
  const clampY = (v: number) => Math.min(rows - 1, Math.max(0, Math.floor(v / cell)));
  const visit = (r: SourceRegion, grow: number, f: (list: SourceRegion[]) => boolean): boolean => {
    for (let v = clampY(r.yMin - grow); v <= clampY(r.yMax + grow); v++)
      for (let u = clampX(r.xMin - grow); u <= clampX(r.xMax + grow); u++) {
        if (f(grid[v * columns + u])) return true;
      }
    return false;
  };
  for (const r of regions)
    visit(r, 0, (list) => {
      list.push(r);
      return false;
    });
  return regions.filter((r) => {
    if (r.flawed) return false;
    return !visit(r, margin, (list) =>
      list.some(
        (o) =>
          o !== r &&
          o.flux > 0.1 * r.flux &&
          o.xMin <= r.xMax + margin &&
          o.xMax >= r.xMin - margin &&
          o.yMin <= r.yMax + margin &&
          o.yMax >= r.yMin - margin,
      ),
    );
  });
}
