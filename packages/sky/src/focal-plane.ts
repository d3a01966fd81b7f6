import type { CcdPlace } from './artifact.ts';

/** Arcseconds per pixel at the centre of the field. */
export const pixelScaleArcsec = 0.2623;

/**
 * Gaps between the live areas of neighbouring CCDs in pixels, along x and y, and so their pitch: 2254.4 and 4260.33 px in the CRPIX
 * cards of DECam headers. Smaller CCDs (tests) keep the gaps.
 */
const gapX = 2254.4 - 2046;
const gapY = 4260.33 - 4094;

/** CCDs in each column of the mosaic outwards from its middle; S counts down from S31, N up from N1. */
const columns = [7, 6, 6, 5, 4, 3] as const;

/**
 * The 62 CCDs of DECam in the order of CCDNUM (1 = S29 … 62 = N31; Flaugher et al. 2015, AJ 150, 150, fig. 6; DETSEC and CRPIX of
 * Community Pipeline headers). x grows from the S to the N half, y with the number within a column; the origin is the optical axis.
 */
export function decamPlaces(width: number, height: number): readonly CcdPlace[] {
  const places: CcdPlace[] = [];
  const pitchX = width + gapX;
  const pitchY = height + gapY;
  for (const half of ['S', 'N'] as const) {
    let number = 1;
    const half62: CcdPlace[] = [];
    columns.forEach((count, column) => {
      for (let row = 0; row < count; row++) {
        const name = `${half}${number++}`;
        half62.push({
          name,
          ccdnum: 0,
          centreX: (half === 'N' ? 1 : -1) * (column + 0.5) * pitchX,
          centreY: (row - (count - 1) / 2) * pitchY,
          readoutEdge: half === 'N' ? 'top' : 'bottom',
        });
      }
    });
    // CCDNUM runs from the S rim to the N rim, and within a column with the name's number.
    half62.sort((a, b) => a.centreX - b.centreX || a.centreY - b.centreY);
    places.push(...half62);
  }
  return places.map((place, i) => ({ ...place, ccdnum: i + 1 }));
}

/** Radius of the circle around the mosaic, pixels. */
export function focalPlaneRadius(width: number, height: number): number {
  return Math.max(6 * (width + gapX), 3.5 * (height + gapY)) * 1.05;
}
