import { checkChannels } from './channel-image.ts';
import type { ChannelImage } from './channel-image.ts';

/** Mirrored left to right (`x`), top to bottom (`y`) or both, as a new image. NaN moves like any value. */
export function flipImage(
  image: ChannelImage,
  { x = false, y = false }: { x?: boolean; y?: boolean },
): ChannelImage {
  checkChannels(image, 'flipImage');
  const { data, channels, height, width } = image;
  const out = data.slice();
  for (let c = 0; c < channels; c++) {
    for (let row = 0; row < height; row++) {
      const to = (c * height + row) * width;
      const from = (c * height + (y ? height - 1 - row : row)) * width;
      const line = data.subarray(from, from + width);
      out.set(line, to);
      if (x) out.subarray(to, to + width).reverse();
    }
  }
  return { ...image, data: out };
}
