import {
  chooseAbstention,
  classificationMetrics,
  describeAbstention,
  thresholdForMaxFpr,
} from '@blemish/evaluate';
import type { Abstention, ClassificationMetrics } from '@blemish/evaluate';

/** Probabilities of stamps whose class is known. */
export interface ScoredStamps {
  readonly classes: readonly string[];
  readonly y: Int32Array;
  readonly groups: readonly string[] | null;
  /** [n, K] */
  readonly probabilities: Float64Array;
}

/** Everything measured of a classifier on one set of stamps; plain JSON. */
export interface StampFigures extends ClassificationMetrics {
  /** The same figures of always answering the commonest class. */
  readonly majority: {
    readonly answer: string;
    readonly metrics: ClassificationMetrics['metrics'];
  };
  /** Null where the model never says that it does not know. */
  readonly abstention: Abstention | null;
}

export interface MeasureStampsOptions {
  readonly threshold: number | null;
  /** Below which the answer is "don't know"; null: never. */
  readonly confidence: number | null;
  readonly samples?: number | undefined;
  readonly seed?: number | undefined;
}

/** All figures with intervals by bootstrap, of groups where there are some. */
export function measureStamps(scored: ScoredStamps, options: MeasureStampsOptions): StampFigures {
  const { classes, y, groups, probabilities } = scored;
  const { threshold, confidence, samples = 1000, seed = 0 } = options;
  const bootstrap = { samples, seed };
  const grouped = groups === null ? {} : { groups };
  const figures = classificationMetrics(y, probabilities, {
    ...{ classes, ...bootstrap, ...grouped },
    ...(threshold === null ? {} : { threshold }),
  });
  const counts = classes.map((_, c) => y.reduce((sum, label) => sum + (label === c ? 1 : 0), 0));
  const commonest = counts.indexOf(Math.max(...counts));
  // Its probabilities are the shares of the classes: what one can say who has seen no stamp.
  const shares = counts.map((count) => count / y.length);
  const constant = Float64Array.from({ length: probabilities.length }, (_, i) => shares[i % classes.length]);
  const trivial = classificationMetrics(y, constant, {
    ...{ classes, ...bootstrap, ...grouped },
    ...(classes.length === 2 ? { threshold: commonest === 1 ? 0 : 1 } : {}),
  });
  return {
    ...figures,
    majority: { answer: classes[commonest], metrics: trivial.metrics },
    abstention:
      confidence === null
        ? null
        : describeAbstention({ labels: y, probabilities, classes, ...grouped }, confidence, bootstrap),
  };
}

/** What is decided on validation stamps; notes say what could not be. */
export function chooseDecision(
  { classes, y, groups, probabilities }: ScoredStamps,
  asked: { readonly max_fpr?: number | undefined; readonly accuracy?: number | undefined },
): {
  readonly threshold: number | null;
  readonly confidence: number | null;
  readonly notes: readonly string[];
} {
  const notes: string[] = [];
  let threshold: number | null = classes.length === 2 ? 0.5 : null;
  if (classes.length === 2 && asked.max_fpr !== undefined) {
    const scores = Float64Array.from({ length: y.length }, (_, i) => probabilities[2 * i + 1]);
    try {
      threshold = thresholdForMaxFpr({ split: 'validation', scores, labels: y }, asked.max_fpr).threshold;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      notes.push(`the threshold stays at 0.5: ${error.message}`);
    }
  }
  let confidence: number | null = null;
  if (asked.accuracy !== undefined) {
    try {
      const data = { split: 'validation', labels: y, probabilities, classes } as const;
      const grouped = groups === null ? {} : { groups };
      confidence = chooseAbstention({ ...data, ...grouped }, asked.accuracy, { samples: 100 }).confidence;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      notes.push(`the model always answers: ${error.message}`);
    }
  }
  return { threshold, confidence, notes };
}
