import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm, truncate } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeNpyHeader } from '../arrays/index.ts';
import { SurveyError, writeError } from '../errors.ts';
import { writeWhole } from '../outputs/partial-file.ts';

/** What a set is written as, and how it was made. */
export interface StampSetFormat {
  /** Shape of one stamp, [height, width, channels]. */
  readonly shape: readonly [number, number, number];
  readonly type: 'uint8' | 'float32';
  /** Is there a mask of the object beside each stamp? */
  readonly truth: boolean;
  /** Stamps of the whole set. */
  readonly count: number;
  /** Stamps that are made together, 1 if absent: what there is is cut to a multiple of it before more are added. */
  readonly block?: number;
  /** First line of the table. */
  readonly header: string;
  /** Everything else that a set must have in common to be gone on with; stands in `stamp-set.json`. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** What to do with a set that is there: end with an error, make it anew, or go on with it. */
export type ExistingSet = 'refuse' | 'replace' | 'keep';

/** Some stamps that follow one another: pixels, masks where the set has them, and a line of the table each. */
export interface StampRows {
  readonly pixels: Uint8Array | Float32Array;
  readonly truth: Uint8Array | null;
  readonly lines: readonly string[];
}

const settingsName = 'stamp-set.json';
const partial = (path: string): string => `${path}.partial`;

/**
 * Writes a stamp set (`stamps.npy`, `stamps.csv` and `truth.npy` in a folder) row after row, so that it may be larger than memory. Nothing has its name before
 * the set is whole; what an interruption leaves can be gone on with.
 */
export class StampSetWriter {
  readonly folder: string;
  /** Stamps that were there already. */
  readonly kept: number;
  readonly #files: readonly SetFile[];
  readonly #handles: readonly FileHandle[];
  readonly #format: StampSetFormat;
  #rows: number;

  private constructor(
    folder: string,
    format: StampSetFormat,
    files: readonly SetFile[],
    handles: readonly FileHandle[],
    kept: number,
  ) {
    this.folder = folder;
    this.#format = format;
    this.#files = files;
    this.#handles = handles;
    this.kept = kept;
    this.#rows = kept;
  }

  /** @throws SurveyError OUTPUT_EXISTS, RESUME_MISMATCH, OUTPUT_UNWRITABLE, DISK_FULL */
  static async open(folder: string, format: StampSetFormat, existing: ExistingSet): Promise<StampSetWriter> {
    if (existing === 'keep' && (await isWhole(folder, format))) {
      return new StampSetWriter(folder, format, [], [], format.count);
    }
    const files = filesOf(folder, format);
    const there = files.find(({ path }) => existsSync(path) || existsSync(partial(path)));
    if (existing === 'refuse') refuseExisting(folder);
    try {
      await mkdir(folder, { recursive: true });
      const kept = existing === 'keep' && there !== undefined ? await takeUp(folder, format, files) : 0;
      if (kept === 0) for (const { path } of files) await begin(path);
      const settings = { ...settingsOf(format), count: format.count };
      await writeWhole(join(folder, settingsName), `${JSON.stringify(settings, null, 2)}\n`);
      const handles: FileHandle[] = [];
      for (const file of files) handles.push(await startFile(file, kept));
      return new StampSetWriter(folder, format, files, handles, kept);
    } catch (error) {
      throw writeError(error, folder);
    }
  }

  /** Stamps that are there: those kept, and those added since. */
  get count(): number {
    return this.#rows;
  }

