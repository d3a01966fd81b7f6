import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Header } from '@blemish/fits';
import type { OutputHdu } from '@blemish/fits';
import { FitsWriter } from '@blemish/fits/node';
import { appendLines } from './append-lines.ts';
import { simulatedClasses } from './artifacts/index.ts';
import { communityMask } from './community-mask.ts';
import { exposureFileName, primaryHeader } from './header.ts';
import { maskBits } from './mask-bits.ts';
import type { ExposurePlan } from './plan.ts';
import { recycleCcd, simulateCcd } from './simulate-ccd.ts';
import type { SimulatedCcd } from './simulate-ccd.ts';
import type { TruthArtifact } from './truth.ts';

/** One CCD of a written exposure: a row of the manifest. Paths are relative to the folder. */
export interface WrittenCcd {
  readonly path: string;
  /** Index of the HDU in all three files. */
  readonly hdu: number;
  readonly maskPath: string;
  /** Empty for an exposure that is bad as a whole. */
  readonly truthPath: string;
  /** EXPNUM. */
  readonly exposure: string;
  readonly ccd: string;
  readonly band: string;
  readonly mjd: number;
  readonly seed: number;
  /** Rows of one group never sit on both sides of a split: the exposure. */
  readonly group: string;
  /** Classes of the truth, joined by semicolons. */
  readonly classes: string;
  readonly truth: readonly TruthArtifact[];
}

export interface WriteOptions {
  /**
   * Whether rows are added to `manifest.csv` and `truth/artifacts.csv` (default). Safe from several threads; the order is
   * that of completion. False where the caller writes its own tables from the rows returned.
   */
  readonly tables?: boolean;
  /** Called after each CCD. */
  readonly onCcd?: (done: number, of: number) => void;
}

/**
 * Makes and writes one exposure, independent of all others (its own thread, if need be):
 * `c4d_…_ooi_<band>_v1.fits.fz` with a RICE-compressed float HDU per CCD, `c4d_…_ood_<band>_v1.fits.fz` with the pipeline's mask (int16, DESDM
 * bits or the Community Pipeline's codes), and `truth/c4d_…_ooi_<band>_v1_truth.fits.fz` (int32, bit i = class i, named by `MP_<CLASS>` cards). A file has its name only when it is whole.
 * @throws FitsError DISK_FULL, WRITE_FAILED; nothing half-written is left.
 */
export async function writeExposure(
  plan: ExposurePlan,
  directory: string,
  options: WriteOptions = {},
): Promise<readonly WrittenCcd[]> {
  const name = exposureFileName(plan);
  const paths = {
    path: `${name}.fits.fz`,
    maskPath: `${exposureFileName(plan, 'ood')}.fits.fz`,
    // What befell an exposure as a whole has no pixels of its own.
    truthPath: plan.conditions === null ? `truth/${name}_truth.fits.fz` : '',
  };
  await mkdir(join(directory, paths.truthPath === '' ? '.' : 'truth'), { recursive: true });
  const writers: FitsWriter[] = [];
  const rows: WrittenCcd[] = [];
  try {
    for (const path of [paths.path, paths.maskPath, paths.truthPath].filter((path) => path !== ''))
      writers.push(await FitsWriter.create(join(directory, path)));
    const [image, mask] = writers;
    const truth = writers.at(2) ?? null;
    await image.append(empty(primaryHeader(plan)));
    await mask.append(empty(primaryHeader(plan).set('PRODTYPE', 'dqmask', 'Data product type')));
    await truth?.append(empty(primaryHeader(plan).set('PRODTYPE', 'truth', 'simulated artifacts')));
    const count = plan.context.ccds.length;
    for (let i = 0; i < count; i++) {
      const ccd = simulateCcd(plan, i);
      await image.append(imageHdu(plan, ccd));
      await mask.append(maskHdu(plan, ccd));
      await truth?.append(truthHdu(ccd));
      rows.push({
        ...paths,
        hdu: i + 1,
        exposure: String(plan.expnum),
        ccd: ccd.name,
        band: plan.context.band,
        mjd: plan.mjd,
        seed: plan.seed,
        group: String(plan.expnum),
        classes: [...new Set(ccd.truth.map(({ className }) => className))].join(';'),
        truth: ccd.truth,
      });
      recycleCcd(ccd);
      options.onCcd?.(i + 1, count);
    }
    // The image last: where it stands, its companions do too.
    for (const writer of [...writers].reverse()) await writer.close();
  } catch (error) {
    for (const writer of writers) await writer.abort();
    throw error;
  }
  if (options.tables ?? true) await appendTables(directory, rows);
  return rows;
}

