import { join } from 'node:path';
import { openFitsFile } from '@blemish/fits/node';
import type { FitsFile } from '@blemish/fits';
import { stream } from '@blemish/sky';
import type { Rng } from '@blemish/sky';
import { readManifest, readTruth } from '../evaluation/manifest.ts';
import type { ManifestRow, TruthRow } from '../evaluation/manifest.ts';
import { planeKeyword } from '../outputs/mask-hdu.ts';
import { noArtifact } from './label.ts';
import type { Label } from './label.ts';
import { defaultLabelNoise, drawPointLabels } from './point-labels.ts';
import type { LabelNoise, VisibleArtifact } from './point-labels.ts';
import type { Point } from './shapes.ts';

export interface LabelSimulatedOptions {
  readonly noise?: LabelNoise | undefined;
  /** Of the annotator; the exposures' own seeds come in, too, so that labels do not depend on which others there are. Default 1. */
  readonly seed?: number | undefined;
}

/**
 * The labels that a person with the Exposure Checker would give to exposures that `simulate exposures` wrote: one pixel for each artifact seen,
 * `No artifact` for CCDs without a report. See `drawPointLabels` for what goes wrong.
 * @throws SurveyError DATASET_INVALID; FitsError
 */
export async function labelSimulated(
  folder: string,
  { noise = defaultLabelNoise, seed = 1 }: LabelSimulatedOptions = {},
): Promise<Label[]> {
  const rows = await readManifest(folder);
  const truth = new Map<string, TruthRow[]>();
  for (const row of await readTruth(folder)) {
    const key = `${row.path} ${row.hdu}`;
    truth.set(key, [...(truth.get(key) ?? []), row]);
  }
  const labels: Label[] = [];
  for (const path of new Set(rows.map((row) => row.truth))) {
    const file = await openFitsFile(join(folder, path));
    try {
      for (const row of rows.filter((each) => each.truth === path)) {
        const rng = stream(seed, 'point labels', row.seed, row.ccd);
        labels.push(...(await labelCcd(file, row, truth.get(`${row.path} ${row.hdu}`) ?? [], rng, noise)));
      }
    } finally {
      await file.close();
    }
  }
  return labels.map((label, i) => ({ ...label, origin: { file: folder, row: i + 1 } }));
}

async function labelCcd(
  file: FitsFile,
  { path, hdu: index, exposure, ccd }: ManifestRow,
  rows: readonly TruthRow[],
  rng: Rng,
  noise: LabelNoise,
): Promise<Label[]> {
  const hdu = file.hdus[index];
  const [height, width] = hdu.shape;
  const label = (className: string, shape: Label['shape']): Label => ({
    ...{ image: path, exposure, ccd, band: '', className, shape, wrongMask: false },
    ...{ annotator: '1', time: '', note: '', origin: { file: '', row: 0 } },
  });
  const pixels = rng.fork('pixels');
  let artifacts: VisibleArtifact[] = [];
  if (rows.length > 0) {
    const { data } = await file.readStored(hdu);
    const bits = rows.map(({ class: name }) => 1 << (hdu.header.number(planeKeyword(name)) ?? 31));
    const found = samplePixels(data as Int32Array, width, rows, bits, pixels);
    artifacts = rows.map(({ class: className, snr }, i) => ({ className, snr, pixel: found[i] }));
  }
  const reports = drawPointLabels(artifacts, width, height, rng.fork('reports'), noise);
  return reports.length === 0
    ? [label(noArtifact, { kind: 'image' })]
    : reports.map(({ className, pixel: [x, y] }) => label(className, { kind: 'point', x, y }));
}

/**
 * One random pixel of each artifact, null for those that cover the CCD: of two of one class each pixel is that one's whose centre is nearer.
 * An artifact too faint for a pixel of truth has its centre.
 */
function samplePixels(
  truth: Int32Array,
  width: number,
  rows: readonly TruthRow[],
  bits: readonly number[],
  rng: Rng,
): (Point | null)[] {
  const local = rows.flatMap((row, i) => (row.whole_ccd === 1 ? [] : [i]));
  const wanted = local.reduce((all, i) => all | bits[i], 0);
  const seen = rows.map(() => 0);
  const chosen: (Point | null)[] = rows.map(({ whole_ccd, x, y }) => (whole_ccd === 1 ? null : [x, y]));
  for (let at = 0; at < truth.length; at++) {
    let left = truth[at] & wanted;
    while (left !== 0) {
      const bit = left & -left;
      left ^= bit;
      const x = at % width;
      const y = (at - x) / width;
      let best = -1;
      let nearest = Infinity;
      for (const i of local) {
        if (bits[i] !== bit) continue;
        const distance = (rows[i].x - x) ** 2 + (rows[i].y - y) ** 2;
        if (distance < nearest) {
          nearest = distance;
          best = i;
        }
      }
      // Each of the n seen so far stays with probability 1 / n (reservoir of one).
      seen[best]++;
      if (rng.uniform() * seen[best] < 1) chosen[best] = [x, y];
    }
  }
  return chosen;
}
