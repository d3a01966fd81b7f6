import { availableParallelism } from 'node:os';
import { SurveyError, toFailure } from '../errors.ts';
import type { Failure } from '../errors.ts';
import { expandInputs } from '../inputs/index.ts';
import type { ExpandedInputs, InputFile } from '../inputs/index.ts';
import { holdsStamps, isAlertName, openStamps } from './open-stamps.ts';
import { noFiniteAnswer, openStampBatch } from './stamp-batch.ts';
import type { StampAnswer, StampBundle } from './stamp-batch.ts';
import type { ReadStamp, StampReadOptions, StampSource, StampStream } from './types.ts';
import { findStampSet } from './stamp-set.ts';

export interface RunStampsOptions extends StampReadOptions {
  readonly inputs: readonly string[];
  /** Threads of the network; all cores by default. */
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onFailure?: ((failure: Failure) => void) | undefined;
  readonly onProgress?: ((progress: StampProgress) => void) | undefined;
}

export interface StampProgress {
  readonly stamps: number;
  readonly files: number;
  readonly filesDone: number;
  /** 0…1 */
  readonly fraction: number;
}

export interface StampRun {
  readonly stamps: number;
  /** How many have no answer, by reason. */
  readonly unscored: Readonly<Record<string, number>>;
  readonly files: number;
  readonly failed: readonly Failure[];
  readonly interrupted: boolean;
}

/**
 * Runs a model over all stamps of all inputs, in order and batch by batch, so that memory does not grow with their number. An input that
 * cannot be read is a failure of its own and the rest goes on; an abort stops after the batch at hand.
 * @throws SurveyError NO_STAMPS, MODEL_INVALID, and what `onAnswer` throws
 */
export async function runStamps(
  bundle: StampBundle,
  options: RunStampsOptions,
  onAnswer: (answer: StampAnswer) => Promise<void>,
  found: ExpandedInputs | Promise<ExpandedInputs> = findStamps(options),
): Promise<StampRun> {
  const { files, failures } = await found;
  const failed: Failure[] = [];
  const fail = (failure: Failure): void => {
    failed.push(failure);
    options.onFailure?.(failure);
  };
  failures.forEach(fail);
  if (files.length === 0 && failed.length === 0)
    throw new SurveyError('NO_STAMPS', 'no stamps there', { path: options.inputs.join(', ') });
  const unscored = new Reasons();
  const batch = await openStampBatch(bundle, options.threads ?? availableParallelism());
  const answer = async (): Promise<void> => {
    for (const each of await batch.run()) {
      if (each.reason !== null) unscored.add(each.reason);
      if (each.reason === noFiniteAnswer) fail(noAnswer(each));
      await onAnswer(each);
    }
  };
  let stamps = 0;
  let filesDone = 0;
  try {
    for (const file of files) {
      if (options.signal?.aborted) break;
      for await (const block of readBlocks(file, bundle, batch.capacity, options, fail)) {
        for (let i = 0; i < block.count; i++) {
          const { values, damage, ...about } = block.stamp(i);
          batch.add(block.path, block.from + i, values, about);
          stamps++;
          if (damage) fail(damaged(block.path, about.reason));
          if (batch.full) await answer();
        }
        const fraction = (filesDone + block.fraction) / files.length;
        options.onProgress?.({ stamps, files: files.length, filesDone, fraction });
        if (options.signal?.aborted) break;
      }
      filesDone++;
    }
    await answer();
  } finally {
    await batch.close();
  }
  return {
    stamps,
    unscored: unscored.counts,
    files: filesDone,
    failed,
    interrupted: options.signal?.aborted === true,
  };
}

/**
 * The files of stamps that the inputs name: of a folder that is a set of stamps its array. In other folders these are FITS files and
 * alerts: arrays may be anything.
 */
export function findStamps({ inputs }: Pick<RunStampsOptions, 'inputs'>): Promise<ExpandedInputs> {
  const paths = inputs.map((path) => findStampSet(path)?.stamps ?? path);
  return expandInputs(paths, { alsoNamed: holdsStamps, alsoInFolders: isAlertName });
}

/** Counts of reasons; of a file full of nonsense the first kinds stand for the rest. */
class Reasons {
  readonly counts: Record<string, number> = {};
  #kinds = 0;

  add(reason: string): void {
    // Places in a file differ from one damage to the next.
    const kind = reason.replace(/^damaged at byte \d+: .*$/s, 'damaged');
    const known = kind in this.counts;
    const name = known || this.#kinds < 50 ? kind : 'other reasons';
    if (!(name in this.counts)) this.#kinds++;
    this.counts[name] = (this.counts[name] ?? 0) + 1;
  }
}

/** Some stamps of one file. */
export interface ReadBlock {
  readonly path: string;
  readonly from: number;
  readonly count: number;
  /** Share of the file done with these. */
  readonly fraction: number;
  stamp(i: number): ReadStamp;
}

/** The stamps of a file, some at a time; what stops its reading is a failure and ends it. */
export async function* readBlocks(
  file: InputFile,
  { description: { input } }: Pick<StampBundle, 'description'>,
  size: number,
  options: StampReadOptions,
  fail: (failure: Failure) => void,
): AsyncGenerator<ReadBlock> {
  let source: StampSource | StampStream | null = null;
  try {
    source = await openStamps(file.path, file.selectors, input, options);
    yield* 'count' in source ? sourceBlocks(source, size) : streamBlocks(source, size);
  } catch (error) {
    fail(toFailure(error, file.path, null, 'READ_FAILED'));
  } finally {
    await source?.close();
  }
}

async function* sourceBlocks(source: StampSource, size: number): AsyncGenerator<ReadBlock> {
  const { path } = source;
  for (let from = 0; from < source.count; from += size) {
    const count = Math.min(size, source.count - from);
    const values = await source.read(from, from + count);
    const sample = values.length / count;
    const stamp = (i: number): ReadStamp => ({
      values: values.subarray(i * sample, (i + 1) * sample),
      reason: null,
      facts: null,
    });
    yield { path, from, count, fraction: (from + count) / source.count, stamp };
  }
}

async function* streamBlocks(stream: StampStream, size: number): AsyncGenerator<ReadBlock> {
  let from = 0;
  for await (const { stamps, fraction } of stream.blocks(size)) {
    yield { path: stream.path, from, count: stamps.length, fraction, stamp: (i) => stamps[i] };
    from += stamps.length;
  }
}

/** Of an alert whose stamps cannot be read. */
export function damaged(path: string, reason: string | null): Failure {
  const error = new SurveyError('ALERT_DAMAGED', reason ?? 'damaged', { path });
  return toFailure(error, path, null, 'ALERT_DAMAGED');
}

function noAnswer({ path, index }: StampAnswer): Failure {
  return toFailure(
    new SurveyError('STAMP_NO_ANSWER', `stamp ${index} has no answer`, { path }),
    path,
    null,
    'STAMP_NO_ANSWER',
  );
}
