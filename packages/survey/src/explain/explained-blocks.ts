import { SurveyError } from '../errors.ts';
import type { Failure } from '../errors.ts';
import { damaged, findStamps, readBlocks } from '../stamps/run-stamps.ts';
import type { RunStampsOptions } from '../stamps/run-stamps.ts';
import type { StampBundle } from '../stamps/stamp-batch.ts';
import { stampsTogether } from './stamp-explainer.ts';

/** Some stamps of one file. */
export interface ExplainedBlock {
  readonly path: string;
  /** Place of each in its file, from 0. */
  readonly places: readonly number[];
  /** Each [C, H, W]. */
  readonly pixels: readonly Float64Array[];
}

/** How a run over stamps ended. */
export interface ExplainedRun {
  readonly stamps: number;
  readonly files: number;
  readonly failed: readonly Failure[];
  readonly interrupted: boolean;
  /** Did the limit end it? */
  readonly limited: boolean;
}

/**
 * Hands over the first `limit` stamps of all inputs, in order and a few at a time. An input that cannot be read is a failure of its own and
 * the rest goes on.
 * @throws SurveyError NO_STAMPS, and what `onBlock` throws
 */
export async function eachBlock(
  bundle: Pick<StampBundle, 'description'>,
  options: RunStampsOptions & { readonly limit: number },
  onBlock: (block: ExplainedBlock, fail: (failure: Failure) => void) => Promise<void>,
): Promise<ExplainedRun> {
  const { files, failures } = await findStamps(options);
  const failed: Failure[] = [];
  const fail = (failure: Failure): void => {
    failed.push(failure);
    options.onFailure?.(failure);
  };
  failures.forEach(fail);
  if (files.length === 0 && failed.length === 0)
    throw new SurveyError('NO_STAMPS', 'no stamps there', { path: options.inputs.join(', ') });
  const { limit, signal } = options;
  let stamps = 0;
  let filesDone = 0;
  let limited = false;
  for (const file of files) {
    if (signal?.aborted || limited) break;
    for await (const block of readBlocks(file, bundle, stampsTogether, options, fail)) {
      const count = Math.min(block.count, limit - stamps);
      if (count > 0) {
        const places: number[] = [];
        const pixels: Float64Array[] = [];
        for (let i = 0; i < count; i++) {
          const { values, reason } = block.stamp(i);
          if (values === null) {
            fail(damaged(block.path, reason));
            continue;
          }
          places.push(block.from + i);
          pixels.push(values.slice());
        }
        await onBlock({ path: block.path, places, pixels }, fail);
        stamps += count;
      }
      limited = count < block.count;
      const fraction = (filesDone + block.fraction) / files.length;
      options.onProgress?.({ stamps, files: files.length, filesDone, fraction });
      if (signal?.aborted || limited) break;
    }
    filesDone++;
  }
  return { stamps, files: filesDone, failed, limited, interrupted: signal?.aborted === true };
}
