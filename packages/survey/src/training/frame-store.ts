import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { SurveyError, toFailure, writeError } from '../errors.ts';
import type { Failure } from '../errors.ts';
import { FrameNotes, findObjects, openObject } from '../frames/index.ts';
import type { StampInput } from '../bundle-description.ts';
import { writeWhole } from '../outputs/partial-file.ts';
import { preprocessStamp } from '../preprocess/stamp-preprocess.ts';
import type { StampPreprocess } from '../preprocess/stamp-preprocess.ts';

/** Frames of one object in a store. */
export interface StoredObject {
  readonly oid: string;
  /** Place of its first frame. */
  readonly from: number;
  readonly count: number;
}

/** What a store holds, and what it was made of. */
export interface FrameIndex {
  readonly key: string;
  readonly frames: number;
  readonly objects: readonly StoredObject[];
  readonly padded: number;
  readonly empty: number;
  /** Of all frames as they are stored. */
  readonly sha256: string;
  readonly notes: readonly string[];
  readonly failed: readonly Failure[];
}

export interface FrameStoreOptions {
  /** Folder of objects, see `findObjects`. */
  readonly data: string;
  readonly input: StampInput;
  readonly preprocess: StampPreprocess;
  readonly onProgress: (objectsDone: number, objects: number) => void;
  readonly signal: AbortSignal | undefined;
}

/** Raise where the same frames would be stored as other numbers. */
const storeVersion = 1;
/** Frames written at once. */
const blockFrames = 512;

/**
 * Frames as the network takes them, preprocessed once, in one file of records of fixed size: they are read where they are needed, so that
 * memory does not grow with their number. Frames without a value teach nothing and are left out, counted.
 */
export class FrameStore {
  readonly index: FrameIndex;
  /** Numbers of a frame. */
  readonly size: number;
  readonly #file: FileHandle;

  private constructor(index: FrameIndex, size: number, file: FileHandle) {
    this.index = index;
    this.size = size;
    this.#file = file;
  }

  /**
   * Opens the store in `folder`, made first where it is not whole.
   * @throws SurveyError NO_STAMPS, FRAMES_REFUSED, RESUME_MISMATCH, OUTPUT_UNWRITABLE, DISK_FULL; the signal's reason
   */
  static async open(folder: string, options: FrameStoreOptions): Promise<FrameStore> {
    const { input, preprocess, data } = options;
    const key = JSON.stringify({ storeVersion, data, input, preprocess });
    const indexPath = join(folder, 'index.json');
    const text = await readFile(indexPath, 'utf8').catch(() => null);
    const index = text === null ? await makeStore(folder, key, options) : (JSON.parse(text) as FrameIndex);
    if (index.key !== key) {
      throw new SurveyError('RESUME_MISMATCH', 'holds frames of other data', { path: folder });
    }
    return new FrameStore(index, input.height * input.width, await open(framesPath(folder), 'r'));
  }

  /** Frames at these places, one after the other. Places that follow each other are read at once. */
  async read(places: ArrayLike<number>): Promise<Float32Array> {
    const out = new Float32Array(places.length * this.size);
    const bytes = new Uint8Array(out.buffer);
    const record = 4 * this.size;
    const reads: Promise<unknown>[] = [];
    for (let k = 0, end: number; k < places.length; k = end) {
      for (end = k + 1; end < places.length && places[end] === places[end - 1] + 1;) end++;
      reads.push(this.#file.read(bytes, k * record, (end - k) * record, places[k] * record));
    }
    await Promise.all(reads);
    return out;
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

const framesPath = (folder: string): string => join(folder, 'frames.f32');

async function makeStore(
  folder: string,
  key: string,
  { data, input, preprocess, onProgress, signal }: FrameStoreOptions,
): Promise<FrameIndex> {
  const failed: Failure[] = [];
  const onFailure = (failure: Failure): void => void failed.push(failure);
  const sources = await findObjects([data], { onFailure });
  const notes = new FrameNotes();
  const objects: StoredObject[] = [];
  const hash = createHash('sha256');
  const size = input.height * input.width;
  const block = new Float32Array(blockFrames * size);
  let [frames, padded, empty, waiting] = [0, 0, 0, 0];
  await mkdir(folder, { recursive: true });
  const partial = `${framesPath(folder)}.partial`;
  const file = await open(partial, 'w');
  const flush = async (): Promise<void> => {
    const bytes = new Uint8Array(block.buffer, 0, 4 * waiting * size);
    hash.update(bytes);
    await file.writeFile(bytes).catch((error: unknown) => {
      throw writeError(error, framesPath(folder));
    });
    waiting = 0;
  };
  try {
    for (const [done, source] of sources.entries()) {
      const opened = await openObject(source, input, { onFailure }).catch((error: unknown) =>
        onFailure(toFailure(error, source.path, null, 'READ_FAILED')),
      );
      if (opened === undefined) continue;
      notes.add(source.oid, opened.notes);
      const from = frames;
      for await (const frame of opened.read()) {
        signal?.throwIfAborted();
        if (frame.empty) {
          empty++;
          continue;
        }
        if (frame.padded) padded++;
        preprocessStamp(preprocess, frame.stamp, input, block.subarray(waiting * size, (waiting + 1) * size));
        frames++;
        if (++waiting === blockFrames) await flush();
      }
      if (frames > from) objects.push({ oid: source.oid, from, count: frames - from });
      else failed.push(withoutFrames(source.oid, source.path));
      onProgress(done + 1, sources.length);
    }
    await flush();
    await file.close();
    if (frames === 0) {
      const why = failed.length === 0 ? '' : `; ${failed[0].error}`;
      throw new SurveyError('FRAMES_REFUSED', `no frame that can be used${why}`, { path: data });
    }
    await rename(partial, framesPath(folder));
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(partial, { force: true });
    throw error;
  }
  const sha256 = hash.digest('hex');
  const index = { key, frames, objects, padded, empty, sha256, notes: notes.lines(), failed };
  await writeWhole(join(folder, 'index.json'), JSON.stringify(index));
  return index;
}

function withoutFrames(oid: string, path: string): Failure {
  const error = new SurveyError('SEQUENCE_SHORT', `object ${oid} has no frame that can be used`, { path });
  return { path, hdu: null, code: error.code, error: error.message };
}
