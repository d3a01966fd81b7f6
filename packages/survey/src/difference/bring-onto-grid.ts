import { resample } from '@blemish/imaging';
import type { Place, Plane } from '@blemish/imaging';
import type { Side } from './read-side.ts';

/** The reference on the science image's pixels, in its own units. */
export interface GriddedReference {
  readonly image: Plane;
  readonly variance: Plane;
  /** As in {@link Side}: 1 bad, 2 saturated; and 4 where the reference has no pixels. */
  readonly bad: Uint8Array;
}

/** Interpolates the reference (holes filled) and carries its bad pixels over by the nearest. */
export function bringOntoGrid(science: Side, reference: Side, place: Place): GriddedReference {
  const { width, height } = science.image;
  const { image, variance } = resample(reference.image, reference.variance, { width, height }, place);
  const bad = new Uint8Array(width * height);
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++) {
      const [u, v] = place(x, y).map(Math.round);
      const inside = u >= 0 && v >= 0 && u < reference.image.width && v < reference.image.height;
      bad[at] = inside ? reference.bad[v * reference.image.width + u] : 4;
      if (bad[at] === 0 && image.data[at] !== image.data[at]) bad[at] = 4;
    }
  return { image, variance: variance!, bad };
}
