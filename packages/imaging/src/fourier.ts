// The discrete Fourier transform of planes whose sides are powers of two (Cooley and Tukey 1965).

/** Sines and the order of one length. */
interface Plan {
  readonly cosines: Float64Array;
  readonly sines: Float64Array;
  readonly reversed: Uint32Array;
}

const plans = new Map<number, Plan>();

function planOf(n: number): Plan {
  const known = plans.get(n);
  if (known) return known;
  if (n < 1 || (n & (n - 1)) !== 0)
    throw new RangeError(`transform: a side of ${n}; it must be a power of two`);
  const bits = Math.round(Math.log2(n));
  const plan = {
    cosines: Float64Array.from({ length: n >> 1 }, (_, k) => Math.cos((2 * Math.PI * k) / n)),
    sines: Float64Array.from({ length: n >> 1 }, (_, k) => Math.sin((2 * Math.PI * k) / n)),
    reversed: Uint32Array.from({ length: n }, (_, i) => {
      let out = 0;
      for (let bit = 0; bit < bits; bit++) out |= ((i >> bit) & 1) << (bits - 1 - bit);
      return out;
    }),
  };
  plans.set(n, plan);
  return plan;
}

/**
 * Transforms a plane of complex numbers in place: Σ f(y, x) exp(−2πi (u x / width + v y / height)); `inverse` with + and over width × height.
 * @param re, im height × width, row-major; both sides powers of two. @throws RangeError for other sides or lengths
 */
export function transform(
  re: Float64Array,
  im: Float64Array,
  width: number,
  height: number,
  inverse = false,
): void {
  if (re.length !== width * height || im.length !== re.length)
    throw new RangeError(`transform: ${re.length} and ${im.length} values for a plane of ${width}×${height}`);
  if (inverse) conjugate(im);
  for (let y = 0; y < height; y++) line(re, im, y * width, width);
  if (height > 1) {
    // columns through a buffer: strides of a large power of two would share one line of the cache
    const [columnRe, columnIm] = [new Float64Array(height), new Float64Array(height)];
    for (let x = 0; x < width; x++) {
      for (let y = 0, at = x; y < height; y++, at += width) {
        columnRe[y] = re[at];
        columnIm[y] = im[at];
      }
      line(columnRe, columnIm, 0, height);
      for (let y = 0, at = x; y < height; y++, at += width) {
        re[at] = columnRe[y];
        im[at] = columnIm[y];
      }
    }
  }
  if (!inverse) return;
  conjugate(im);
  const scale = 1 / (width * height);
  for (let i = 0; i < re.length; i++) {
    re[i] *= scale;
    im[i] *= scale;
  }
}

function conjugate(im: Float64Array): void {
  for (let i = 0; i < im.length; i++) im[i] = -im[i];
}

function line(re: Float64Array, im: Float64Array, from: number, n: number): void {
  const { cosines, sines, reversed } = planOf(n);
  for (let i = 0; i < n; i++) {
    const j = reversed[i];
    if (j <= i) continue;
    const [a, b] = [from + i, from + j];
    const x = re[a];
    const y = im[a];
    re[a] = re[b];
    im[a] = im[b];
    re[b] = x;
    im[b] = y;
  }
  for (let half = 1; half < n; half *= 2) {
    const turn = n / 2 / half;
    for (let start = 0; start < n; start += 2 * half) {
      for (let k = 0; k < half; k++) {
        const a = from + start + k;
        const b = a + half;
        const c = cosines[k * turn];
        const s = -sines[k * turn];
        const x = re[b] * c - im[b] * s;
        const y = re[b] * s + im[b] * c;
        re[b] = re[a] - x;
        im[b] = im[a] - y;
        re[a] += x;
        im[a] += y;
      }
    }
  }
}
