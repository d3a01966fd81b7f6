import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { intersectionOverUnion, maskOverlap } from '@blemish/evaluate';
import { openFitsFile } from '@blemish/fits/node';
import { simulatedClasses } from '@blemish/sky';
import { artifactClass, blemishCcd, overlapTolerance } from '../taxonomy.ts';
import type { FileRecord, ImageRecord } from './records.ts';

/** How right a scan of simulated exposures was. Artifacts below the signal-to-noise asked for count neither way. */
export interface TruthComparison {
  readonly minimumSnr: number;
  /** CCDs with an artifact at or above it, and how many of them were flagged. */
  readonly bad: number;
  readonly found: number;
  /** CCDs without any, and how many of them were flagged all the same. */
  readonly good: number;
  readonly falseAlarms: number;
  /** CCDs whose artifacts are all fainter. */
  readonly faint: number;
  /** By class: CCDs that have it, and those on which it was found under its own name. */
  readonly classes: readonly { readonly name: string; readonly present: number; readonly found: number }[];
  /** Mean intersection over union of the masks over (CCD, class), classes that cover CCDs left out; null where there is none. */
  readonly meanIou: number | null;
  readonly masksCompared: number;
}

interface TruthRow {
  readonly className: string;
  readonly snr: number;
}

/**
 * Compares the records of a scan with the truth that `simulate exposures` wrote beside the images.
 * @param night folder of the simulated exposures
 * @param out folder of the scan
 * @param classes those the model knows; others count neither way
 */
export async function compareTruth(
  night: string,
  out: string,
  classes: readonly string[],
  records: AsyncIterable<FileRecord>,
  minimumSnr = 5,
): Promise<TruthComparison> {
  const truth = await readTruth(night);
  const known = new Set(classes);
  const count = { bad: 0, found: 0, good: 0, falseAlarms: 0, faint: 0 };
  const perClass = new Map<string, { present: number; found: number }>();
  const overlaps: number[] = [];
  for await (const record of records) {
    const wanted: { readonly image: ImageRecord; readonly names: string[] }[] = [];
    for (const image of record.images) {
      const all = truth.get(`${basename(record.path)}:${image.hdu}`) ?? [];
      const rows = all.filter(({ className }) => known.has(className));
      const strong = rows.filter(({ snr }) => snr >= minimumSnr);
      if (strong.length > 0) {
        count.bad++;
        if (image.flagged) count.found++;
      } else if (all.length > 0) count.faint++;
      else {
        count.good++;
        if (image.flagged) count.falseAlarms++;
      }
      const names = [...new Set(strong.map(({ className }) => className))];
      for (const name of names) {
        const entry = perClass.get(name) ?? { present: 0, found: 0 };
        perClass.set(name, entry);
        entry.present++;
        if (image.findings.some((finding) => finding.flagged && finding.className === name)) entry.found++;
      }
      const local = names.filter((name) => overlapTolerance(artifactClass(name)) !== null);
      if (local.length > 0) wanted.push({ image, names: local });
    }
    if (record.maskPath !== null && wanted.length > 0) {
      overlaps.push(...(await maskOverlaps(night, join(out, record.maskPath), record.path, wanted)));
    }
  }
  return {
    minimumSnr,
    ...count,
    classes: blemishCcd.flatMap(({ name }) => {
      const entry = perClass.get(name);
      return entry ? [{ name, ...entry }] : [];
    }),
    meanIou: overlaps.length === 0 ? null : overlaps.reduce((sum, value) => sum + value, 0) / overlaps.length,
    masksCompared: overlaps.length,
  };
}

/** Rows of `truth/artifacts.csv` by `<file>:<hdu>`. */
async function readTruth(night: string): Promise<ReadonlyMap<string, TruthRow[]>> {
  const rows = parse<Record<string, string>>(await readFile(join(night, 'truth', 'artifacts.csv')), {
    columns: true,
  });
  const truth = new Map<string, TruthRow[]>();
  for (const row of rows) {
    const key = `${row['path']}:${row['hdu']}`;
    const entry = { className: row['class'], snr: Number(row['snr']) };
    const known = truth.get(key);
    if (known) known.push(entry);
    else truth.set(key, [entry]);
  }
  return truth;
}

async function maskOverlaps(
  night: string,
  maskPath: string,
  imagePath: string,
  wanted: readonly { readonly image: ImageRecord; readonly names: readonly string[] }[],
): Promise<number[]> {
  const truthName = basename(imagePath).replace(/\.fits(\.fz)?$/, '_truth.fits.fz');
  const truthFile = await openFitsFile(join(night, 'truth', truthName));
  const maskFile = await openFitsFile(maskPath);
  try {
    const out: number[] = [];
    for (const { image, names } of wanted) {
      const truth = await truthFile.readStored(truthFile.hdu(image.ccd));
      const mask = await maskFile.readStored(maskFile.hdu(image.ccd));
      const [height, width] = truth.shape;
      const records = names.map(artifactClass);
      const overlaps = maskOverlap(taxonomyBits(truth.data as Int32Array), mask.data as Int32Array, {
        width,
        height,
        bits: records.map(({ maskBit }) => maskBit),
        tolerance: records.map((klass) => overlapTolerance(klass) ?? 0),
      });
      for (const overlap of overlaps) out.push(intersectionOverUnion(overlap).value ?? 0);
    }
    return out;
  } finally {
    await truthFile.close();
    await maskFile.close();
  }
}

/** Truth files number classes as the simulator does; masks as the taxonomy does. */
function taxonomyBits(truth: Int32Array): Int32Array {
  const to = simulatedClasses.map((name) => 1 << artifactClass(name).maskBit);
  const out = new Int32Array(truth.length);
  for (let i = 0; i < truth.length; i++) {
    let left = truth[i];
    while (left !== 0) {
      const bit = 31 - Math.clz32(left);
      out[i] |= to[bit];
      left &= ~(1 << bit);
    }
  }
  return out;
}
