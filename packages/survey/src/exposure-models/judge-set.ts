import type { CcdJudgement, ExposureJudgement, ExposureModel } from './exposure-model.ts';
import { ccdOf } from './exposure-set.ts';
import type { ExposureSet, SetExposure } from './exposure-set.ts';
import { SurveyError } from '../errors.ts';

/** An exposure of a set with all that a model says of it. */
export interface SetJudgement {
  readonly exposure: SetExposure;
  readonly judgement: ExposureJudgement;
}

/** CCDs judged at a time. */
const block = 256;

/**
 * Judges the exposures of a set, some CCDs at a time.
 * @throws SurveyError STAMP_SHAPE where the views of the set were made in another way than the model's
 */
export async function judgeSet(
  model: ExposureModel,
  set: ExposureSet,
  exposures: readonly SetExposure[],
  onProgress: (done: number, total: number) => void = () => undefined,
): Promise<SetJudgement[]> {
  if (model.needs.views && JSON.stringify(model.views) !== JSON.stringify(set.views)) {
    throw new SurveyError(
      'STAMP_SHAPE',
      `holds views made with ${JSON.stringify(set.views)}; the model takes ${JSON.stringify(model.views)}`,
      { path: set.path },
    );
  }
  const rows = exposures.flatMap((exposure) => exposure.rows);
  const found = new Map<number, CcdJudgement>();
  for (let from = 0; from < rows.length; from += block) {
    const some = rows.slice(from, from + block);
    const answers = await model.judge(some.map((row) => ccdOf(set, row)));
    some.forEach((row, i) => found.set(row, answers[i]));
    onProgress(from + some.length, rows.length);
  }
  return exposures.map((exposure) => ({
    exposure,
    judgement: model.rollUp(exposure.rows.map((row) => found.get(row)!)),
  }));
}
