import { createReadStream } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { SurveyError, writeError } from '../errors.ts';
import type { ThresholdOptions } from '../analyser/types.ts';
import type { FileRecord } from './records.ts';

/** What must be the same for a scan to be resumed. */
export interface JournalHeader {
  readonly format: 2;
  readonly version: string;
  readonly modelSha256: string;
  readonly modelName: string;
  readonly thresholds: ThresholdOptions;
}

/** Working folder of a scan, inside its output folder. */
export const workFolder = '.resume';
const fileName = 'journal.jsonl';

/**
 * The scan's memory on disk: a line per finished input file, synced before the next one counts. A line cut short by a crash is
 * ignored. Records are read back from disk when they are needed, so that a night does not sit in memory.
 */
export class Journal {
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #places: Map<string, Place>;
  #end: number;

  private constructor(path: string, handle: FileHandle, places: Map<string, Place>, end: number) {
    this.path = path;
    this.#handle = handle;
    this.#places = places;
    this.#end = end;
  }

  /** Begins an empty journal in `out`. @throws SurveyError DISK_FULL, OUTPUT_UNWRITABLE */
  static async create(out: string, header: JournalHeader): Promise<Journal> {
    const path = join(out, workFolder, fileName);
    try {
      await mkdir(join(out, workFolder), { recursive: true });
      await rm(path, { force: true });
      const journal = new Journal(path, await open(path, 'w+'), new Map(), 0);
      await journal.#append(JSON.stringify(header));
      return journal;
    } catch (error) {
      throw writeError(error, path);
    }
  }

  /**
   * Opens the journal an earlier scan left in `out`; null where there is none.
   * @throws SurveyError RESUME_MISMATCH naming what differs, RESUME_DAMAGED
   */
  static async resume(out: string, header: JournalHeader): Promise<Journal | null> {
    const path = join(out, workFolder, fileName);
    const found = await readJournal(path);
    if (found === null) return null;
    const differing = differences(found.header, header);
    if (differing.length > 0) {
      throw new SurveyError('RESUME_MISMATCH', `differs in ${differing.join(', ')}`, { path: out });
    }
    try {
      const handle = await open(path, 'r+');
      await handle.truncate(found.end);
      return new Journal(path, handle, found.places, found.end);
    } catch (error) {
      throw writeError(error, path);
    }
  }

  /** Opens the journal in `out` for reading only, whoever wrote it; null where there is none. @throws SurveyError RESUME_DAMAGED */
  static async read(out: string): Promise<Journal | null> {
    const path = join(out, workFolder, fileName);
    const found = await readJournal(path);
    return found === null ? null : new Journal(path, await open(path, 'r'), found.places, found.end);
  }

  has(path: string): boolean {
    return this.#places.has(path);
  }

  async read(path: string): Promise<FileRecord | null> {
    const place = this.#places.get(path);
    if (!place) return null;
    return readRecord(this.#handle, place);
  }

  /**
   * A later record of a path replaces an earlier one.
   * @param isSynced whether it is on disk when this returns; otherwise when `sync` does
   * @throws SurveyError DISK_FULL, OUTPUT_UNWRITABLE
   */
  async add(record: FileRecord, isSynced = true): Promise<void> {
    const place = await this.#append(JSON.stringify(record), isSynced);
    this.#places.set(record.path, place);
  }

  /** @throws SurveyError DISK_FULL, OUTPUT_UNWRITABLE */
  async sync(): Promise<void> {
    try {
      await this.#handle.datasync();
    } catch (error) {
      throw writeError(error, this.path);
    }
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  #queue: Promise<unknown> = Promise.resolve();

  /** One line at a time, whoever calls. */
  #append(line: string, isSynced = true): Promise<Place> {
    const write = this.#queue.then(async () => {
      const bytes = Buffer.from(`${line}\n`);
      const offset = this.#end;
      try {
        for (let at = 0; at < bytes.length;) {
          at += (await this.#handle.write(bytes, at, bytes.length - at, offset + at)).bytesWritten;
        }
        if (isSynced) await this.#handle.datasync();
      } catch (error) {
        throw writeError(error, this.path);
      }
      this.#end += bytes.length;
      return { offset, length: bytes.length - 1 };
    });
    this.#queue = write.catch(() => undefined);
    return write;
  }
}

