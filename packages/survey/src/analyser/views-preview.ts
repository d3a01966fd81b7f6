import { viewChannels } from '../exposures/index.ts';
import type { ViewSettings } from '../exposures/index.ts';
import type { CcdPreview } from './types.ts';

/** Pixels between two views. */
const gap = 2;

/** The views of a CCD side by side as one picture, the whole CCD first. @param views [size, size, 1 + crops], channels last */
export function viewsPreview(views: Uint8Array, settings: ViewSettings): CcdPreview {
  const { size } = settings;
  const channels = viewChannels(settings);
  const width = channels * (size + gap) - gap;
  const pixels = new Uint8Array(width * size).fill(255);
  for (let y = 0; y < size; y++) {
    for (let c = 0; c < channels; c++) {
      for (let x = 0; x < size; x++) {
        pixels[y * width + c * (size + gap) + x] = views[(y * size + x) * channels + c];
      }
    }
  }
  return { width, height: size, pixels, overlay: new Uint8Array(width * size) };
}
