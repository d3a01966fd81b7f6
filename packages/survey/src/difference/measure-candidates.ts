import { autoscanMeasure, autoscanSide, cutout, hostReachArcsec, isophotalSources } from '@blemish/imaging';
import type { AutoscanHost, AutoscanInput, Plane } from '@blemish/imaging';
import type { Row } from '../tables/index.ts';
import type { GriddedReference } from './bring-onto-grid.ts';
import type { TiledCandidate } from './find-in-tiles.ts';
import { differenceBits } from './mask-values.ts';
import type { Side } from './read-side.ts';
import type { Subtraction } from './subtract-sides.ts';

/** Pixels about the reach of a host that its isophotes may need. */
const hostMargin = 14;
const bandNumbers: Readonly<Record<string, number>> = { g: 1, r: 2, i: 3, z: 4 };

export interface MeasureContext {
  readonly science: Side;
  /** On the science grid, in units of the science image. */
  readonly reference: GriddedReference;
  readonly subtraction: Subtraction;
  readonly zeroPoint: number | null;
  /** The faintest flux that is a candidate. */
  readonly limitFlux: number;
  readonly stampSize: number;
}

/** The row of a candidate: place, flux, the features of the autoScan set and why some are null. */
export function candidateRow(candidate: TiledCandidate, id: number, context: MeasureContext): Row {
  const { science, subtraction, zeroPoint, limitFlux, stampSize } = context;
  const { width, height } = science.image;
  const { x, y, flux, fluxError, coverage } = candidate;
  const sign = flux < 0 ? -1 : 1;
  const { psf, fwhm } = subtraction.tiles[candidate.tile];
  const cut = (plane: Plane) => cutout(plane, x, y, autoscanSide);
  const difference = cut(subtraction.image);
  const noise = cut(subtraction.variance);
  for (let i = 0; i < difference.data.length; i++) {
    difference.data[i] *= sign;
    noise.data[i] = Math.sqrt(noise.data[i]);
  }
  const input: AutoscanInput = {
    ...{ difference, noise, reference: cut(context.reference.image), psf, fwhm },
    x: x - difference.offsetX,
    y: y - difference.offsetY,
    flux: sign * flux,
    ...{ fluxError, limitFlux, zeroPoint },
    host: hostOf(candidate, context),
    edgeDistance: Math.min(x, y, width - 1 - x, height - 1 - y),
    ccdid: science.ccdid,
    band: bandNumbers[science.identity.band ?? ''] ?? null,
  };
  const { features, reasons } = autoscanMeasure(input);
  const [ra, dec] = science.wcs?.pixelToSky(x, y) ?? [null, null];
  const at =
    Math.min(height - 1, Math.max(0, Math.round(y))) * width +
    Math.min(width - 1, Math.max(0, Math.round(x)));
  return {
    ...{ id, x, y, ra, dec, sign, flux, flux_err: fluxError, coverage },
    kernel_reach: (subtraction.mask[at] & differenceBits.kernelReach) !== 0,
    edge: reachesEdge(x, y, stampSize, width, height),
    ...features,
    reason: reasons.map(({ features: names, reason }) => `${names.join(', ')}: ${reason}`).join('; ') || null,
  };
}

export function reachesEdge(x: number, y: number, side: number, width: number, height: number): boolean {
  const left = Math.round(x) - Math.floor(side / 2);
  const top = Math.round(y) - Math.floor(side / 2);
  return left < 0 || top < 0 || left + side > width || top + side > height;
}

/** The reference source whose centroid is nearest. */
function hostOf(
  { x, y }: TiledCandidate,
  { science, reference }: MeasureContext,
): AutoscanHost | null | undefined {
  const scale = science.wcs?.pixelScaleArcsec;
  if (scale === undefined) return undefined;
  const side = 2 * Math.min(100, Math.ceil(hostReachArcsec / scale) + hostMargin) + 1;
  const plane = cutout(reference.image, x, y, side);
  const noise = cutout(reference.variance, x, y, side);
  for (let i = 0; i < noise.data.length; i++) noise.data[i] = Math.sqrt(noise.data[i]);
  let nearest: AutoscanHost | null = null;
  for (const { a, b, flux, fluxError, ...place } of isophotalSources(plane, noise)) {
    const distance = scale * Math.hypot(place.x + plane.offsetX - x, place.y + plane.offsetY - y);
    if (!(distance <= hostReachArcsec) || !(flux > 0)) continue;
    if (nearest === null || distance < nearest.distanceArcsec)
      nearest = { a, b, flux, fluxError, distanceArcsec: distance };
  }
  return nearest;
}
