import type { StampInput } from '../bundle-description.ts';
import { toFailure } from '../errors.ts';
import { openNpyStamps } from '../stamps/npy-source.ts';
import { finishFrame } from './finish-frame.ts';
import { openFitsFrames } from './fits-frames.ts';
import type { FrameReadOptions, ObjectFrames, ObjectSource } from './types.ts';

/** Frames of a stack read at once. */
const stackFrames = 256;

/**
 * Opens the frames of one object for a model's input of one channel. Frames that cannot be used are handed to `onFailure` one by one.
 * @throws system errors where the folder cannot be read
 */
export function openObject(
  source: ObjectSource,
  input: StampInput,
  options: FrameReadOptions,
): Promise<ObjectFrames> {
  if (input.channels !== 1) {
    throw new RangeError(`frames have one channel, the model takes ${input.channels}; take another model`);
  }
  return source.kind === 'folder'
    ? openFitsFrames(source, input, options)
    : Promise.resolve(openStack(source, input, options));
}

/** A stack keeps its order; it knows no times. */
function openStack({ oid, path }: ObjectSource, input: StampInput, options: FrameReadOptions): ObjectFrames {
  return {
    oid,
    notes: [],
    async *read() {
      let stack;
      try {
        stack = await openNpyStamps(path, input, {});
        const area = input.width * input.height;
        for (let from = 0; from < stack.count; from += stackFrames) {
          const pixels = await stack.read(from, Math.min(stack.count, from + stackFrames));
          for (let k = 0; k * area < pixels.length; k++) {
            const about = { path, index: from + k, mjd: null, padded: false };
            yield finishFrame(about, pixels.subarray(k * area, (k + 1) * area));
          }
        }
      } catch (error) {
        options.onFailure(toFailure(error, path, null, 'READ_FAILED'));
      } finally {
        await stack?.close();
      }
    },
  };
}
