import { KernelMemory, Layout } from '@blemish/imaging';
import type { Rng } from './rng.ts';
import { noiseWasm } from './wasm/noise.generated.ts';

interface Kernel {
  noise(pixels: number, variances: number, count: number): void;
}

const rowsAtOnce = 16;
const noise = new KernelMemory<Kernel>(noiseWasm);

/**
 * Turns expected into measured electrons in place: each pixel gains a Gaussian of variance e + readNoise², the read noise of the amplifier
 * it is read by (left half A, right half B). At the hundreds of electrons of a sky, Gaussian and Poisson are the same; read
 * noise is independent, so adding it here and not at the amplifier changes nothing. Tails reach 5.9 σ.
 *
 * The kernel is WebAssembly (assembly/noise.as.ts): eight million draws took a third of a CCD's time in JavaScript. Rows go through its
 * memory a few at a time, which stays in the cache.
 */
export function addNoise(
  plane: Float32Array,
  width: number,
  height: number,
  readNoise: readonly [number, number],
  rng: Rng,
): void {
  const block = width * rowsAtOnce;
  const padded = Math.ceil(block / 8) * 8;
  const layout = new Layout();
  const pixelsAt = layout.take(4 * padded);
  const variancesAt = layout.take(4 * padded);
  const { run, f32, i32 } = noise.views(layout.bytes);
  // The generators' words stand at the memory's start.
  for (let i = 0; i < 16; i++) i32[i] = rng.uint32() | 1;
  const pixels = f32.subarray(pixelsAt / 4, pixelsAt / 4 + padded);
  const variances = f32.subarray(variancesAt / 4, variancesAt / 4 + padded);
  const half = width >> 1;
  for (let i = 0; i < padded; i++) variances[i] = readNoise[i % width < half ? 0 : 1] ** 2;
  for (let y = 0; y < height; y += rowsAtOnce) {
    const rows = plane.subarray(y * width, Math.min(y + rowsAtOnce, height) * width);
    pixels.set(rows);
    run.noise(pixelsAt, variancesAt, Math.ceil(rows.length / 8) * 8);
    rows.set(pixels.subarray(0, rows.length));
  }
}
