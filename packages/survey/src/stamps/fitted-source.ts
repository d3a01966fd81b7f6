import type { StampInput } from '../bundle-description.ts';
import { SurveyError } from '../errors.ts';
import { fits, placeStamp } from './fit.ts';
import type { StampFit } from './fit.ts';
import type { StampSource } from './types.ts';

/** A stack of stamps of another size, each brought to the model's. @throws SurveyError STAMP_SHAPE where `fit` does not allow it */
export function fitted(
  source: StampSource,
  own: StampInput,
  input: StampInput,
  fit: StampFit | undefined,
): StampSource {
  if (own.width === input.width && own.height === input.height) return source;
  if (!fits(own.width, input.width, fit) || !fits(own.height, input.height, fit)) {
    const what = `holds stamps of ${own.width} × ${own.height} pixels (width × height), the model takes ${input.width} × ${input.height} (--fit ${fit})`;
    throw new SurveyError('STAMP_SHAPE', what, { path: source.path });
  }
  return {
    path: source.path,
    count: source.count,
    async read(from, to) {
      const values = await source.read(from, to);
      const sample = own.channels * own.width * own.height;
      const size = input.channels * input.width * input.height;
      const out = new Float64Array((to - from) * size);
      for (let i = 0; i < to - from; i++)
        out.set(placeStamp(values.subarray(i * sample, (i + 1) * sample), own, input, fit), i * size);
      return out;
    },
    close: () => source.close(),
  };
}
