import { takeArray } from '@blemish/imaging';
import type { ArtifactClass } from '../taxonomy.ts';
import type { CellMap, Grow, GrowFrame } from './frame.ts';
import { growColumn } from './grow-column.ts';
import { growLine } from './grow-line.ts';
import { growMasked } from './grow-masked.ts';
import { growPixels } from './grow-pixels.ts';
import { growRegion } from './grow-region.ts';
import { growSignal } from './grow-signal.ts';
import { growStreak } from './grow-streak.ts';

/** Classes whose masks follow from something else than their extent: structures smaller than the cells they light up, a mask itself. */
const byClass: Readonly<Record<string, Grow>> = {
  'Bleed trail': growStreak,
  'Cross-talk': growStreak,
  'Edge-bleed': growSignal,
  'Excessive mask': growMasked,
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
  const grow = byClass[klass.name] ?? byExtent[klass.extent];
  grow(frame, cells, threshold, out);
  return out;
}
