/**
 * Weights of bicubic interpolation from a grid of positions to another one: a matrix [to², from²], row-major, whose products with the
 * positions are what `torch.nn.functional.interpolate(mode='bicubic', align_corners=False)` gives. Edges are repeated.
 */
export function positionMap(from: number, to: number): number[] {
  const weights = cubicRows(from, to);
  const map: number[] = [];
  for (let y = 0; y < to; y++)
    for (let x = 0; x < to; x++)
      for (let v = 0; v < from; v++) for (let u = 0; u < from; u++) map.push(weights[y][v] * weights[x][u]);
  return map;
}

/** One direction: for each place of the new grid its weights on the old one. */
function cubicRows(from: number, to: number): number[][] {
  return Array.from({ length: to }, (_, k) => {
    const row = Array<number>(from).fill(0);
    const at = ((k + 0.5) * from) / to - 0.5;
    const left = Math.floor(at);
    for (let tap = left - 1; tap <= left + 2; tap++) {
      row[Math.max(0, Math.min(from - 1, tap))] += cubic(Math.abs(at - tap));
    }
    return row;
  });
}

/** Keys's kernel (1981) with a = −¾, as PyTorch and OpenCV have it. */
function cubic(distance: number): number {
  const a = -0.75;
  if (distance <= 1) return ((a + 2) * distance - (a + 3)) * distance * distance + 1;
  if (distance < 2) return ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a;
  return 0;
}
