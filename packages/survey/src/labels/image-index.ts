import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { Hdu } from '@blemish/fits';
import { openFitsFile } from '@blemish/fits/node';
import { placeName, toFailure } from '../errors.ts';
import type { Failure } from '../errors.ts';
import { expandInputs, fitsStem, identifyImage, isImage, parseSelector } from '../inputs/index.ts';
import type { Label } from './label.ts';
import { shapeBounds } from './shape-numbers.ts';

/** One image that labels may be about. */
export interface IndexedImage {
  readonly path: string;
  /** Name of what is written for its file, without extension: files of one name in several folders have different ones. */
  readonly outputName: string;
  readonly hdu: number;
  /** Exposure and CCD as `scan` names them. */
  readonly exposure: string;
  readonly ccd: string;
  /** Every name its CCD goes by, upper case: EXTNAME, DETPOS, CCDNUM, number of the HDU. */
  readonly ccdNames: readonly string[];
  readonly width: number;
  readonly height: number;
}

export interface ImageIndex {
  readonly images: readonly IndexedImage[];
  /** Files that could not be followed or opened. */
  readonly failures: readonly Failure[];
}

/** Which images a label is about: exactly one, or why none or not one. */
export type ImageMatch = IndexedImage | string;

/** Looks at the headers of all FITS images below folders, in files and lists (as `scan` follows them); pixels are not read. */
export async function indexImages(paths: readonly string[]): Promise<ImageIndex> {
  const { files, failures: lost } = await expandInputs(paths);
  const images: IndexedImage[] = [];
  const failures = [...lost];
  for (const { path, outputName } of files) {
    try {
      const file = await openFitsFile(path);
      try {
        const primary = file.hdus[0]?.header ?? null;
        for (const hdu of file.hdus.filter(isImage)) {
          const [height = 0, width = 0] = hdu.shape.slice(-2);
          const { exposure, ccd } = identifyImage(path, primary, hdu.header, hdu.index);
          const names = ccdNames(hdu, ccd);
          images.push({ path, outputName, hdu: hdu.index, exposure, ccd, ccdNames: names, width, height });
        }
      } finally {
        await file.close();
      }
    } catch (error) {
      failures.push(toFailure(error, path, null, 'READ_FAILED'));
    }
  }
  return { images, failures };
}

function ccdNames({ header, index }: Hdu, ccd: string): string[] {
  const named = ['EXTNAME', 'DETPOS', 'CCDNUM'].map((keyword) => header.get(keyword));
  const names = [ccd, ...named, index].flatMap((value) =>
    typeof value === 'string' || typeof value === 'number' ? [String(value).trim().toUpperCase()] : [],
  );
  // The number of the HDU is a name only where nothing else is: DECam numbers its CCDs, too.
  return [...new Set(header.has('CCDNUM') ? names.slice(0, -1) : names)].filter((name) => name !== '');
}

/** Finds labels' images: by the file's name, with or without its folder and extension (the folder counts where names clash), or by exposure; and by CCD. */
export class ImageFinder {
  readonly #byStem = new Map<string, IndexedImage[]>();
  readonly #byExposure = new Map<string, IndexedImage[]>();

  constructor(images: readonly IndexedImage[]) {
    for (const image of images) {
      add(this.#byStem, fitsStem(image.path), image);
      for (const key of exposureKeys(image.exposure)) add(this.#byExposure, key, image);
    }
  }

  find({ image, exposure, ccd }: Pick<Label, 'image' | 'exposure' | 'ccd'>): ImageMatch {
    const { path, selector } = parseSelector(image);
    const named = image === '' ? [] : (this.#byStem.get(fitsStem(path)) ?? []);
    const exact = named.filter((found) => found.path === path || found.path.endsWith(`/${path}`));
    const byName = exact.length > 0 ? exact : named;
    // The longest key first: a name that is there as it stands goes before its number.
    const byExposure = exposureKeys(exposure).map((key) => this.#byExposure.get(key) ?? []);
    const candidates = byName.length > 0 ? byName : (byExposure.find((found) => found.length > 0) ?? []);
    if (candidates.length === 0) {
      const shown = this.#byStem.get(basename(path).replace(/\.(?:png|jpe?g)$/i, ''))?.[0];
      return shown === undefined
        ? 'no such image'
        : `no such image: a picture's rows run from its top, and it may be binned; if its pixels are those of ${basename(shown.path)}, give that name to the labels`;
    }
    const wanted = (ccd === '' ? String(selector ?? '') : ccd).trim().toUpperCase();
    const onCcd =
      wanted === ''
        ? candidates
        : candidates.filter(({ ccdNames }) => ccdNames.includes(withoutZeros(wanted)));
    if (onCcd.length === 1) return onCcd[0];
    if (onCcd.length === 0) return `no CCD '${wanted}' in ${basename(candidates[0].path)}`;
    const places = onCcd.slice(0, 3).map((found) => `${basename(found.path)}[${found.hdu}]`);
    const more = onCcd.length > 3 ? ', …' : '';
    return `not one image but ${onCcd.length}: ${places.join(', ')}${more}; ${wanted === '' ? 'name the CCD' : 'name the file'}`;
  }
}

/** An exposure's name, and its number without letters and zeros before it: `D00229650`, `DECam_00229650` and 229650 are one. */
function exposureKeys(exposure: string): string[] {
  const name = exposure.trim();
  const number = /^[A-Za-z_]*?0*(\d+)$/.exec(name)?.[1];
  return name === '' ? [] : [name, ...(number === undefined ? [] : [`#${number}`])];
}

function withoutZeros(name: string): string {
  return /^\d+$/.test(name) ? String(Number(name)) : name;
}

function add(map: Map<string, IndexedImage[]>, key: string, image: IndexedImage): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [image]);
  else known.push(image);
}

/** Where a label's shape lies off its image, in words; null where it does not, in part at least. */
export function outside({ shape }: Label, image: IndexedImage): string | null {
  const bounds = shapeBounds(shape);
  if (bounds === null) return null;
  const [left, low, right, high] = bounds;
  const { width, height } = image;
  if (right >= -0.5 && left < width - 0.5 && high >= -0.5 && low < height - 0.5) return null;
  const where =
    shape.kind === 'point'
      ? `point (${left}, ${low})`
      : `${shape.kind} of x ${left} to ${right}, y ${low} to ${high}`;
  return `${where} lies outside ${placeName(image.path, image.hdu)} of ${width} × ${height} pixels`;
}

/** SHA-256 of an image's pixels as they are stored, whatever compresses them. @throws FitsError */
export async function pixelHash({ path, hdu }: IndexedImage): Promise<string> {
  const file = await openFitsFile(path);
  try {
    const { data } = await file.readStored(file.hdus[hdu]);
    return createHash('sha256')
      .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
      .digest('hex');
  } finally {
    await file.close();
  }
}
