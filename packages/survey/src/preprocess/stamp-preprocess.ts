import { z } from 'zod';

/**
 * Turns the pixels `from` … `to` of a stamp, one channel in double precision and row-major, into the network's values at the same places of
 * `out`. Plain loops over the whole arrays: they are most of what a stamp costs beside its network, and a subarray costs as much as a row.
 */
type PlanePreprocess = (
  stamp: Float64Array,
  from: number,
  to: number,
  width: number,
  out: Float32Array,
) => void;

interface StampPreprocessEntry {
  /** Formula, for help and reference pages. */
  readonly description: string;
  readonly apply: PlanePreprocess;
  /** A missing pixel counts as 0, or is NaN in `apply`, which makes it 0. */
  readonly missing: 'zero' | 'nan';
}

/**
 * How a stamp becomes a network's input, by name. A bundle records the name, and everything that reads a bundle (predict, embed,
 * training, server, page) comes here: nobody writes it twice. Each channel is treated by itself; computed in double precision.
 */
const entries = {
  none: {
    description: 'pixels as they are; missing ones become 0',
    missing: 'zero',
    apply: (stamp, from, to, _, out) => scaleInto(stamp, 0, 1, from, to, out),
  },
  'min-max': {
    description:
      '(x - min) / (max - min) of each channel, over the pixels that have a value; missing ones become 0, as does a constant channel',
    missing: 'nan',
    apply(stamp, from, to, _, out) {
      let least = Infinity;
      let most = -Infinity;
      for (let i = from; i < to; i++) {
        const value = stamp[i];
        if (value < least) least = value;
        if (value > most) most = value;
      }
      scaleInto(stamp, least, most - least, from, to, out);
    },
  },
  standard: {
    description:
      '(x - mean) / standard deviation of each channel, over the pixels that have a value; missing ones become 0, as does a constant channel',
    missing: 'nan',
    apply(stamp, from, to, _, out) {
      let count = 0;
      let sum = 0;
      for (let i = from; i < to; i++) {
        const value = stamp[i];
        if (Number.isNaN(value)) continue;
        count++;
        sum += value;
      }
      const mean = sum / count;
      let squares = 0;
      for (let i = from; i < to; i++) {
        const off = stamp[i] - mean;
        if (!Number.isNaN(off)) squares += off * off;
      }
      scaleInto(stamp, mean, Math.sqrt(squares / count), from, to, out);
    },
  },
  l2: {
    description: 'each channel divided by its L2 norm (a norm of 0 counts as 1); missing pixels become 0',
    missing: 'zero',
    apply: (stamp, from, to, _, out) => divideByNorm(stamp, from, to, out),
  },
  'l2-rows': {
    description:
      'each image row of each channel divided by its L2 norm (a norm of 0 counts as 1); missing pixels become 0. What ZTF does for braai',
    missing: 'zero',
    apply(stamp, from, to, width, out) {
      for (let at = from; at < to; at += width) divideByNorm(stamp, at, at + width, out);
    },
  },
  'divide-255': {
    description: 'x / 255, for pictures of 8 bits; missing pixels become 0',
    missing: 'zero',
    apply: (stamp, from, to, _, out) => scaleInto(stamp, 0, 255, from, to, out),
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
  const present = allFinite(stamp) || markMissing(stamp, missing === 'zero' ? 0 : NaN);
  for (let at = 0; at < stamp.length; at += area) apply(stamp, at, at + area, shape.width, out);
  return present;
}

/** Has every pixel a value? Quicker than looking at each: NaN and infinities less themselves are NaN, and stay so in a sum. */
function allFinite(stamp: Float64Array): boolean {
  let sum = 0;
  for (let i = 0; i < stamp.length; i++) sum += stamp[i] - stamp[i];
  return sum === 0 && stamp.length > 0;
}

/** Gives missing pixels this value; false where there are only such. */
function markMissing(stamp: Float64Array, value: number): boolean {
  let present = false;
  for (let i = 0; i < stamp.length; i++) {
    if (Number.isFinite(stamp[i])) present = true;
    else stamp[i] = value;
  }
  return present;
}

/** (x − offset) / divisor from one place to another; 0 for NaN, and everywhere where the divisor is not above 0. */
function scaleInto(
  stamp: Float64Array,
  offset: number,
  divisor: number,
  from: number,
  to: number,
  out: Float32Array,
): void {
  if (!(divisor > 0)) {
    out.fill(0, from, to);
    return;
  }
  for (let i = from; i < to; i++) {
    const value = (stamp[i] - offset) / divisor;
    out[i] = Number.isNaN(value) ? 0 : value;
  }
}

/** Divides the values from one place to another, all numbers, by their L2 norm. */
function divideByNorm(stamp: Float64Array, from: number, to: number, out: Float32Array): void {
  let sum = 0;
  for (let i = from; i < to; i++) sum += stamp[i] * stamp[i];
  // A double's last bit is nothing to the float32 it becomes, so that one division does.
  const factor = sum === 0 ? 1 : 1 / Math.sqrt(sum);
  for (let i = from; i < to; i++) out[i] = stamp[i] * factor;
}
