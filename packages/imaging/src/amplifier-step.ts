// The step where two amplifiers meet, against the steps found anywhere else on the CCD.
import type { ColumnSums } from './column-sums.ts';
import { medianInPlace } from './median.ts';

/** Columns on each side whose means are compared. */
const reach = 40;
/** The same step is looked for this many columns apart, where no amplifiers meet. */
const spacing = 2 * reach;

export interface AmplifierStep {
  /** Right amplifier less left one at x = width / 2, in sky rms; the median over blocks of rows. */
  readonly step: number;
  /** `step` over the scatter of such steps elsewhere on the CCD, where no amplifiers meet. */
  readonly significance: number;
}

/**
 * The jump between a CCD's two amplifiers (halves in x). Null where the image is too narrow to say what steps are usual (below 560 px), or
 * no block has usable pixels on both sides.
 */
export function amplifierStep(columns: ColumnSums): AmplifierStep | null {
  const middle = columns.width >> 1;
  const places = Math.floor((middle - reach) / spacing);
  if (places < 3) return null;
  const step = stepAt(columns, middle);
  if (step === null) return null;
  const others: number[] = [];
  for (let k = -places; k <= places; k++) {
    const other = k === 0 ? null : stepAt(columns, middle + k * spacing);
    if (other !== null) others.push(Math.abs(other));
  }
  const scatter = 1.4826 * medianInPlace(Float64Array.from(others));
  return { step, significance: scatter > 0 ? step / scatter : 0 };
}

/** Median over the blocks of the mean right of column x less that left of it. */
function stepAt({ width, blocks, sums, counts }: ColumnSums, x: number): number | null {
  const steps: number[] = [];
  for (let block = 0; block < blocks; block++) {
    const at = block * (width + 1) + x;
    const left = counts[at] - counts[at - reach];
    const right = counts[at + reach] - counts[at];
    if (left < reach || right < reach) continue;
    steps.push((sums[at + reach] - sums[at]) / right - (sums[at] - sums[at - reach]) / left);
  }
  return steps.length === 0 ? null : medianInPlace(Float64Array.from(steps));
}
