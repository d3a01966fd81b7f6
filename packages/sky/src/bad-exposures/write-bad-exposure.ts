import { join } from 'node:path';
import { appendLines } from '../append-lines.ts';
import { writeExposure } from '../write-exposure.ts';
import type { WrittenCcd } from '../write-exposure.ts';
import type { BadExposurePlan } from './plan-bad-exposure.ts';

/** One CCD of a written exposure: a row of the manifest. */
export interface WrittenBadCcd extends WrittenCcd {
  /** What is wrong with the exposure, joined by semicolons, whether or not anybody looked. */
  readonly reasons: string;
  readonly labelled: boolean;
}

/** The tables of a folder of bad exposures; all begin with the file's name. */
export const badExposureTables = ['manifest.csv'] as const;

const columns = [
  ...['path', 'hdu', 'mask', 'exposure', 'ccd', 'band', 'mjd', 'seed', 'group', 'reasons', 'truth'],
] as const;

/**
 * Makes and writes one exposure as `writeExposure` does, without a truth of pixels: what is wrong is wrong with the exposure as a whole.
 * @param labelled whether its reasons are told: else they stand in the column `truth` alone
 * @throws FitsError DISK_FULL, WRITE_FAILED; nothing half-written is left.
 */
export async function writeBadExposure(
  { plan, reasons }: BadExposurePlan,
  directory: string,
  labelled: boolean,
): Promise<readonly WrittenBadCcd[]> {
  const rows = await writeExposure(plan, directory, { tables: false });
  return rows.map((row) => ({ ...row, reasons: reasons.join(';'), labelled }));
}

/** Adds rows to `manifest.csv`, which gets its first line if it is new. */
export async function appendBadExposures(directory: string, rows: readonly WrittenBadCcd[]): Promise<void> {
  const lines = rows.map((row) =>
    [
      ...[row.path, row.hdu, row.maskPath, row.exposure, row.ccd, row.band, row.mjd.toFixed(8), row.seed],
      ...[row.group, row.labelled ? row.reasons : '', row.reasons],
    ].join(','),
  );
  await appendLines(join(directory, badExposureTables[0]), columns.join(','), lines);
}