  /**
   * Adds stamps, but those beyond the set's count; a failed write leaves what was whole before.
   * @throws SurveyError DISK_FULL, OUTPUT_UNWRITABLE
   */
  async append({ pixels, truth, lines }: StampRows): Promise<void> {
    const n = Math.min(lines.length, this.#format.count - this.#rows);
    const bytes = [pixels, ...(truth === null ? [] : [truth])].map(
      ({ buffer, byteOffset, byteLength }) =>
        new Uint8Array(buffer, byteOffset, lines.length === 0 ? 0 : (byteLength / lines.length) * n),
    );
    // The table last: a row that stands there is whole.
    const text = lines.slice(0, n).map((line) => `${line}\n`);
    bytes.push(new TextEncoder().encode(text.join('')));
    if (bytes.length !== this.#files.length)
      throw new RangeError('StampSetWriter: give a mask for each stamp of a set with truth, else none');
    for (const [k, part] of bytes.entries()) {
      try {
        for (let at = 0; at < part.length;) at += (await this.#handles[k].write(part, at)).bytesWritten;
      } catch (error) {
        throw writeError(error, this.#files[k].path);
      }
    }
    this.#rows += n;
  }

  /**
   * Ends a set whose number of stamps was not known before: those added are all. Without any nothing is left.
   * @throws SurveyError DISK_FULL, OUTPUT_UNWRITABLE
   */
  async finish(): Promise<void> {
    const format = { ...this.#format, count: this.#rows };
    for (const handle of this.#handles) {
      await handle.datasync();
      await handle.close();
    }
    const files = filesOf(this.folder, format);
    try {
      if (this.#rows === 0) {
        for (const { path } of files) await rm(partial(path), { force: true });
        await rm(join(this.folder, settingsName), { force: true });
        return;
      }
      for (const { path, header } of files) await writeHeader(path, header);
      const settings = { ...settingsOf(format), count: this.#rows };
      await writeWhole(join(this.folder, settingsName), `${JSON.stringify(settings, null, 2)}\n`);
      for (const { path } of files.reverse()) await rename(partial(path), path);
    } catch (error) {
      throw writeError(error, this.folder);
    }
  }

  /** Gives the files their names if the set is whole; else they stay to be gone on with. @returns whether it is whole */
  async close(): Promise<boolean> {
    const whole = this.#rows === this.#format.count;
    for (const handle of this.#handles) {
      if (whole) await handle.datasync();
      await handle.close();
    }
    // The pixels last: where they have their name, all has.
    if (whole) for (const { path } of [...this.#files].reverse()) await rename(partial(path), path);
    return whole;
  }
}

/** Is a set there that has all stamps asked for, or more, made as they shall be? @throws SurveyError RESUME_MISMATCH, RESUME_DAMAGED */
async function isWhole(folder: string, format: StampSetFormat): Promise<boolean> {
  if (!filesOf(folder, format).every(({ path }) => existsSync(path))) return false;
  const { count } = await checkSettings(folder, format);
  return typeof count === 'number' && count >= format.count;
}

/** @throws SurveyError OUTPUT_EXISTS where a folder has stamps, whole or unfinished */
export function refuseExisting(folder: string): void {
  const there = ['stamps.npy', 'stamps.csv', 'truth.npy'].some(
    (name) => existsSync(join(folder, name)) || existsSync(partial(join(folder, name))),
  );
  if (there)
    throw new SurveyError('OUTPUT_EXISTS', 'there are stamps already (--resume goes on with them)', {
      path: folder,
    });
}

/** One file of a set: its first bytes, and those of a row where rows are all as long. */
interface SetFile {
  readonly path: string;
  readonly header: Uint8Array;
  /** Null: a line of text. */
  readonly rowBytes: number | null;
}

function filesOf(folder: string, format: StampSetFormat): SetFile[] {
  const { shape, type, count } = format;
  const [height, width, channels] = shape;
  const empty = type === 'uint8' ? new Uint8Array(0) : new Float32Array(0);
  const files: SetFile[] = [
    {
      path: join(folder, 'stamps.npy'),
      header: encodeNpyHeader(empty, [count, ...shape]),
      rowBytes: height * width * channels * empty.BYTES_PER_ELEMENT,
    },
  ];
  if (format.truth) {
    const header = encodeNpyHeader(new Uint8Array(0), [count, height, width]);
    files.push({ path: join(folder, 'truth.npy'), header, rowBytes: height * width });
  }
  const header = new TextEncoder().encode(`${format.header}\n`);
  return [...files, { path: join(folder, 'stamps.csv'), header, rowBytes: null }];
}

async function begin(path: string): Promise<void> {
  await rm(path, { force: true });
  await rm(partial(path), { force: true });
}

/** Opens the unfinished file for appending, with its header as of now: the count of stamps may be another. */
async function startFile({ path, header }: SetFile, kept: number): Promise<FileHandle> {
  if (kept === 0) await rm(partial(path), { force: true });
  else await writeHeader(path, header);
  const handle = await open(partial(path), 'a');
  if (kept === 0) await handle.write(header);
  return handle;
}

/** Headers are as long whatever the number of stamps. */
async function writeHeader(path: string, header: Uint8Array): Promise<void> {
  const file = await open(partial(path), 'r+');
  await file.write(header, 0, header.length, 0);
  await file.close();
}

/** Everything but the number of stamps, which may grow. */
function settingsOf({ shape, type, truth, header, settings }: StampSetFormat): Record<string, unknown> {
  return { ...settings, shape, type, truth, columns: header.split(',') };
}

/** Brings all files of a set back to the rows that all of them have; the number of those. */
async function takeUp(folder: string, format: StampSetFormat, files: readonly SetFile[]): Promise<number> {
  await checkSettings(folder, format);
  for (const { path } of files) if (existsSync(path)) await rename(path, partial(path));
  let rows = format.count;
  const texts = new Map<string, Uint8Array>();
  for (const { path, header, rowBytes } of files) {
    if (!existsSync(partial(path))) return 0;
    if (rowBytes === null) {
      const text = await readFile(partial(path));
      texts.set(path, text);
      rows = Math.min(rows, text.reduce((n, byte) => n + (byte === 0x0a ? 1 : 0), 0) - 1);
    } else {
      const handle = await open(partial(path), 'r');
      const { size } = await handle.stat();
      await handle.close();
      rows = Math.min(rows, Math.floor((size - header.length) / rowBytes));
    }
  }
  rows -= rows % (format.block ?? 1);
  if (rows <= 0) return 0;
  for (const { path, header, rowBytes } of files) {
    const text = texts.get(path);
    await truncate(
      partial(path),
      text === undefined ? header.length + rows * rowBytes! : lengthOfLines(text, rows + 1),
    );
  }
  return rows;
}

/** @returns what stands in the set's settings */
async function checkSettings(folder: string, format: StampSetFormat): Promise<Record<string, unknown>> {
  const path = join(folder, settingsName);
  let found: Record<string, unknown>;
  try {
    found = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  } catch (cause) {
    throw new SurveyError('RESUME_DAMAGED', 'does not tell how the stamps beside it were made', {
      path,
      cause,
    });
  }
  const asked: Record<string, unknown> = settingsOf(format);
  for (const name of new Set([...Object.keys(asked), ...Object.keys(found)])) {
    const [was, now] = [found, asked].map((settings) => JSON.stringify(settings[name]));
    if (name !== 'count' && was !== now)
      throw new SurveyError(
        'RESUME_MISMATCH',
        `${name} was ${was ?? 'not set'} and is now ${now ?? 'not set'}`,
        {
          path,
        },
      );
  }
  return found;
}

/** Bytes of the first `count` lines. */
function lengthOfLines(text: Uint8Array, count: number): number {
  let at = 0;
  for (let k = 0; k < count; k++) at = text.indexOf(0x0a, at) + 1;
  return at;
}
