import {
  bootstrapMany,
  brierScore,
  classIntervals,
  confusionCounts,
  confusionMetrics,
  correctPrior,
  coverageAccuracy,
  expectedCalibrationError,
  averagePrecision,
  groupedProportion,
  intersectionOverUnion,
  logLoss,
  macroAverage,
  precisionRecallCurve,
  recallAtFprInterval,
  reliabilityBins,
  rocAucInterval,
  rocBand,
  rocCurve,
} from '@blemish/evaluate';
import type { BinaryScores, Interval, Measure, ThresholdChoice } from '@blemish/evaluate';
import { confusionTable } from './confusion-table.ts';
import { topOne } from './top-one.ts';
import type { ClassMetrics, EvaluatedImage, EvaluationReportData, ReportModel, SnrBin } from './types.ts';

export interface EvaluationInput extends Pick<
  EvaluationReportData,
  'title' | 'generatedAt' | 'command' | 'dataset' | 'settings' | 'versions' | 'learningCurves' | 'beside'
> {
  readonly model: ReportModel;
  readonly threshold: ThresholdChoice;
  readonly images: readonly EvaluatedImage[];
  readonly classNames: readonly string[];
  /** Classes among which a single answer is asked for (all). */
  readonly topClasses?: readonly string[] | undefined;
  /** Whether the probabilities of the classes and of none add up to 1 (false): then none is answered where it is likelier than any class. */
  readonly isExclusive?: boolean | undefined;
  readonly simulated: boolean;
  readonly reported?: string | undefined;
  readonly dataSha256?: string | undefined;
  /** Signal-to-noise from which figures are demanded (5). */
  readonly minimumSnr?: number | undefined;
  /** False-positive rates of the recall figures (0.1 % and 1 %); recall against signal-to-noise is at the last. */
  readonly fprs?: readonly number[] | undefined;
  readonly samples?: number | undefined;
  readonly seed?: number | undefined;
  readonly confidence?: number | undefined;
  /** Edges of the bins of signal-to-noise (1, 2, 3.5, 5, 10, 20, 50, 100, 300). */
  readonly snrEdges?: readonly number[] | undefined;
}

/**
 * Every figure of the evaluation report from predictions on a test set.
 *
 * Rules: an image is bad where an artifact of signal-to-noise ≥ `minimumSnr` is on it, good where none at all is; images
 * with fainter artifacts only count in `auc_all_snr` and in the curves against signal-to-noise. A class's negatives are
 * the images without it at any strength (other artifacts may be there). IoU is the mean over images with the class at
 * ≥ `minimumSnr`, its macro average over classes that have one. Log loss, Brier score, calibration error and reliability are
 * those of the probabilities corrected from the threshold's prior to the share of bad images here. `majority_accuracy` is that of
 * always saying what is commoner, good or bad; `top1_…` are those of `topOne`, where "No artifact" is answered if it is likelier than any
 * artifact at that share.
 * `false_flags_per_exposure` is the share of good CCDs flagged at the threshold, times the CCDs of an exposure.
 * @throws RangeError without images.
 */
