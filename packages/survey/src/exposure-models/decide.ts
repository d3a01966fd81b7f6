import { chooseAbstention, fitOneVsRest, thresholdForMaxFpr } from '@blemish/evaluate';
import type { ExposureDescription } from '../bundle-description.ts';
import type { ExposureRecipe } from '../exposure-recipe.ts';
import { exposureScore, logOdds } from './roll-up.ts';

/** Labelled exposures as heads judge them that have not seen them. */
export interface JudgedExposures {
  readonly categories: readonly string[];
  readonly y: Int32Array;
  /** [exposures, categories], calibrated. */
  readonly probabilities: Float64Array;
  /** Of each exposure, the probability of not being good of its CCDs. */
  readonly bad: readonly (readonly number[])[];
}

/** Numbers of CCDs tried where the recipe leaves it to the exposures. */
const mostCcds = 5;

/**
 * How many CCDs, from which probability on, make an exposure bad, and how sure a category must be. Notes say what could not be chosen.
 */
export function chooseExposureDecision(
  judged: JudgedExposures,
  asked: ExposureRecipe['decision'],
): {
  readonly decision: ExposureDescription['decision'];
  readonly validation: ExposureDescription['validation'];
  readonly notes: readonly string[];
} {
  const { y, bad, categories, probabilities } = judged;
  const labels = Array.from(y, (c): 0 | 1 => (c === 0 ? 0 : 1));
  const notes: string[] = [];
  const fewest = Math.min(...bad.map((ccds) => ccds.length));
  const tried =
    asked.more_than === 'chosen'
      ? Array.from({ length: Math.min(mostCcds, Math.max(1, fewest)) }, (_, n) => n)
      : [asked.more_than];
  const options = tried.map((moreThan) => {
    const scores = bad.map((ccds) => exposureScore(ccds, moreThan));
    const probability = asked.probability ?? thresholdOf(scores, labels, asked.false_per_100, notes);
    const flagged = scores.map((score) => score >= probability);
    const rate = (of: 0 | 1) =>
      flagged.filter((is, e) => is && labels[e] === of).length /
      labels.filter((label) => label === of).length;
    return { moreThan, scores, probability, found: rate(1), false: rate(0) };
  });
  const within = options.filter((each) => each.false <= asked.false_per_100 / 100);
  const best = (within.length > 0 ? within : options).reduce((a, b) => (b.found > a.found ? b : a));
  let confidence: number | null = null;
  try {
    const data = { split: 'validation', labels: y, probabilities, classes: categories } as const;
    confidence = chooseAbstention(data, asked.accuracy, { samples: 1 }).confidence;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    notes.push(`a category is always named: ${error.message}`);
  }
  return {
    decision: {
      moreThan: best.moreThan,
      probability: best.probability,
      confidence,
      accuracy: asked.accuracy,
      falsePer100: asked.false_per_100,
    },
    validation: { scores: best.scores.map((score) => Number(score.toPrecision(6))), labels },
    notes: [...new Set(notes)],
  };
}

function thresholdOf(
  scores: readonly number[],
  labels: readonly (0 | 1)[],
  falsePer100: number,
  notes: string[],
): number {
  try {
    const data = { split: 'validation', scores, labels } as const;
    const { threshold, resolved } = thresholdForMaxFpr(data, Math.min(0.999, falsePer100 / 100), {
      samples: 1,
    });
    if (!resolved) {
      const good = labels.filter((label) => label === 0).length;
      notes.push(
        `${good} labelled good exposures are too few to measure ${falsePer100} false in 100: the threshold is extrapolated`,
      );
    }
    return threshold;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    notes.push(`an exposure is bad from a probability of 0.5 on: ${error.message}`);
    return 0.5;
  }
}

/** A line for each category against the rest, from the log-odds of its probability; null where one cannot be fitted. */
export function fitReasons({
  probabilities,
  y,
  categories,
}: JudgedExposures): ExposureDescription['reasons'] {
  const fitted = fitOneVsRest(
    { logits: probabilities.map(logOdds), labels: y, classes: categories.length },
    'platt',
  );
  if (fitted.kind === 'none') return null;
  const lines = fitted.classes.flatMap((line) =>
    line.kind === 'platt' && line.slope > 0
      ? [{ kind: line.kind, slope: line.slope, intercept: line.intercept }]
      : [],
  );
  return lines.length === categories.length ? lines : null;
}
