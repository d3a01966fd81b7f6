import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat, truncate } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeNpyHeader } from '../arrays/index.ts';
import { SurveyError, writeError } from '../errors.ts';
import { writeWhole } from '../outputs/partial-file.ts';

/** What a set of stamps is made with: a set is gone on with only where all of it is the same. */
export type StampSetSettings = Readonly<Record<string, unknown>>;

export interface StampSetOptions {
  readonly out: string;
  /** Stamps that the set shall have. */
  readonly count: number;
  /** Pixels of a stamp: height, width, channels. */
  readonly shape: readonly [height: number, width: number, channels: number];
  /** First line of `stamps.csv`. */
  readonly columns: readonly string[];
  readonly settings: StampSetSettings;
  /** Stamps that are made together: what there is is cut to a multiple of it before more are added. */
  readonly block: number;
  readonly existing: 'refuse' | 'replace' | 'keep';
}

/** Some stamps in the order of the set. */
export interface StampBlock {
  /** [n, height, width, channels] */
  readonly pixels: Float32Array;
  /** [n, height, width] */
  readonly truth: Uint8Array;
  /** Cells of `stamps.csv`, one line a stamp. */
  readonly lines: readonly string[];
}

const names = ['stamps.npy', 'truth.npy', 'stamps.csv'] as const;
const settingsName = 'simulation.json';

/**
 * Writes `stamps.npy`, `truth.npy` and `stamps.csv` a block at a time, so that memory does not grow with the set. The files have `.partial` behind their names until
 * the set is whole. `simulation.json` says what it was made with.
 */
export class StampSetWriter {
  /** Stamps that are there: those kept at first. */
  count = 0;
  readonly #options: StampSetOptions;
  readonly #handles: FileHandle[] = [];

  private constructor(options: StampSetOptions) {
    this.#options = options;
  }

  /**
   * Opens a set to write, or to go on with. One that has all stamps asked for, or more, is left as it is: `count` says how many.
   * @throws SurveyError OUTPUT_EXISTS; OPTION_INVALID where what is there was made with other settings; DISK_FULL, OUTPUT_UNWRITABLE
   */
  static async open(options: StampSetOptions): Promise<StampSetWriter> {
    const { out, existing } = options;
    const writer = new StampSetWriter(options);
    const there = names.find((name) => existsSync(join(out, name)) || existsSync(partial(out, name)));
    if (there !== undefined && existing === 'refuse')
      throw new SurveyError(
        'OUTPUT_EXISTS',
        existsSync(join(out, there))
          ? 'these stamps were simulated before'
          : 'some of these stamps were simulated before: --resume goes on',
        { path: join(out, there) },
      );
    try {
      await mkdir(out, { recursive: true });
      if (there !== undefined && existing === 'keep') await writer.#checkSettings();
      else await writer.#removeAll();
      if (writer.count < options.count) await writer.#begin(there !== undefined && existing === 'keep');
      return writer;
    } catch (error) {
      await writer.close();
      throw writeError(error, out);
    }
  }

  /** Adds stamps, those beyond the set's count left out. @throws SurveyError DISK_FULL, OUTPUT_UNWRITABLE */
  async append({ pixels, truth, lines }: StampBlock): Promise<void> {
    const { out, shape, count } = this.#options;
    const n = Math.min(lines.length, count - this.count);
    const area = shape[0] * shape[1];
    try {
      // rows last: a stamp with a row has its pixels
      await this.#handles[0].appendFile(bytesOf(pixels.subarray(0, n * area * shape[2])));
      await this.#handles[1].appendFile(bytesOf(truth.subarray(0, n * area)));
      await this.#handles[2].appendFile(`${lines.slice(0, n).join('\n')}\n`);
      this.count += n;
    } catch (error) {
      throw writeError(error, out);
    }
  }

  /** Ends: files of a whole set get their names, those of another stay as they are, to be gone on with. */
  async close(): Promise<void> {
    const { out, count } = this.#options;
    const open = this.#handles.length === names.length;
    try {
      for (const handle of this.#handles.splice(0)) await handle.close();
      if (open && this.count === count)
        for (const name of names) await rename(partial(out, name), join(out, name));
    } catch (error) {
      throw writeError(error, out);
    }
  }

  async #removeAll(): Promise<void> {
    const { out, settings } = this.#options;
    for (const name of names) {
      await rm(join(out, name), { force: true });
      await rm(partial(out, name), { force: true });
    }
    await writeWhole(join(out, settingsName), `${JSON.stringify(settings, null, 2)}\n`);
  }

