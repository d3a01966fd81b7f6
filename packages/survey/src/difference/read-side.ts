import { stat } from 'node:fs/promises';
import { Wcs } from '@blemish/fits';
import type { FitsFile, Hdu, Header } from '@blemish/fits';
import {
  estimateBackground,
  fillMissing,
  measureStars,
  renderRms,
  subtractBackground,
} from '@blemish/imaging';
import type { Background, Plane, StarMeasurements } from '@blemish/imaging';
import { SurveyError, errorCode } from '../errors.ts';
import { findCompanions, identifyImage, isImage, matchHdu, parseSelector } from '../inputs/index.ts';
import { OpenFiles } from '../scan/open-files.ts';
import { readPipelineMask } from '../scan/pipeline-mask.ts';
import type { DifferenceInput } from './options.ts';
import { poissonVariance } from './poisson-variance.ts';

/** One of the two images, read and measured. All planes are of one size. */
export interface Side {
  readonly path: string;
  readonly hdu: number;
  readonly header: Header;
  readonly wcs: Wcs | null;
  /** Background-subtracted; pixels without a value filled from their neighbours, NaN deep inside large holes. */
  readonly image: Plane;
  readonly variance: Plane;
  /** 1 where the image has no value of its own: NaN, masked; 2 where it is saturated. */
  readonly bad: Uint8Array;
  readonly background: Background;
  readonly stars: StarMeasurements;
  /** Median of the stars, pixels; null without any. */
  readonly fwhm: number | null;
  readonly gain: number | null;
  readonly saturation: number | null;
  readonly zeroPoint: number | null;
  readonly maskFile: string | null;
  readonly identity: ReturnType<typeof identifyImage>;
  readonly ccdid: number | null;
}

/** Pixels from the rim that are filled in holes: what a kernel and the interpolation reach. */
const fillDepth = 16;

/**
 * Reads an image with its mask and measures background, noise and stars.
 * @param like the science image's HDU, to choose the one of the reference that goes with it
 * @throws SurveyError INPUT_NOT_FOUND, HDU_NOT_FOUND, HDU_NOT_IMAGE, OPTION_INVALID, IMAGE_SHAPE, IMAGE_ALL_NAN, MASK_SHAPE, MASK_UNREADABLE, READ_FAILED; FitsError
 */
export async function readSide(
  input: DifferenceInput,
  role: string,
  like: Hdu | null,
): Promise<{ side: Side; hdu: Hdu }> {
  const parsed = parseSelector(input.path);
  const path = parsed.path;
  const selector = input.hdu ?? parsed.selector;
  const files = new OpenFiles();
  try {
    const file = await openInput(files, path, role);
    const hdu = chooseHdu(file, path, selector, role, like);
    const shape = [...hdu.shape];
    while (shape.length > 2 && shape[0] === 1) shape.shift();
    const [height = 0, width = 0] = shape;
    if (shape.length !== 2 || height < 1 || width < 1)
      throw new SurveyError('IMAGE_SHAPE', `the ${role} has ${shape.length} axes`, { path, hdu: hdu.index });
    const { data } = await file.readImage(hdu, { as: 'float32' });
    const plane: Plane = { width, height, data: data as Float32Array };
    if (!plane.data.some(Number.isFinite))
      throw new SurveyError('IMAGE_ALL_NAN', `no pixel of the ${role} has a value`, { path, hdu: hdu.index });
    const found = await findCompanions(path);
    const companions = { ...found, mask: input.mask ?? found.mask };
    if (input.mask !== undefined) await openInput(files, input.mask, `mask of the ${role}`);
    const mask = await readPipelineMask(files, companions, path, hdu, width, height);
    const header = file.inheritedHeader(hdu);
    const primary = file.hdus[0]?.header ?? null;
    const side = measure(plane, mask, {
      ...{ path, hdu: hdu.index, header, wcs: Wcs.fromHeader(header) },
      identity: identifyImage(path, primary, hdu.header, hdu.index),
      gain: input.gain ?? gainOf(header, primary),
      saturation: numberOf(header, primary, ['SATURATE', 'SATURAT']),
      zeroPoint: numberOf(header, primary, ['MAGZERO', 'MAGZP', 'MAGZPT', 'ZEROPT', 'PHOTZP']),
      ccdid: numberOf(header, primary, ['CCDNUM', 'CCDID']),
      maskFile: companions.mask,
    });
    return { side, hdu };
  } finally {
    await files.close();
  }
}

