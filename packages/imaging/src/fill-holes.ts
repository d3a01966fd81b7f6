import { checkMaskShape } from './check-mask.ts';
import { labelComponents } from './label-components.ts';

export interface FillHolesOptions {
  /** Only holes of at most this many pixels are filled (default: all). */
  readonly maxArea?: number;
}

/** Sets the unset regions that the mask encloses (4-connected, not touching the border); returns a new mask of 0 and 1. */
export function fillHoles(
  mask: Uint8Array,
  width: number,
  height: number,
  options: FillHolesOptions = {},
): Uint8Array {
  const { maxArea = Infinity } = options;
  checkMaskShape(mask, width, height, 'fillHoles');
  const outside = mask.map((value) => (value === 0 ? 1 : 0));
  const { count, labels, area, xMin, xMax, yMin, yMax } = labelComponents(outside, width, height, {
    connectivity: 4,
  });
  const hole = new Uint8Array(count + 1);
  for (let i = 0; i < count; i++) {
    const touchesBorder = xMin[i] === 0 || yMin[i] === 0 || xMax[i] === width - 1 || yMax[i] === height - 1;
    if (!touchesBorder && area[i] <= maxArea) hole[i + 1] = 1;
  }
  const out = new Uint8Array(width * height);
  for (let i = 0; i < out.length; i++) out[i] = mask[i] !== 0 || hole[labels[i]] !== 0 ? 1 : 0;
  return out;
}
