import { loadModel } from '@blemish/engine';
import type { StampDescription } from '../bundle-description.ts';
import type { Bundle } from '../bundle.ts';
import { SurveyError } from '../errors.ts';
import type { ClassMap } from '../learning/class-map.ts';
import { canonicalLabel } from '../learning/class-map.ts';
import { toChannelsLast } from '../stamps/layout.ts';
import { networkShape } from '../stamps/stamp-batch.ts';
import type { StampSet } from '../stamps/stamp-set.ts';
import { StampFeed } from './stamp-feed.ts';

/** All classes of a model in the order of its probabilities; of two, the second is the positive one. */
export function classesOf({ classes, negative }: Pick<StampDescription, 'classes' | 'negative'>): string[] {
  return classes.length === 1 ? [negative ?? `not ${classes[0]}`, classes[0]] : [...classes];
}

/** Which texts of a label column a model knows: those it was trained with, and the names of its classes; 0 and 1 of two. */
export function labelsOf(description: StampDescription): ClassMap {
  const names = classesOf(description);
  const own = names.map((name) => [canonicalLabel(name), name] as const);
  const numbers = names.length === 2 ? names.map((name, k) => [String(k), name] as const) : [];
  return { names, labels: { ...Object.fromEntries([...numbers, ...own]), ...description.labels } };
}

/** @throws SurveyError STAMP_SHAPE */
export function requireExtents({ input }: StampDescription, set: StampSet): void {
  const { channels, height, width } = set;
  if (channels === input.channels && height === input.height && width === input.width) return;
  throw new SurveyError(
    'STAMP_SHAPE',
    `holds stamps of ${width} × ${height} pixels (width × height) with ${channels} channels; the model takes ${input.width} × ${input.height} with ${input.channels}`,
    { path: set.path },
  );
}

/** Stamps judged together at most, and values of a block at most: 8 MB. */
const largestBlock = 256;
const blockValues = 1 << 21;

/**
 * What a model says of the stamps at these places of a set: [n] log-odds of the second of two classes, or [n, K] logits. Not divided by a
 * temperature. NaN where the network gave no finite number.
 * @throws SurveyError MODEL_INVALID, STAMP_SHAPE
 */
export async function stampLogits(
  { description, network, folder }: Bundle<'stamp'>,
  set: StampSet,
  places: Int32Array,
  threads: number,
  onProgress: (done: number) => void = () => undefined,
): Promise<Float64Array> {
  requireExtents(description, set);
  const feed = new StampFeed(set, description.preprocess);
  const model = await loadModel(network, { threads }).catch((cause: unknown) => {
    throw new SurveyError('MODEL_INVALID', (cause as Error).message, { path: folder, cause });
  });
  const { input, output } = description.network;
  const fixed = model.inputs.find(({ name }) => name === input)?.shape[0] === 1;
  const block = fixed ? 1 : Math.max(1, Math.min(largestBlock, Math.floor(blockValues / feed.size)));
  const out = new Float64Array(places.length * description.classes.length);
  try {
    for (let from = 0; from < places.length; from += block) {
      const some = places.subarray(from, from + block);
      const values = feed.take(some);
      const data = description.input.layout === 'channels-last' ? toChannelsLast(values, set) : values;
      const answer = await model.run({
        [input]: { data, shape: networkShape(some.length, description.input) },
      });
      out.set(answer[output].data, from * description.classes.length);
      onProgress(from + some.length);
    }
  } finally {
    await model.close();
  }
  return out.map((value) => asLogit(value, description));
}

/** Probabilities as logits, kept within what a double can say of a probability near 0 or 1. */
function asLogit(value: number, { output, classes }: StampDescription): number {
  if (!Number.isFinite(value)) return NaN;
  if (output === 'logit') return value;
  const p = Math.min(1 - 1e-15, Math.max(1e-15, value));
  return classes.length === 1 ? Math.log(p) - Math.log1p(-p) : Math.log(p);
}
