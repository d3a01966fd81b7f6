import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../bundle.ts';
import { SurveyError, toFailure } from '../errors.ts';
import type { Failure } from '../errors.ts';
import { rasteriseShape } from '../labels/rasterise-shapes.ts';
import type { MarkedShape } from '../labels/shapes.ts';
import { parseVia } from '../labels/via.ts';
import { readPicture } from './read-picture.ts';

/** A square picture and where annotators marked something on it, arrays row-major, first row at the top. */
export interface MarkedPicture {
  readonly name: string;
  readonly sha256: string;
  /** Grey, 0…255. */
  readonly pixels: Uint8Array;
  /** What each annotator marked, 0 or 1 a pixel; of those who have an entry for the picture. */
  readonly masks: readonly { readonly annotator: string; readonly mask: Uint8Array }[];
  /** How many of them marked each pixel. */
  readonly votes: Uint8Array;
}

export interface MarkedPictures {
  readonly pictures: readonly MarkedPicture[];
  /** Names of the annotators: of their files, without the ending. */
  readonly annotators: readonly string[];
  /** Pictures and files of labels that were left out, and labels without a picture. */
  readonly failed: readonly Failure[];
  /** Regions left out, pictures that only some annotators have seen. */
  readonly notes: readonly string[];
}

/**
 * Reads a folder with `images/` (JPEG or PNG) and `annotations/` (one JSON of the VGG Image Annotator for each annotator). An entry without regions says
 * that there is nothing to mark; a picture without an entry was not looked at by that annotator. What is wrong with single files is told of
 * in `failed`, and the rest goes on.
 * @param size height and width that pictures must have
 * @throws SurveyError INPUT_NOT_FOUND where a folder is missing, PICTURES_REFUSED where nothing is left
 */
export async function readMarkedPictures(folder: string, size: number): Promise<MarkedPictures> {
  const failed: Failure[] = [];
  const notes: string[] = [];
  const annotations = await readAnnotations(join(folder, 'annotations'), failed, notes);
  const files = await filesIn(join(folder, 'images'), /\.(jpe?g|png)$/i);
  const pictures: MarkedPicture[] = [];
  const names = new Map<string, string>();
  for (const name of files) {
    const path = join(folder, 'images', name);
    try {
      const picture = await readOne(path, name, size, annotations);
      const twin = names.get(picture.sha256);
      // Two of a kind would stand on both sides of a split.
      if (twin !== undefined)
        throw new SurveyError('PICTURES_REFUSED', `the same picture as '${twin}'; left out`, { path });
      names.set(picture.sha256, name);
      pictures.push(picture);
    } catch (error) {
      failed.push(toFailure(error, path, null, 'PICTURE_UNREADABLE'));
    }
  }
  const known = new Set(files);
  for (const { path, images } of annotations) {
    for (const name of images.keys()) {
      if (known.has(name)) continue;
      const error = new SurveyError('LABELS_WITHOUT_IMAGE', `'${name}' is not among the images`, { path });
      failed.push(toFailure(error, path, null, 'LABELS_WITHOUT_IMAGE'));
    }
  }
  if (pictures.length === 0) {
    const why = failed.length > 0 ? ` (${failed[0].error})` : '';
    throw new SurveyError('PICTURES_REFUSED', `no labelled picture could be read${why}`, { path: folder });
  }
  const some = pictures.filter(({ masks }) => masks.length < annotations.length).length;
  if (some > 0)
    notes.push(
      `${some} of ${pictures.length} pictures were not seen by all ${annotations.length} annotators`,
    );
  return { pictures, annotators: annotations.map(({ name }) => name), failed, notes };
}

interface Annotations {
  readonly name: string;
  readonly path: string;
  readonly images: ReadonlyMap<string, readonly MarkedShape[]>;
}

async function readAnnotations(folder: string, failed: Failure[], notes: string[]): Promise<Annotations[]> {
  const found: Annotations[] = [];
  for (const file of await filesIn(folder, /\.json$/i)) {
    const path = join(folder, file);
    try {
      const { images, problems } = parseVia(await readFile(path, 'utf8'), path);
      notes.push(...problems);
      const shapes = new Map<string, MarkedShape[]>();
      for (const { filename, regions } of images) {
        const before = shapes.get(filename);
        if (before !== undefined) notes.push(`${file}: two entries for '${filename}', joined`);
        shapes.set(filename, [...(before ?? []), ...regions.map(({ shape }) => shape)]);
      }
      found.push({ name: file.replace(/\.json$/i, ''), path, images: shapes });
    } catch (error) {
      failed.push(toFailure(error, path, null, 'READ_FAILED'));
    }
  }
  return found;
}

async function filesIn(folder: string, ending: RegExp): Promise<string[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new SurveyError('INPUT_NOT_FOUND', 'no such folder', { path: folder, cause });
  });
  return names.filter((name) => ending.test(name)).sort();
}

async function readOne(
  path: string,
  name: string,
  size: number,
  annotations: readonly Annotations[],
): Promise<MarkedPicture> {
  const { width, height, pixels, bytes } = await readPicture(path);
  if (width !== size || height !== size) {
    throw new SurveyError('PICTURE_SHAPE', `${width} × ${height} pixels where ${size} × ${size} are needed`, {
      path,
    });
  }
  const votes = new Uint8Array(size * size);
  const masks: { annotator: string; mask: Uint8Array }[] = [];
  for (const { name: annotator, images } of annotations) {
    const shapes = images.get(name);
    if (shapes === undefined) continue;
    const mask = new Uint8Array(size * size);
    for (const shape of shapes) rasteriseShape(mask, shape, size, size);
    for (let i = 0; i < mask.length; i++) votes[i] += mask[i];
    masks.push({ annotator, mask });
  }
  if (masks.length === 0)
    throw new SurveyError('IMAGE_UNLABELLED', 'no annotator has an entry for it', { path });
  return { name, sha256: sha256(bytes), pixels, masks, votes };
}
