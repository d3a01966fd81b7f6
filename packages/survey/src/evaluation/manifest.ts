import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import * as z from 'zod';
import { SurveyError } from '../errors.ts';

/** One CCD of a folder that `blemish simulate exposures` wrote; paths relative to the folder. */
export interface ManifestRow {
  readonly path: string;
  readonly hdu: number;
  readonly mask: string;
  readonly truth: string;
  readonly exposure: string;
  readonly ccd: string;
  readonly seed: number;
  /** CCDs of one group (an exposure) share artifacts and sky. */
  readonly group: string;
}

/** An artifact that is on a CCD. */
export interface TruthRow {
  readonly path: string;
  readonly hdu: number;
  readonly class: string;
  readonly snr: number;
  /** Centre, 0-based pixels; NaN where the file does not say. */
  readonly x: number;
  readonly y: number;
  /** 1 where it covers the CCD as a whole. */
  readonly whole_ccd: number;
}

const manifestRow = z.object({
  path: z.string(),
  hdu: z.coerce.number().int(),
  mask: z.string(),
  truth: z.string(),
  exposure: z.string(),
  ccd: z.string(),
  seed: z.coerce.number().int(),
  group: z.string(),
});

const truthRow = z.object({
  path: z.string(),
  hdu: z.coerce.number().int(),
  class: z.string(),
  snr: z.coerce.number(),
  x: z.coerce.number().default(NaN),
  y: z.coerce.number().default(NaN),
  whole_ccd: z.coerce.number().default(0),
});

/** @throws SurveyError DATASET_INVALID naming the file and row. */
export async function readManifest(folder: string): Promise<ManifestRow[]> {
  const rows = await readRows(join(folder, 'manifest.csv'), manifestRow);
  return rows.sort((a, b) => a.path.localeCompare(b.path) || a.hdu - b.hdu);
}

/** @throws SurveyError DATASET_INVALID naming the file and row. */
export function readTruth(folder: string): Promise<TruthRow[]> {
  return readRows(join(folder, 'truth', 'artifacts.csv'), truthRow);
}

async function readRows<Row>(path: string, schema: z.ZodType<Row>): Promise<Row[]> {
  let records: unknown[];
  try {
    records = parse(await readFile(path, 'utf8'), { columns: true, skip_empty_lines: true });
  } catch (cause) {
    throw new SurveyError('DATASET_INVALID', (cause as Error).message, { path, cause });
  }
  return records.map((record, i) => {
    const result = schema.safeParse(record);
    if (result.success) return result.data;
    const issue = result.error.issues[0];
    const where = `row ${i + 2}, column ${issue.path.join('.')}`;
    throw new SurveyError('DATASET_INVALID', `${where}: ${issue.message}`, { path, cause: result.error });
  });
}
