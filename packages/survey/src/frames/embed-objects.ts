import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { encodeNpy } from '../arrays/index.ts';
import { openBundle } from '../bundle.ts';
import { SurveyError, toFailure } from '../errors.ts';
import type { Failure } from '../errors.ts';
import type { HduSelector } from '../inputs/index.ts';
import { writeWhole } from '../outputs/partial-file.ts';
import { openStampBatch } from '../stamps/stamp-batch.ts';
import type { StampBatch } from '../stamps/stamp-batch.ts';
import { findObjects } from './find-objects.ts';
import { FrameNotes } from './frame-notes.ts';
import { FramesJournal } from './frames-table.ts';
import type { FrameRow } from './frames-table.ts';
import { openObject } from './open-object.ts';
import type { ObjectSource } from './types.ts';

export interface EmbedObjectsOptions {
  /** Bundle folder or name of a shipped model. */
  readonly model: string;
  readonly inputs: readonly string[];
  /** Folder of the arrays. */
  readonly out: string;
  /** Objects of fewer frames get no array; 2 by default. */
  readonly minFrames?: number | undefined;
  /** Leave the arrays that are there. */
  readonly resume?: boolean | undefined;
  /** Replace them. */
  readonly force?: boolean | undefined;
  readonly hdus?: readonly HduSelector[] | undefined;
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onFailure?: ((failure: Failure) => void) | undefined;
  readonly onNote?: ((note: string) => void) | undefined;
  readonly onProgress?: ((progress: EmbedObjectsProgress) => void) | undefined;
}

export interface EmbedObjectsProgress {
  readonly frames: number;
  readonly objectsDone: number;
  readonly objects: number;
}

export interface EmbedObjectsSummary {
  readonly model: string;
  readonly sha256: string;
  /** Numbers for each frame. */
  readonly dimensions: number;
  /** Objects whose array was written, and those whose array was there. */
  readonly objects: number;
  readonly kept: number;
  /** In the arrays written. */
  readonly frames: number;
  readonly padded: number;
  readonly empty: number;
  readonly out: string;
  readonly notes: readonly string[];
  readonly failed: readonly Failure[];
  readonly interrupted: boolean;
}

/**
 * Writes an encoder's means for every frame of every object: `<oid>.npy` [T, means] float32, frames in order of time, and `frames.parquet`,
 * which says which frame a row is of. Frames are run in batches across objects. A frame that cannot be used has no row, an object of too few
 * frames no array; each is named.
 * @throws SurveyError MODEL_NOT_FOUND, MODEL_INVALID, MODEL_TASK, NO_STAMPS, OPTION_INVALID, OUTPUT_EXISTS, RESUME_MISMATCH,
 * OUTPUT_UNWRITABLE, DISK_FULL
 */
export async function embedObjects(options: EmbedObjectsOptions): Promise<EmbedObjectsSummary> {
  const bundle = await openBundle(options.model, 'encoder');
  const { description, sha256 } = bundle;
  if (description.input.channels !== 1) {
    const detail = `takes stamps of ${description.input.channels} channels; frames have one`;
    throw new SurveyError('OPTION_INVALID', detail, { path: options.model });
  }
  const failed: Failure[] = [];
  const fail = (failure: Failure): void => {
    failed.push(failure);
    options.onFailure?.(failure);
  };
  const objects = await findObjects(options.inputs, { onFailure: fail, except: options.out });
  const journal = new FramesJournal(options.out, sha256);
  const isThere = (oid: string): boolean => existsSync(join(options.out, `${oid}.npy`));
  if (options.force) await journal.clear();
  else if (!options.resume) await refuseArrays(options.out);
  const known = await journal.start();
  const notes = new FrameNotes();
  let kept = 0;
  let unknown = 0;
  const batch = await openStampBatch(bundle, options.threads ?? availableParallelism());
  const writer = new ArrayWriter(batch, journal, fail, {
    out: options.out,
    dimensions: description.means ?? description.dimensions,
    minFrames: options.minFrames ?? 2,
  });
  try {
    for (const [k, source] of objects.entries()) {
      if (options.signal?.aborted) break;
      if (options.resume && isThere(source.oid)) {
        kept++;
        if (!known.has(source.oid)) unknown++;
        continue;
      }
      const frames = await openObject(source, description.input, {
        onFailure: fail,
        hdus: options.hdus,
      }).catch((error: unknown) => fail(toFailure(error, source.path, null, 'READ_FAILED')));
      if (frames === undefined) continue;
      notes.add(source.oid, frames.notes);
      writer.start(source);
      for await (const { stamp, ...row } of frames.read()) {
        await writer.add(row, stamp);
        if (options.signal?.aborted) break;
      }
      if (options.signal?.aborted) break;
      await writer.end();
      options.onProgress?.({ frames: writer.frames, objectsDone: k + 1, objects: objects.length });
    }
    await writer.finish();
  } finally {
    await batch.close();
  }
  await journal.writeTable(isThere);
  const lines = notes.lines();
  if (unknown > 0)
    lines.push(`${unknown} arrays were there from elsewhere: frames.parquet has no rows of them`);
  lines.forEach((line) => options.onNote?.(line));
  return {
    model: description.name,
    sha256,
    dimensions: description.means ?? description.dimensions,
    objects: writer.objects,
    kept,
    frames: writer.frames,
    padded: writer.padded,
    empty: writer.empty,
    out: options.out,
    notes: lines,
    failed,
    interrupted: options.signal?.aborted === true,
  };
}

