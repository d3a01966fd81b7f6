import { mkdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { Bundle } from '../bundle.ts';
import { SurveyError } from '../errors.ts';
import type { Failure } from '../errors.ts';
import { writeWhole } from '../outputs/partial-file.ts';
import type { JudgedPicture } from './judge-pictures.ts';
import { readMarkedPictures } from './marked-pictures.ts';
import { measurePictures } from './measure-pictures.ts';
import type { PictureFigures } from './measure-pictures.ts';
import { bundleWeights, judgeWith } from './picture-model.ts';
import { writePictureReport } from './picture-report.ts';

export interface EvaluatePicturesOptions {
  /** Folder with `images/` and `annotations/`. */
  readonly data: string;
  readonly bootstrap?: number | undefined;
  readonly seed?: number | undefined;
  /** Folder for `metrics.json` and `report.html`; null: none is written. */
  readonly out: string | null;
  readonly command?: string | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** One picture of an evaluation. */
export interface PictureRow {
  readonly name: string;
  /** Pixels that the majority and that the network marked, and their overlap; null where neither did. */
  readonly truth: number;
  readonly predicted: number;
  readonly iou: number | null;
}

export interface PictureEvaluation extends PictureFigures {
  readonly model: string;
  readonly sha256: string;
  readonly data: string;
  readonly pictures: readonly PictureRow[];
  readonly failed: readonly Failure[];
  readonly notes: readonly string[];
  readonly out: string | null;
}

/**
 * Measures a model on annotated pictures it has not seen; those it was made with are left out, and told of.
 * @throws SurveyError DATASET_SEEN where none is left, INPUT_NOT_FOUND, PICTURES_REFUSED, OUTPUT_UNWRITABLE
 */
export async function evaluatePictures(
  bundle: Bundle<'segmentation'>,
  options: EvaluatePicturesOptions,
): Promise<PictureEvaluation> {
  const { description, sha256 } = bundle;
  const { input, network, decision, provenance } = description;
  const data = resolve(options.data);
  const read = await readMarkedPictures(data, input.size);
  const known = new Set(provenance.data.map((each) => each.sha256));
  const unseen = read.pictures.filter((picture) => !known.has(picture.sha256));
  const seen = read.pictures.length - unseen.length;
  if (unseen.length === 0) {
    throw new SurveyError('DATASET_SEEN', `all ${seen} pictures are among those the model was made with`, {
      path: data,
    });
  }
  const notes = [
    ...read.notes,
    ...(seen > 0 ? [`${seen} pictures are among those the model was made with; they are left out`] : []),
  ];
  let done = 0;
  const shape = { size: input.size, width: network.width };
  const outcomes = await judgeWith(shape, bundleWeights(bundle), unseen, { ...decision, ...input }, () =>
    options.onProgress?.(++done, unseen.length),
  );
  const judged = outcomes.map((outcome) => outcome.judged);
  const out = options.out === null ? null : resolve(options.out);
  const figures = measurePictures(judged, { samples: options.bootstrap, seed: options.seed });
  const result: PictureEvaluation = {
    ...figures,
    model: description.name,
    sha256,
    data,
    pictures: judged.map(pictureRow),
    failed: read.failed,
    notes,
    out,
  };
  if (out !== null) {
    await mkdir(out, { recursive: true });
    await writeWhole(join(out, 'metrics.json'), `${JSON.stringify(result, null, 1)}\n`);
    await writePictureReport(join(out, 'report.html'), {
      title: `${description.name} on ${basename(data)}`,
      measuredOn: basename(data),
      command: options.command ?? `blemish evaluate ${bundle.folder} --data ${options.data}`,
      models: [{ name: description.name, figures, outcomes }],
      differences: [],
      read: { ...read, notes, pictures: unseen },
      provenance: [['model', sha256], ...Object.entries(provenance.versions)],
    });
  }
  return result;
}

export function pictureRow({ name, network: { overlap } }: JudgedPicture): PictureRow {
  const { truth, predicted, intersection, union } = overlap;
  return { name, truth, predicted, iou: union > 0 ? intersection / union : null };
}
