import { join } from 'node:path';
import { maskOverlap } from '@blemish/evaluate';
import type { MaskOverlap } from '@blemish/evaluate';
import { openFitsFile } from '@blemish/fits/node';
import { simulatedClasses } from '@blemish/sky';
import { createAnalyser } from '../analyser/index.ts';
import { artifactClass, overlapTolerance } from '../taxonomy.ts';
import { serve, workerSettings } from '@blemish/engine/workers';
import type { ManifestRow } from './manifest.ts';
import { readCcd } from './read-ccd.ts';

export interface EvaluationSettings {
  readonly folder: string;
  readonly bundlePath: string;
}

/** What a model said of one CCD, and how its masks overlap the truth; plain data. */
export interface EvaluatedCcd {
  readonly probability: number | null;
  readonly reason: string | null;
  /** Every class that the model tells apart has a probability: simulated exposures come with their masks. */
  readonly classes: Readonly<Record<string, number>>;
  readonly flaggedClasses: readonly string[];
  /** Classes found and masked by the default decision. */
  readonly overlaps: readonly { readonly className: string; readonly overlap: MaskOverlap }[];
}

const { folder, bundlePath } = workerSettings<EvaluationSettings>();
const analyser = await createAnalyser({ bundlePath, thresholds: {} });
const local = simulatedClasses.map(artifactClass).filter((klass) => overlapTolerance(klass) !== null);

serve<ManifestRow, EvaluatedCcd>(async (row) => {
  const { plane, mask, header } = await readCcd(folder, row);
  const { width, height } = plane;
  const analysis = await analyser.analyse({ plane, mask, header });
  const truths = await openFitsFile(join(folder, row.truth));
  try {
    const truth = await truths.readStored(truths.hdu(row.hdu));
    return {
      probability: analysis.probability,
      reason: analysis.reason,
      classes: Object.fromEntries(Object.entries(analysis.classes).map(([name, p]) => [name, p ?? 0])),
      flaggedClasses: analysis.findings.filter(({ flagged }) => flagged).map(({ className }) => className),
      overlaps: overlapsOf(
        truth.data as Int32Array,
        analysis.mask ?? new Int32Array(width * height),
        width,
        height,
      ),
    };
  } finally {
    await truths.close();
  }
});

/** Overlap of truth (bit i: simulated class i) and mask (taxonomy bits), for local classes that either holds. */
function overlapsOf(
  truth: Int32Array,
  mask: Int32Array,
  width: number,
  height: number,
): EvaluatedCcd['overlaps'] {
  let inTruth = 0;
  let inMask = 0;
  for (let i = 0; i < truth.length; i++) {
    inTruth |= truth[i];
    inMask |= mask[i];
  }
  return local.flatMap((klass) => {
    const bit = simulatedClasses.indexOf(klass.name);
    if (((inTruth >>> bit) & 1) === 0 && ((inMask >>> klass.maskBit) & 1) === 0) return [];
    const planes = [truth, mask].map((from, side) => {
      const shift = side === 0 ? bit : klass.maskBit;
      const out = new Uint8Array(from.length);
      for (let i = 0; i < out.length; i++) out[i] = (from[i] >>> shift) & 1;
      return out;
    });
    const [overlap] = maskOverlap(planes[0], planes[1], {
      width,
      height,
      bits: [0],
      tolerance: [overlapTolerance(klass)!],
    });
    return [{ className: klass.name, overlap: overlap }];
  });
}
