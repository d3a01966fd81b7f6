import { basename } from 'node:path';
import { openFitsFile } from '@blemish/fits/node';
import { nearestNames } from '../datasets/nearest-names.ts';
import { SurveyError, placeName, toFailure } from '../errors.ts';
import { expandInputs, findCompanions, fitsStem, matchHdu } from '../inputs/index.ts';
import { ImageFinder, indexImages, outside, pixelHash } from './image-index.ts';
import type { ImageIndex, IndexedImage } from './image-index.ts';
import { labelClasses, noArtifact, placeOf } from './label.ts';
import type { Label } from './label.ts';

/** What can be wrong with labels, in the order in which it is told. */
export const labelProblemKinds = {
  'unknown-class': 'labels of an unknown class',
  'no-image': 'labels whose image is not there',
  'outside-image': 'labels outside their image',
  'mask-size': 'masks of another size than their image',
  'no-mask': 'labelled images without a mask among those given',
  'mask-without-image': 'masks without an image',
  contradiction: 'images with labels that contradict each other',
  'same-pixels': 'images that are there twice, with other labels',
  unreadable: 'images that cannot be read',
} as const;
export type LabelProblemKind = keyof typeof labelProblemKinds;

/** One thing that is wrong, and where. */
export interface LabelProblem {
  readonly kind: LabelProblemKind;
  /** Every file and row that is part of it. */
  readonly places: readonly { readonly file: string; readonly row: number | null }[];
  readonly text: string;
}

export interface LabelCheck {
  readonly labels: number;
  /** Images that the labels name. */
  readonly labelled: number;
  /** Images looked at; null where none were given. */
  readonly images: number | null;
  /** Labels of each class, the most frequent first. */
  readonly classes: Readonly<Record<string, number>>;
  readonly counts: Readonly<Record<LabelProblemKind, number>>;
  readonly problems: readonly LabelProblem[];
  readonly clean: boolean;
}

export interface CheckLabelsOptions {
  /** FITS files, folders or lists of the images; without them nothing that needs pixels or sizes is checked. */
  readonly images?: readonly string[] | undefined;
  /** Masks drawn for the images, FITS files or folders: `X.fits` or `X_mask.fits` for `X.fits`. Pipeline masks beside the images are checked anyway. */
  readonly masks?: readonly string[] | undefined;
  /** Classes that count as known; default: those of the taxonomy and of the Exposure Checker. */
  readonly classes?: readonly string[] | undefined;
}

/**
 * Looks for what would spoil a training on labels: unknown classes (with the nearest known ones), labels whose image is not there, shapes
 * outside their image, masks of another size than their image, masks without an image and labelled images without one, an image called good and bad at once, and the same pixels under two names
 * with other labels.
 *
 * A point has to lie on the image (its outermost pixels included); of a larger shape a part may hang over the edge, as the centre of a
 * ghost does. Pixels are read only of labelled images that have another of their size beside them.
 */
export async function checkLabels(
  labels: readonly Label[],
  { images: paths, masks = [], classes = labelClasses }: CheckLabelsOptions = {},
): Promise<LabelCheck> {
  const problems = unknownClasses(labels, classes);
  const index = paths === undefined ? null : await indexImages(paths);
  const named = new Map<string, Label[]>();
  const found = new Map<IndexedImage, Label[]>();
  const finder = index === null ? null : new ImageFinder(index.images);
  for (const label of labels) {
    const match = finder?.find(label) ?? null;
    if (typeof match === 'string')
      problems.push(problem('no-image', [label], `${imageName(label)}: ${match}`));
    const key =
      match === null || typeof match === 'string' ? imageName(label) : placeName(match.path, match.hdu);
    push(named, key, label);
    if (match === null || typeof match === 'string') continue;
    push(found, match, label);
    const text = outside(label, match);
    if (text !== null) problems.push(problem('outside-image', [label], text));
  }
  problems.push(...contradictions(named));
  if (index !== null) {
    problems.push(...unreadable(index.failures));
    problems.push(...(await wrongMasks(index, masks, found)));
    problems.push(...(await samePixels(found)));
  }
  const kinds = Object.keys(labelProblemKinds) as LabelProblemKind[];
  const counts = Object.fromEntries(
    kinds.map((kind) => [kind, problems.filter((each) => each.kind === kind).length]),
  ) as Record<LabelProblemKind, number>;
  return {
    labels: labels.length,
    labelled: named.size,
    images: index?.images.length ?? null,
    classes: countClasses(labels),
    counts,
    problems: problems.sort((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind)),
    clean: problems.length === 0,
  };
}

