import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelInfo } from '../analyser/types.ts';
import type { Failure } from '../errors.ts';
import type { InputFile } from '../inputs/expand.ts';
import { writeWhole } from '../outputs/partial-file.ts';
import type { TableFormat } from '../tables/table-set.ts';
import { workFolder } from './journal.ts';
import type { JournalHeader } from './journal.ts';
import type { ScanOptions } from './options.ts';

/** What a scan set out to do. It lies beside the journal, so that the parts of a scan can be told to belong together and be joined. */
export interface ScanPlan {
  readonly header: JournalHeader;
  readonly model: ModelInfo;
  /** As on the command line. */
  readonly paths: readonly string[];
  readonly formats: readonly TableFormat[];
  readonly shard: NonNullable<ScanOptions['shard']> | null;
  /** All inputs, those of other parts too: how many, and what tells them from others. */
  readonly inputs: { readonly files: number; readonly sha256: string };
  /** Paths that led nowhere. */
  readonly failures: readonly Failure[];
  /** The files of this part, in order. */
  readonly files: readonly InputFile[];
}

const fileName = 'plan.json';

/** Files number I − 1, I − 1 + N, … of all inputs are of part I of N. */
export function inShard(i: number, shard: ScanOptions['shard']): boolean {
  return shard === undefined || i % shard.count === shard.index - 1;
}

/** Place among all inputs of the file number `at` of a part. */
export function placeInInputs(at: number, { index, count }: NonNullable<ScanOptions['shard']>): number {
  return at * count + index - 1;
}

/** Hash of paths and HDUs asked for, in order. */
export function hashInputs(files: readonly InputFile[]): string {
  const hash = createHash('sha256');
  for (const { path, selectors } of files) hash.update(`${JSON.stringify([path, selectors])}\n`);
  return hash.digest('hex');
}

export async function writePlan(out: string, plan: ScanPlan): Promise<void> {
  await writeWhole(join(out, workFolder, fileName), JSON.stringify(plan));
}

/** Null where no scan of this version lies in `out`. */
export async function readPlan(out: string): Promise<ScanPlan | null> {
  try {
    return JSON.parse(await readFile(join(out, workFolder, fileName), 'utf8')) as ScanPlan;
  } catch {
    return null;
  }
}
