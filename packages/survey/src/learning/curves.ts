import {
  coverageAccuracy,
  groupedProportion,
  precisionRecallCurve,
  reliabilityBins,
  rocBand,
  rocCurve,
} from '@blemish/evaluate';
import type { BinaryScores } from '@blemish/evaluate';
import { detPoints, scoreHistogram, thin } from '../report/build-evaluation.ts';
import { largestLogit } from './scores.ts';
import type { EvaluationReportData } from '../report/types.ts';

/** Curves of the report of two classes. */
export type BinaryCurves = Pick<
  EvaluationReportData,
  'roc' | 'precisionRecall' | 'det' | 'reliability' | 'histogram' | 'coverageAccuracy'
>;

/** Samples of the bands: a picture needs fewer than a figure. */
const bandSamples = 200;

/** @returns null where one class is missing: there is nothing to draw */
export function binaryCurves(
  data: BinaryScores,
  groups: readonly string[] | null,
  threshold: number,
): BinaryCurves | null {
  const options = { samples: bandSamples };
  const roc = rocBand(data, groups ?? undefined, options);
  const curve = rocCurve(data);
  const pr = precisionRecallCurve(data);
  if (!('fpr' in roc) || !('fpr' in curve) || !('precision' in pr)) return null;
  const scores = Array.from(data.scores);
  // Distances in logits: on the scale of probabilities one side of an uneven threshold would count as surer than the other.
  const logit = (p: number) => Math.max(-largestLogit, Math.min(largestLogit, Math.log(p) - Math.log1p(-p)));
  const covered = coverageAccuracy(
    scores.map((p) => Math.abs(logit(p) - logit(threshold))),
    scores.map((p, i) => ((p >= threshold ? 1 : 0) === data.labels[i] ? 1 : 0)),
  );
  return {
    roc: { x: [...roc.fpr], y: [...roc.tpr], low: [...roc.low], high: [...roc.high] },
    precisionRecall: thin([...pr.recall], [...pr.precision]),
    det: detPoints(curve.fpr, curve.tpr, curve.thresholds),
    reliability: reliabilityBins(data, { bins: 10 }).map(({ members, meanProbability }) => {
      const member = new Uint8Array(scores.length);
      for (const i of members) member[i] = 1;
      const observed = groupedProportion(data.labels, member, groups, options);
      return { meanProbability, observed, n: members.length };
    }),
    histogram: scoreHistogram(data),
    coverageAccuracy: thin([...covered.coverage], [...covered.accuracy]),
  };
}
