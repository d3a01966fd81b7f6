import { Wcs } from '@blemish/fits';
import type { Hdu, Header } from '@blemish/fits';
import { recycleArray, takeArray } from '@blemish/imaging';
import type { CcdAnalyser, CcdAnalysis, CcdInput, Finding } from '../analyser/types.ts';
import { SurveyError } from '../errors.ts';
import type { Companions } from '../inputs/companions.ts';
import { identifyImage } from '../inputs/identify.ts';
import { withInherited } from '../inputs/inherit.ts';
import { encodeMask } from '../outputs/mask-hdu.ts';
import { findingShapes, shapeEnds } from '../outputs/shapes.ts';
import type { Shape } from '../outputs/shapes.ts';
import { primaryHeader } from './inspect-file.ts';
import type { OpenFiles } from './open-files.ts';
import { readPipelineMask } from './pipeline-mask.ts';
import { encodePreview } from './previews.ts';
import type { ImageReply } from './protocol.ts';
import type { FindingRecord } from './records.ts';

/**
 * One CCD from file to encoded mask: read, masked by its companions, analysed, its findings placed on the sky.
 * @throws SurveyError IMAGE_SHAPE, IMAGE_ALL_NAN, MASK_SHAPE, MASK_UNREADABLE; FitsError
 */
export async function analyseImage(
  files: OpenFiles,
  analyser: CcdAnalyser,
  path: string,
  index: number,
  companions: Companions,
): Promise<ImageReply> {
  const { hdu, primary, input } = await readCcdInput(files, path, index, companions);
  const { width, height } = input.plane;
  const { data: pixels } = input.plane;
  const { mask } = input;
  const analysis = await analyser.analyse(input);
  const wcs = Wcs.fromHeader(hdu.header);
  const shapes = findingShapes(analysis.findings, analysis.mask, width, height);
  const maskHdu = encodeMask(
    hdu.header,
    fullMask(analysis, width, height),
    width,
    height,
    analyser.info.classes,
  );
  for (const array of [pixels, mask, analysis.mask]) if (array !== null) recycleArray(array);
  return {
    kind: 'image',
    record: {
      hdu: index,
      ...identifyImage(path, primary, hdu.header, index),
      probability: analysis.probability,
      reason: analysis.reason,
      flagged: analysis.flagged,
      action: analysis.action,
      maskedFraction: analysis.maskedFraction,
      classes: analysis.classes,
      quality: analysis.quality,
      findings: analysis.findings.map((finding, i) => findingRecord(finding, shapes[i], wcs)),
      corners: wcs === null ? null : corners(wcs, width, height),
      hasPreview: analysis.flagged && analysis.preview !== null,
    },
    maskHdu,
    preview: analysis.flagged && analysis.preview ? encodePreview(analysis.preview) : null,
  };
}

/**
 * Reads one CCD with the mask beside it.
 * @throws SurveyError IMAGE_SHAPE, IMAGE_ALL_NAN, MASK_SHAPE, MASK_UNREADABLE; FitsError
 */
export async function readCcdInput(
  files: OpenFiles,
  path: string,
  index: number,
  companions: Companions,
): Promise<{ readonly hdu: Hdu; readonly primary: Header | null; readonly input: CcdInput }> {
  const file = await files.open(path);
  const hdu = file.hdus[index];
  const { width, height } = imageSize(hdu, path);
  const into = takeArray(Float32Array, width * height);
  const { data } = await file.readImage(hdu, { as: 'float32', into });
  const pixels = data as Float32Array;
  if (!hasValue(pixels)) {
    throw new SurveyError('IMAGE_ALL_NAN', 'every pixel is NaN', { path, hdu: index });
  }
  const mask = await readPipelineMask(files, companions, path, hdu, width, height);
  const primary = primaryHeader(file);
  const header = withInherited(hdu.header, index === 0 ? null : primary);
  return { hdu, primary, input: { plane: { width, height, data: pixels }, mask, header } };
}

/** Leading axes of length 1 are dropped; anything else but two axes is not a CCD. */
function imageSize(hdu: Hdu, path: string): { width: number; height: number } {
  const shape = [...hdu.shape];
  while (shape.length > 2 && shape[0] === 1) shape.shift();
  const [height, width] = shape;
  if (shape.length !== 2 || !height || !width) {
    const axes = [];
    for (let n = 1; n <= (hdu.header.number('NAXIS') ?? 0); n++)
      axes.push(hdu.header.number(`NAXIS${n}`) ?? 0);
    const what = axes.length < 2 ? `has ${axes.length} axis` : `is ${axes.join(' × ')} pixels`;
    throw new SurveyError('IMAGE_SHAPE', `the image ${what}`, { path, hdu: hdu.index });
  }
  return { width, height };
}

function hasValue(pixels: Float32Array): boolean {
  for (let i = 0; i < pixels.length; i++) if (pixels[i] === pixels[i]) return true;
  return false;
}

let zeros = new Int32Array(0);

/** Unflagged CCDs share one mask of zeros. */
function fullMask({ mask }: CcdAnalysis, width: number, height: number): Int32Array {
  if (mask !== null) return mask;
  if (zeros.length !== width * height) zeros = new Int32Array(width * height);
  return zeros;
}

function findingRecord(finding: Finding, shape: Shape, wcs: Wcs | null): FindingRecord {
  const { className, probability, threshold, flagged, x, y, area } = finding;
  const sky = wcs === null ? null : skyOf(wcs, x, y);
  const ends = wcs === null ? null : shapeEnds(shape).map(([u, v]) => skyOf(wcs, u, v));
  const scale = wcs?.pixelScaleArcsec ?? null;
  const length = shape.kind === 'box' ? Math.max(shape.length, shape.width) : 2 * shape.radius;
  const width = shape.kind === 'box' ? Math.min(shape.length, shape.width) : 2 * shape.radius;
  return {
    className,
    probability,
    threshold,
    flagged,
    x,
    y,
    area,
    ra: sky?.[0] ?? null,
    dec: sky?.[1] ?? null,
    shape,
    ends: ends === null || ends.includes(null) ? null : (ends as [number, number][]),
    lengthArcsec: scale === null ? null : length * scale,
    widthArcsec: scale === null ? null : width * scale,
  };
}

function corners(wcs: Wcs, width: number, height: number): [number, number][] | null {
  const places = [
    skyOf(wcs, -0.5, -0.5),
    skyOf(wcs, width - 0.5, -0.5),
    skyOf(wcs, width - 0.5, height - 0.5),
    skyOf(wcs, -0.5, height - 0.5),
  ];
  return places.includes(null) ? null : (places as [number, number][]);
}

function skyOf(wcs: Wcs, x: number, y: number): [number, number] | null {
  const [ra, dec] = wcs.pixelToSky(x, y);
  return Number.isFinite(ra) && Number.isFinite(dec) ? [ra, dec] : null;
}