export function buildEvaluation(input: EvaluationInput): EvaluationReportData {
  const {
    images,
    classNames,
    minimumSnr = 5,
    fprs = [0.001, 0.01],
    samples = 1000,
    seed = 0,
    confidence = 0.95,
  } = input;
  if (images.length === 0) throw new RangeError('images is empty: nothing to evaluate');
  const options = { samples, seed, confidence };
  const groups = images.map(({ group }) => group);
  const scores = Float64Array.from(images, ({ probability }) => probability);
  const strongest = images.map(({ truth }) => Math.max(-Infinity, ...truth.map(({ snr }) => snr)));
  const all: BinaryScores = { scores, labels: strongest.map((snr) => (snr > -Infinity ? 1 : 0)) };
  const kept = images.flatMap((_, i) =>
    strongest[i] >= minimumSnr || strongest[i] === -Infinity ? [i] : [],
  );
  const data: BinaryScores = { scores: kept.map((i) => scores[i]), labels: kept.map((i) => all.labels[i]) };
  const keptGroups = kept.map((i) => groups[i]);
  const { threshold, prior } = input.threshold;
  // Probabilities stand for a night where `prior` of the CCDs are bad; here `share` are. Calibration is judged at the share of these data.
  const share = Array.from(data.labels).reduce((sum, label) => sum + label, 0) / kept.length;
  const toShare = (p: number) => (share > 0 && share < 1 ? correctPrior(p, prior, share) : p);
  const atShare = { ...data, scores: Array.from(data.scores, toShare) };

  const isBad = share >= 0.5;
  const [ap, loss, brier, ece, accuracy, majority] = bootstrapMany(
    (weights) => {
      const weighted = { ...data, weights };
      return [
        averagePrecision(weighted),
        logLoss({ ...atShare, weights }),
        brierScore({ ...atShare, weights }),
        expectedCalibrationError({ ...atShare, weights }),
        confusionMetrics(confusionCounts(weighted, threshold)).accuracy,
        confusionMetrics(confusionCounts(weighted, isBad ? -Infinity : Infinity)).accuracy,
      ];
    },
    keptGroups,
    options,
  );

  const perClass = classNames.map((name) => classData(name, images, minimumSnr));
  const intervals = classIntervals(perClass, fprs, groups, options);
  const overlaps = overlapIntervals(classNames, images, minimumSnr, groups, options);
  const edges = input.snrEdges ?? [1, 2, 3.5, 5, 10, 20, 50, 100, 300];
  const classes: ClassMetrics[] = classNames.map((name, k) => {
    const { labels } = perClass[k].data;
    const members = perClass[k].member;
    let nPositive = 0;
    let nNegative = 0;
    for (let i = 0; i < images.length; i++) {
      if (members[i] === 0) continue;
      if (labels[i] === 1) nPositive++;
      else nNegative++;
    }
    const { auc, averagePrecision: precision, recallAtFpr: recalls } = intervals.classes[k];
    return {
      name,
      nPositive,
      nNegative,
      auc,
      averagePrecision: precision,
      recallAtFpr: fprs.map((fpr, f) => ({ fpr, recall: recalls[f] })),
      iou: overlaps.classes[k],
      recallBySnr: recallBySnr(name, images, edges, fprs[fprs.length - 1], groups, {
        ...options,
        samples: Math.min(samples, 300),
      }),
    };
  });

  const counts = confusionCounts(data, threshold);
  const flagged = data.scores as number[];
  const over = flagged.map((p) => (p >= threshold ? 1 : 0));
  const good = Array.from(data.labels, (label) => 1 - label);
  const roc = rocBand(data, keptGroups, { ...options, samples: Math.min(samples, 300) });
  const curve = rocCurve(data);
  const pr = precisionRecallCurve(data);
  const covered = coverageAccuracy(
    flagged.map((p) => Math.abs(p - threshold)),
    flagged.map((_, i) => (over[i] === data.labels[i] ? 1 : 0)),
  );

  return {
    title: input.title,
    generatedAt: input.generatedAt,
    command: input.command,
    model: input.model,
    dataset: input.dataset,
    settings: input.settings,
    versions: input.versions,
    ...(input.learningCurves === undefined ? {} : { learningCurves: input.learningCurves }),
    ...(input.beside === undefined ? {} : { beside: input.beside }),
    metrics: {
      model: {
        ...{ name: input.model.name, version: input.model.version, sha256: input.model.sha256 },
        reported: input.reported ?? null,
        dataSha256: input.dataSha256 ?? null,
      },
      n: images.length,
      nGroups: new Set(groups).size,
      simulated: input.simulated,
      minimumSnr,
      fprs,
      bootstrap: { samples, confidence, seed, groups: 'exposure' },
      metrics: {
        auc: rocAucInterval(data, keptGroups, options),
        auc_all_snr: rocAucInterval(all, groups, options),
        ...byRate('recall_at_fpr', fprs, (fpr) => recallAtFprInterval(data, fpr, keptGroups, options)),
        macro_auc: intervals.macroAuc,
        ...byRate('macro_recall_at_fpr', fprs, (_, f) => intervals.macroRecallAtFpr[f]),
        false_flags_per_exposure: times(
          groupedProportion(over, good, keptGroups, options),
          input.threshold.ccdsPerExposure,
        ),
        macro_average_precision: intervals.macroAveragePrecision,
        mean_iou: overlaps.mean,
        average_precision: ap,
        accuracy,
        majority_accuracy: majority,
        ...topOne(
          images,
          input.topClasses ?? classNames,
          minimumSnr,
          ({ probability: any, classes: own }, likeliest) =>
            input.isExclusive === true ? 1 - any >= own[likeliest] : toShare(any) < 0.5,
          options,
        ),
        log_loss: loss,
        brier,
        expected_calibration_error: ece,
      },
      classes,
      threshold: input.threshold,
      atThreshold: {
        ...counts,
        fpr: groupedProportion(over, good, keptGroups, options),
        fnr: groupedProportion(
          over.map((flag) => 1 - flag),
          data.labels,
          keptGroups,
          options,
        ),
      },
    },
    roc:
      'fpr' in roc
        ? { x: [...roc.fpr], y: [...roc.tpr], low: [...roc.low], high: [...roc.high] }
        : { x: [], y: [] },
    precisionRecall: 'precision' in pr ? thin([...pr.recall], [...pr.precision]) : { x: [], y: [] },
    det:
      'fpr' in curve
        ? detPoints(curve.fpr, curve.tpr, curve.thresholds)
        : { fpr: [], fnr: [], thresholds: [] },
    reliability: reliabilityBins(atShare, { bins: 10 }).map(({ members, meanProbability }) => {
      const member = new Uint8Array(data.scores.length);
      for (const i of members) member[i] = 1;
      const observed = groupedProportion(data.labels, member, keptGroups, { ...options, samples: 300 });
      return { meanProbability, observed, n: members.length };
    }),
    histogram: scoreHistogram(data),
    confusion: confusionTable(images, classNames, threshold, minimumSnr),
    coverageAccuracy: thin([...covered.coverage], [...covered.accuracy]),
  };
}

