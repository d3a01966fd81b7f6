import { checkScores } from '../check-scores.ts';
import type { Calibration, CalibrationData, NotCalibrated } from './types.ts';

/**
 * Isotonic regression of the label on the score by pool-adjacent-violators (Ayer et al. 1955; Zadrozny and Elkan 2002):
 * the non-decreasing step function nearest in squared error. Equal scores are pooled first. Needs a few hundred
 * examples; below that Platt scaling is steadier (Niculescu-Mizil and Caruana 2005).
 */
export function fitIsotonic(
  data: CalibrationData,
): Extract<Calibration, { kind: 'isotonic' }> | NotCalibrated {
  checkScores(data);
  const { scores, labels, weights } = data;
  if (scores.length === 0) return { kind: 'none', reason: 'no examples to calibrate on' };
  const order = Uint32Array.from({ length: scores.length }, (_, i) => i).sort(
    (i, j) => scores[i] - scores[j],
  );
  // Blocks of pooled examples: first and last score, total weight, weighted mean.
  const blocks: { first: number; last: number; weight: number; mean: number }[] = [];
  for (let k = 0; k < order.length;) {
    const score = scores[order[k]];
    let weight = 0;
    let sum = 0;
    for (; k < order.length && scores[order[k]] === score; k++) {
      const w = weights === undefined ? 1 : weights[order[k]];
      weight += w;
      sum += w * labels[order[k]];
    }
    if (weight === 0) continue;
    let block = { first: score, last: score, weight, mean: sum / weight };
    for (
      let previous = blocks.at(-1);
      previous !== undefined && previous.mean >= block.mean;
      previous = blocks.at(-1)
    ) {
      const total = previous.weight + block.weight;
      const mean = (previous.weight * previous.mean + block.weight * block.mean) / total;
      block = { first: previous.first, last: block.last, weight: total, mean };
      blocks.pop();
    }
    blocks.push(block);
  }
  if (blocks.length === 0) return { kind: 'none', reason: 'all weights are 0' };
  const knots: number[] = [];
  const probabilities: number[] = [];
  for (const { first, last, mean } of blocks) {
    knots.push(first);
    probabilities.push(mean);
    if (last > first) {
      knots.push(last);
      probabilities.push(mean);
    }
  }
  return { kind: 'isotonic', scores: knots, probabilities };
}
