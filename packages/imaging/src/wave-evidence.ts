// A plane wave over the whole CCD, against what a field without a preferred direction has at that scale.
import { medianInPlace } from './median.ts';
import type { Plane } from './plane.ts';

/** Waves looked for, pixels. */
const [shortest, longest] = [300, 1200];

export interface WaveEvidence {
  /** Amplitude of the strongest wave, in units of the plane. */
  readonly amplitude: number;
  /** Its power over the median power of waves of 0.7 to 1.4 times its length in all directions. */
  readonly prominence: number;
}

/**
 * @param plane a background-subtracted CCD in bins of `binPixels` px, cut to a few noise so that stars weigh little; NaN takes no part.
 * Null for a plane that holds no wave of 1200 px.
 */
export function waveEvidence({ width, height, data }: Plane, binPixels: number): WaveEvidence | null {
  if (width * binPixels < longest || height * binPixels < longest) return null;
  const windowX = hann(width);
  const windowY = hann(height);
  let norm = 0;
  let sum = 0;
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++) {
      if (data[at] !== data[at]) continue;
      norm += windowX[x] * windowY[y];
      sum += windowX[x] * windowY[y] * data[at];
    }
  if (norm === 0) return null;
  const mean = sum / norm;
  const modes: { readonly length: number; readonly power: number }[] = [];
  const maxX = Math.floor((width * binPixels) / shortest);
  const maxY = Math.floor((height * binPixels) / shortest);
  const rowRe = new Float64Array(height);
  const rowIm = new Float64Array(height);
  for (let kx = 0; kx <= maxX; kx++) {
    // Along the rows once for each kx, then down the columns.
    const columnTurns = turns(width, kx);
    for (let y = 0, at = 0; y < height; y++) {
      rowRe[y] = 0;
      rowIm[y] = 0;
      for (let x = 0; x < width; x++, at++) {
        const value = data[at];
        if (value !== value) continue;
        const weighted = (value - mean) * windowX[x];
        rowRe[y] += weighted * columnTurns.cos[x];
        rowIm[y] += weighted * columnTurns.sin[x];
      }
    }
    for (let ky = kx === 0 ? 1 : -maxY; ky <= maxY; ky++) {
      const length = 1 / Math.hypot(kx / (width * binPixels), ky / (height * binPixels));
      if (length < shortest || length > longest) continue;
      const rowTurns = turns(height, ky);
      let re = 0;
      let im = 0;
      for (let y = 0; y < height; y++) {
        re += windowY[y] * (rowRe[y] * rowTurns.cos[y] - rowIm[y] * rowTurns.sin[y]);
        im += windowY[y] * (rowRe[y] * rowTurns.sin[y] + rowIm[y] * rowTurns.cos[y]);
      }
      modes.push({ length, power: (re * re + im * im) / (norm * norm) });
    }
  }
  const best = modes.reduce((a, b) => (b.power > a.power ? b : a));
  const alike = modes.filter(({ length }) => length > 0.7 * best.length && length < 1.4 * best.length);
  const usual = medianInPlace(Float64Array.from(alike, ({ power }) => power));
  return { amplitude: 2 * Math.sqrt(best.power), prominence: usual > 0 ? best.power / usual : 0 };
}

function hann(n: number): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => Math.sin((Math.PI * (i + 0.5)) / n) ** 2);
}

function turns(n: number, k: number): { cos: Float64Array; sin: Float64Array } {
  const angle = (i: number) => (2 * Math.PI * k * i) / n;
  return {
    cos: Float64Array.from({ length: n }, (_, i) => Math.cos(angle(i))),
    sin: Float64Array.from({ length: n }, (_, i) => Math.sin(angle(i))),
  };
}
