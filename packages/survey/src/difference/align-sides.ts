import { alignStars, applyAffine, placeGrid } from '@blemish/imaging';
import type { Affine, Place } from '@blemish/imaging';
import { SurveyError } from '../errors.ts';
import type { AlignmentKind } from './options.ts';
import type { Side } from './read-side.ts';

export interface SideAlignment {
  /** Where a pixel of the science image lies on the reference. */
  readonly place: Place;
  /** What the stars add to the WCS: science pixels to where the WCS alone would put them. */
  readonly correction: Affine;
  /** Pairs of stars, by index of the science's and the reference's. */
  readonly pairs: readonly (readonly [number, number])[];
  /** Root mean square along one axis of what is left between the pairs, pixels; null without stars. */
  readonly rms: number | null;
  /** Share of the science pixels that lie on the reference. */
  readonly overlap: number;
}

const identity: Affine = [1, 0, 0, 0, 1, 0];
/** Pixel scales that differ by more need another interpolation. */
const mostScale = 1.3;

/**
 * Where the science pixels lie on the reference: by both WCS, by the stars they have in common, or both one after the other.
 * @throws SurveyError WCS_MISSING, NO_OVERLAP, STARS_TOO_FEW
 */
export function alignSides(science: Side, reference: Side, kind: AlignmentKind): SideAlignment {
  const { width, height } = science.image;
  const byWcs = kind === 'wcs' || kind === 'wcs+stars' ? wcsPlace(science, reference) : null;
  const first: Place = byWcs === null ? (x, y) => [x, y] : placeGrid(width, height, byWcs.forward);
  if (overlapOf(first, science, reference) === 0)
    throw new SurveyError(
      'NO_OVERLAP',
      `no pixel of the science image ${science.path} lies on it`,
      reference,
    );
  if (kind === 'wcs' || kind === 'none') {
    const pairs = pairsWithin(science, reference, first, 1.5);
    return {
      place: first,
      correction: identity,
      pairs,
      rms: null,
      overlap: overlapOf(first, science, reference),
    };
  }
  const { stars } = reference;
  const back = Array.from({ length: stars.count }, (_, i) =>
    byWcs === null ? ([stars.x[i], stars.y[i]] as const) : byWcs.backward(stars.x[i], stars.y[i]),
  );
  const found = alignStars(science.stars, {
    count: stars.count,
    x: back.map(([x]) => x),
    y: back.map(([, y]) => y),
  });
  if (found === null)
    throw new SurveyError(
      'STARS_TOO_FEW',
      `of ${science.stars.count} stars of the science image and ${stars.count} of the reference too few agree on a shift`,
      reference,
    );
  const place: Place = (x, y) => first(...applyAffine(found.transform, x, y));
  const overlap = overlapOf(place, science, reference);
  return { place, correction: found.transform, pairs: found.pairs, rms: found.rms, overlap };
}

function wcsPlace(science: Side, reference: Side): { forward: Place; backward: Place } {
  for (const side of [science, reference])
    if (side.wcs === null) throw new SurveyError('WCS_MISSING', 'no WCS', side);
  const [from, to] = [science.wcs!, reference.wcs!];
  const scale = from.pixelScaleArcsec / to.pixelScaleArcsec;
  if (!(scale < mostScale && scale > 1 / mostScale))
    throw new SurveyError(
      'IMAGE_SHAPE',
      `its pixels are ${to.pixelScaleArcsec.toFixed(3)} arcsec, those of the science image ${from.pixelScaleArcsec.toFixed(3)}: bring one to the other's scale first`,
      reference,
    );
  return {
    forward: (x, y) => to.skyToPixel(...from.pixelToSky(x, y)),
    backward: (x, y) => from.skyToPixel(...to.pixelToSky(x, y)),
  };
}

/** On a sample of the science pixels. */
function overlapOf(place: Place, { image: { width, height } }: Side, reference: Side): number {
  const step = Math.max(1, Math.floor(Math.min(width, height) / 64));
  let [inside, all] = [0, 0];
  for (let y = 0; y < height; y += step)
    for (let x = 0; x < width; x += step) {
      const [u, v] = place(x, y);
      all++;
      if (u >= 0 && v >= 0 && u <= reference.image.width - 1 && v <= reference.image.height - 1) inside++;
    }
  return inside / all;
}

/** Stars that lie within `radius` px of each other once placed. */
function pairsWithin(science: Side, reference: Side, place: Place, radius: number): [number, number][] {
  const pairs: [number, number][] = [];
  for (let i = 0; i < science.stars.count; i++) {
    const [x, y] = place(science.stars.x[i], science.stars.y[i]);
    for (let j = 0; j < reference.stars.count; j++)
      if (Math.hypot(reference.stars.x[j] - x, reference.stars.y[j] - y) < radius) {
        pairs.push([i, j]);
        break;
      }
  }
  return pairs;
}
