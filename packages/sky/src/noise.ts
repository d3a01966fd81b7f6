import type { Rng } from './rng.ts';

// Ziggurat of 256 layers (Marsaglia & Tsang 2000, J. Stat. Software 5, 8), layer and mantissa from separate bits of one 32-bit number.
const layers = 256;
const tail = 3.6541528853610088;
const area = 0.00492867323399;
const mantissa = 2 ** 23;
const limits = new Int32Array(layers);
const widths = new Float64Array(layers);
const heights = new Float64Array(layers);
{
  let x = tail;
  const q = area / Math.exp(-0.5 * x * x);
  limits[0] = (x / q) * mantissa;
  widths[0] = q / mantissa;
  widths[layers - 1] = x / mantissa;
  heights[0] = 1;
  heights[layers - 1] = Math.exp(-0.5 * x * x);
  let previous = x;
  for (let i = layers - 2; i >= 1; i--) {
    x = Math.sqrt(-2 * Math.log(area / x + Math.exp(-0.5 * x * x)));
    limits[i + 1] = (x / previous) * mantissa;
    previous = x;
    heights[i] = Math.exp(-0.5 * x * x);
    widths[i] = x / mantissa;
  }
  limits[1] = 0;
}

/**
 * Turns expected into measured electrons in place: each pixel gains a Gaussian of variance e + readNoise², the read noise of the amplifier
 * it is read by (left half A, right half B). At the hundreds of electrons of a sky, Gaussian and Poisson are the same; read
 * noise is independent, so adding it here and not at the amplifier changes nothing.
 */
export function addNoise(
  plane: Float32Array,
  width: number,
  height: number,
  readNoise: readonly [number, number],
  rng: Rng,
): void {
  let a = rng.uint32() | 0;
  let b = rng.uint32() | 0;
  let c = rng.uint32() | 0;
  let counter = 1;
  const uniform = () => {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + t) | 0;
    return (t >>> 0) / 4294967296;
  };
  const half = width >> 1;
  for (let y = 0; y < height; y++) {
    for (let amplifier = 0; amplifier < 2; amplifier++) {
      const variance = readNoise[amplifier] ** 2;
      const end = y * width + (amplifier === 0 ? half : width);
      for (let i = y * width + (amplifier === 0 ? 0 : half); i < end; i++) {
        const e = plane[i];
        // sfc32, inlined: this loop is a third of a CCD's time.
        const t = (((a + b) | 0) + counter) | 0;
        counter = (counter + 1) | 0;
        a = b ^ (b >>> 9);
        b = (c + (c << 3)) | 0;
        c = (((c << 21) | (c >>> 11)) + t) | 0;
        const layer = t & 255;
        const m = t >> 8;
        let z = m * widths[layer];
        if ((m < 0 ? -m : m) >= limits[layer]) z = outside(m, layer, z, uniform);
        plane[i] = e + z * Math.sqrt(e > 0 ? e + variance : variance);
      }
    }
  }
}

/** The rare draws outside a layer's core: its wedge, the tail, or another try. */
function outside(m: number, layer: number, z: number, uniform: () => number): number {
  for (;;) {
    if (layer === 0) {
      let x: number;
      let y: number;
      do {
        x = -Math.log(1 - uniform()) / tail;
        y = -Math.log(1 - uniform());
      } while (y + y < x * x);
      return m > 0 ? tail + x : -tail - x;
    }
    if (heights[layer] + uniform() * (heights[layer - 1] - heights[layer]) < Math.exp(-0.5 * z * z)) return z;
    const t = Math.floor(uniform() * 4294967296) | 0;
    layer = t & 255;
    m = t >> 8;
    z = m * widths[layer];
    if (Math.abs(m) < limits[layer]) return z;
  }
}
