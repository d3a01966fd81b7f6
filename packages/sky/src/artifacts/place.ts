import type { CcdScene, ExposureContext } from '../artifact.ts';
import type { Rng } from '../rng.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Focal-plane coordinates of the centre of pixel (0, 0) of a CCD: focal = origin + pixel, both axes parallel on all CCDs. */
export function focalOrigin(scene: Pick<CcdScene, 'place' | 'width' | 'height'>): Point {
  return {
    x: scene.place.centreX - (scene.width - 1) / 2,
    y: scene.place.centreY - (scene.height - 1) / 2,
  };
}

/** A focal-plane point uniform over the area of the simulated CCDs: an event through it is seen by one of them at least. */
export function randomFieldPoint(rng: Rng, exposure: ExposureContext): Point {
  const ccd = rng.pick(exposure.ccds);
  return {
    x: ccd.centreX + rng.uniform(-0.5, 0.5) * exposure.width,
    y: ccd.centreY + rng.uniform(-0.5, 0.5) * exposure.height,
  };
}

/** 0 below `low`, 1 above `high`, with a continuous slope between. */
export function smoothStep(low: number, high: number, value: number): number {
  const t = Math.min(1, Math.max(0, (value - low) / (high - low)));
  return t * t * (3 - 2 * t);
}

/** The row of a CCD that lies `distance` rows from its serial register. */
export function rowFromRegister(scene: Pick<CcdScene, 'place' | 'height'>, distance: number): number {
  return scene.place.readoutEdge === 'bottom' ? distance : scene.height - 1 - distance;
}

/**
 * Total flux of a star whose profile would peak at `peak` electrons in one pixel, were there no saturation (Gaussian core:
 * flux = peak × 1.13 × FWHM²; a Moffat's wings raise it by some 20 %, which is nothing where stars are saturated many times over).
 */
export function fluxOfPeak(peak: number, fwhmPixels: number): number {
  return peak * 1.133 * fwhmPixels * fwhmPixels;
}

/** Full well of a DECam pixel, electrons (130,000 to 200,000 by CCD): scale of the stars that events bring along. */
export const fullWellElectrons = 150_000;
