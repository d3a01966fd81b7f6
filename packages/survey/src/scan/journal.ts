import { mkdir, open, readFile, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { SurveyError, writeError } from '../errors.ts';
import type { ThresholdOptions } from '../analyser/types.ts';
import type { FileRecord } from './records.ts';

/** What must be the same for a scan to be resumed. */
export interface JournalHeader {
  readonly format: 1;
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

  has(path: string): boolean {
    return this.#places.has(path);
  }

  async read(path: string): Promise<FileRecord | null> {
    const place = this.#places.get(path);
    if (!place) return null;
    const bytes = Buffer.alloc(place.length);
    await this.#handle.read(bytes, 0, place.length, place.offset);
    return JSON.parse(bytes.toString('utf8')) as FileRecord;
  }

  /** A later record of a path replaces an earlier one. @throws SurveyError DISK_FULL, OUTPUT_UNWRITABLE */
  async add(record: FileRecord): Promise<void> {
    const place = await this.#append(JSON.stringify(record));
    this.#places.set(record.path, place);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  #queue: Promise<unknown> = Promise.resolve();

  /** One line at a time, whoever calls. */
  #append(line: string): Promise<Place> {
    const write = this.#queue.then(async () => {
      const bytes = Buffer.from(`${line}\n`);
      const offset = this.#end;
      try {
        for (let at = 0; at < bytes.length;) {
          at += (await this.#handle.write(bytes, at, bytes.length - at, offset + at)).bytesWritten;
        }
        await this.#handle.datasync();
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

async function readJournal(path: string): Promise<ReadJournal | null> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch {
    return null;
  }
  let header: JournalHeader | null = null;
  const places = new Map<string, Place>();
  let offset = 0;
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, offset)) {
    const line = parseLine(bytes.subarray(offset, end), path);
    if (header === null) header = line as JournalHeader;
    else places.set((line as FileRecord).path, { offset, length: end - offset });
    offset = end + 1;
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

/** The records of the scan that lies in `out`, for removing what it wrote; empty where there is none or it cannot be read. */
export async function recordsIn(out: string): Promise<FileRecord[]> {
  const path = join(out, workFolder, fileName);
  const found = await readJournal(path).catch(() => null);
  if (found === null) return [];
  const bytes = await readFile(path);
  return [...found.places.values()].map(
    ({ offset, length }) => JSON.parse(bytes.toString('utf8', offset, offset + length)) as FileRecord,
  );
}

function differences(old: JournalHeader, now: JournalHeader): string[] {
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
