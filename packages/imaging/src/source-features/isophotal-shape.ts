import type { Plane } from '../plane.ts';

/** A source's shape from the light above the threshold. */
export interface IsophotalShape {
  /** Centroid, pixels. */
  readonly x: number;
  readonly y: number;
  /** rms of the light along the axes, pixels; not below that of a single pixel. */
  readonly a: number;
  readonly b: number;
  /** Direction of the major axis from x towards y, radians, −π/2…π/2. */
  readonly angle: number;
  /** Pixels. */
  readonly area: number;
}

/** Moments of the pixels of source `number` weighted by their light (Bertin & Arnouts 1996, §5; SExtractor manual, "Position and shape"). */
export function isophotalShape({ width, data }: Plane, labels: Int32Array, number: number): IsophotalShape {
  let [sum, sumX, sumY, sumXX, sumXY, sumYY, area] = [0, 0, 0, 0, 0, 0, 0];
  for (let at = 0; at < labels.length; at++) {
    if (labels[at] !== number) continue;
    const value = data[at];
    const x = at % width;
    const y = (at - x) / width;
    sum += value;
    sumX += value * x;
    sumY += value * y;
    sumXX += value * x * x;
    sumXY += value * x * y;
    sumYY += value * y * y;
    area++;
  }
  const [x, y] = [sumX / sum, sumY / sum];
  const xy = sumXY / sum - x * y;
  let [xx, yy] = [sumXX / sum - x * x, sumYY / sum - y * y];
  // A row of pixels has no width of its own: that of a pixel is put in.
  if (xx * yy - xy * xy < 1 / 144) [xx, yy] = [xx + 1 / 12, yy + 1 / 12];
  const half = 0.5 * (xx + yy);
  const split = Math.hypot(0.5 * (xx - yy), xy);
  return {
    ...{ x, y, area, a: Math.sqrt(half + split), b: Math.sqrt(Math.max(half - split, 1 / 12)) },
    angle: 0.5 * Math.atan2(2 * xy, xx - yy),
  };
}
