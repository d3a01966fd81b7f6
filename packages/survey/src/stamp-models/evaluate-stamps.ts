import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { applySoftmaxTemperature } from '@blemish/evaluate';
import type { ThresholdChoice } from '@blemish/evaluate';
import { chooseThreshold } from '../analyser/choose-threshold.ts';
import type { ThresholdOptions } from '../analyser/types.ts';
import type { StampDescription } from '../bundle-description.ts';
import type { Bundle } from '../bundle.ts';
import { numberColumn } from '../datasets/index.ts';
import { SurveyError } from '../errors.ts';
import { writeWhole } from '../outputs/partial-file.ts';
import { renderStampReport } from '../report/stamp-report.ts';
import { checkThresholds } from '../scan/options.ts';
import { readStampSet } from '../stamps/read-stamp-set.ts';
import type { StampSet } from '../stamps/read-stamp-set.ts';
import { measureStamps } from './measure-stamps.ts';
import type { ScoredStamps, StampFigures } from './measure-stamps.ts';
import { describeSet, wrongLabelsOf } from './measured-set.ts';
import type { MeasuredSet } from './measured-set.ts';
import { stampProbabilities } from './stamp-figures.ts';
import { labelStamps } from './stamp-labels.ts';
import type { LabelledStamps } from './stamp-labels.ts';
import { labelsOf, requireExtents, scoreStamps } from './stamp-model.ts';
import { writeStampPredictions } from './stamp-predictions.ts';
import { topStamps } from './top-stamps.ts';

