import { bootstrap } from './bootstrap.ts';
import type { BootstrapOptions, Units } from './bootstrap.ts';
import type { MaskOverlap } from './mask-overlap.ts';
import type { Interval } from './types.ts';

/**
 * Pixel IoU of one class pooled over images, with its bootstrap interval over images or groups of them: pixels of one image are
 * far too alike to be drawn one by one. Undefined where no mask has a pixel.
 * @param overlaps of each image (`maskOverlap`)
 */
export function pooledIouInterval(
  overlaps: readonly MaskOverlap[],
  units: Units = overlaps.length,
  options: BootstrapOptions = {},
): Interval {
  if (typeof units !== 'number' && units.length !== overlaps.length) {
    throw new RangeError(
      `groups has ${units.length} entries for ${overlaps.length} images: give one group an image`,
    );
  }
  return bootstrap(
    (weights) => {
      let intersection = 0;
      let union = 0;
      overlaps.forEach((overlap, i) => {
        intersection += weights[i] * overlap.intersection;
        union += weights[i] * overlap.union;
      });
      return union > 0
        ? { value: intersection / union }
        : { value: null, reason: 'no pixel in truth or prediction' };
    },
    units,
    options,
  );
}
