import type { Rng } from '@blemish/sky';
import type { SelfDistillationRecipe } from '../self-distillation-recipe.ts';

/** One view of a CCD among the pixels of its set. */
export interface View {
  readonly pixels: Uint8Array;
  /** Place of its first pixel, and steps from one pixel to the next: views are the last axis. */
  readonly offset: number;
  readonly stride: number;
  /** Side in pixels. */
  readonly size: number;
}

/** What grey levels from 0 to 1 are brought to: (x − mean) / deviation. */
export interface GreyScale {
  readonly mean: number;
  readonly deviation: number;
}

type CropSettings = Pick<
  SelfDistillationRecipe['crops'],
  'zoom' | 'flips' | 'brightness' | 'contrast' | 'noise'
>;

/**
 * A square of the view, drawn at random: its place, which way up it is, and small changes of its levels and noise. Without magnification its
 * pixels are those of the view; else they are interpolated between pixel centres.
 * @param out [side, side], where it goes
 */
export function cropView(
  view: View,
  side: number,
  { zoom, flips, brightness, contrast, noise }: CropSettings,
  { mean, deviation }: GreyScale,
  rng: Rng,
  out: Float32Array,
): void {
  const magnified = rng.uniform(zoom[0], zoom[1]);
  const cut = Math.min(view.size, side / magnified);
  const free = view.size - cut;
  // Whole pixels where nothing is magnified: interpolation would blur them.
  const place = () => (cut === side ? rng.integer(0, free) : rng.uniform(0, free));
  const [x0, y0] = [place(), place()];
  const turn = flips ? rng.integer(0, 7) : 0;
  const gain = (1 + contrast * rng.uniform(-1, 1)) / deviation / 255;
  const shift = (brightness * rng.uniform(-1, 1)) / deviation;
  const sigma = (noise * rng.uniform()) / deviation;
  const step = cut / side;
  const level = 255 * mean;
  for (let v = 0; v < side; v++) {
    for (let u = 0; u < side; u++) {
      // Eight ways up: mirrored, turned over, diagonals exchanged.
      const a = (turn & 1) === 0 ? u : side - 1 - u;
      const b = (turn & 2) === 0 ? v : side - 1 - v;
      const [x, y] = (turn & 4) === 0 ? [a, b] : [b, a];
      const value =
        cut === side
          ? at(view, x0 + x, y0 + y)
          : between(view, x0 + (x + 0.5) * step - 0.5, y0 + (y + 0.5) * step - 0.5);
      out[v * side + u] = (value - level) * gain + shift + (sigma > 0 ? sigma * rng.normal() : 0);
    }
  }
}

function at({ pixels, offset, stride, size }: View, x: number, y: number): number {
  return pixels[offset + (y * size + x) * stride];
}

/** Bilinear; beyond the middle of the outermost pixels their values go on. */
function between(view: View, x: number, y: number): number {
  const last = view.size - 1;
  const left = Math.max(0, Math.min(last, x));
  const top = Math.max(0, Math.min(last, y));
  const [i, j] = [Math.min(last - 1, Math.floor(left)), Math.min(last - 1, Math.floor(top))];
  const [p, q] = [left - i, top - j];
  const upper = at(view, i, j) * (1 - p) + at(view, i + 1, j) * p;
  const lower = at(view, i, j + 1) * (1 - p) + at(view, i + 1, j + 1) * p;
  return upper * (1 - q) + lower * q;
}

/** Mean and deviation of grey levels, as parts of 255, over all views of the CCDs named (some thousand are enough). */
export function greyScaleOf(pixels: Uint8Array, sample: number, places: Uint32Array): GreyScale {
  let [sum, squares, count] = [0, 0, 0];
  const every = Math.max(1, Math.floor(places.length / 2000));
  for (let k = 0; k < places.length; k += every) {
    for (let i = places[k] * sample; i < (places[k] + 1) * sample; i++) {
      const value = pixels[i] / 255;
      sum += value;
      squares += value * value;
      count++;
    }
  }
  const mean = sum / count;
  const deviation = Math.sqrt(Math.max(0, squares / count - mean * mean));
  return { mean, deviation: deviation > 0 ? deviation : 1 };
}