/** @throws SurveyError OUTPUT_EXISTS */
async function refuseArrays(out: string): Promise<void> {
  if (!existsSync(out)) return;
  const first = (await readdir(out)).find((name) => name.endsWith('.npy'));
  if (first === undefined) return;
  throw new SurveyError('OUTPUT_EXISTS', `holds arrays already (${first} …); --resume leaves them`, {
    path: out,
  });
}

interface OpenArray {
  readonly source: ObjectSource;
  readonly frames: FrameRow[];
  readonly rows: Float32Array[];
  /** Frames without an answer yet. */
  waiting: number;
  ended: boolean;
}

/** Collects answers, which come batch by batch, into one array an object. */
class ArrayWriter {
  objects = 0;
  frames = 0;
  padded = 0;
  empty = 0;
  readonly #batch: StampBatch;
  readonly #journal: FramesJournal;
  readonly #fail: (failure: Failure) => void;
  readonly #settings: { readonly out: string; readonly dimensions: number; readonly minFrames: number };
  /** In order; the last one gets the frames. */
  readonly #open: OpenArray[] = [];
  #asked: { readonly array: OpenArray; readonly row: FrameRow }[] = [];

  constructor(
    batch: StampBatch,
    journal: FramesJournal,
    fail: (failure: Failure) => void,
    settings: { readonly out: string; readonly dimensions: number; readonly minFrames: number },
  ) {
    this.#batch = batch;
    this.#journal = journal;
    this.#fail = fail;
    this.#settings = settings;
  }

  start(source: ObjectSource): void {
    this.#open.push({ source, frames: [], rows: [], waiting: 0, ended: false });
  }

  async add(row: FrameRow, stamp: Float64Array): Promise<void> {
    const array = this.#open.at(-1)!;
    array.waiting++;
    this.#asked.push({ array, row });
    this.#batch.add(row.path, row.index, stamp);
    if (this.#batch.full) await this.#answer();
  }

  /** The object at hand is complete. */
  async end(): Promise<void> {
    this.#open.at(-1)!.ended = true;
    await this.#write();
  }

  async finish(): Promise<void> {
    await this.#answer();
  }

  async #answer(): Promise<void> {
    const asked = this.#asked;
    this.#asked = [];
    for (const [k, { values }] of (await this.#batch.run()).entries()) {
      const { array, row } = asked[k];
      array.waiting--;
      if (values === null) {
        const error = new SurveyError('STAMP_NO_ANSWER', `frame ${row.index} has no answer`, {
          path: row.path,
        });
        this.#fail(toFailure(error, row.path, null, 'STAMP_NO_ANSWER'));
        continue;
      }
      array.frames.push(row);
      array.rows.push(values.slice(0, this.#settings.dimensions));
    }
    await this.#write();
  }

  async #write(): Promise<void> {
    while (this.#open.length > 0 && this.#open[0].ended && this.#open[0].waiting === 0) {
      const { source, frames, rows } = this.#open.shift()!;
      const { out, dimensions, minFrames } = this.#settings;
      if (rows.length === 0 || rows.length < minFrames) {
        const detail = `object ${source.oid} has ${rows.length} frame${rows.length === 1 ? '' : 's'} that can be used; ${Math.max(1, minFrames)} are needed`;
        const error = new SurveyError('SEQUENCE_SHORT', detail, { path: source.path });
        this.#fail(toFailure(error, source.path, null, 'SEQUENCE_SHORT'));
        continue;
      }
      const data = new Float32Array(rows.length * dimensions);
      rows.forEach((row, k) => data.set(row, k * dimensions));
      await this.#journal.add(source.oid, frames);
      await writeWhole(join(out, `${source.oid}.npy`), encodeNpy({ shape: [rows.length, dimensions], data }));
      this.objects++;
      this.frames += rows.length;
      this.padded += frames.filter(({ padded }) => padded).length;
      this.empty += frames.filter(({ empty }) => empty).length;
    }
  }
}
