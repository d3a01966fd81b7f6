import { takeArray } from '@blemish/imaging';
import type { ArtifactClass } from '../taxonomy.ts';
import type { CellMap, Grow, GrowFrame } from './frame.ts';
import { growColumn } from './grow-column.ts';
import { growLine } from './grow-line.ts';
import { growPixels } from './grow-pixels.ts';
import { growRegion } from './grow-region.ts';
import { growSignal } from './grow-signal.ts';
import { growStreak } from './grow-streak.ts';

/** Structures smaller than the cells they light up, whatever their class's extent: grown from their own signal. */
const bySignal: Readonly<Record<string, Grow>> = {
  'Bleed trail': growStreak,
  'Cross-talk': growStreak,
  'Edge-bleed': growSignal,
  'Column mask': growSignal,
};

const everything: Grow = (_frame, _cells, _threshold, out) => void out.fill(1);

const byExtent: Readonly<Record<ArtifactClass['extent'], Grow>> = {
  ccd: everything,
  region: growRegion,
  line: growLine,
  column: growColumn,
  pixel: growPixels,
};

/**
 * The full-resolution mask of one class on one CCD.
 * @param threshold probability of a cell from which it counts as the class's, chosen on validation data.
 * @returns height×width, 1 = the class is here; a class that covers whole CCDs marks them whole. May be handed back by `recycleArray`.
 */
export function growMask(
  klass: ArtifactClass,
  frame: GrowFrame,
  cells: CellMap,
  threshold: number,
): Uint8Array {
  const { width, height } = frame.plane;
  const out = takeArray(Uint8Array, width * height).fill(0);
  const grow = bySignal[klass.name] ?? byExtent[klass.extent];
  grow(frame, cells, threshold, out);
  return out;
}
