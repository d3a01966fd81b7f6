import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { Metrics, Weights } from '@blemish/engine';
import type { EncoderDescription } from '../bundle-description.ts';
import { sha256, writeBundle } from '../bundle.ts';
import { writeWhole } from '../outputs/partial-file.ts';
import { renderViewReport } from '../report/view-report.ts';
import { readEpochs } from '../training/epochs.ts';
import type { EpochFigures } from '../training/epochs.ts';
import type { TrainResult } from '../training/train-ccd.ts';
import { version } from '../version.ts';
import type { Collapse } from './collapse.ts';
import { embeddingSize, encoderOnnx } from './embed-views.ts';
import type { ViewRun } from './view-run.ts';
import { viewCard } from './view-card.ts';

export interface ViewOutcome {
  readonly weights: Weights;
  /** Of the encoder kept. */
  readonly figures: Metrics;
  readonly collapse: Collapse | null;
  readonly notes: readonly string[];
}

/** Writes metrics and report, and the bundle unless the training was stopped. */
export async function writeViewRun(
  run: ViewRun,
  { weights, figures, collapse, notes }: ViewOutcome,
): Promise<TrainResult['metrics']> {
  const { out, recipe, set, parts, file, data } = run;
  const log = join(out, 'checkpoints', 'metrics.jsonl');
  const epochs = existsSync(log) ? await readEpochs(log) : [];
  const kept = epochs.findLast(({ best }) => best) ?? null;
  const description = describe(run, { ...losses(kept), ...figures });
  const stopped = collapse !== null && recipe.collapse.action === 'stop';
  // A training gone on with may leave one of an earlier try.
  if (stopped) await rm(join(out, 'bundle'), { recursive: true, force: true });
  else {
    const network = encoderOnnx(run.transformer, set, run.grey, weights);
    await writeBundle(join(out, 'bundle'), description, network, viewCard(description, recipe));
  }
  const summary = {
    validation: description.validationMetrics,
    kept: kept === null ? null : kept.epoch + 1,
    collapse,
    epochs,
    data: { training: parts.training.length, validation: parts.validation.length, simulated: set.simulated },
    notes,
    provenance: description.provenance,
  };
  await writeWhole(join(out, 'metrics.json'), `${JSON.stringify(summary, null, 1)}\n`);
  await writeWhole(
    join(out, 'report.html'),
    renderViewReport({
      description,
      generatedAt: new Date().toISOString(),
      command: `blemish train ${file.path} --data ${data} --out ${out}`,
      recipe,
      epochs,
      kept: kept?.epoch ?? null,
      collapse,
      stopped,
      training: parts.training.length,
      validation: parts.validation.length,
      simulated: set.simulated,
      notes,
    }),
  );
  return description.validationMetrics!;
}

function losses(kept: EpochFigures | null): Metrics {
  const names = ['loss', 'entropy', 'kl', 'spread'];
  return Object.fromEntries(Object.entries(kept?.validation ?? {}).filter(([name]) => names.includes(name)));
}

function describe(run: ViewRun, figures: Metrics): EncoderDescription {
  const { file, recipe, data, set, parts, transformer } = run;
  const what = `${set.simulated ? 'simulated ' : ''}CCDs of ${basename(resolve(data))}, without labels`;
  const random = recipe.training.epochs === 0;
  return {
    format: 1,
    name: recipe.name,
    version,
    task: 'encoder',
    trainedOn: random
      ? `nothing: its weights are random, a baseline for encoders trained on ${what}.`
      : `${parts.training.length} ${what}.`,
    created: new Date().toISOString(),
    input: { channels: set.views, height: set.size, width: set.size, layout: 'channels-first' },
    network: { input: 'views', output: 'embedding' },
    preprocess: { version: 1, name: 'divide-255' },
    dimensions: embeddingSize(transformer),
    ...(set.settings === null ? {} : { views: set.settings }),
    validationMetrics: figures,
    provenance: {
      kind: 'self-distillation',
      recipe: file.path,
      recipeSha256: sha256(file.text),
      seed: recipe.seed,
      data: {
        name: set.name,
        sha256: set.sha256,
        training: parts.training.length,
        validation: parts.validation.length,
        simulated: set.simulated,
      },
      versions: { blemish: version, node: process.versions.node },
    },
  };
}
