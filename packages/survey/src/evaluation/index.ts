import { mkdir, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { openBundle, sha256 } from '../bundle.ts';
import { SurveyError } from '../errors.ts';
import { writeWhole } from '../outputs/partial-file.ts';
import { buildEvaluation, renderEvaluationReport } from '../report/index.ts';
import type { EvaluatedImage, EvaluationMetrics } from '../report/types.ts';
import { firstTestSeed } from '../test-seeds.ts';
import { version } from '../version.ts';
import { WorkerPool } from '@blemish/engine/workers';
import { readBeside } from './beside.ts';
import { evaluatedModel } from './evaluated-model.ts';
import { readManifest, readTruth } from './manifest.ts';
import type { ManifestRow } from './manifest.ts';
import { writePredictions } from './predictions.ts';
import type { Prediction } from './predictions.ts';
import type { EvaluatedCcd, EvaluationSettings } from './worker.ts';

export interface EvaluationProgress {
  readonly done: number;
  readonly total: number;
  readonly message: string;
}

export interface EvaluateOptions {
  /** Folder of simulated exposures with truth. */
  readonly data: string;
  /** Bootstrap samples. */
  readonly bootstrap?: number | undefined;
  readonly out?: string | undefined;
  /** Folders of evaluations of other models on the same data, to stand in one table with this one. */
  readonly beside?: readonly string[] | undefined;
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: EvaluationProgress) => void) | undefined;
}

export interface EvaluateResult {
  readonly out: string;
  readonly interrupted: boolean;
  readonly metrics: EvaluationMetrics | null;
}

/**
 * Measures a model on a folder of simulated exposures, through the same path as a scan, and leaves `metrics.json`, `predictions.parquet` and
 * `report.html` in `out` (default `<data>/evaluation`).
 * @throws SurveyError MODEL_NOT_FOUND, MODEL_INVALID, DATASET_INVALID, INPUT_NOT_FOUND
 */
export async function evaluateModel(modelPath: string, options: EvaluateOptions): Promise<EvaluateResult> {
  const { signal, onProgress = () => undefined } = options;
  const bundle = await openBundle(modelPath, 'ccd', 'ccd-image');
  const { description } = bundle;
  const model = evaluatedModel(description);
  const folder = resolve(options.data);
  const out = resolve(options.out ?? join(folder, 'evaluation'));
  const rows = await readManifest(folder);
  if (rows.length === 0)
    throw new SurveyError('DATASET_INVALID', 'the manifest has no row', { path: folder });
  const dataSha256 = sha256(await readFile(join(folder, 'manifest.csv')));
  const beside = await readBeside(options.beside ?? [], dataSha256);
  const truth = await readTruth(folder);
  const snrOf = new Map<string, { className: string; snr: number }[]>();
  for (const row of truth) {
    const key = `${row.path}[${row.hdu}]`;
    snrOf.set(key, [...(snrOf.get(key) ?? []), { className: row.class, snr: row.snr }]);
  }
  refuseSeedsLearnedFrom(rows, description.provenance.seeds, folder);

  const settings: EvaluationSettings = { folder, bundlePath: bundle.folder };
  const pool = new WorkerPool<ManifestRow, EvaluatedCcd>(model.worker, availableParallelism(), settings);
  const images: EvaluatedImage[] = [];
  const predictions: Prediction[] = [];
  const unjudged: string[] = [];
  try {
    let done = 0;
    for await (const ccd of pool.map(rows)) {
      if (signal?.aborted) return { out, interrupted: true, metrics: null };
      const row = rows[done];
      const name = `${row.path}[${row.hdu}]`;
      if (ccd.probability === null) unjudged.push(`${name}: ${ccd.reason}`);
      else {
        predictions.push({ ...row, probability: ccd.probability, classes: ccd.classes });
        images.push({
          group: row.group,
          probability: ccd.probability,
          classes: ccd.classes,
          flaggedClasses: ccd.flaggedClasses,
          truth: snrOf.get(name) ?? [],
          overlaps: ccd.overlaps,
        });
      }
      onProgress({ done: ++done, total: rows.length, message: 'evaluating' });
    }
  } finally {
    await pool.close();
  }
  const seeds = rows.map(({ seed }) => seed);
  const report = buildEvaluation({
    title: `${description.name} on simulated exposures`,
    generatedAt: new Date().toISOString(),
    command: `blemish evaluate ${modelPath} --data ${options.data}`,
    dataset:
      `${images.length} simulated CCDs of ${new Set(rows.map(({ group }) => group)).size} exposures, ` +
      `seeds ${Math.min(...seeds)}–${Math.max(...seeds)}` +
      (unjudged.length > 0 ? `; ${unjudged.length} more could not be judged (${unjudged[0]} …)` : ''),
    model: {
      name: description.name,
      version: description.version,
      sha256: bundle.sha256,
      trainedOn: description.trainedOn,
    },
    threshold: model.threshold,
    images,
    classNames: model.classes,
    topClasses: model.topClasses,
    isExclusive: model.isExclusive,
    ...{ reported: model.reported ?? undefined, dataSha256, beside },
    simulated: true,
    samples: options.bootstrap ?? 1000,
    seed: options.seed ?? 0,
    settings: { data: options.data, bootstrap: options.bootstrap ?? 1000 },
    versions: { blemish: version, node: process.versions.node },
  });
  await mkdir(out, { recursive: true });
  await writePredictions(join(out, 'predictions.parquet'), predictions, snrOf, model.classes);
  await writeWhole(join(out, 'metrics.json'), `${JSON.stringify(report.metrics, null, 1)}\n`);
  await writeWhole(join(out, 'report.html'), renderEvaluationReport(report));
  return { out, interrupted: false, metrics: report.metrics };
}

/** A figure on CCDs the model learned from, or was tuned on, is not a test. */
function refuseSeedsLearnedFrom(
  rows: readonly ManifestRow[],
  seeds: Readonly<Record<string, readonly [number, number] | undefined>>,
  path: string,
): void {
  for (const [set, range] of Object.entries(seeds)) {
    if (range === undefined) continue;
    const [from, to] = range;
    const row = rows.find(({ seed }) => seed >= from && seed <= to);
    if (row === undefined) continue;
    throw new SurveyError(
      'DATASET_INVALID',
      `seed ${row.seed} is one of the model's ${set} seeds (${from}–${to}); simulate with --seed ${firstTestSeed} or higher`,
      { path },
    );
  }
}
