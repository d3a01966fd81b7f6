import { join, relative, resolve } from 'node:path';
import { SurveyError, writeError } from '../errors.ts';
import type { TableFormat } from '../tables/table-set.ts';
import { finishScan } from './finish.ts';
import { Journal, workFolder } from './journal.ts';
import { placeFile, removePlaced } from './place-file.ts';
import type { MaskPlacing } from './place-file.ts';
import { previewPath } from './previews.ts';
import type { FileRecord } from './records.ts';
import { exists, makeFolders, removeEarlierScan } from './scan-folder.ts';
import { openShards } from './shards.ts';
import type { OpenShards } from './shards.ts';
import type { ScanSummary } from './summary.ts';
import { TopPictures } from './top-pictures.ts';

export interface MergeOptions {
  /** Output folders of `scan --shard`, in any order. */
  readonly shards: readonly string[];
  readonly out: string;
  /** Masks and regions: `link` (default; copied where the file system has no links), `move`, or `reference`: left where they are. */
  readonly masks?: MaskPlacing | undefined;
  /** Join what there is where parts are missing or not finished. */
  readonly partial?: boolean | undefined;
  /** Absent: those the parts were written with. */
  readonly formats?: readonly TableFormat[] | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, files: number) => void) | undefined;
  readonly command?: string | undefined;
}

export interface MergeSummary extends ScanSummary {
  /** Parts and files that were left out, a sentence each. */
  readonly missing: readonly string[];
}

/**
 * Joins the parts of a scan, or whole scans, into one folder: the same tables, masks and report as one run over all inputs would have given. Exposures are
 * rolled up and events numbered again from the parts' journals, so that an exposure may lie in several parts. What a killed merge left is
 * replaced by the next one; the parts are not changed before everything else is written.
 * @throws SurveyError SHARDS_MISMATCH, SHARDS_INCOMPLETE, OPTION_INVALID, RESUME_DAMAGED, DISK_FULL, OUTPUT_UNWRITABLE
 */
export async function mergeScans(options: MergeOptions): Promise<MergeSummary> {
  const started = new Date();
  const clock = performance.now();
  const { out, masks = 'link' } = options;
  if (options.shards.some((shard) => resolve(shard) === resolve(out))) {
    throw new SurveyError('OPTION_INVALID', '--out is one of the parts to join', { path: out });
  }
  const parts = await openShards(options.shards, options.partial ?? false);
  try {
    await checkOutputs(parts, options);
    try {
      await removeEarlierScan(out);
      await makeFolders(out);
    } catch (error) {
      throw writeError(error, out);
    }
    const { plan } = parts;
    const journal = await Journal.create(out, plan.header);
    try {
      const isWhole = await fill(journal, parts, options, masks);
      const files = parts.files.map(({ file }) => file);
      const summary = await finishScan({
        options: {
          paths: plan.shard === null ? options.shards : plan.paths,
          out,
          thresholds: plan.header.thresholds,
          formats: options.formats ?? plan.formats,
          command: options.command,
        },
        files,
        inputFailures: parts.failures,
        journal,
        model: plan.model,
        started,
        clock,
        secondsBefore: parts.seconds,
        status: !isWhole ? 'interrupted' : parts.missing.length > 0 ? 'partial' : 'complete',
        parts: parts.descriptions,
        notes: parts.missing,
      });
      // Last of all: until here the parts are whole.
      if (masks === 'move' && isWhole) await emptyParts(parts);
      return { ...summary, missing: parts.missing };
    } finally {
      await journal.close();
    }
  } finally {
    await parts.close();
  }
}

/** Before anything is removed or written: every mask and region of the parts is there. */
async function checkOutputs({ files }: OpenShards, { signal }: MergeOptions): Promise<void> {
  for (const { file, shard } of files) {
    if (signal?.aborted) return;
    const record = await shard.journal.read(file.path);
    for (const path of written(record)) {
      if (await exists(join(shard.folder, path))) continue;
      const what = `${path} is gone: moved by an earlier merge, or removed`;
      throw new SurveyError('SHARDS_INCOMPLETE', what, { path: shard.folder });
    }
  }
}

/** Journal, masks, regions and the pictures of the report. @returns false when stopped before the end */
async function fill(
  journal: Journal,
  { files }: OpenShards,
  { out, signal, onProgress }: MergeOptions,
  masks: MaskPlacing,
): Promise<boolean> {
  const top = new TopPictures();
  const folders = new Map<string, string>();
  let done = 0;
  for (const { file, shard } of files) {
    if (signal?.aborted) return false;
    const record = await shard.journal.read(file.path);
    if (record === null) continue;
    const place = async (path: string | null): Promise<string | null> => {
      if (path === null || masks === 'reference') return path && relative(out, join(shard.folder, path));
      await placeFile(join(shard.folder, path), join(out, path));
      return path;
    };
    const [maskPath, regionPath] = [await place(record.maskPath), await place(record.regionPath)];
    await journal.add({ ...record, maskPath, regionPath }, false);
    top.offer(record, done);
    folders.set(record.path, shard.folder);
    onProgress?.(++done, files.length);
  }
  await journal.sync();
  for (const { path, outputName, hdu } of top.pictures) {
    const from = previewPath(join(folders.get(path)!, workFolder), outputName, hdu);
    if (await exists(from)) await placeFile(from, previewPath(join(out, workFolder), outputName, hdu));
  }
  return true;
}

async function emptyParts({ files }: OpenShards): Promise<void> {
  for (const { file, shard } of files) {
    for (const path of written(await shard.journal.read(file.path)))
      await removePlaced(join(shard.folder, path));
  }
}

function written(record: FileRecord | null): string[] {
  return record === null ? [] : [record.maskPath, record.regionPath].filter((path) => path !== null);
}
