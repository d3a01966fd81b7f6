import { estimateBackground } from '../background.ts';
import { dilateMask } from '../dilate-mask.ts';
import type { Plane } from '../plane.ts';
import { segmentSources } from './segment.ts';
import type { Segments } from './segment.ts';

/** A cut-out without its sky, and the sources on it. */
export interface SkySubtracted {
  /** Light above the sky, one plane a band. */
  readonly planes: readonly Plane[];
  /** Noise of a pixel in each band. */
  readonly rms: readonly number[];
  /** The bands' light in units of their noise, added up to a noise of 1. */
  readonly detection: Plane;
  readonly segments: Segments;
}

/** Share of the cut-out without sources from which the sky is measured there alone. */
const leastSky = 0.25;

/**
 * Takes the sky off each band: one level over the whole cut-out, first by clipping (source-extractor's mode), then where no source is. The level of
 * a source that fills the cut-out is partly its own light, as for any background on a mesh.
 * @returns or, in words, why there is no sky to measure against
 */
export function subtractSky(planes: readonly Plane[], bands: readonly string[]): SkySubtracted | string {
  let found = subtractLevels(planes, bands, null);
  if (typeof found === 'string') return found;
  const { width, height } = planes[0];
  const occupied = Uint8Array.from(found.segments.labels, (label) => (label > 0 ? 1 : 0));
  const mask = dilateMask(occupied, width, height, { radius: 3 });
  const sky = mask.reduce((n, value) => n + (value === 0 ? 1 : 0), 0);
  if (sky < leastSky * mask.length) return found;
  const again = subtractLevels(planes, bands, mask);
  if (typeof again !== 'string') found = again;
  return found;
}

function subtractLevels(
  planes: readonly Plane[],
  bands: readonly string[],
  mask: Uint8Array | null,
): SkySubtracted | string {
  const { width, height } = planes[0];
  const detection = new Float32Array(width * height);
  const rms: number[] = [];
  const light: Plane[] = [];
  for (const [k, plane] of planes.entries()) {
    const mesh = Math.max(width, height);
    const { globalLevel: level, globalRms: noise } = estimateBackground(plane, { mesh, filter: 1, mask });
    if (!(noise > 0))
      return noise === 0
        ? `${bands[k]} has no noise: a constant image`
        : `${bands[k]} has too few pixels with a value`;
    const data = plane.data.map((value) => value - level);
    const weight = 1 / (noise * Math.sqrt(planes.length));
    for (let i = 0; i < data.length; i++) detection[i] += weight * data[i];
    light.push({ width, height, data });
    rms.push(noise);
  }
  const image = { width, height, data: detection };
  return { planes: light, rms, detection: image, segments: segmentSources(image) };
}
