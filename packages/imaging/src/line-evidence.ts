// Straight lines in a binned image: a faint trail is nothing in a bin and plain in the sum over a stretch of it.
import { medianInPlace } from './median.ts';
import { Layout } from './kernel-memory.ts';
import { pixelKernels } from './pixel-kernels.ts';
import type { Plane } from './plane.ts';
import { createPlane } from './plane.ts';

export interface LineEvidenceOptions {
  /** Bins of a stretch (default 64). */
  readonly length?: number;
  /** Values are cut to ± this many times their noise first, so that a star on the line does not make one (default 2.5). */
  readonly clip?: number;
}

/**
 * For every bin the significance of the best straight stretch of `length` bins centred on it, over all directions: the mean over the stretch of
 * the image less its 7 × 7 surroundings, in units of that mean's noise. The image's noise is measured (1.48 × median absolute value).
 *
 * @param image binned and background-subtracted; NaN counts as empty sky.
 * @returns image-shaped, ≥ 0; bins nearer than half a stretch to the line's end on the image lose that part of the sum.
 */
export function lineEvidence(image: Plane, options: LineEvidenceOptions = {}): Float32Array {
  const { length = 64, clip = 2.5 } = options;
  const { width, height } = image;
  const high = withoutSurroundings(image, clip);
  const out = steep(high.data, width, height, length);
  const turned = steep(transpose(high.data, width, height), height, width, length);
  const back = transpose(turned, height, width);
  for (let i = 0; i < out.length; i++) if (back[i] > out[i]) out[i] = back[i];
  return out;
}

/** Lines nearer to the columns' direction than to the rows'. */
function steep(data: Float32Array, width: number, height: number, length: number): Float32Array {
  const pitch = Math.ceil(width / 4) * 4;
  const layout = new Layout();
  const dataAt = layout.take(4 * pitch * height);
  const outAt = layout.take(4 * pitch * height);
  const runAt = layout.take(4 * (pitch + 2 * height + 2));
  const { f32, run } = pixelKernels(layout.bytes);
  f32.fill(0, dataAt / 4, runAt / 4);
  for (let y = 0; y < height; y++) {
    f32.set(data.subarray(y * width, (y + 1) * width), dataAt / 4 + y * pitch);
  }
  // Neighbouring slopes part by 1.5 bins at the ends of a stretch.
  const steps = Math.ceil(length / 3);
  run.steepLines(dataAt, outAt, runAt, pitch, height, length, steps, 1 / Math.sqrt(length));
  const out = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const row = outAt / 4 + y * pitch;
    out.set(f32.subarray(row, row + width), y * width);
  }
  return out;
}

/** In noise units, cut to ±clip, less the mean of 7 × 7. */
function withoutSurroundings(image: Plane, clip: number): Plane {
  const { width, height, data } = image;
  const noise = medianAbsolute(data) * 1.4826;
  const cut = createPlane(width, height);
  if (!(noise > 0)) return cut;
  for (let i = 0; i < data.length; i++) {
    const value = data[i] / noise;
    cut.data[i] = value !== value ? 0 : Math.max(-clip, Math.min(clip, value));
  }
  const mean = boxMean(cut, 3);
  for (let i = 0; i < data.length; i++) cut.data[i] -= mean[i];
  const left = medianAbsolute(cut.data) * 1.4826 || 1;
  for (let i = 0; i < data.length; i++) {
    cut.data[i] = data[i] !== data[i] ? 0 : cut.data[i] / left;
  }
  return cut;
}

function boxMean({ data, width, height }: Plane, half: number): Float32Array {
  const rows = new Float32Array(data.length);
  const out = new Float32Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let u = -half; u <= half; u++) sum += data[y * width + Math.min(width - 1, Math.max(0, x + u))];
      rows[y * width + x] = sum;
    }
  }
  const area = (2 * half + 1) ** 2;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let v = -half; v <= half; v++) sum += rows[Math.min(height - 1, Math.max(0, y + v)) * width + x];
      out[y * width + x] = sum / area;
    }
  }
  return out;
}

/** Of every seventh value that is neither NaN nor 0. */
function medianAbsolute(data: Float32Array): number {
  const values = new Float32Array(Math.ceil(data.length / 7));
  let n = 0;
  for (let i = 0; i < data.length; i += 7) {
    const value = data[i];
    if (value === value && value !== 0) values[n++] = Math.abs(value);
  }
  return n === 0 ? 0 : medianInPlace(values, n);
}

function transpose(data: Float32Array, width: number, height: number): Float32Array {
  const out = new Float32Array(data.length);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) out[x * height + y] = data[y * width + x];
  return out;
}