export interface EvaluateStampsOptions {
  /** Folder of a set of stamps, or HDF5 file. */
  readonly data: string;
  /** Column of the labels; absent: that of the training, else `label`. */
  readonly label?: string | undefined;
  /** Column whose stamps stay together in the bootstrap; absent: that of the training, where the set has it. */
  readonly group?: string | undefined;
  /** Instead of labels: a column of scores of another model, which is right from `at` on; stamps without a score are left out. */
  readonly against?: string | undefined;
  readonly at?: number | undefined;
  readonly bootstrap?: number | undefined;
  readonly out: string | null;
  readonly seed?: number | undefined;
  readonly thresholds?: ThresholdOptions | undefined;
  readonly threads?: number | undefined;
  readonly command?: string | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** What `evaluate` prints: the figures, and where the files are. */
export interface StampEvaluation extends StampFigures {
  readonly model: string;
  readonly sha256: string;
  readonly data: string;
  readonly set: MeasuredSet;
  readonly wrongLabels: ReturnType<typeof wrongLabelsOf>;
  /** Stamps without a score, by reason. */
  readonly withoutScore: { readonly blank: number; readonly noAnswer: number };
  readonly thresholdChoice: ThresholdChoice | null;
  readonly notes: readonly string[];
  readonly out: string | null;
}

/**
 * Measures a model on a set of labelled stamps it was not trained on.
 * @throws SurveyError DATASET_SEEN, MODEL_INVALID, OPTION_INVALID, STAMP_SHAPE, STAMP_SET_INVALID, INPUT_NOT_FOUND, ARRAY_INVALID, TABLE_…
 */
export async function evaluateStamps(
  bundle: Bundle<'stamp'>,
  options: EvaluateStampsOptions,
): Promise<StampEvaluation> {
  const { description, sha256, folder } = bundle;
  const { against, at = 0.5 } = options;
  const label = options.label ?? description.columns?.label ?? 'label';
  const set = await readStampSet(
    options.data,
    [label, description.columns?.group, options.group].filter(isText),
  );
  requireExtents(description, set);
  const measured = describeSet(set, label, against === undefined ? null : `${against} ≥ ${at}`);
  refuseSeen(description, measured, options.data);
  const notes: string[] = [];
  const stamps =
    against === undefined
      ? labelled(set, description, label, options.group)
      : scoredBefore(set, description, against, at, notes);
  const threshold = chosenThreshold(description, options.thresholds ?? {});
  const { logits: all } = await scoreStamps(
    bundle,
    set,
    stamps.places,
    options.threads ?? availableParallelism(),
    (done) => options.onProgress?.(done, stamps.places.length),
  );
  const { answers, places, noAnswer } = answered(stamps, all, description);
  if (stamps.blank.length > 0)
    notes.push(
      `${stamps.blank.length} stamps have no score, the first in row ${stamps.blank[0].place + 1} (${stamps.blank[0].reason})`,
    );
  if (noAnswer > 0) notes.push(`for ${noAnswer} stamps the model gave no finite number`);
  const figures = measureStamps(answers, {
    threshold: threshold?.threshold ?? description.decision?.threshold ?? null,
    confidence: description.decision?.confidence ?? null,
    samples: options.bootstrap,
    seed: options.seed,
  });
  const out = options.out === null ? null : resolve(options.out);
  const result: StampEvaluation = {
    ...figures,
    model: description.name,
    sha256,
    data: options.data,
    set: measured,
    wrongLabels: wrongLabelsOf(description),
    withoutScore: { blank: stamps.blank.length, noAnswer },
    thresholdChoice: threshold,
    notes,
    out,
  };
  if (out !== null) {
    await mkdir(out, { recursive: true });
    await writeWhole(join(out, 'metrics.json'), `${JSON.stringify(result, null, 1)}\n`);
    await writeStampPredictions(join(out, 'predictions.parquet'), {
      ...{ description, sha256, path: set.path, places, y: answers.y, groups: answers.groups },
      probabilities: answers.probabilities,
    });
    const truth = measured.against === null ? '' : `, against ${measured.against}`;
    await writeWhole(
      join(out, 'report.html'),
      renderStampReport({
        title: `${description.name} on ${set.name}`,
        ...{ description, sha256, figures, answers, notes },
        generatedAt: new Date().toISOString(),
        command: options.command ?? `blemish evaluate ${folder} --data ${options.data}`,
        about: set.simulated ? 'Simulated stamps: no real pixel.' : null,
        measuredOn: `${answers.y.length} stamps of ${set.name}${truth}`,
        epochs: [],
        paper: null,
        examples: topStamps(set, places, answers, figures.threshold),
      }),
    );
  }
  return result;
}

const isText = (text: string | null | undefined): text is string => text !== null && text !== undefined;

/** @throws SurveyError DATASET_SEEN */
function refuseSeen({ provenance }: StampDescription, { sha256 }: MeasuredSet, path: string): void {
  if (provenance.kind !== 'training' || sha256 !== provenance.data.sha256) return;
  throw new SurveyError(
    'DATASET_SEEN',
    `is ${provenance.data.name}, with which the model was made; what it does on the part held out is in metrics.json of its run`,
    { path },
  );
}

function labelled(
  set: StampSet,
  description: StampDescription,
  label: string,
  asked: string | undefined,
): LabelledStamps {
  const own = description.columns?.group ?? undefined;
  const group = asked ?? (set.table.columns.some(({ name }) => name === own) ? own : undefined);
  return labelStamps(
    set,
    { label, leave_out: [], group },
    description.preprocess.name,
    labelsOf(description),
  );
}

/** Another model's scores as labels. @throws SurveyError TABLE_COLUMN_MISSING, TABLE_TEXT, OPTION_INVALID */
function scoredBefore(
  set: StampSet,
  description: StampDescription,
  column: string,
  at: number,
  notes: string[],
): LabelledStamps {
  const { names } = labelsOf(description);
  if (names.length !== 2) {
    throw new SurveyError('OPTION_INVALID', `--against is for two classes; the model has ${names.length}`);
  }
  const { values } = numberColumn(set.table, column, 'score');
  const texts = Array.from(values, (value) => (Number.isNaN(value) ? '' : value >= at ? '1' : '0'));
  const scored = texts.filter((text) => text !== '').length;
  if (scored < set.count) notes.push(`${set.count - scored} stamps have no ${column} and are left out`);
  const own = { name: 'label', kind: 'text', values: texts } as const;
  const table = { ...set.table, columns: [own] };
  const labels = { names, labels: { '0': names[0], '1': names[1] } };
  return labelStamps(
    { ...set, table },
    { label: 'label', leave_out: [''] },
    description.preprocess.name,
    labels,
  );
}

/** The stamps that have an answer, with their probabilities. */
function answered(
  stamps: LabelledStamps,
  logits: Float64Array,
  description: StampDescription,
): { readonly answers: ScoredStamps; readonly places: Int32Array; readonly noAnswer: number } {
  const k = stamps.classes.length;
  const width = description.classes.length;
  const kept = Array.from(stamps.places.keys()).filter((i) =>
    logits.subarray(i * width, (i + 1) * width).every(Number.isFinite),
  );
  const own = Float64Array.from(kept.flatMap((i) => [...logits.subarray(i * width, (i + 1) * width)]));
  const calibration = description.calibration ?? null;
  const probabilities =
    width > 1 && k === 2
      ? applySoftmaxTemperature(
          { kind: 'softmax-temperature', temperature: calibration?.temperature ?? 1 },
          own,
          width,
        )
      : stampProbabilities(own, k, calibration);
  return {
    answers: {
      classes: stamps.classes,
      y: Int32Array.from(kept, (i) => stamps.y[i]),
      groups: stamps.groups === null ? null : kept.map((i) => stamps.groups![i]),
      probabilities,
    },
    places: Int32Array.from(kept, (i) => stamps.places[i]),
    noAnswer: stamps.places.length - kept.length,
  };
}

/** The threshold asked for, chosen on the validation stamps of the bundle; null where none is. @throws SurveyError OPTION_INVALID */
function chosenThreshold(
  { validation, classes }: StampDescription,
  asked: ThresholdOptions,
): ThresholdChoice | null {
  checkThresholds(asked);
  if (Object.values(asked).every((value) => value === undefined)) return null;
  if (validation === undefined) {
    throw new SurveyError(
      'OPTION_INVALID',
      classes.length > 1
        ? `a threshold is for two classes and this model has ${classes.length}: the likeliest is decided for`
        : 'the model holds no validation stamps on which a threshold could be chosen',
    );
  }
  const positives = validation.labels.filter((each) => each === 1).length;
  const basis = {
    prior: positives / validation.labels.length,
    decision: { validation, ccdsPerExposure: 1000, falsePerExposure: 1 },
  };
  return chooseThreshold(basis, asked);
}
