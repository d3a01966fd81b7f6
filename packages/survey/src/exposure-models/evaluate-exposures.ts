import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { SurveyError } from '../errors.ts';
import { writeWhole } from '../outputs/partial-file.ts';
import { renderExposureReport } from '../report/exposure-report.ts';
import type { ExposureModel } from './exposure-model.ts';
import { writeExposurePredictions } from './exposure-predictions.ts';
import { readExposureSet, single } from './exposure-set.ts';
import { judgeSet } from './judge-set.ts';
import { measureExposures } from './measure-exposures.ts';
import type { ExposureFigures } from './measure-exposures.ts';

export interface EvaluateExposuresOptions {
  /** Set of CCDs whose exposures have reasons. */
  readonly data: string;
  /** Table beside its `stamps.csv` with labels instead of its own. */
  readonly labels?: string | undefined;
  readonly bootstrap?: number | undefined;
  readonly out: string | null;
  readonly seed?: number | undefined;
  readonly command?: string | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** What `evaluate` prints: the figures, and where the files are. */
export interface ExposureEvaluation extends ExposureFigures {
  readonly model: string;
  readonly sha256: string;
  readonly data: string;
  readonly notes: readonly string[];
  readonly out: string | null;
}

/**
 * Measures a model on the inspected exposures of a set it was not trained on.
 * @throws SurveyError DATASET_SEEN, STAMP_SET_INVALID, STAMP_SHAPE, TABLE_…
 */
export async function evaluateExposures(
  model: ExposureModel,
  options: EvaluateExposuresOptions,
): Promise<ExposureEvaluation> {
  const { description, sha256, categories } = model;
  const set = await readExposureSet(options.data, options.labels);
  if (set.sha256 === description.provenance.data.sha256) {
    throw new SurveyError(
      'DATASET_SEEN',
      `is ${description.provenance.data.name}, with which the model was made; what it does on labelled exposures it had not seen is in metrics.json of its run`,
      { path: options.data },
    );
  }
  const inspected = set.exposures.filter(({ reasons }) => reasons !== null);
  const known = single(inspected).filter(({ reasons }) => categories.includes(reasons![0]));
  if (known.length === 0) {
    throw new SurveyError(
      'TABLE_LABELS',
      'no exposure with one reason that the model knows: nothing to measure',
      {
        path: set.stamps.table.path,
      },
    );
  }
  const notes = [...set.notes, ...leftOut(set.exposures.length, inspected.length)];
  const unknown = single(inspected).length - known.length;
  if (unknown > 0) notes.push(`${unknown} exposures have a category that the model was not taught`);
  const judged = await judgeSet(model, set, inspected, options.onProgress);
  const figures = measureExposures(judged, {
    ...description.decision,
    ...{ categories, samples: options.bootstrap, seed: options.seed },
  });
  const out = options.out === null ? null : resolve(options.out);
  const result: ExposureEvaluation = {
    ...figures,
    ...{ model: description.name, sha256, data: options.data, notes, out },
  };
  if (out === null) return result;
  const measuredOn = `${inspected.length} inspected exposures of ${set.name}`;
  await mkdir(out, { recursive: true });
  await writeWhole(join(out, 'metrics.json'), `${JSON.stringify(result, null, 1)}\n`);
  await writeExposurePredictions(join(out, 'predictions.parquet'), categories, judged, {
    model: description.name,
    model_sha256: sha256,
    measured_on: measuredOn,
  });
  await writeWhole(
    join(out, 'report.html'),
    renderExposureReport({
      title: `${description.name} on ${set.name}`,
      ...{ description, sha256, figures, measuredOn, notes, judged },
      generatedAt: new Date().toISOString(),
      command: options.command ?? `blemish evaluate ${description.name} --data ${options.data}`,
      about: set.simulated ? 'Simulated exposures: no real pixel.' : null,
      paper: description.paper,
    }),
  );
  return result;
}

function leftOut(all: number, inspected: number): string[] {
  return inspected === all ? [] : [`${all - inspected} exposures that nobody inspected are left out`];
}
