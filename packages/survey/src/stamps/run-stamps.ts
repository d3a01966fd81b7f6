import { availableParallelism } from 'node:os';
import { SurveyError, toFailure } from '../errors.ts';
import type { Failure } from '../errors.ts';
import { expandInputs } from '../inputs/index.ts';
import type { ExpandedInputs, InputFile } from '../inputs/index.ts';
import { isArrayName, openStamps } from './open-stamps.ts';
import { openStampBatch } from './stamp-batch.ts';
import type { StampAnswer, StampBundle } from './stamp-batch.ts';
import { findStampSet } from './stamp-set.ts';
import type { StampReadOptions, StampSource } from './types.ts';

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
): Promise<StampRun> {
  const { files, failures } = await expandStamps(options.inputs);
  const failed: Failure[] = [];
  const fail = (failure: Failure): void => {
    failed.push(failure);
    options.onFailure?.(failure);
  };
  failures.forEach(fail);
  if (files.length === 0 && failed.length === 0)
    throw new SurveyError('NO_STAMPS', 'no stamps there', { path: options.inputs.join(', ') });
  const batch = await openStampBatch(bundle, options.threads ?? availableParallelism());
  const answer = async (): Promise<void> => {
    for (const each of await batch.run()) {
      if (each.values === null && !each.empty) fail(noAnswer(each));
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
          batch.add(block.path, block.from + i, block.stamp(i));
          stamps++;
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
  return { stamps, files: filesDone, failed, interrupted: options.signal?.aborted === true };
}

/** The files that inputs name: what {@link expandInputs} finds, and of a folder that is a set of stamps its array. */
export async function expandStamps(inputs: readonly string[]): Promise<ExpandedInputs> {
  const paths = inputs.map((path) => findStampSet(path)?.stamps ?? path);
  return expandInputs(paths, { alsoNamed: isArrayName });
}

/** Some stamps of one file. */
export interface StampBlock {
  readonly path: string;
  readonly from: number;
  readonly count: number;
  /** Share of the file done with these. */
  readonly fraction: number;
  stamp(i: number): Float64Array;
}

/** The stamps of a file, some at a time; what stops its reading is a failure and ends it. */
export async function* readBlocks(
  file: InputFile,
  { description: { input } }: Pick<StampBundle, 'description'>,
  size: number,
  options: StampReadOptions,
  fail: (failure: Failure) => void,
): AsyncGenerator<StampBlock> {
  let source: StampSource | null = null;
  try {
    source = await openStamps(file.path, file.selectors, input, options);
    for (let from = 0; from < source.count; from += size) {
      const count = Math.min(size, source.count - from);
      const values = await source.read(from, from + count);
      const sample = values.length / count;
      yield {
        path: source.path,
        from,
        count,
        fraction: (from + count) / source.count,
        stamp: (i) => values.subarray(i * sample, (i + 1) * sample),
      };
    }
  } catch (error) {
    fail(toFailure(error, file.path, null, 'READ_FAILED'));
  } finally {
    await source?.close();
  }
}

function noAnswer({ path, index }: StampAnswer): Failure {
  return toFailure(
    new SurveyError('STAMP_NO_ANSWER', `stamp ${index} has no answer`, { path }),
    path,
    null,
    'STAMP_NO_ANSWER',
  );
}
