import type { Rng } from './rng.ts';
import { noiseWasm } from './wasm/noise.generated.ts';

interface Kernel {
  noise(pixels: number, variances: number, count: number): void;
}

const rowsAtOnce = 16;
const start = 1024;
const module = new WebAssembly.Module(Uint8Array.from(atob(noiseWasm), (c) => c.charCodeAt(0)));
let memory = new WebAssembly.Memory({ initial: 1 });
let kernel: Kernel | null = null;

function kernelFor(bytes: number): Kernel {
  if (kernel === null || memory.buffer.byteLength < bytes) {
    memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / 65536) });
    kernel = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernel;
  }
  return kernel;
}

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
  const run = kernelFor(start + 8 * padded);
  const state = new Uint32Array(memory.buffer, 0, 16);
  for (let i = 0; i < 16; i++) state[i] = rng.uint32() | 1;
  const pixels = new Float32Array(memory.buffer, start, padded);
  const variances = new Float32Array(memory.buffer, start + 4 * padded, padded);
  const half = width >> 1;
  for (let i = 0; i < padded; i++) variances[i] = readNoise[i % width < half ? 0 : 1] ** 2;
  for (let y = 0; y < height; y += rowsAtOnce) {
    const rows = plane.subarray(y * width, Math.min(y + rowsAtOnce, height) * width);
    pixels.set(rows);
    run.noise(start, start + 4 * padded, Math.ceil(rows.length / 8) * 8);
    rows.set(pixels.subarray(0, rows.length));
  }
}