interface Place {
  readonly offset: number;
  readonly length: number;
}

interface ReadJournal {
  readonly header: JournalHeader;
  readonly places: Map<string, Place>;
  /** Bytes up to the end of the last whole line. */
  readonly end: number;
}

/** Reads a journal piece by piece: that of a data release is larger than a string may be. */
async function readJournal(path: string): Promise<ReadJournal | null> {
  let header: JournalHeader | null = null;
  const places = new Map<string, Place>();
  let offset = 0;
  const rest: Buffer[] = [];
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
      let start = 0;
      for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
        const bytes = Buffer.concat([...rest.splice(0), chunk.subarray(start, end)]);
        const line = parseLine(bytes, path);
        if (header === null) header = line as JournalHeader;
        else places.set((line as FileRecord).path, { offset, length: bytes.length });
        offset += bytes.length + 1;
        start = end + 1;
      }
      if (start < chunk.length) rest.push(chunk.subarray(start));
    }
  } catch (error) {
    if (error instanceof SurveyError) throw error;
    return null;
  }
  return header === null ? null : { header, places, end: offset };
}

function parseLine(bytes: Buffer, path: string): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new SurveyError('RESUME_DAMAGED', 'a line is not JSON', { path, cause });
  }
}

async function readRecord(handle: FileHandle, { offset, length }: Place): Promise<FileRecord> {
  const bytes = Buffer.alloc(length);
  await handle.read(bytes, 0, length, offset);
  return JSON.parse(bytes.toString('utf8')) as FileRecord;
}

/** The records of the scan that lies in `out`, for removing what it wrote; none where there is none or it cannot be read. */
export async function* recordsIn(out: string): AsyncGenerator<FileRecord> {
  const path = join(out, workFolder, fileName);
  const found = await readJournal(path).catch(() => null);
  if (found === null) return;
  const handle = await open(path, 'r');
  try {
    for (const place of found.places.values()) yield await readRecord(handle, place);
  } finally {
    await handle.close();
  }
}

/** What keeps two scans from being one: version, model or threshold; empty where nothing does. */
export function differences(old: JournalHeader, now: JournalHeader): string[] {
  const out: string[] = [];
  if (old.format !== now.format || old.version !== now.version) {
    out.push(`the version of Blemish (${old.version}, now ${now.version})`);
  }
  if (old.modelSha256 !== now.modelSha256) {
    out.push(
      `the model (${old.modelName} ${old.modelSha256.slice(0, 12)}, now ${now.modelName} ${now.modelSha256.slice(0, 12)})`,
    );
  }
  const [a, b] = [describeThresholds(old.thresholds), describeThresholds(now.thresholds)];
  if (a !== b) out.push(`the threshold (${a}, now ${b})`);
  return out;
}

/** As given on the command line; `the default of the model` for none. */
export function describeThresholds(thresholds: ThresholdOptions): string {
  const { threshold, maxFnr, maxFpr, reviewBudget, minPrecision, missCost } = thresholds;
  if (threshold !== undefined) return `--threshold ${threshold}`;
  if (maxFnr !== undefined) return `--max-fnr ${maxFnr}`;
  if (maxFpr !== undefined) return `--max-fpr ${maxFpr}`;
  if (reviewBudget !== undefined) return `--review-budget ${reviewBudget}`;
  if (minPrecision !== undefined) return `--min-precision ${minPrecision}`;
  if (missCost !== undefined) return `--miss-cost ${missCost}`;
  return 'the default of the model';
}