/**
 * The same check before a training: nothing is learned from labels that do not fit.
 * @throws SurveyError LABELS_REFUSED with the counts and the first of each kind
 */
export async function requireSoundLabels(
  labels: readonly Label[],
  options: CheckLabelsOptions = {},
): Promise<LabelCheck> {
  const check = await checkLabels(labels, options);
  if (check.clean) return check;
  const said = Object.entries(check.counts).flatMap(([kind, n]) => {
    const example = check.problems.find((each) => each.kind === kind);
    return example === undefined ? [] : [`${n} ${labelProblemKinds[example.kind]} (first: ${example.text})`];
  });
  throw new SurveyError('LABELS_REFUSED', said.join('; '));
}

function problem(kind: LabelProblemKind, labels: readonly Label[], text: string): LabelProblem {
  return {
    kind,
    places: labels.map(({ origin }) => origin),
    text: `${labels.map(placeOf).join(', ')}: ${text}`,
  };
}

function imageName({ image, exposure, ccd }: Label): string {
  const name = image === '' ? exposure : image;
  return ccd === '' ? name : `${name}[${ccd}]`;
}

function unknownClasses(labels: readonly Label[], classes: readonly string[]): LabelProblem[] {
  const known = new Set(classes);
  return labels
    .filter(({ className }) => !known.has(className))
    .map((label) => {
      const near = nearestNames(label.className, classes, Infinity).map((name) => `'${name}'`);
      return problem(
        'unknown-class',
        [label],
        `'${label.className}', the nearest known are ${near.join(', ')}`,
      );
    });
}

/** What a good image may be called, too. */
const harmless: ReadonlySet<string> = new Set([noArtifact, 'Awesome']);

/** Images that one label calls good and another bad. A wrong mask is no artifact and contradicts nothing. */
function contradictions(named: ReadonlyMap<string, readonly Label[]>): LabelProblem[] {
  return [...named].flatMap(([name, labels]) => {
    const good = labels.find(({ className }) => className === noArtifact);
    const bad = labels.filter(({ className, wrongMask }) => !harmless.has(className) && !wrongMask);
    if (good === undefined || bad.length === 0) return [];
    const says = (label: Label) =>
      label.annotator === '' ? label.className : `${label.className} by ${label.annotator}`;
    return [problem('contradiction', [good, ...bad], `${name} is ${[good, ...bad].map(says).join(', ')}`)];
  });
}

function unreadable(failures: ImageIndex['failures']): LabelProblem[] {
  return failures.map(({ path, error }) => ({
    kind: 'unreadable',
    places: [{ file: path, row: null }],
    text: error,
  }));
}

/**
 * Masks whose size is not that of their image: pipeline masks beside the images, and those of `masks`. Where `masks` are given, each has to
 * have an image, and each labelled image one of them.
 */
