import { encode } from 'fast-png';
import type { StampSet } from '../stamps/read-stamp-set.ts';
import { dataUri } from './pictures.ts';

/** Shares of pixels below black and above white. */
const [black, white] = [0.01, 0.995];
/** Blank columns between channels. */
const gap = 1;

/**
 * One stamp as a PNG in a page: 8-bit pictures of three channels in their colours, else the channels side by side in grey, each between
 * its own 1 % and 99.5 % quantile. Rows stand as in the array; pixels without a value are black.
 */
export function stampPicture(
  { pixels, height, width, channels }: Pick<StampSet, 'pixels' | 'height' | 'width' | 'channels'>,
  place: number,
): string {
  const size = height * width * channels;
  const stamp = pixels.subarray(place * size, (place + 1) * size);
  if (stamp instanceof Uint8Array && channels === 3) {
    return dataUri(encode({ width, height, data: stamp.slice(), channels: 3, depth: 8 }));
  }
  const across = channels * width + (channels - 1) * gap;
  const data = new Uint8Array(across * height).fill(255);
  for (let c = 0; c < channels; c++) {
    const levels = greyLevels(
      Float64Array.from({ length: height * width }, (_, i) => stamp[i * channels + c]),
    );
    levels.forEach((level, i) => {
      data[Math.floor(i / width) * across + c * (width + gap) + (i % width)] = level;
    });
  }
  return dataUri(encode({ width: across, height, data, channels: 1, depth: 8 }));
}

/** Levels of grey of one channel between its own quantiles; 0 for pixels without a value. */
export function greyLevels(plane: Float64Array): Uint8Array {
  const [low, high] = limits(plane);
  return Uint8Array.from(plane, (value) => {
    const share = (value - low) / (high - low);
    return Number.isFinite(share) ? Math.max(0, Math.min(255, Math.round(255 * share))) : 0;
  });
}

function limits(plane: Float64Array): readonly [number, number] {
  const known = plane.filter((value) => Number.isFinite(value)).sort();
  if (known.length === 0) return [0, 1];
  const at = (share: number) => known[Math.min(known.length - 1, Math.floor(share * known.length))];
  const [low, high] = [at(black), at(white)];
  return high > low ? [low, high] : [low, low + 1];
}
