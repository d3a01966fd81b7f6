import type { Subtraction } from './subtract-sides.ts';

/** Error of the flux of a point source on an empty part of a difference: √(V / Σ P²) by the median variance, the median over the tiles. */
export function pointError({ variance, tiles }: Pick<Subtraction, 'variance' | 'tiles'>): number {
  const step = Math.max(1, Math.floor(variance.data.length / 100_000));
  const sample: number[] = [];
  for (let i = 0; i < variance.data.length; i += step)
    if (variance.data[i] > 0) sample.push(variance.data[i]);
  const powers = tiles.map(({ psf }) => psf.data.reduce((sum, p) => sum + p * p, 0));
  return Math.sqrt(middle(sample) / middle(powers));
}

function middle(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}
