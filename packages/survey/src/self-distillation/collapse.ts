import type { Metrics } from '@blemish/engine';
import type { SelfDistillationRecipe } from '../self-distillation-recipe.ts';

/** One bound that an epoch's figures do not keep. */
export interface Collapse {
  readonly measure: 'rank' | 'deviation' | 'spread' | 'evenness';
  readonly value: number;
  readonly bound: number;
  /** One sentence: what was found, against which bound, what it means and what to try. */
  readonly message: string;
}

/**
 * Whether a training has collapsed by the figures of its held-out CCDs, null where it has not. A figure that is not finite counts as
 * collapsed.
 * @param outputs of the head, whose logarithm is the largest entropy
 */
export function findCollapse(
  { rank, deviation, spread, entropy }: Metrics,
  bounds: SelfDistillationRecipe['collapse'],
  outputs: number,
): Collapse | null {
  const most = Math.log(outputs);
  const found = (measure: Collapse['measure'], value: number, what: string, remedy: string): Collapse => {
    const bound = bounds[measure];
    const side = measure === 'evenness' ? 'above' : 'below';
    const message = `${what} ${value.toPrecision(3)}, ${side} ${bound} (collapse.${measure}); ${remedy}`;
    return { measure, value, bound, message };
  };
  const same = 'CCDs get nearly the same embedding: lower training.learning_rate or raise training.momentum';
  if (!(deviation >= bounds.deviation))
    return found('deviation', deviation, 'the standard deviation of embeddings is', same);
  if (!(rank >= bounds.rank)) return found('rank', rank, 'the effective rank of embeddings is', same);
  if (!(spread / most >= bounds.spread))
    return found(
      'spread',
      spread / most,
      "the entropy of the teacher's mean answer, as a share of the largest, is",
      'one output takes all CCDs: lower training.center_momentum or raise training.teacher_temperature',
    );
  if (!(entropy / most <= bounds.evenness))
    return found(
      'evenness',
      entropy / most,
      "the entropy of the teacher's answers, as a share of the largest, is",
      'they say nothing of a CCD: lower training.teacher_temperature',
    );
  return null;
}
