import type { ScanSummary } from './summary.ts';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SurveyError, errorTable, toFailure, writeError } from '../errors.ts';
import type { Failure, SurveyErrorCode } from '../errors.ts';
import type { ModelInfo } from '../analyser/types.ts';
import { companionStamps, findCompanions } from '../inputs/companions.ts';
import { expandInputs } from '../inputs/expand.ts';
import type { ExpandedInputs, InputFile } from '../inputs/expand.ts';
import { version } from '../version.ts';
import { WorkerPool } from '@blemish/engine/workers';
import { finishScan } from './finish.ts';
import { Journal, workFolder } from './journal.ts';
import type { JournalHeader } from './journal.ts';
import { checkThreads, checkThresholds } from './options.ts';
import type { ScanOptions } from './options.ts';
import { Permits } from './permits.ts';
import { hashInputs, inShard, writePlan } from './plan.ts';
import { removePreview } from './previews.ts';
import { ProgressCounter } from './progress.ts';
import type { FailureReply, ModelReply, ScanReply, ScanTask, ScanWorkerSettings } from './protocol.ts';
import type { FileRecord } from './records.ts';
import { scanFile } from './scan-file.ts';
import { exists, makeFolders, removeEarlierScan, removePartials } from './scan-folder.ts';
import { TopPictures } from './top-pictures.ts';

/**
 * Scans FITS files into a folder: flags, masks, regions, tables, report (docs/guide). Bad input is a failure in the summary and the rest
 * goes on; the tables follow the order of the inputs whatever the threads did.
 * @throws SurveyError OPTION_INVALID, MODEL_NOT_FOUND, MODEL_INVALID, RESUME_MISMATCH, RESUME_DAMAGED, DISK_FULL, OUTPUT_UNWRITABLE
 */
export async function scan(options: ScanOptions): Promise<ScanSummary> {
  const started = new Date();
  const clock = performance.now();
  const thresholds = checkThresholds(options.thresholds ?? {});
  const threads = checkThreads(options.threads);
  const inputs = await expandInputs(options.paths);
  const files = inputs.files.filter((_, i) => inShard(i, options.shard));
  const noInput = emptyInput(options.paths, inputs);
  // A path that leads nowhere belongs to no part: the first one names it, or each where there is nothing else.
  const namesFailures = (options.shard?.index ?? 1) === 1 || inputs.files.length === 0;
  const inputFailures = namesFailures ? inputs.failures : [];
  const failed = noInput ? [...inputFailures, noInput] : inputFailures;
  failed.forEach((failure) => options.onFailure?.(failure));
  // A part that gets no file, for there are fewer than parts, is a part all the same.
  if (inputs.files.length === 0) {
    const seconds = (performance.now() - clock) / 1000;
    return {
      processed: 0,
      skipped: 0,
      exposures: 0,
      duplicates: 0,
      images: 0,
      failed,
      flagged: 0,
      unjudged: 0,
      seconds,
      out: options.out,
      interrupted: false,
    };
  }

  const settings: ScanWorkerSettings = {
    analyserModule: (options.analyserModule ?? new URL('../analyser/index.ts', import.meta.url)).href,
    bundlePath: options.model ?? null,
    thresholds,
    version,
  };
  const pool = new WorkerPool<ScanTask, ScanReply>(
    new URL('./worker.ts', import.meta.url),
    threads,
    settings,
  );
  try {
    const model = await askModel(pool);
    const header: JournalHeader = {
      format: 2,
      version,
      modelSha256: model.sha256,
      modelName: model.name,
      thresholds,
    };
    const journal = await openJournal(options, header);
    try {
      await writePlan(options.out, {
        header,
        model,
        paths: options.paths,
        formats: options.formats ?? [],
        shard: options.shard ?? null,
        inputs: { files: inputs.files.length, sha256: hashInputs(inputs.files) },
        failures: inputFailures,
        files,
      });
      const interrupted = await scanFiles(files, journal, pool, threads, options);
      return await finishScan({
        options,
        files,
        inputFailures,
        journal,
        model,
        started,
        secondsBefore: 0,
        clock,
        status: interrupted ? 'interrupted' : 'complete',
      });
    } finally {
      await journal.close();
    }
  } finally {
    await pool.close();
  }
}

/** Nothing at all was named: which paths, and what was passed over there. */
function emptyInput(paths: readonly string[], inputs: ExpandedInputs): Failure | null {
  if (inputs.files.length > 0 || inputs.failures.length > 0) return null;
  const passed = inputs.companions === 0 ? '' : `, only ${inputs.companions} mask, weight or truth files`;
  const path = paths.join(' ');
  const error = new SurveyError('NO_INPUT', `no FITS image to scan${passed}`, { path });
  return toFailure(error, path, null, 'NO_INPUT');
}

