import type { Action, ModelInfo } from '../analyser/types.ts';
import type { ExposureJudgement, LabelledNeighbour } from '../exposure-models/index.ts';
import { rollUp } from '../exposure-models/roll-up.ts';
import type { Row } from '../tables/column.ts';
import { probabilityColumn } from '../taxonomy.ts';
import type { RollUpImage } from './roll-up.ts';

type Rules = NonNullable<ModelInfo['exposures']>;

/** From this probability on a category is among the reasons. */
const likely = 0.5;

/** What a model of exposures says of an exposure, from the CCDs there are; null where none was judged. */
export function judgeExposure(images: readonly RollUpImage[], rules: Rules): ExposureJudgement | null {
  const ccds = images.flatMap(({ judgement }) =>
    judgement ? [{ ...judgement, probabilities: Float64Array.from(judgement.probabilities) }] : [],
  );
  return ccds.length === 0 ? null : rollUp(ccds, rules);
}

/** Bad and sure why: reject it; only one of the two, or nothing to judge by: look at it. */
export function judgedAction(judged: ExposureJudgement | null): Action {
  if (judged === null) return 'review';
  if (judged.bad) return judged.decided ? 'reject' : 'review';
  return judged.decided ? 'ok' : 'review';
}

/** Categories that are likely among the reasons, the likeliest first; none of an exposure that is not bad. */
export function likelyReasons({ bad, reasons }: ExposureJudgement, categories: readonly string[]): string[] {
  if (!bad) return [];
  return categories
    .map((name, c) => ({ name, p: reasons[c] }))
    .slice(1)
    .filter(({ p }) => p >= likely)
    .sort((a, b) => b.p - a.p)
    .map(({ name }) => name);
}

/** Cells of `exposures` that only a model of exposures fills. */
export function judgedCells(judged: ExposureJudgement | null, { categories }: Rules): Row {
  if (judged === null) return { action: judgedAction(null) };
  return {
    action: judgedAction(judged),
    n_flagged: judged.badCcds,
    score: judged.score,
    bad: judged.bad,
    category: judged.category,
    decided: judged.decided,
    reasons: likelyReasons(judged, categories).join(';'),
    ...Object.fromEntries(categories.map((name, c) => [probabilityColumn(name), judged.probabilities[c]])),
    novelty_share: judged.noveltyShare,
    neighbours: neighbourText(judged.neighbours),
  };
}

/** `exposure/CCD category distance`, with semicolons. */
export function neighbourText(neighbours: readonly LabelledNeighbour[]): string {
  return neighbours
    .map(
      ({ exposure, ccd, category, distance }) => `${exposure}/${ccd} ${category} ${distance.toPrecision(4)}`,
    )
    .join('; ');
}
