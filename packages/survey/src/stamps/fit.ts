import { AlertProblem } from '../alerts/index.ts';
import type { Plane } from '../alerts/index.ts';
import type { StampInput } from '../bundle-description.ts';
import type { StampLayout } from './layout.ts';

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

/**
 * The model's input with the height and width that an array of this shape has itself, where another size may be brought to the model's;
 * else the model's own.
 */
export function ownSize(
  shape: readonly number[],
  input: StampInput,
  layout: StampLayout | undefined,
  fit: StampFit | undefined,
): StampInput {
  if (fit === undefined) return input;
  const { channels } = input;
  const sized = (axes: readonly number[]): StampInput => ({ ...input, height: axes[0], width: axes[1] });
  const rank = shape.length;
  if (rank >= 3 && layout !== 'channels-first' && shape[rank - 1] === channels)
    return sized(shape.slice(rank - 3));
  if (rank >= 3 && layout !== 'channels-last' && shape[rank - 3] === channels)
    return sized(shape.slice(rank - 2));
  return channels === 1 && rank >= 2 ? sized(shape.slice(rank - 2)) : input;
}

/** A stamp [C, h, w] as [C, H, W] of the model. @throws AlertProblem as `placePlane` */
export function placeStamp(
  stamp: Float64Array,
  own: StampInput,
  input: StampInput,
  fit: StampFit | undefined,
): Float64Array {
  if (own.width === input.width && own.height === input.height) return stamp;
  const [from, to] = [own.width * own.height, input.width * input.height];
  const out = new Float64Array(input.channels * to);
  for (let c = 0; c < input.channels; c++) {
    const plane = { width: own.width, height: own.height, data: stamp.subarray(c * from, (c + 1) * from) };
    placePlane(plane, input, fit, out.subarray(c * to, (c + 1) * to));
  }
  return out;
}
