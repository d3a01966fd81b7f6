import { z } from 'zod';

/** Turns one plane of a stamp, in double precision and row-major, into the network's values, in place. */
type PlanePreprocess = (plane: Float64Array, width: number) => void;

interface StampPreprocessEntry {
  /** Formula, for help and reference pages. */
  readonly description: string;
  readonly apply: PlanePreprocess;
  /** A missing pixel becomes 0 before `apply` and counts there, or is NaN in `apply` and becomes 0 after it. */
  readonly missing: 'before' | 'after';
}

/**
 * How a stamp becomes a network's input, by name. A bundle records the name, and everything that reads a bundle (predict, embed,
 * training, server, page) comes here: nobody writes it twice. Each channel is treated by itself; computed in double precision.
 */
const entries = {
  none: {
    description: 'pixels as they are; missing ones become 0',
    missing: 'before',
    apply: () => undefined,
  },
  'min-max': {
    description:
      '(x - min) / (max - min) of each channel, over the pixels that have a value; missing ones become 0, as does a constant channel',
    missing: 'after',
    apply(plane) {
      let least = Infinity;
      let most = -Infinity;
      for (const value of plane) {
        if (value < least) least = value;
        if (value > most) most = value;
      }
      const range = most - least;
      for (let i = 0; i < plane.length; i++) plane[i] = range > 0 ? (plane[i] - least) / range : 0;
    },
  },
  standard: {
    description:
      '(x - mean) / standard deviation of each channel, over the pixels that have a value; missing ones become 0, as does a constant channel',
    missing: 'after',
    apply(plane) {
      let count = 0;
      let sum = 0;
      for (const value of plane) {
        if (Number.isNaN(value)) continue;
        count++;
        sum += value;
      }
      const mean = sum / count;
      let squares = 0;
      for (const value of plane) if (!Number.isNaN(value)) squares += (value - mean) ** 2;
      const variance = squares / count;
      const deviation = Math.sqrt(variance);
      for (let i = 0; i < plane.length; i++) plane[i] = deviation > 0 ? (plane[i] - mean) / deviation : 0;
    },
  },
  l2: {
    description: 'each channel divided by its L2 norm (a norm of 0 counts as 1); missing pixels become 0',
    missing: 'before',
    apply: (plane) => divideByNorm(plane, 0, plane.length),
  },
  'l2-rows': {
    description:
      'each image row of each channel divided by its L2 norm (a norm of 0 counts as 1); missing pixels become 0. What ZTF does for braai',
    missing: 'before',
    apply(plane, width) {
      for (let at = 0; at < plane.length; at += width) divideByNorm(plane, at, at + width);
    },
  },
  'divide-255': {
    description: 'x / 255, for pictures of 8 bits; missing pixels become 0',
    missing: 'before',
    apply(plane) {
      for (let i = 0; i < plane.length; i++) plane[i] /= 255;
    },
  },
} as const satisfies Record<string, StampPreprocessEntry>;

export type StampPreprocessName = keyof typeof entries;

export const stampPreprocessNames = Object.keys(entries) as StampPreprocessName[];

/** Names with their formulas. */
export const stampPreprocessings: Readonly<Record<StampPreprocessName, { readonly description: string }>> =
  entries;

/** As a bundle records it; `version` changes whenever the same name would give other numbers. */
export const stampPreprocess = z.object({
  version: z.literal(1),
  name: z.enum(stampPreprocessNames),
});

export type StampPreprocess = z.infer<typeof stampPreprocess>;

/**
 * Prepares one stamp [C, H, W]. NaN and infinite pixels count as missing.
 * @param stamp is used up
 * @param out where the network's values go, as many as `stamp` has
 * @returns false, and `out` all 0, where no pixel has a value
 */
export function preprocessStamp(
  { name }: StampPreprocess,
  stamp: Float64Array,
  shape: { readonly channels: number; readonly width: number },
  out: Float32Array,
): boolean {
  const { apply, missing }: StampPreprocessEntry = entries[name];
  const area = stamp.length / shape.channels;
  let present = 0;
  for (let at = 0; at < stamp.length; at += area) {
    const plane = stamp.subarray(at, at + area);
    for (let i = 0; i < area; i++) {
      if (Number.isFinite(plane[i])) present++;
      else plane[i] = missing === 'before' ? 0 : NaN;
    }
    apply(plane, shape.width);
    for (let i = 0; i < area; i++) out[at + i] = Number.isNaN(plane[i]) ? 0 : plane[i];
  }
  return present > 0;
}

/** Divides `values` from one place to another by their L2 norm. Plain loops: this is most of what a stamp costs beside its network. */
function divideByNorm(values: Float64Array, from: number, to: number): void {
  let sum = 0;
  for (let i = from; i < to; i++) sum += values[i] * values[i];
  const norm = Math.sqrt(sum);
  if (norm === 0) return;
  for (let i = from; i < to; i++) values[i] /= norm;
}