async function askModel(pool: WorkerPool<ScanTask, ScanReply>): Promise<ModelInfo> {
  let reply: ModelReply | FailureReply;
  try {
    reply = (await pool.run({ kind: 'model' })) as ModelReply | FailureReply;
  } catch (cause) {
    throw new SurveyError('MODEL_INVALID', 'the model could not be loaded', { cause });
  }
  if (reply.kind === 'model') return reply.info;
  const { code, error } = reply.failure;
  // The worker's message is complete already; the class is made again here with its code.
  const known = code in errorTable ? (code as SurveyErrorCode) : 'MODEL_INVALID';
  throw Object.assign(new SurveyError(known, ''), { message: error });
}

/** The folders, and the journal: the earlier one where `resume` finds it, else a new one after what an earlier scan wrote is gone. */
async function openJournal(options: ScanOptions, header: JournalHeader): Promise<Journal> {
  const { out } = options;
  const earlier = options.resume ? await Journal.resume(out, header) : null;
  try {
    if (earlier) await removePartials(out);
    else await removeEarlierScan(out);
    await makeFolders(out);
  } catch (error) {
    await earlier?.close();
    throw writeError(error, out);
  }
  return earlier ?? Journal.create(out, header);
}

/** @returns true when stopped by the signal before every file was done */
async function scanFiles(
  files: readonly InputFile[],
  journal: Journal,
  pool: WorkerPool<ScanTask, ScanReply>,
  threads: number,
  options: ScanOptions,
): Promise<boolean> {
  const progress = new ProgressCounter(files.length);
  const report = (): void => options.onProgress?.(progress.get());
  const broken: Error[] = [];
  const stopped = (): boolean => broken.length > 0 || (options.signal?.aborted ?? false);
  // Each CCD in memory holds a permit: twice the threads keeps them busy while masks are written.
  const permits = new Permits(2 * threads);
  const slots = new Permits(threads + 1);
  const running = new Set<Promise<void>>();
  let incomplete = false;
  const top = new TopPictures();
  const one = async (file: InputFile, place: number): Promise<void> => {
    try {
      const record = await scanFile(file, {
        pool,
        permits,
        out: options.out,
        stopped,
        onOpened: (images) => progress.opened(images),
        onImage: (image) => {
          progress.image(image.flagged);
          report();
        },
        onFailure: (failure) => {
          progress.failed();
          options.onFailure?.(failure);
        },
      });
      if (record === null) incomplete = true;
      else {
        await journal.add(record);
        for (const { outputName, hdu } of top.offer(record, place)) {
          await removePreview(join(options.out, workFolder), outputName, hdu);
        }
        progress.file();
        report();
      }
    } catch (error) {
      broken.push(error instanceof Error ? error : new Error('a file could not be done', { cause: error }));
    } finally {
      slots.release();
    }
  };
  for (const [place, file] of files.entries()) {
    const done = await finishedBefore(journal, file, options.out);
    if (done) {
      top.offer(done, place);
      progress.before(done.images.length, done.images.filter((image) => image.flagged).length);
      continue;
    }
    await slots.acquire();
    if (stopped()) {
      slots.release();
      incomplete = true;
      break;
    }
    const work = one(file, place).finally(() => running.delete(work));
    running.add(work);
  }
  await Promise.all(running);
  if (broken.length > 0) throw broken[0];
  return incomplete;
}

/** The record of a file that needs no second reading: the same HDUs done without a failure, unchanged since, as are its companions, and what was written still there. */
async function finishedBefore(journal: Journal, file: InputFile, out: string): Promise<FileRecord | null> {
  const record = await journal.read(file.path);
  if (record === null || record.failures.length > 0 || record.outputName !== file.outputName) return null;
  try {
    const { size, mtimeMs } = await stat(file.path);
    if (size !== record.size || mtimeMs !== record.mtimeMs) return null;
  } catch {
    return null;
  }
  if (JSON.stringify(record.selectors) !== JSON.stringify(file.selectors)) return null;
  const stamps = await companionStamps(await findCompanions(file.path));
  if (JSON.stringify(record.companionStamps) !== JSON.stringify(stamps)) return null;
  for (const path of [record.maskPath, record.regionPath]) {
    if (path !== null && !(await exists(join(out, path)))) return null;
  }
  return record;
}
