import type { CcdPlace, Star } from '../artifact.ts';
import { focalOrigin } from '../artifacts/place.ts';
import type { Galaxy } from '../galaxy.ts';
import { waveField } from './wave-field.ts';

/** Clouds before the whole field: extinction in magnitudes, and how it varies over the focal plane. */
export interface Clouds {
  readonly extinction: number;
  /** Rms over the focal plane, in units of the extinction. */
  readonly patchiness: number;
  /** Size of a patch, focal-plane pixels. */
  readonly scale: number;
  readonly seed: number;
}

/** One of several images of every source: where from its place, pixels, and its share of the light. */
export interface SourceImage {
  readonly dx: number;
  readonly dy: number;
  readonly share: number;
}

/** What befell an exposure as a whole, and what its header says of it. Plain data. */
export interface ExposureConditions {
  readonly clouds: Clouds | null;
  /** None: every source is seen once. */
  readonly images: readonly SourceImage[];
  readonly airmass: number;
  /** As measured by the pipeline, magnitude of one ADU a second; null where it could not. */
  readonly zeroPoint: number | null;
}

/** Extinction never falls below this share of its mean: there is a veil between the patches, too. */
const thinnest = 0.15;

/** Extinction in magnitudes at a place of the focal plane. */
export function extinctionOf(clouds: Clouds): (x: number, y: number) => number {
  const { extinction, patchiness, scale, seed } = clouds;
  const field = waveField(seed, scale);
  return (x, y) => extinction * Math.max(thinnest, 1 + patchiness * field(x, y));
}

interface Sources {
  readonly stars: readonly Star[];
  readonly galaxies: readonly Galaxy[];
}

/** Sources as they are seen through the clouds and while the telescope moves; of galaxies also through the air, which stars are already. */
export function throughConditions(
  { width, height, transparency }: { width: number; height: number; transparency: number },
  { clouds, images }: ExposureConditions,
  place: CcdPlace,
  { stars, galaxies }: Sources,
): Sources {
  const origin = focalOrigin({ place, width, height });
  const extinction = clouds === null ? null : extinctionOf(clouds);
  const seen = <S extends Star>(source: S, through: number): S[] => {
    const dimmed =
      extinction === null
        ? through
        : through * 10 ** (-0.4 * extinction(origin.x + source.x, origin.y + source.y));
    if (images.length === 0) return [{ ...source, flux: source.flux * dimmed }];
    return images.map(({ dx, dy, share }) => ({
      ...source,
      x: source.x + dx,
      y: source.y + dy,
      flux: source.flux * dimmed * share,
    }));
  };
  return {
    stars: stars.flatMap((star) => seen(star, 1)),
    galaxies: galaxies.flatMap((galaxy) => seen(galaxy, transparency)),
  };
}
