import type { Rng } from '../rng.ts';
import { cutoutSize, ztfCamera } from './camera.ts';
import type { FieldExposure } from './field.ts';
import { greatestShift } from './field.ts';

/** Place of an object on its readout channel where the sky lies as usual, pixels from 0. */
export interface ChipPlace {
  readonly x: number;
  readonly y: number;
}

/** Nearer to the edge than this, pixels, there is no measurement and so no frame. */
const nearest = 2;
/** Far enough from all edges that no pointing cuts a cut-out. */
const inside = greatestShift + cutoutSize;

/** A place in the inner part of the chip. */
export function drawPlace(rng: Rng): ChipPlace {
  return {
    x: rng.uniform(inside, ztfCamera.width - inside),
    y: rng.uniform(inside, ztfCamera.height - inside),
  };
}

/**
 * The same place moved to an edge: in the exposure that points best the object is 3–12 px from it and its cut-out is cut, in those that point
 * otherwise it is cut by more, by less, or is not on the chip.
 */
export function moveToEdge(rng: Rng, place: ChipPlace, exposures: readonly FieldExposure[]): ChipPlace {
  const off = (exposure: FieldExposure) => Math.hypot(exposure.shiftX, exposure.shiftY);
  const exposure = exposures.reduce((best, next) => (off(next) < off(best) ? next : best));
  const distance = rng.uniform(3, 12);
  switch (rng.pick(['left', 'right', 'bottom', 'top'] as const)) {
    case 'left':
      return { ...place, x: distance - exposure.shiftX };
    case 'right':
      return { ...place, x: ztfCamera.width - 1 - distance - exposure.shiftX };
    case 'bottom':
      return { ...place, y: distance - exposure.shiftY };
    case 'top':
      return { ...place, y: ztfCamera.height - 1 - distance - exposure.shiftY };
  }
}

/** Whether the object lies on the chip in an exposure, clear of its edges. */
export function isMeasured(place: ChipPlace, exposure: FieldExposure): boolean {
  const x = place.x + exposure.shiftX;
  const y = place.y + exposure.shiftY;
  return (
    x >= nearest && y >= nearest && x <= ztfCamera.width - 1 - nearest && y <= ztfCamera.height - 1 - nearest
  );
}
