import { communityMask, planBadExposure, primaryHeader, recycleCcd, simulateCcd, stream } from '@blemish/sky';
import type { BadExposureOptions } from '@blemish/sky';
import { identifyImage } from '../inputs/index.ts';
import { withInherited } from '../inputs/inherit.ts';
import { reasonCells, exposureSetLine } from './exposure-set.ts';
import { measureExposureCcd } from './measure-exposure-ccd.ts';
import { viewChannels } from './view-settings.ts';
import type { ViewSettings } from './view-settings.ts';

/** One simulated exposure for a set, without a file of it. */
export interface SimulateViewsOptions {
  readonly exposure: BadExposureOptions;
  readonly views: ViewSettings;
  /** Share of exposures that somebody looked at; the others have no reasons, but their truth. */
  readonly labelled: number;
  /** Index of its first CCD in the set. */
  readonly first: number;
}

/** Views of an exposure's CCDs one after the other, and their lines of `stamps.csv`. */
export interface SimulatedViews {
  /** [CCDs, size, size, 1 + crops] */
  readonly pixels: Uint8Array;
  readonly truth: null;
  readonly lines: readonly string[];
}

/** Makes an exposure and the views of its CCDs, as they would come of its files but for the files' quantised pixels. */
export function simulateViews({ exposure, views, labelled, first }: SimulateViewsOptions): SimulatedViews {
  const { plan, reasons } = planBadExposure(exposure);
  const primary = primaryHeader(plan);
  const count = plan.context.ccds.length;
  const size = views.size ** 2 * viewChannels(views);
  const pixels = new Uint8Array(count * size);
  const seen = isLabelled(exposure.seed, labelled);
  const lines = plan.context.ccds.map((_, i) => {
    const ccd = simulateCcd(plan, i);
    const header = withInherited(ccd.header, primary);
    const identity = identifyImage('', primary, ccd.header, i + 1);
    const measured = measureExposureCcd(ccd.image, maskOf(ccd.mask), header, identity, views);
    recycleCcd(ccd);
    pixels.set(measured.views, i * size);
    return exposureSetLine({
      ...measured.row,
      ...{ index: first + i, path: null, hdu: i + 1, truth: reasons.join(';') },
      ...(seen ? reasonCells(reasons) : {}),
    });
  });
  return { pixels, truth: null, lines };
}

/** Whether somebody looked at the exposure of this seed; the more are looked at, the same ones first. */
export function isLabelled(seed: number, share: number): boolean {
  return stream(seed, 'labelled').uniform() < share;
}

/** What a pipeline's data-quality mask leaves out. */
function maskOf(bits: Uint16Array): Uint8Array {
  const codes = communityMask(bits);
  const out = new Uint8Array(codes.length);
  for (let i = 0; i < out.length; i++) out[i] = codes[i] === 0 ? 0 : 1;
  return out;
}
