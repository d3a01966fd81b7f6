import { decamPlaces } from '../focal-plane.ts';

/** Pixels of a thumbnail along x and y. */
export const thumbnailSize = 400;
/** CCD pixels along one of a thumbnail: the pitch of DECam's CCDs over that on the pictures of Chang et al. (2021). */
export const ccdPixelsApart = 70.6;

/** The live area of one CCD on a thumbnail, pixels [left, right) × [top, bottom). */
export interface CcdArea {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** CCD without data, and one of which the half beside its other amplifier is lost (DECam since 2013). */
const [dead, half] = ['N30', 'S7'];

/** Where the CCDs lie on a thumbnail: as on the survey's pictures, rows go from S to N (the focal plane's x) and columns against its y. */
export const ccdAreas: readonly CcdArea[] = decamPlaces(2046, 4094).flatMap(({ name, centreX, centreY }) => {
  if (name === dead) return [];
  const at = (value: number) => Math.round(value / ccdPixelsApart + thumbnailSize / 2);
  const within = (value: number) => Math.min(thumbnailSize, Math.max(0, value));
  return [
    {
      left: within(at(-centreY - 2047)),
      right: within(at(-centreY + 2047)),
      top: within(at(centreX - 1023)),
      bottom: within(at(centreX + (name === half ? 0 : 1023))),
    },
  ];
});
