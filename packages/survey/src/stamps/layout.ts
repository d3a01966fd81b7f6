import type { StampInput } from '../bundle-description.ts';
import { SurveyError } from '../errors.ts';

/** Order of a stamp's axes: [H, W, C] or [C, H, W]. */
export const stampLayouts = ['channels-last', 'channels-first'] as const;
export type StampLayout = (typeof stampLayouts)[number];

/** How an array holds stamps. */
export interface StampArrangement {
  readonly count: number;
  readonly layout: StampLayout;
  /** Is the first axis that of the stack? Else the array is one stamp. */
  readonly stacked: boolean;
}

/**
 * Finds the stamps in an array of this shape: a stack [N, H, W, C] or [N, C, H, W], for one channel also [N, H, W], or one stamp alone.
 * The order that fits the model's channels, height and width is taken; where both fit (as many channels as rows and columns), channels
 * last, as NumPy stacks usually are.
 * @param forced takes this order alone
 * @throws SurveyError STAMP_SHAPE
 */
export function arrangeStamps(
  shape: readonly number[],
  input: StampInput,
  place: { readonly path: string; readonly hdu?: number | string | null },
  forced?: StampLayout,
): StampArrangement {
  const { channels, height, width } = input;
  const extents: Readonly<Record<StampLayout, readonly number[]>> = {
    'channels-last': [height, width, channels],
    'channels-first': [channels, height, width],
  };
  const layouts = forced === undefined ? stampLayouts : [forced];
  for (const layout of layouts) {
    const sample = extents[layout];
    if (equal(shape.slice(1), sample)) return { count: shape[0], layout, stacked: true };
    if (equal(shape, sample)) return { count: 1, layout, stacked: false };
  }
  if (channels === 1) {
    const plane = [height, width];
    if (equal(shape.slice(1), plane)) return { count: shape[0], layout: 'channels-first', stacked: true };
    if (equal(shape, plane)) return { count: 1, layout: 'channels-first', stacked: false };
  }
  const stacks = layouts.map((layout) => `[N, ${extents[layout].join(', ')}]`);
  if (channels === 1) stacks.push(`[N, ${height}, ${width}]`);
  throw new SurveyError(
    'STAMP_SHAPE',
    `holds an array [${shape.join(', ')}]; the model takes stamps of ${width} × ${height} pixels (width × height) with ` +
      `${channels} channel${channels === 1 ? '' : 's'}: ${stacks.join(' or ')}`,
    place,
  );
}

/** Stamps [n, H, W, C] as [n, C, H, W]; in that order already, they are handed back. */
export function toChannelsFirst(
  values: Float64Array,
  layout: StampLayout,
  { channels, height, width }: StampInput,
): Float64Array {
  if (layout === 'channels-first' || channels === 1) return values;
  const area = height * width;
  const out = new Float64Array(values.length);
  for (let sample = 0; sample < values.length; sample += area * channels)
    for (let i = 0; i < area; i++)
      for (let c = 0; c < channels; c++) out[sample + c * area + i] = values[sample + i * channels + c];
  return out;
}

/** Stamps [n, C, H, W] as [n, H, W, C], for a network that takes channels last. */
export function toChannelsLast(
  values: Float32Array,
  { channels, height, width }: Pick<StampInput, 'channels' | 'height' | 'width'>,
): Float32Array {
  const area = height * width;
  const out = new Float32Array(values.length);
  for (let sample = 0; sample < values.length; sample += area * channels)
    for (let c = 0; c < channels; c++)
      for (let i = 0; i < area; i++) out[sample + i * channels + c] = values[sample + c * area + i];
  return out;
}

/** Shape of a network's array for `count` stamps. */
export function networkShape(count: number, { channels, height, width, layout }: StampInput): number[] {
  return layout === 'channels-first' ? [count, channels, height, width] : [count, height, width, channels];
}

function equal(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}
