import { AlertProblem } from '../alerts/index.ts';
import type { Plane } from '../alerts/index.ts';
import type { StampInput } from '../bundle-description.ts';

/**
 * What becomes of a stamp of another size than the model takes: `pad` puts missing pixels around a smaller one, `crop` cuts the middle out
 * of a larger one, `pad-crop` does each where it is needed.
 */
export const stampFits = ['pad', 'crop', 'pad-crop'] as const;
export type StampFit = (typeof stampFits)[number];

/** Is a side of this length brought to that one? */
export function fits(from: number, to: number, fit: StampFit | undefined): boolean {
  if (from === to) return true;
  if (fit === undefined) return false;
  return fit === 'pad-crop' || (fit === 'pad') === from < to;
}

/**
 * Puts one channel in its place. The middle pixel ⌊n / 2⌋ of each side stays the middle; what is around a smaller plane is NaN.
 * @param out the channel, of the model's size
 * @throws AlertProblem where the size is another and is not to be changed
 */
export function placePlane(
  { width, height, data }: Plane,
  input: Pick<StampInput, 'width' | 'height'>,
  fit: StampFit | undefined,
  out: Float64Array,
): void {
  if (width === input.width && height === input.height) {
    out.set(data);
    return;
  }
  if (!fits(width, input.width, fit) || !fits(height, input.height, fit)) {
    throw new AlertProblem(
      `is ${width} × ${height} pixels (width × height), the model takes ${input.width} × ${input.height}` +
        (fit === undefined ? '; see --fit' : ` (--fit ${fit})`),
    );
  }
  const left = Math.floor(input.width / 2) - Math.floor(width / 2);
  const up = Math.floor(input.height / 2) - Math.floor(height / 2);
  out.fill(NaN);
  const from = Math.max(0, left);
  const to = Math.min(input.width, left + width);
  for (let y = Math.max(0, up); y < Math.min(input.height, up + height); y++) {
    const row = (y - up) * width - left;
    out.set(data.subarray(row + from, row + to), y * input.width + from);
  }
}