function empty(header: Header): OutputHdu {
  return { header, shape: [], data: null };
}

function imageHdu(plan: ExposurePlan, ccd: SimulatedCcd): OutputHdu {
  const seed = 1 + ((plan.expnum + ccd.ccdnum) % 10000);
  return {
    header: ccd.header,
    shape: [ccd.image.height, ccd.image.width],
    data: ccd.image.data,
    // As the Community Pipeline compresses: a quarter of the noise, subtractive dither.
    compression: { type: 'RICE_1', quantize: { level: 4, dither: 1, seed } },
  };
}

function maskHdu({ pipeline }: ExposurePlan, ccd: SimulatedCcd): OutputHdu {
  const header = positionCards(ccd.header);
  const { width, height } = ccd.image;
  const community = pipeline === 'community';
  if (!community) {
    for (const [name, value] of Object.entries(maskBits))
      header.set(`MP_${name}`, Math.log2(value), `value ${value}: ${name} (DESDM)`);
  }
  return {
    header,
    shape: [height, width],
    data: community ? communityMask(ccd.mask) : new Int16Array(ccd.mask.buffer),
    compression: { type: 'RICE_1' },
  };
}

function truthHdu(ccd: SimulatedCcd): OutputHdu {
  const header = positionCards(ccd.header);
  simulatedClasses.forEach((name, bit) => {
    header.set(`MP_${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`, bit, `bit ${bit}: ${name}`);
  });
  const { width, height } = ccd.image;
  return {
    header,
    shape: [height, width],
    data: new Int32Array(ccd.truthBits.buffer),
    compression: { type: 'RICE_1' },
  };
}

/** The cards that a companion shares with its image: name and WCS. */
function positionCards(header: Header): Header {
  const shared = /^(EXTNAME|CCDNUM|DETPOS|INHERIT|C(TYPE|UNIT|RVAL|RPIX)\d|CD\d_\d|RADESYS)$/;
  const out = new Header();
  for (const card of header.cards) if (shared.test(card.keyword)) out.append(card);
  return out;
}

const manifestColumns = ['path', 'hdu', 'mask', 'truth', 'exposure', 'ccd', 'band', 'seed', 'group'] as const;
const artifactColumns = [
  ...['path', 'hdu', 'exposure', 'ccd', 'class', 'snr', 'peak', 'area', 'x', 'y', 'whole_ccd'],
] as const;

/** Adds rows to `manifest.csv` and `truth/artifacts.csv`, which get their first line if they are new. */
export async function appendTables(directory: string, rows: readonly WrittenCcd[]): Promise<void> {
  const manifest = rows.map((row) =>
    [
      ...[row.path, row.hdu, row.maskPath, row.truthPath],
      ...[row.exposure, row.ccd, row.band, row.seed, row.group],
    ].join(','),
  );
  const artifacts = rows.flatMap((row) =>
    row.truth.map((event) =>
      [
        ...[row.path, row.hdu, row.exposure, row.ccd, event.className],
        ...[event.snr.toFixed(3), event.peak.toFixed(4), event.area],
        ...[event.x.toFixed(2), event.y.toFixed(2), event.wholeCcd ? 1 : 0],
      ].join(','),
    ),
  );
  await appendLines(join(directory, 'manifest.csv'), manifestColumns.join(','), manifest);
  await appendLines(join(directory, 'truth', 'artifacts.csv'), artifactColumns.join(','), artifacts);
}
