import { checkChannels } from './channel-image.ts';
import type { ChannelImage } from './channel-image.ts';

export interface WarpOptions {
  /** Degrees about the centre, from the x axis towards the y axis (clockwise on a screen whose y points down). Default 0. */
  readonly rotationDegrees?: number;
  /** Above 1 enlarges. Default 1. */
  readonly scale?: number;
  /** Pixels to the right and down, after rotating and scaling. Default 0. */
  readonly shiftX?: number;
  readonly shiftY?: number;
  /** What lies outside the image. Default 0. */
  readonly fill?: number;
}

/**
 * Rotates, scales and shifts in one bilinear interpolation, so that an image is smoothed once; all channels alike, on the same grid. Output
 * pixel p shows the input at R(−angle)·(p − centre − shift)/scale + centre; between the outermost pixels and beyond them the image goes over
 * into `fill`. A NaN makes NaN of every output pixel it has weight in. Throws RangeError for a scale that is not above 0 or numbers that are
 * not finite (but `fill`).
 */
export function warpImage(image: ChannelImage, options: WarpOptions): ChannelImage {
  checkChannels(image, 'warpImage');
  const { rotationDegrees = 0, scale = 1, shiftX = 0, shiftY = 0, fill = 0 } = options;
  if (![rotationDegrees, scale, shiftX, shiftY].every(Number.isFinite) || !(scale > 0)) {
    throw new RangeError(
      `warpImage: rotation ${rotationDegrees}, scale ${scale}, shift (${shiftX}, ${shiftY}) must be finite and the scale above 0`,
    );
  }
  const { data, channels, height, width } = image;
  const [cos, sin] = turn(rotationDegrees);
  const centerX = (width - 1) / 2;
  const centerY = (height - 1) / 2;
  const area = height * width;
  const out = new Float32Array(data.length);
  for (let y = 0; y < height; y++) {
    const dy = (y - centerY - shiftY) / scale;
    for (let x = 0; x < width; x++) {
      const dx = (x - centerX - shiftX) / scale;
      const sourceX = cos * dx + sin * dy + centerX;
      const sourceY = cos * dy - sin * dx + centerY;
      const left = Math.floor(sourceX);
      const top = Math.floor(sourceY);
      const right = sourceX - left;
      const down = sourceY - top;
      const inside = left >= 0 && left + 1 < width && top >= 0 && top + 1 < height;
      if (inside && right > 0 && down > 0) {
        const w00 = (1 - right) * (1 - down);
        const w10 = right * (1 - down);
        const w01 = (1 - right) * down;
        const w11 = right * down;
        for (let c = 0, at = top * width + left; c < channels; c++, at += area) {
          out[c * area + y * width + x] =
            w00 * data[at] + w10 * data[at + 1] + w01 * data[at + width] + w11 * data[at + width + 1];
        }
        continue;
      }
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        // A neighbour without weight is not looked at, so that NaN stays where it was and whole shifts are exact.
        for (let k = 0; k < 4; k++) {
          const [u, v] = [left + (k & 1), top + (k >> 1)];
          const weight = (k & 1 ? right : 1 - right) * (k >> 1 ? down : 1 - down);
          if (weight === 0) continue;
          const within = u >= 0 && u < width && v >= 0 && v < height;
          sum += weight * (within ? data[c * area + v * width + u] : fill);
        }
        out[c * area + y * width + x] = sum;
      }
    }
  }
  return { ...image, data: out };
}

/** Cosine and sine, exact at quarter turns: 6e-17 in place of 0 would blend in the pixel beyond the edge. */
function turn(degrees: number): [number, number] {
  const quarters = degrees / 90;
  if (Number.isInteger(quarters)) {
    const k = ((quarters % 4) + 4) % 4;
    return [[1, 0, -1, 0][k], [0, 1, 0, -1][k]];
  }
  const radians = (degrees * Math.PI) / 180;
  return [Math.cos(radians), Math.sin(radians)];
}