async function wrongMasks(
  index: ImageIndex,
  masks: readonly string[],
  found: ReadonlyMap<IndexedImage, readonly Label[]>,
): Promise<LabelProblem[]> {
  const drawn = new Map<string, string>();
  const { files, failures } = await expandInputs(masks);
  for (const { path } of files) drawn.set(fitsStem(path).replace(/[_.-]mask$/i, ''), path);
  const byPath = new Map<string, IndexedImage[]>();
  for (const image of index.images) push(byPath, image.path, image);
  const problems = unreadable(failures);
  for (const [path, images] of byPath) {
    const { mask, weight } = await findCompanions(path);
    for (const beside of [mask, weight]) {
      if (beside !== null) problems.push(...(await compareMask(path, images, beside)).problems);
    }
    const [{ outputName }] = images;
    const own = drawn.get(outputName);
    const { problems: wrong, without } =
      own === undefined ? { problems: [], without: images } : await compareMask(path, images, own);
    problems.push(...wrong);
    drawn.delete(outputName);
    for (const image of masks.length === 0 ? [] : without) {
      const labels = found.get(image);
      if (labels !== undefined)
        problems.push(
          problem(
            'no-mask',
            labels.slice(0, 1),
            `no mask of ${placeName(path, image.hdu)} in ${own ?? masks.join(', ')}`,
          ),
        );
    }
  }
  for (const path of drawn.values())
    problems.push({
      kind: 'mask-without-image',
      places: [{ file: path, row: null }],
      text: `${path}: no image of this name`,
    });
  return problems;
}

/** What is wrong with a file's masks, and the images that have none in it. */
async function compareMask(
  path: string,
  images: readonly IndexedImage[],
  maskPath: string,
): Promise<{ readonly problems: readonly LabelProblem[]; readonly without: readonly IndexedImage[] }> {
  const opened = [];
  const without: IndexedImage[] = [];
  try {
    const file = await openFitsFile(path);
    opened.push(file);
    const masks = await openFitsFile(maskPath);
    opened.push(masks);
    const problems = images.flatMap((image): LabelProblem[] => {
      const { hdu, width, height } = image;
      const mask = matchHdu(masks, file.hdus[hdu]);
      if (mask === null) {
        without.push(image);
        return [];
      }
      const [rows = 0, columns = 0] = mask.shape.slice(-2);
      if (columns === width && rows === height) return [];
      return [
        {
          kind: 'mask-size',
          places: [{ file: maskPath, row: null }],
          text: `${placeName(maskPath, mask.index)} is ${columns} × ${rows} pixels, its image ${placeName(path, hdu)} ${width} × ${height}`,
        },
      ];
    });
    return { problems, without };
  } catch (error) {
    return { problems: unreadable([toFailure(error, maskPath, null, 'READ_FAILED')]), without };
  } finally {
    for (const file of opened) await file.close();
  }
}

/** Labelled images that have the same pixels and other classes. */
async function samePixels(found: ReadonlyMap<IndexedImage, readonly Label[]>): Promise<LabelProblem[]> {
  const bySize = new Map<string, number>();
  const size = ({ width, height }: IndexedImage) => `${width} ${height}`;
  for (const image of found.keys()) bySize.set(size(image), (bySize.get(size(image)) ?? 0) + 1);
  const byHash = new Map<string, IndexedImage[]>();
  const problems: LabelProblem[] = [];
  for (const image of found.keys()) {
    if (bySize.get(size(image))! < 2) continue;
    try {
      push(byHash, await pixelHash(image), image);
    } catch (error) {
      problems.push(...unreadable([toFailure(error, image.path, image.hdu, 'READ_FAILED')]));
    }
  }
  for (const images of byHash.values()) {
    const classesOf = (image: IndexedImage) =>
      [
        ...new Set(
          found.get(image)!.map(({ className, wrongMask }) => `${wrongMask ? '-' : ''}${className}`),
        ),
      ].sort();
    if (new Set(images.map((image) => classesOf(image).join('; '))).size < 2) continue;
    const says = images.map(
      (image) => `${basename(image.path)}[${image.hdu}] (${classesOf(image).join(', ')})`,
    );
    problems.push(
      problem(
        'same-pixels',
        images.map((image) => found.get(image)![0]),
        `the same pixels: ${says.join(' = ')}`,
      ),
    );
  }
  return problems;
}

function countClasses(labels: readonly Label[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { className } of labels) counts.set(className, (counts.get(className) ?? 0) + 1);
  return Object.fromEntries([...counts].sort((a, b) => b[1] - a[1]));
}

function push<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [value]);
  else known.push(value);
}