async function openInput(files: OpenFiles, path: string, role: string): Promise<FitsFile> {
  let why: string | null = null;
  try {
    if (!(await stat(path)).isFile()) why = 'not a file';
  } catch (cause) {
    why = errorCode(cause) ?? String(cause);
  }
  if (why !== null)
    throw new SurveyError('INPUT_NOT_FOUND', `the ${role} cannot be opened (${why})`, { path });
  return files.open(path);
}

function chooseHdu(
  file: FitsFile,
  path: string,
  selector: number | string | null,
  role: string,
  like: Hdu | null,
): Hdu {
  if (selector !== null) {
    let hdu: Hdu;
    try {
      hdu = file.hdu(selector);
    } catch (cause) {
      const text = cause instanceof Error ? cause.message : String(cause);
      throw new SurveyError('HDU_NOT_FOUND', text, { path, cause });
    }
    if (!isImage(hdu))
      throw new SurveyError('HDU_NOT_IMAGE', `the ${role} is a ${hdu.kind}`, { path, hdu: selector });
    return hdu;
  }
  const images = file.hdus.filter(isImage);
  if (images.length === 1) return images[0];
  const matched = like === null ? null : matchHdu(file, like);
  if (matched !== null) return matched;
  if (images.length === 0) throw new SurveyError('HDU_NOT_IMAGE', `the ${role} has no image`, { path });
  const names = images.map(({ index, name }) => `${index}${name === '' ? '' : ` (${name})`}`);
  const shown = names.length > 6 ? [...names.slice(0, 6), '…'] : names;
  throw new SurveyError(
    'OPTION_INVALID',
    `the ${role} has ${images.length} images: ${shown.join(', ')}; say which, as ${path}[${images[0].index}]`,
    { path },
  );
}

function numberOf(header: Header, primary: Header | null, keywords: readonly string[]): number | null {
  for (const keyword of keywords) {
    const value = header.number(keyword) ?? primary?.number(keyword);
    if (value !== undefined && Number.isFinite(value)) return value;
  }
  return null;
}

/** Electrons a unit; null where nothing tells. Two amplifiers of nearly one gain count as their mean. */
function gainOf(header: Header, primary: Header | null): number | null {
  const one = numberOf(header, primary, ['GAIN', 'ARAWGAIN', 'EGAIN']);
  if (one !== null) return one > 0 ? one : null;
  const [a, b] = [numberOf(header, primary, ['GAINA']), numberOf(header, primary, ['GAINB'])];
  return a !== null && b !== null && a > 0 && b > 0 ? (a + b) / 2 : null;
}

type Described = Omit<Side, 'image' | 'variance' | 'bad' | 'background' | 'stars' | 'fwhm'>;

function measure(plane: Plane, mask: Uint8Array | null, described: Described): Side {
  const { width, height, data } = plane;
  const bad = new Uint8Array(width * height);
  const saturated = (described.saturation ?? Infinity) * 0.98;
  for (let i = 0; i < bad.length; i++) {
    if (data[i] >= saturated) bad[i] = 2;
    else if (!Number.isFinite(data[i]) || (mask !== null && mask[i] !== 0)) bad[i] = 1;
  }
  const background = estimateBackground(plane, { mask: bad });
  if (!(background.globalRms > 0))
    throw new SurveyError('IMAGE_ALL_NAN', 'no part of it has a background with noise: masked or constant', {
      path: described.path,
      hdu: described.hdu,
    });
  const subtracted = subtractBackground(plane, background);
  const stars = measureStars(subtracted, background.globalRms, bad, { saturation: saturated });
  const image = fillMissing(subtracted, bad, { depth: fillDepth });
  const variance = poissonVariance(image, renderRms(background), described.gain);
  const sizes = Array.from(stars.fwhm).sort((a, b) => a - b);
  const fwhm = sizes.length > 0 ? sizes[sizes.length >> 1] : null;
  return { ...described, image, variance, bad, background, stars, fwhm };
}
