import { encode } from 'fast-png';
import type { ReportPreview } from './types.ts';

/** Larger previews are averaged down: nobody sees more in a report, and sixty of them must stay mailable. */
const maxPixels = 320 * 640;

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** `data:image/png;base64,…`; the mask is transparent where nothing is masked, null when it is empty. */
  readonly image: string;
  readonly mask: string | null;
}

/** Colour of masked pixels that name no class. */
const plainMask = [230, 159, 0] as const;

/**
 * PNG pictures of a preview and of its mask, first FITS row at the bottom. A mask is a strong edge around a faint
 * filling, so that what it covers stays visible; trails of one or two pixels are all edge.
 * @param colors of class k at index k.
 */
export function encodePicture(
  preview: ReportPreview,
  colors: readonly { readonly rgb: readonly [number, number, number] }[],
  soleClass?: readonly [number, number, number],
): Picture {
  const { width, height, pixels, overlay, overlayClass } = shrink(preview);
  const grey = new Uint8Array(width * height);
  const rgba = new Uint8Array(4 * width * height);
  let any = false;
  for (let y = 0; y < height; y++) {
    const row = height - 1 - y;
    grey.set(pixels.subarray(y * width, (y + 1) * width), row * width);
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      if (overlay[i] === 0 && (overlayClass === undefined || overlayClass[i] === 0)) continue;
      any = true;
      const k = overlayClass === undefined ? 0 : overlayClass[i];
      const same = (j: number): boolean =>
        overlayClass === undefined
          ? overlay[j] !== 0
          : overlayClass[j] === k && (k !== 0 || overlay[j] !== 0);
      const inside =
        x > 0 &&
        x < width - 1 &&
        y > 0 &&
        y < height - 1 &&
        same(i - 1) &&
        same(i + 1) &&
        same(i - width) &&
        same(i + width);
      const color = k > 0 ? (colors[k - 1]?.rgb ?? plainMask) : (soleClass ?? plainMask);
      const o = 4 * (row * width + x);
      rgba[o] = color[0];
      rgba[o + 1] = color[1];
      rgba[o + 2] = color[2];
      rgba[o + 3] = inside ? 60 : 235;
    }
  }
  return {
    width,
    height,
    image: dataUri(encode({ width, height, data: grey, channels: 1, depth: 8 })),
    mask: any ? dataUri(encode({ width, height, data: rgba, channels: 4, depth: 8 })) : null,
  };
}

/** A PNG as a page holds it. */
export function dataUri(png: Uint8Array): string {
  return `data:image/png;base64,${Buffer.from(png.buffer, png.byteOffset, png.byteLength).toString('base64')}`;
}

/** Means of pixels, largest value of masks, over blocks of a whole number of pixels. */
function shrink(preview: ReportPreview): ReportPreview {
  const factor = Math.ceil(Math.sqrt((preview.width * preview.height) / maxPixels));
  if (factor <= 1) return preview;
  const width = Math.ceil(preview.width / factor);
  const height = Math.ceil(preview.height / factor);
  const pixels = new Uint8Array(width * height);
  const overlay = new Uint8Array(width * height);
  const overlayClass = preview.overlayClass === undefined ? undefined : new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      let n = 0;
      for (let v = y * factor; v < Math.min(preview.height, (y + 1) * factor); v++) {
        for (let u = x * factor; u < Math.min(preview.width, (x + 1) * factor); u++) {
          const j = v * preview.width + u;
          sum += preview.pixels[j];
          n++;
          if (preview.overlay[j] !== 0) overlay[y * width + x] = 1;
          if (overlayClass !== undefined) {
            overlayClass[y * width + x] = Math.max(overlayClass[y * width + x], preview.overlayClass![j]);
          }
        }
      }
      pixels[y * width + x] = Math.round(sum / n);
    }
  }
  return { width, height, pixels, overlay, overlayClass };
}
