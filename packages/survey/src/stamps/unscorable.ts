import type { StampInput } from '../bundle-description.ts';
import type { StampPreprocessName } from '../preprocess/stamp-preprocess.ts';

/** Preprocessings that leave nothing of a channel that is constant: what a network answers is about the zeros it gets. */
const lost: ReadonlySet<StampPreprocessName> = new Set(['min-max', 'standard', 'l2', 'l2-rows']);

/**
 * Why a score of this stamp would be made up, or null: no pixel of it or of one of its channels has a value, or all pixels of a channel that have
 * one have the same, and the preprocessing takes that away.
 * @param stamp [C, H, W]
 * @param names of the channels, where they are known
 */
export function whyUnscorable(
  stamp: Float64Array,
  { channels, names }: Pick<StampInput, 'channels' | 'names'>,
  preprocess: StampPreprocessName,
): string | null {
  const area = stamp.length / channels;
  const kinds = Array.from({ length: channels }, (_, c) => kindOf(stamp.subarray(c * area, (c + 1) * area)));
  if (kinds.every((kind) => kind === 'empty')) return 'no pixel has a value';
  const where = (c: number) => (channels === 1 ? '' : ` of ${names?.[c] ?? `channel ${c}`}`);
  const empty = kinds.indexOf('empty');
  if (empty >= 0) return `no pixel${where(empty)} has a value`;
  const constant = kinds.indexOf('constant');
  if (constant >= 0 && area > 1 && lost.has(preprocess)) return `all pixels${where(constant)} have one value`;
  return null;
}

function kindOf(plane: Float64Array): 'empty' | 'constant' | 'varied' {
  let first = NaN;
  for (let i = 0; i < plane.length; i++) {
    const value = plane[i];
    if (!Number.isFinite(value)) continue;
    if (Number.isNaN(first)) first = value;
    else if (value !== first) return 'varied';
  }
  return Number.isNaN(first) ? 'empty' : 'constant';
}
