import {
  estimateBackground,
  findSources,
  inspectPeak,
  isolatedRegions,
  subtractBackground,
} from '@blemish/imaging';
import type { MeanBinned, Plane } from '@blemish/imaging';
import type { SkyNoise } from './sky-noise.ts';

/** Corner of a crop that lies in the CCD, pixels. */
export interface CropPlace {
  readonly x: number;
  readonly y: number;
}

/** Background mesh of the search, pixels: finer than the survey's, so that stars on a ghost are found as stars. */
const mesh = 128;
/** Sources above this many times the noise of a bin count. */
const threshold = 10;
/** Free space around an isolated source, pixels: less where the field is crowded. */
const margins = [16, 6] as const;

/**
 * Corners of `count` crops of `size` × `size` pixels: around the brightest isolated, unsaturated, unmasked sources that are no cosmic rays and lie
 * far enough from the edge, brightest first; where there are fewer, fixed places of a grid. A CCD smaller than a crop: its corner.
 * @param binned the CCD averaged in bins
 */
export function cropPlaces(
  pixels: Plane,
  mask: Uint8Array | null,
  binned: MeanBinned,
  { rms, median }: SkyNoise,
  size: number,
  count: number,
): CropPlace[] {
  const { width, height } = pixels;
  const lastX = width - size;
  const lastY = height - size;
  if (lastX < 0 || lastY < 0) return Array.from({ length: count }, () => ({ x: 0, y: 0 }));
  const places: CropPlace[] = [];
  if (count > 0 && rms > 0) {
    const { factor } = binned;
    const touched = new Uint8Array(binned.data.length);
    for (let i = 0; i < touched.length; i++) touched[i] = binned.maskedFraction[i] > 0 ? 1 : 0;
    const background = estimateBackground(binned, {
      mesh: Math.max(8, Math.round(mesh / factor)),
      mask: touched,
    });
    const { regions } = findSources(subtractBackground(binned, background), rms / factor, touched, {
      ...{ factor: 1, threshold, maxExtent: size / factor },
    });
    const field = { plane: pixels, mask, rms, bin: factor, saturation: Infinity, level: median };
    for (const margin of margins) {
      places.length = 0;
      for (const region of isolatedRegions(regions, binned.width, binned.height, margin / factor)) {
        const x = Math.round((region.x + 0.5) * factor - size / 2);
        const y = Math.round((region.y + 0.5) * factor - size / 2);
        if (x < 0 || y < 0 || x > lastX || y > lastY || inspectPeak(field, region) === null) continue;
        places.push({ x, y });
        if (places.length === count) return places;
      }
    }
  }
  return [...places, ...gridPlaces(lastX, lastY, count).slice(places.length)];
}

/** Places evenly spread over the CCD. */
function gridPlaces(lastX: number, lastY: number, count: number): CropPlace[] {
  const columns = Math.ceil(Math.sqrt(count));
  const rows = Math.ceil(count / columns);
  return Array.from({ length: count }, (_, k) => ({
    x: Math.round(((0.5 + (k % columns)) * lastX) / columns),
    y: Math.round(((0.5 + Math.floor(k / columns)) * lastY) / rows),
  }));
}
