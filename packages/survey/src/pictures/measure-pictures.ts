import { bootstrapMany, pairedBootstrap, rocAuc, rocAucInterval } from '@blemish/evaluate';
import type { Interval, MaskOverlap, Measure, PairedDifference } from '@blemish/evaluate';
import { median } from '../outputs/median.ts';
import type { Judged, JudgedPicture } from './judge-pictures.ts';

export interface MeasureOptions {
  /** Bootstrap resamples, of pictures; 1000 by default. */
  readonly samples?: number | undefined;
  readonly seed?: number | undefined;
}

/** ROC AUC over tiles and intersection over union of the pixels of all pictures together, with intervals by picture. */
export interface AnswerFigures {
  readonly auc: Interval;
  readonly iou: Interval;
}

export interface PictureFigures {
  readonly n: number;
  readonly tiles: { readonly positive: number; readonly negative: number; readonly leftOut: number };
  readonly metrics: AnswerFigures;
  /** What costs nothing: every pixel marked, and brightness above the surroundings. */
  readonly baselines: { readonly everything: AnswerFigures; readonly brightness: AnswerFigures };
  /**
   * How far annotators agree: overlap of each one's masks with the majority of the others, over all pictures together. `median` is over the annotators;
   * `network` is the same with the network in the place of each annotator, so that both are measured with the same majorities; `difference`
   * is the network's less the annotators'.
   */
  readonly annotators: {
    readonly byAnnotator: readonly { readonly annotator: string; readonly iou: number | null }[];
    readonly median: Interval;
    readonly network: Interval;
    readonly difference: Interval;
  };
}

export function measurePictures(
  pictures: readonly JudgedPicture[],
  { samples = 1000, seed = 0 }: MeasureOptions = {},
): PictureFigures {
  const options = { samples, seed };
  const names = annotatorsOf(pictures);
  const among = (weights: Float64Array, which: 'own' | 'network') =>
    medianOf(names.map((name) => leaveOneOut(pictures, name, which, weights)));
  const figures = (of: (picture: JudgedPicture) => Judged): AnswerFigures => {
    const { scores, labels, groups } = decidedTiles(pictures, of);
    return {
      auc: rocAucInterval({ scores, labels }, groups, options),
      iou: bootstrapMany(
        (weights) => [
          pooledIou(
            pictures.map((picture) => of(picture).overlap),
            weights,
          ),
        ],
        pictures.length,
        options,
      )[0],
    };
  };
  const [own, network, difference] = bootstrapMany(
    (weights) => {
      const [people, machine] = [among(weights, 'own'), among(weights, 'network')];
      return [people, machine, lessOf(machine, people)];
    },
    pictures.length,
    options,
  );
  const labels = pictures.flatMap((picture) => picture.labels);
  const count = (label: number) => labels.filter((each) => each === label).length;
  const all = new Float64Array(pictures.length).fill(1);
  return {
    n: pictures.length,
    tiles: { positive: count(1), negative: count(0), leftOut: count(-1) },
    metrics: figures((picture) => picture.network),
    baselines: {
      everything: figures((picture) => picture.everything),
      brightness: figures((picture) => picture.brightness),
    },
    annotators: {
      byAnnotator: names.map((annotator) => ({
        annotator,
        iou: leaveOneOut(pictures, annotator, 'own', all).value,
      })),
      median: own,
      network,
      difference,
    },
  };
}

/** Two models on the same pictures, the first less the second. */
export interface PictureDifference {
  readonly auc: PairedDifference;
  readonly iou: PairedDifference;
}

/** Resamples are of pictures, and the same for both. */
export function pictureDifference(
  a: readonly JudgedPicture[],
  b: readonly JudgedPicture[],
  { samples = 1000, seed = 0 }: MeasureOptions = {},
): PictureDifference {
  const measure = (pictures: readonly JudgedPicture[]) => {
    const { scores, labels, owners } = decidedTiles(pictures, (picture) => picture.network);
    return (weights: Float64Array): readonly Measure[] => [
      rocAuc({ scores, labels, weights: owners.map((owner) => weights[owner]) }),
      pooledIou(
        pictures.map(({ network }) => network.overlap),
        weights,
      ),
    ];
  };
  const [auc, iou] = pairedBootstrap(measure(a), measure(b), a.length, { samples, seed });
  return { auc, iou };
}

/** The tiles of all pictures that are positive or negative. */
function decidedTiles(pictures: readonly JudgedPicture[], of: (picture: JudgedPicture) => Judged) {
  const tiles = pictures.flatMap((picture, owner) =>
    picture.labels.flatMap((label, t) =>
      label === -1 ? [] : [{ label, score: of(picture).tiles[t], owner, group: picture.name }],
    ),
  );
  return {
    scores: tiles.map(({ score }) => score),
    labels: tiles.map(({ label }) => label),
    owners: tiles.map(({ owner }) => owner),
    groups: tiles.map(({ group }) => group),
  };
}

function pooledIou(overlaps: readonly (MaskOverlap | undefined)[], weights: Float64Array): Measure {
  let [intersection, union] = [0, 0];
  overlaps.forEach((overlap, i) => {
    intersection += weights[i] * (overlap?.intersection ?? 0);
    union += weights[i] * (overlap?.union ?? 0);
  });
  return union > 0
    ? { value: intersection / union }
    : { value: null, reason: 'no pixel in truth or prediction' };
}

function annotatorsOf(pictures: readonly JudgedPicture[]): string[] {
  return [...new Set(pictures.flatMap(({ leftOut }) => leftOut.map(({ annotator }) => annotator)))].sort();
}

function leaveOneOut(
  pictures: readonly JudgedPicture[],
  annotator: string,
  which: 'own' | 'network',
  weights: Float64Array,
): Measure {
  const overlaps = pictures.map(
    ({ leftOut }) => leftOut.find((each) => each.annotator === annotator)?.[which],
  );
  return pooledIou(overlaps, weights);
}

function medianOf(measures: readonly Measure[]): Measure {
  const value = median(measures.flatMap((measure) => (measure.value === null ? [] : [measure.value])));
  return value === null ? { value, reason: 'nobody marked anything' } : { value };
}

function lessOf(a: Measure, b: Measure): Measure {
  if (a.value === null) return a;
  return b.value === null ? b : { value: a.value - b.value };
}
