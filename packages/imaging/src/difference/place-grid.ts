/** Where a pixel (x, y) of one image lies in another, 0-based pixels of both. */
export type Place = (x: number, y: number) => readonly [number, number];

/**
 * A place that is costly to compute, on a grid of nodes `step` px apart and bilinear between them: a projection bends by less than
 * 1e-3 px over 32 px. Beyond the image the cells at its edge go on. NaN where a node about the pixel is NaN.
 */
export function placeGrid(width: number, height: number, place: Place, step = 32): Place {
  const columns = Math.ceil((width - 1) / step) + 1;
  const rows = Math.ceil((height - 1) / step) + 1;
  const xs = new Float64Array(columns * rows);
  const ys = new Float64Array(columns * rows);
  for (let j = 0; j < rows; j++)
    for (let i = 0; i < columns; i++) [xs[j * columns + i], ys[j * columns + i]] = place(i * step, j * step);
  const between = (nodes: Float64Array, at: number, fx: number, fy: number): number => {
    const right = columns > 1 ? at + 1 : at;
    const below = rows > 1 ? columns : 0;
    const upper = nodes[at] + fx * (nodes[right] - nodes[at]);
    const lower = nodes[at + below] + fx * (nodes[right + below] - nodes[at + below]);
    return upper + fy * (lower - upper);
  };
  return (x, y) => {
    // past the last node the last cell goes on
    const i = Math.max(0, Math.min(columns - 2, Math.floor(x / step)));
    const j = Math.max(0, Math.min(rows - 2, Math.floor(y / step)));
    const at = j * columns + i;
    const [fx, fy] = [x / step - i, y / step - j];
    return [between(xs, at, fx, fy), between(ys, at, fx, fy)];
  };
}
