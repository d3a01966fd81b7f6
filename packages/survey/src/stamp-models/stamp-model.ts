import type { StampDescription } from '../bundle-description.ts';
import type { Bundle } from '../bundle.ts';
import { SurveyError } from '../errors.ts';
import type { ClassMap } from '../learning/class-map.ts';
import { canonicalLabel } from '../learning/class-map.ts';
import { openStampRunner } from '../stamps/stamp-runner.ts';
import type { StampSet } from '../stamps/read-stamp-set.ts';
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

/** What a model says of stamps. */
export interface StampScores {
  /** [n] log-odds of the second of two classes, or [n, K] logits, not divided by a temperature; NaN where there is no finite number. */
  readonly logits: Float64Array;
  /** [n] standard deviation of the probability over members or passes; null where there is one answer. */
  readonly spread: Float64Array | null;
}

/**
 * Asks a model about the stamps at these places of a set.
 * @throws SurveyError MODEL_INVALID, STAMP_SHAPE
 */
export async function scoreStamps(
  bundle: Bundle<'stamp'>,
  set: StampSet,
  places: Int32Array,
  threads: number,
  onProgress: (done: number) => void = () => undefined,
): Promise<StampScores> {
  const { description } = bundle;
  requireExtents(description, set);
  const feed = new StampFeed(set, description.preprocess);
  const runner = await openStampRunner(bundle, threads);
  const width = description.classes.length;
  const logits = new Float64Array(places.length * width);
  let spread: Float64Array | null = null;
  try {
    for (let from = 0; from < places.length; from += runner.atOnce) {
      const some = places.subarray(from, from + runner.atOnce);
      const answers = await runner.run(feed.take(some));
      logits.set(answers.values, from * width);
      if (answers.spread !== null) (spread ??= new Float64Array(places.length)).set(answers.spread, from);
      onProgress(from + some.length);
    }
  } finally {
    await runner.close();
  }
  return { logits: logits.map((value) => asLogit(value, description)), spread };
}

/** Probabilities as logits, kept within what a double can say of a probability near 0 or 1. */
function asLogit(value: number, { output, classes }: StampDescription): number {
  if (!Number.isFinite(value)) return NaN;
  if (output === 'logit') return value;
  const p = Math.min(1 - 1e-15, Math.max(1e-15, value));
  return classes.length === 1 ? Math.log(p) - Math.log1p(-p) : Math.log(p);
}
