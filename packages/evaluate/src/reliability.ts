import { checkProbabilities, checkScores } from './check-scores.ts';
import type { BinaryScores, Measure } from './types.ts';

export interface ReliabilityBinOptions {
  /** Number of bins (15, as Guo et al. 2017). */
  readonly bins?: number;
  /** `width`: equal steps of probability; `count`: equal numbers of images, better where most scores sit near 0. */
  readonly by?: 'width' | 'count';
}

/** Images whose probability falls in one bin; weights and means are weighted. */
export interface ReliabilityCount {
  readonly low: number;
  readonly high: number;
  /** Entries of the data in it, by index. */
  readonly members: readonly number[];
  readonly weight: number;
  readonly meanProbability: number;
  /** Share of positives. */
  readonly observed: number;
}

/**
 * Bins of a reliability diagram (Niculescu-Mizil and Caruana 2005): what was promised against what came true.
 * Bins are [low, high), the last closed; empty bins are left out.
 * @throws RangeError where a score is outside [0, 1] or `bins` is not a positive integer.
 */
export function reliabilityBins(data: BinaryScores, options: ReliabilityBinOptions = {}): ReliabilityCount[] {
  checkScores(data);
  checkProbabilities(data.scores);
  const { bins = 15, by = 'width' } = options;
  if (!Number.isInteger(bins) || bins < 1)
    throw new RangeError(`bins is ${bins}: give a positive whole number`);
  const { scores, labels, weights } = data;
  const edges =
    by === 'width' ? Array.from({ length: bins + 1 }, (_, i) => i / bins) : countEdges(scores, bins);
  const members: number[][] = Array.from({ length: edges.length - 1 }, () => []);
  for (let i = 0; i < scores.length; i++) members[binOf(scores[i], edges)].push(i);
  const result: ReliabilityCount[] = [];
  members.forEach((indices, bin) => {
    let weight = 0;
    let promised = 0;
    let positive = 0;
    for (const i of indices) {
      const w = weights === undefined ? 1 : weights[i];
      weight += w;
      promised += w * scores[i];
      positive += w * labels[i];
    }
    if (weight > 0) {
      result.push({
        low: edges[bin],
        high: edges[bin + 1],
        members: indices,
        weight,
        meanProbability: promised / weight,
        observed: positive / weight,
      });
    }
  });
  return result;
}

/**
 * Expected calibration error Σ (wᵦ / w) |observed − promised| over the bins (Guo et al. 2017, eq. 3, with the probability
 * of the positive class). It depends on the bins; small samples bias it upwards (each bin's noise counts as error).
 */
export function expectedCalibrationError(data: BinaryScores, options: ReliabilityBinOptions = {}): Measure {
  const bins = reliabilityBins(data, options);
  let total = 0;
  let sum = 0;
  for (const bin of bins) {
    total += bin.weight;
    sum += bin.weight * Math.abs(bin.observed - bin.meanProbability);
  }
  return total > 0 ? { value: sum / total } : { value: null, reason: 'no examples' };
}

function countEdges(scores: ArrayLike<number>, bins: number): number[] {
  const sorted = Float64Array.from(scores).sort();
  const edges = [0];
  for (let b = 1; b < bins; b++) {
    const edge = sorted[Math.floor((b * sorted.length) / bins)] ?? 1;
    if (edge > edges[edges.length - 1]) edges.push(edge);
  }
  if (edges[edges.length - 1] < 1) edges.push(1);
  return edges;
}

/** Last bin whose lower edge is not above the score. */
function binOf(score: number, edges: readonly number[]): number {
  let low = 0;
  let high = edges.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (edges[middle] <= score) low = middle;
    else high = middle - 1;
  }
  return low;
}
