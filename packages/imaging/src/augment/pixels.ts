import { checkChannels } from './channel-image.ts';
import type { ChannelImage } from './channel-image.ts';

/** Uniform numbers in [0, 1). */
export type Uniform = () => number;

/** Adds Gaussian noise of standard deviation `deviation` to every value (Box & Muller 1958), as a new image. NaN stays NaN. */
export function addNoise(image: ChannelImage, deviation: number, random: Uniform): ChannelImage {
  checkChannels(image, 'addNoise');
  if (!(deviation >= 0 && deviation < Infinity)) {
    throw new RangeError(`addNoise: deviation ${deviation} must be at least 0 and finite`);
  }
  const data = image.data.map(
    (value) => value + deviation * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
  );
  return { ...image, data };
}

/** A rectangle of pixels: `left ≤ x < left + width`, `top ≤ y < top + height`. */
export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Puts `fill` into a rectangle of all channels (DeVries & Taylor 2017), as a new image; what reaches over the edge is left off. */
export function cutOut(image: ChannelImage, rectangle: Rectangle, fill = 0): ChannelImage {
  checkChannels(image, 'cutOut');
  const { channels, height, width } = image;
  const data = image.data.slice();
  const from = Math.max(0, rectangle.left);
  const to = Math.min(width, rectangle.left + rectangle.width);
  for (let c = 0; c < channels; c++) {
    for (let y = Math.max(0, rectangle.top); y < Math.min(height, rectangle.top + rectangle.height); y++) {
      const row = (c * height + y) * width;
      if (from < to) data.fill(fill, row + from, row + to);
    }
  }
  return { ...image, data };
}