/** One figure for each false-positive rate: `recall_at_fpr_0.001`. */
function byRate(
  name: string,
  fprs: readonly number[],
  figure: (fpr: number, f: number) => Interval,
): Record<string, Interval> {
  return Object.fromEntries(fprs.map((fpr, f) => [`${name}_${fpr}`, figure(fpr, f)]));
}

function times(interval: Interval, factor: number): Interval {
  if (interval.value === null) return interval;
  const { value, low, high } = interval;
  return { ...interval, value: factor * value, low: factor * low, high: factor * high };
}

/** Scores and labels of one class over all images; images with it below the minimum are not members. */
function classData(name: string, images: readonly EvaluatedImage[], minimumSnr: number) {
  const strength = images.map(({ truth }) =>
    Math.max(-Infinity, ...truth.filter((artifact) => artifact.className === name).map(({ snr }) => snr)),
  );
  return {
    name,
    data: {
      scores: images.map(({ classes }) => classes[name] ?? 0),
      labels: strength.map((snr) => (snr > -Infinity ? 1 : 0)),
    },
    member: strength.map((snr) => (snr >= minimumSnr || snr === -Infinity ? 1 : 0)),
    strength,
  };
}

function overlapIntervals(
  classNames: readonly string[],
  images: readonly EvaluatedImage[],
  minimumSnr: number,
  groups: readonly string[],
  options: { samples: number; seed: number; confidence: number },
): { readonly classes: (Interval | null)[]; readonly mean: Interval } {
  const values = classNames.map((name) =>
    images.map(({ truth, overlaps }): number | null => {
      if (!truth.some(({ className, snr }) => className === name && snr >= minimumSnr)) return null;
      const overlap = overlaps?.find(({ className }) => className === name)?.overlap;
      return overlap === undefined ? null : intersectionOverUnion(overlap).value;
    }),
  );
  const usable = values.flatMap((row, k) => (row.some((value) => value !== null) ? [k] : []));
  if (usable.length === 0) {
    return {
      classes: classNames.map(() => null),
      mean: { value: null, reason: 'no mask was compared with truth' },
    };
  }
  const intervals = bootstrapMany(
    (weights) => {
      const means = usable.map((k): Measure => {
        let sum = 0;
        let total = 0;
        values[k].forEach((value, i) => {
          if (value === null) return;
          sum += weights[i] * value;
          total += weights[i];
        });
        return total > 0 ? { value: sum / total } : { value: null, reason: 'not drawn' };
      });
      return [macroAverage(means), ...means];
    },
    groups,
    options,
  );
  const classes: (Interval | null)[] = classNames.map(() => null);
  usable.forEach((k, j) => (classes[k] = intervals[j + 1]));
  return { classes, mean: intervals[0] };
}

