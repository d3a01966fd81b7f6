import {
  averagePrecisionInterval,
  coverageAccuracy,
  coverageAtAccuracy,
  groupedProportion,
  rocAucInterval,
} from '@blemish/evaluate';
import type { Interval } from '@blemish/evaluate';
import { measureStamps } from '../stamp-models/measure-stamps.ts';
import type { StampFigures } from '../stamp-models/measure-stamps.ts';
import type { ExposureJudgement } from './exposure-model.ts';
import type { SetExposure } from './exposure-set.ts';
import type { DecidedExposure } from './roll-up.ts';

/** An exposure that somebody looked at, and what a model says of it. */
export interface JudgedExposure {
  readonly exposure: SetExposure;
  /** Neighbours and novelty are there where the model itself judged it, not heads out of fold. */
  readonly judgement: DecidedExposure & Partial<ExposureJudgement>;
}

/** Everything measured of a model on inspected exposures; plain JSON. */
export interface ExposureFigures extends StampFigures {
  /** Largest share of the exposures, the surest first, that is right as often as asked: on these very exposures, so a little flattered. */
  readonly coverage: { readonly accuracy: number; readonly value: number };
  /** Surest part decided against the share of it that is right. */
  readonly curve: { readonly coverage: readonly number[]; readonly accuracy: readonly number[] };
  /** Good or not, of all inspected exposures. */
  readonly review: {
    readonly n: number;
    readonly auc: Interval;
    readonly flaggedGood: Interval;
    readonly flaggedBad: Interval;
    /** Share flagged of the exposures that have a category among their reasons. */
    readonly byCategory: readonly { readonly name: string; readonly n: number; readonly flagged: Interval }[];
  };
  /** Each category against the rest, of all inspected exposures. */
  readonly reasons: readonly {
    readonly name: string;
    readonly n: number;
    readonly auc: Interval;
    readonly averagePrecision: Interval;
  }[];
  /** Exposures with several reasons: share whose likeliest category is one of them. */
  readonly several: { readonly n: number; readonly oneOfThem: Interval };
}

export interface MeasureExposuresOptions {
  readonly categories: readonly string[];
  readonly accuracy: number;
  readonly confidence: number | null;
  readonly samples?: number | undefined;
  readonly seed?: number | undefined;
}

/** All figures, primary ones on exposures with one reason that the model knows; intervals by bootstrap of groups. */
export function measureExposures(
  judged: readonly JudgedExposure[],
  { categories, accuracy, confidence, samples = 1000, seed = 0 }: MeasureExposuresOptions,
): ExposureFigures {
  const bootstrap = { samples, seed };
  const k = categories.length;
  const alone = singleRows(judged, categories);
  const figures = measureStamps(alone, { threshold: null, confidence, ...bootstrap });
  const { confidence: sure, correct } = sureness(alone.probabilities, alone.y, k);
  const curve = coverageAccuracy(sure, correct);
  const inspected = judged.filter(({ exposure }) => exposure.reasons !== null);
  const groups = inspected.map(({ exposure }) => exposure.group);
  const flagged = inspected.map(({ judgement }) => (judgement.bad ? 1 : 0));
  const has = (name: string) => inspected.map(({ exposure }) => (exposure.reasons!.includes(name) ? 1 : 0));
  const good = has('Good');
  const bad = good.map((is) => 1 - is);
  const several = judged.filter(({ exposure }) => (exposure.reasons?.length ?? 0) > 1);
  return {
    ...figures,
    coverage: { accuracy, value: coverageAtAccuracy(sure, correct, accuracy)(correct.map(() => 1)) },
    curve: { coverage: [...curve.coverage], accuracy: [...curve.accuracy] },
    review: {
      n: inspected.length,
      auc: rocAucInterval(
        { scores: inspected.map(({ judgement }) => judgement.score), labels: bad },
        groups,
        bootstrap,
      ),
      flaggedGood: groupedProportion(flagged, good, groups, bootstrap),
      flaggedBad: groupedProportion(flagged, bad, groups, bootstrap),
      byCategory: categories.slice(1).map((name) => ({
        name,
        n: sum(has(name)),
        flagged: groupedProportion(flagged, has(name), groups, bootstrap),
      })),
    },
    reasons: categories.map((name, c) => {
      const data = {
        scores: inspected.map(({ judgement }) => judgement.probabilities[c]),
        labels: has(name),
      };
      return {
        name,
        n: sum(data.labels),
        auc: rocAucInterval(data, groups, bootstrap),
        averagePrecision: averagePrecisionInterval(data, groups, bootstrap),
      };
    }),
    several: {
      n: several.length,
      oneOfThem: groupedProportion(
        several.map(({ exposure, judgement }) => (exposure.reasons!.includes(judgement.category) ? 1 : 0)),
        several.map(() => 1),
        several.map(({ exposure }) => exposure.group),
        bootstrap,
      ),
    },
  };
}

/** Exposures with one reason that is among the categories, as measuring wants them. */
export function singleRows(judged: readonly JudgedExposure[], categories: readonly string[]) {
  const alone = judged.filter(
    ({ exposure: { reasons } }) => reasons?.length === 1 && categories.includes(reasons[0]),
  );
  const k = categories.length;
  const probabilities = new Float64Array(alone.length * k);
  alone.forEach(({ judgement }, i) => probabilities.set(judgement.probabilities, i * k));
  return {
    classes: categories,
    y: Int32Array.from(alone, ({ exposure }) => categories.indexOf(exposure.reasons![0])),
    groups: alone.map(({ exposure }) => exposure.group),
    probabilities,
  };
}

/** How sure each exposure's likeliest category is (of equal ones the first, as everywhere), and whether it is right. */
export function sureness(probabilities: Float64Array, y: Int32Array, k: number) {
  const answers = Array.from(y, (_, i) => probabilities.subarray(i * k, (i + 1) * k));
  const confidence = answers.map((answer) => Math.max(...answer));
  return {
    confidence,
    correct: answers.map((answer, i) => (answer.indexOf(confidence[i]) === y[i] ? 1 : 0)),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
