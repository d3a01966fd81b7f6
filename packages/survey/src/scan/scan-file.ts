import { join } from 'node:path';
import { toFailure } from '../errors.ts';
import type { Failure } from '../errors.ts';
import { companionStamps } from '../inputs/companions.ts';
import type { InputFile } from '../inputs/expand.ts';
import { PartialFile, writeWhole } from '../outputs/partial-file.ts';
import { regionFile } from '../outputs/regions.ts';
import type { WorkerPool } from '@blemish/engine/workers';
import { workFolder } from './journal.ts';
import type { Permits } from './permits.ts';
import { savePreview } from './previews.ts';
import type { FailureReply, ImagePlace, ImageReply, InspectReply, ScanReply, ScanTask } from './protocol.ts';
import type { FileRecord, ImageRecord } from './records.ts';

export interface FileContext {
  readonly pool: WorkerPool<ScanTask, ScanReply>;
  readonly permits: Permits;
  readonly out: string;
  /** True once the scan is to stop: no further image is begun. */
  stopped(): boolean;
  onOpened(images: number): void;
  onImage(record: ImageRecord): void;
  onFailure(failure: Failure): void;
}

/**
 * Scans one file: its images go to the threads in order, and their masks into `masks/` in the order of the HDUs as they come back.
 * @returns the file's record; null when the scan was stopped before the file was done (nothing of it is left behind then)
 * @throws SurveyError DISK_FULL, OUTPUT_UNWRITABLE; bad input is a failure in the record instead
 */
export async function scanFile(file: InputFile, context: FileContext): Promise<FileRecord | null> {
  const { path, outputName } = file;
  const inspected = await ask<InspectReply>(
    context,
    { kind: 'inspect', path, selectors: file.selectors },
    path,
    null,
  );
  if (inspected.kind === 'failure') {
    context.onOpened(0);
    context.onFailure(inspected.failure);
    return emptyRecord(file, [inspected.failure]);
  }
  context.onOpened(inspected.images.length);
  const stamps = await companionStamps(inspected.companions);
  const failures: Failure[] = [...inspected.failures];
  failures.forEach((failure) => context.onFailure(failure));
  const maskPath = join('masks', `${outputName}.fits.fz`);
  const maskFile = new PartialFile(join(context.out, maskPath));
  const images: ImageRecord[] = [];
  let hasMasks = false;
  let broken: unknown = null;
  const replies = imagesInOrder(inspected, path, context, () => broken !== null);
  for await (const { place, reply } of replies) {
    try {
      if (broken !== null) continue;
      if (reply.kind === 'failure') {
        const failure = { ...reply.failure, exposure: place.exposure, ccd: place.ccd };
        failures.push(failure);
        context.onFailure(failure);
        continue;
      }
      if (reply.maskHdu !== null) {
        if (!hasMasks) await maskFile.append(inspected.maskPrimary);
        hasMasks = true;
        await maskFile.append(reply.maskHdu);
      }
      if (reply.preview) {
        await savePreview(join(context.out, workFolder), outputName, place.hdu, reply.preview);
      }
      images.push(reply.record);
      context.onImage(reply.record);
    } catch (error) {
      // The other images of this file are still in flight and hold permits: let them come back first.
      broken = error;
    } finally {
      context.permits.release();
    }
  }
  if (
    broken !== null ||
    images.length + failures.length < inspected.images.length + inspected.failures.length
  ) {
    await maskFile.abort();
    if (broken !== null) throw asError(broken);
    return null;
  }
  if (hasMasks) await maskFile.close();
  const regionPath = join('regions', `${outputName}.reg`);
  if (hasMasks) await writeWhole(join(context.out, regionPath), regionFile(images, inspected.tiles));
  return {
    path,
    size: inspected.size,
    mtimeMs: inspected.mtimeMs,
    outputName,
    selectors: file.selectors,
    skipped: inspected.images.length === 0 && failures.length === 0,
    images,
    failures,
    maskPath: hasMasks ? maskPath : null,
    regionPath: hasMasks ? regionPath : null,
    companionMask: inspected.companions.mask,
    companionWeight: inspected.companions.weight,
    maskScheme: inspected.maskScheme,
    companionStamps: stamps,
  };
}

interface Answer {
  readonly place: ImagePlace;
  readonly reply: ImageReply | FailureReply;
}

/** Every image's reply in HDU order; each holds a permit from before it is begun until its consumer releases it. */
async function* imagesInOrder(
  { images, companions }: InspectReply,
  path: string,
  context: FileContext,
  broken: () => boolean,
): AsyncGenerator<Answer> {
  const flying: Promise<Answer>[] = [];
  let wake: () => void = () => undefined;
  let done = false;
  const begin = async (): Promise<void> => {
    for (const place of images) {
      await context.permits.acquire();
      if (context.stopped() || broken()) {
        context.permits.release();
        break;
      }
      const { hdu } = place;
      const task: ScanTask = { kind: 'image', path, hdu, companions };
      flying.push(ask<ImageReply>(context, task, path, hdu).then((reply) => ({ place, reply })));
      wake();
    }
    done = true;
    wake();
  };
  const beginning = begin();
  for (;;) {
    const next = flying.shift();
    if (next) yield await next;
    else if (done) break;
    else await new Promise<void>((resolve) => (wake = resolve));
  }
  await beginning;
}

/** A thread that died is a failure of the image it had. */
async function ask<Reply extends ScanReply>(
  { pool }: FileContext,
  task: ScanTask,
  path: string,
  hdu: number | null,
): Promise<Reply | FailureReply> {
  try {
    return (await pool.run(task)) as Reply | FailureReply;
  } catch (error) {
    return { kind: 'failure', failure: toFailure(error, path, hdu, 'WORKER_DIED'), exitCode: 1 };
  }
}

function emptyRecord(file: InputFile, failures: readonly Failure[]): FileRecord {
  return {
    path: file.path,
    size: -1,
    mtimeMs: -1,
    outputName: file.outputName,
    selectors: file.selectors,
    skipped: false,
    images: [],
    failures,
    maskPath: null,
    regionPath: null,
    companionMask: null,
    companionWeight: null,
    maskScheme: null,
    companionStamps: [],
  };
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
