import type { StampBundle } from '../stamps/stamp-batch.ts';
import { openStampExplainer, stampsTogether } from './stamp-explainer.ts';
import type { ExplainerOptions, StampExplanation } from './stamp-explainer.ts';

/** Stamps in memory. */
export interface StampSeries {
  readonly count: number;
  /** Stamp `n`, [C, H, W], in its own units; it may be changed. */
  stamp(n: number): Float64Array;
  /** The class to explain of stamp `n`; the one the network decides for where it is absent. */
  readonly classes?: readonly (string | undefined)[];
}

/**
 * Explains stamps in memory, as a report does with the ones a model got wrong: where does the answer come from? null for a stamp without
 * an answer.
 * @throws SurveyError EXPLAIN_UNSUPPORTED, EXPLAIN_LAYER, EXPLAIN_CLASS, OPTION_INVALID, MODEL_INVALID
 */
export async function explainStamps(
  bundle: StampBundle,
  stamps: StampSeries,
  options: ExplainerOptions = {},
): Promise<(StampExplanation | null)[]> {
  const explainer = await openStampExplainer(bundle, options);
  try {
    const out: (StampExplanation | null)[] = [];
    for (let from = 0; from < stamps.count; from += stampsTogether) {
      const count = Math.min(stampsTogether, stamps.count - from);
      const some = Array.from({ length: count }, (_, i) => stamps.stamp(from + i));
      out.push(...(await explainer.explain(some, stamps.classes?.slice(from, from + count))));
    }
    return out;
  } finally {
    await explainer.close();
  }
}