/** Recall of a class at the false-positive rate, in bins of its strongest artifact's signal-to-noise. */
function recallBySnr(
  name: string,
  images: readonly EvaluatedImage[],
  edges: readonly number[],
  fpr: number,
  groups: readonly string[],
  options: { samples: number; seed: number; confidence: number },
): SnrBin[] {
  const { data, strength } = classData(name, images, -Infinity);
  const negatives = data.scores.filter((_, i) => data.labels[i] === 0).sort((a, b) => b - a);
  // Above the (k + 1)-th largest negative at most k = ⌊fpr · n⌋ negatives are flagged.
  const cut =
    negatives.length === 0
      ? -Infinity
      : negatives[Math.min(negatives.length - 1, Math.floor(fpr * negatives.length * (1 + 1e-12)))];
  const hit = data.scores.map((score) => (score > cut ? 1 : 0));
  const bins: SnrBin[] = [];
  for (let b = 0; b + 1 < edges.length; b++) {
    const last = b + 2 === edges.length;
    const member = strength.map((snr) =>
      snr >= edges[b] && (snr < edges[b + 1] || (last && snr > -Infinity)) ? 1 : 0,
    );
    const n = member.reduce<number>((sum, one) => sum + one, 0);
    if (n > 0)
      bins.push({
        low: edges[b],
        high: edges[b + 1],
        n,
        recall: groupedProportion(hit, member, groups, options),
      });
  }
  return bins;
}

/** At most a few hundred points: a curve of a report needs no more. */
export function thin(x: number[], y: number[]): { x: number[]; y: number[] } {
  const step = Math.max(1, Math.ceil(x.length / 400));
  const keep = x.map((_, i) => i).filter((i) => i % step === 0 || i === x.length - 1);
  return { x: keep.map((i) => x[i]), y: keep.map((i) => y[i]) };
}

export function detPoints(fpr: Float64Array, tpr: Float64Array, thresholds: Float64Array) {
  // The first threshold is infinite: nothing flagged.
  const step = Math.max(1, Math.ceil(fpr.length / 2000));
  const keep = Array.from(fpr, (_, i) => i).filter((i) => i > 0 && (i % step === 0 || i === fpr.length - 1));
  return {
    fpr: keep.map((i) => fpr[i]),
    fnr: keep.map((i) => 1 - tpr[i]),
    thresholds: keep.map((i) => thresholds[i]),
  };
}

export function scoreHistogram({ scores, labels }: BinaryScores) {
  const bins = 25;
  const negative = new Array<number>(bins).fill(0);
  const positive = new Array<number>(bins).fill(0);
  for (let i = 0; i < scores.length; i++) {
    (labels[i] === 1 ? positive : negative)[Math.min(bins - 1, Math.floor(scores[i] * bins))]++;
  }
  return { edges: Array.from({ length: bins + 1 }, (_, i) => i / bins), negative, positive };
}
