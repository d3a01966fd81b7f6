import type { StampDescription } from '../bundle-description.ts';
import { stampProbabilities } from './stamp-figures.ts';

/**
 * Standard deviation over answers of the probability: of the only class named, or of the one likeliest on the mean. Before calibration: the
 * temperature is that of the mean.
 * @param logits [n, answers · outputs]
 */
export function spreadOf(
  logits: ArrayLike<number>,
  count: number,
  { classes }: Pick<StampDescription, 'classes'>,
): Float64Array {
  const outputs = classes.length;
  const k = Math.max(2, outputs);
  const answers = logits.length / (count * outputs);
  const all = stampProbabilities(logits, k);
  return Float64Array.from({ length: count }, (_, i) => {
    const of = (c: number) =>
      Float64Array.from({ length: answers }, (__, a) => all[(i * answers + a) * k + c]);
    const means = Array.from({ length: k }, (__, c) => of(c).reduce((sum, p) => sum + p, 0) / answers);
    const c = outputs === 1 ? 1 : means.indexOf(Math.max(...means));
    return Math.sqrt(of(c).reduce((sum, p) => sum + (p - means[c]) ** 2, 0) / answers);
  });
}
