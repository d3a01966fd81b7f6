import type { Rng } from '../rng.ts';

/** One octave of a random field: structure of about `scale` pixels, and its rms. */
export interface Octave {
  readonly scale: number;
  readonly rms: number;
}

/**
 * A Gaussian random field on a small square, as a sum of octaves of cubic B-splines over random nodes. Mean zero over many fields, not over one: what is
 * larger than the square stays in it as its level and slope.
 * @returns [size, size]
 */
export function octaveField(rng: Rng, size: number, octaves: readonly Octave[]): Float32Array {
  const field = new Float32Array(size * size);
  for (const octave of octaves) addOctave(field, rng, size, octave);
  return field;
}

function addOctave(field: Float32Array, rng: Rng, size: number, { scale, rms }: Octave): void {
  const nodes = Math.ceil(size / scale) + 4;
  const values = Float64Array.from({ length: nodes * nodes }, () => rng.normal());
  const across = splineRows(size, scale, rng.uniform());
  const down = splineRows(size, scale, rng.uniform());
  // Σ of squared spline weights is 0.479 in one dimension on average, hence the normalisation in two.
  const norm = rms / 0.479;
  const rows = new Float64Array(nodes * size);
  for (let j = 0; j < nodes; j++)
    for (let x = 0; x < size; x++) {
      const at = j * nodes + across.first[x];
      const w = 4 * x;
      const weights = across.weights;
      rows[j * size + x] =
        weights[w] * values[at] +
        weights[w + 1] * values[at + 1] +
        weights[w + 2] * values[at + 2] +
        weights[w + 3] * values[at + 3];
    }
  for (let y = 0; y < size; y++) {
    const at = down.first[y] * size;
    const [w0, w1, w2, w3] = down.weights.subarray(4 * y, 4 * y + 4);
    for (let x = 0; x < size; x++)
      field[y * size + x] +=
        norm *
        (w0 * rows[at + x] +
          w1 * rows[at + size + x] +
          w2 * rows[at + 2 * size + x] +
          w3 * rows[at + 3 * size + x]);
  }
}

/** For each pixel the first of its four nodes and their weights. */
function splineRows(
  size: number,
  scale: number,
  offset: number,
): { first: Int32Array; weights: Float64Array } {
  const first = new Int32Array(size);
  const weights = new Float64Array(4 * size);
  for (let x = 0; x < size; x++) {
    const u = x / scale + offset;
    const i = Math.floor(u);
    const t = u - i;
    const s = 1 - t;
    first[x] = i;
    weights[4 * x] = (s * s * s) / 6;
    weights[4 * x + 1] = (3 * t * t * t - 6 * t * t + 4) / 6;
    weights[4 * x + 2] = (3 * s * s * s - 6 * s * s + 4) / 6;
    weights[4 * x + 3] = (t * t * t) / 6;
  }
  return { first, weights };
}
