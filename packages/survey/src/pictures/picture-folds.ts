import { kFold, splitRows } from '@blemish/evaluate';
import { SurveyError } from '../errors.ts';
import type { SegmentationRecipe } from '../segmentation-recipe.ts';
import type { MarkedPicture } from './marked-pictures.ts';
import { majority } from './tiles.ts';

/** Share of a picture from which on what is marked counts as large. */
const large = 0.1;

/** Pictures to learn from and pictures held out of it. */
export interface PictureFold {
  readonly training: readonly MarkedPicture[];
  readonly held: readonly MarkedPicture[];
}

/** Folds by picture; pictures with large marks are spread evenly where there are enough of them. @throws SurveyError PICTURES_REFUSED */
export function foldPictures(
  pictures: readonly MarkedPicture[],
  folds: number,
  seed: number,
): readonly PictureFold[] {
  return refusing(() =>
    kFold(pictures.length, folds, { seed, ...spread(pictures, folds) }).map(({ train, test }) => ({
      training: pick(pictures, train),
      held: pick(pictures, test),
    })),
  );
}

/** The share that chooses epoch and thresholds, held out as folds are. @throws SurveyError PICTURES_REFUSED */
export function holdOutPictures(
  pictures: readonly MarkedPicture[],
  { data, seed }: SegmentationRecipe,
): PictureFold {
  return refusing(() => {
    const shares = { training: 1 - data.validation, held: data.validation };
    const enough = Math.ceil(1 / Math.min(data.validation, 1 - data.validation));
    const { training, held } = splitRows(pictures.length, shares, { seed, ...spread(pictures, enough) });
    return { training: pick(pictures, training), held: pick(pictures, held) };
  });
}

function spread(pictures: readonly MarkedPicture[], parts: number): { readonly labels?: readonly string[] } {
  const labels = pictures.map(({ votes, masks }) => {
    const decided = majority(votes, masks.length);
    return decided.filter((pixel) => pixel === 1).length > large * decided.length ? 'large' : 'small';
  });
  const enough = ['large', 'small'].every((label) => labels.filter((each) => each === label).length >= parts);
  return enough ? { labels } : {};
}

function pick(pictures: readonly MarkedPicture[], rows: Uint32Array): MarkedPicture[] {
  return Array.from(rows, (row) => pictures[row]);
}

function refusing<T>(split: () => T): T {
  try {
    return split();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new SurveyError('PICTURES_REFUSED', cause.message, { cause });
  }
}