  /** Counts what there is. */
  async #checkSettings(): Promise<void> {
    const { out, settings, shape, count } = this.#options;
    const path = join(out, settingsName);
    const made = await readFile(path, 'utf8').catch(() => '');
    if (made.trim() !== JSON.stringify(settings, null, 2))
      throw new SurveyError(
        'OPTION_INVALID',
        'the stamps that are there were made with other options: give the same, or another --out',
        { path },
      );
    const whole = names.every((name) => existsSync(join(out, name)));
    // Interrupted between the renames, some have their names and others not.
    const place = (name: string) => (existsSync(partial(out, name)) ? partial(out, name) : join(out, name));
    const sizeOf = (name: string) =>
      stat(place(name)).then(
        ({ size }) => size,
        () => 0,
      );
    const area = shape[0] * shape[1];
    const there = Math.min(
      Math.floor(((await sizeOf('stamps.npy')) - this.#header(0).length) / (4 * area * shape[2])),
      Math.floor(((await sizeOf('truth.npy')) - this.#header(1).length) / area),
      (await countLines(place('stamps.csv'))) - 1,
    );
    if (whole && there >= count) {
      this.count = count;
      return;
    }
    for (const name of names)
      if (place(name) !== partial(out, name) && existsSync(join(out, name)))
        await rename(join(out, name), partial(out, name));
    // The last block is made again where all are there without their names.
    this.count = Math.max(0, Math.min(there, count - 1));
  }

  /** Opens the files, cut to whole blocks, under headers that say how many stamps there will be. */
  async #begin(kept: boolean): Promise<void> {
    const { out, block, columns, shape } = this.#options;
    this.count -= this.count % block;
    const area = shape[0] * shape[1];
    const first = `${columns.join(',')}\n`;
    if (!kept || this.count === 0) {
      this.count = 0;
      for (const name of names) await rm(partial(out, name), { force: true });
    } else {
      await truncate(partial(out, names[0]), this.#header(0).length + 4 * this.count * area * shape[2]);
      await truncate(partial(out, names[1]), this.#header(1).length + this.count * area);
      await truncate(partial(out, names[2]), await lengthOfLines(partial(out, names[2]), this.count + 1));
    }
    for (const [i, name] of names.entries()) {
      const head = i === 2 ? new TextEncoder().encode(first) : this.#header(i);
      const path = partial(out, name);
      const handle = await open(path, existsSync(path) ? 'r+' : 'w');
      await handle.write(head, 0, head.length, 0);
      await handle.close();
      this.#handles.push(await open(path, 'a'));
    }
  }

  /** Of one length for all counts. */
  #header(file: number): Uint8Array {
    const { count, shape } = this.#options;
    return file === 0
      ? encodeNpyHeader(new Float32Array(0), [count, ...shape])
      : encodeNpyHeader(new Uint8Array(0), [count, shape[0], shape[1]]);
  }
}

function partial(out: string, name: string): string {
  return join(out, `${name}.partial`);
}

function bytesOf(values: Float32Array | Uint8Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** Whole lines of a file. */
async function countLines(path: string): Promise<number> {
  let lines = 0;
  await eachByte(path, (byte) => {
    if (byte === 10) lines++;
    return true;
  });
  return lines;
}

/** Bytes of the first `count` lines. */
async function lengthOfLines(path: string, count: number): Promise<number> {
  let [lines, length] = [0, 0];
  await eachByte(path, (byte) => {
    length++;
    if (byte === 10) lines++;
    return lines < count;
  });
  return length;
}

async function eachByte(path: string, visit: (byte: number) => boolean): Promise<void> {
  if (!existsSync(path)) return;
  const file = await open(path, 'r');
  try {
    const chunk = new Uint8Array(1 << 16);
    for (;;) {
      const { bytesRead } = await file.read(chunk, 0, chunk.length);
      if (bytesRead === 0) return;
      for (let i = 0; i < bytesRead; i++) if (!visit(chunk[i])) return;
    }
  } finally {
    await file.close();
  }
}
