import { addSpikes, addStar } from '../../psf.ts';
import type { SequenceScene } from '../artifact.ts';
import { cutoutSize } from '../camera.ts';

/** A saturated star near the object; it lies outside the cut-out as often as inside. */
export interface BrightStar {
  /** From the object, pixels. */
  readonly dx: number;
  readonly dy: number;
  /** Electrons in a clear exposure. */
  readonly flux: number;
  /** How far charge runs along the column to either side, pixels, and over how many columns at the star. */
  readonly bleedLength: number;
  readonly bleedWidth: number;
}

/** Adds the star's light, its diffraction spikes, and its overflowing columns, which taper to their ends. */
export function addBrightStar(scene: SequenceScene, star: BrightStar): void {
  const { plane, psf, exposure, skyRms, spikeAngle } = scene;
  const x = scene.objectX + star.dx;
  const y = scene.objectY + star.dy;
  const flux = star.flux * exposure.transparency;
  const level = 0.05 * skyRms;
  addStar(plane, cutoutSize, cutoutSize, psf, x, y, flux, psf.radius(flux, level));
  addSpikes(
    plane,
    cutoutSize,
    cutoutSize,
    { x, y, flux },
    exposure.fwhmPixels,
    spikeAngle + scene.rng.normal(0, 0.004),
    2 * level,
  );
  // A sharper and brighter image overflows by more.
  const sharpness = (exposure.transparency * (2 / exposure.fwhmPixels)) ** 0.3;
  const length = star.bleedLength * sharpness * (1 + scene.rng.normal(0, 0.03));
  const column = Math.round(x);
  for (let row = 0; row < cutoutSize; row++) {
    const along = 1 - Math.abs(row - y) / length;
    if (along <= 0) continue;
    const width = star.bleedWidth * along ** 0.6;
    const half = Math.floor(width / 2);
    // An even width has its extra column on one side.
    const extra = width - 2 * half >= 1 ? 0 : -1;
    for (let i = Math.max(0, column - half); i <= Math.min(cutoutSize - 1, column + half + extra); i++)
      plane[row * cutoutSize + i] = scene.well;
  }
}
