import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { FitsFile, Hdu } from '@blemish/fits';
import { SurveyError, placeName } from '../errors.ts';
import { findCompanions, fitsStem } from '../inputs/index.ts';
import { encodeMask, encodeMaskPrimary } from '../outputs/mask-hdu.ts';
import { PartialFile } from '../outputs/partial-file.ts';
import { OpenFiles } from '../scan/open-files.ts';
import { readPipelineMask } from '../scan/pipeline-mask.ts';
import { blemishCcd } from '../taxonomy.ts';
import type { ArtifactClass } from '../taxonomy.ts';
import { version } from '../version.ts';
import { growLabel, labelledCcd } from './grow-label.ts';
import type { LabelledCcd } from './grow-label.ts';
import { ImageFinder, indexImages } from './image-index.ts';
import type { IndexedImage } from './image-index.ts';
import { noArtifact } from './label.ts';
import type { Label } from './label.ts';
import { formatLabelTable } from './label-table.ts';
import { rasteriseShape } from './rasterise-shapes.ts';

export interface MaskLabelsOptions {
  /** FITS files, folders or lists of the images. */
  readonly images: readonly string[];
  /** Folder to write: `<image>_mask.fits.fz` for each file with a label. */
  readonly out: string;
  /** Stops between images. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface MaskedLabels {
  readonly files: readonly string[];
  readonly images: number;
  /** Labels that became pixels, and how many of each class. */
  readonly labels: number;
  readonly classes: Readonly<Record<string, { readonly labels: number; readonly medianArea: number }>>;
  /** Labels that became none, one sentence each. */
  readonly notes: readonly string[];
  readonly interrupted: boolean;
}

/**
 * Labels as pixel masks, with the bits and headers that `scan` writes: a point is grown to the extent of its artifact (`growLabel`), a shape is
 * filled. A label of the whole image covers it where its class covers CCDs. Labels of good images give empty masks, so that training finds
 * these, too; labels of wrong masks and of classes outside the taxonomy give none.
 * @throws SurveyError LABELS_REFUSED where no label has an image; those of reading and writing FITS
 */
export async function maskLabels(
  labels: readonly Label[],
  { images: paths, out, signal, onProgress = () => undefined }: MaskLabelsOptions,
): Promise<MaskedLabels> {
  const notes: string[] = [];
  const index = await indexImages(paths);
  notes.push(...index.failures.map(({ error }) => error));
  const found = labelledImages(labels, new ImageFinder(index.images), notes);
  if (found.size === 0)
    throw new SurveyError(
      'LABELS_REFUSED',
      `none of ${labels.length} labels has its image in ${paths.join(', ')}`,
    );
  await mkdir(out, { recursive: true });
  const sha256 = createHash('sha256').update(formatLabelTable(labels)).digest('hex');
  const drawn: Drawn = { areas: new Map(), notes, images: 0 };
  const files: string[] = [];
  const images = [...found.values()].reduce((sum, own) => sum + own.size, 0);
  const open = new OpenFiles();
  try {
    for (const [path, own] of found) {
      if (signal?.aborted) break;
      const file = join(out, `${fitsStem(path)}_mask.fits.fz`);
      await writeMasks(open, path, own, file, sha256, drawn, () => onProgress(drawn.images, images));
      files.push(file);
    }
  } finally {
    await open.close();
  }
  const entries = [...drawn.areas].map(([name, values]) => {
    const sorted = values.sort((a, b) => a - b);
    return [name, { labels: values.length, medianArea: sorted[sorted.length >> 1] }] as const;
  });
  return {
    files,
    images: drawn.images,
    labels: entries.reduce((sum, [, each]) => sum + each.labels, 0),
    classes: Object.fromEntries(entries.sort(([, a], [, b]) => b.labels - a.labels)),
    notes,
    interrupted: files.length < found.size,
  };
}

type LabelsOfFile = Map<number, Label[]>;

function labelledImages(
  labels: readonly Label[],
  finder: ImageFinder,
  notes: string[],
): ReadonlyMap<string, LabelsOfFile> {
  const found = new Map<string, LabelsOfFile>();
  for (const label of labels) {
    const match: IndexedImage | string = finder.find(label);
    if (typeof match === 'string') {
      notes.push(`${placeOf(label)}: ${match}`);
      continue;
    }
    const ofFile = found.get(match.path) ?? new Map<number, Label[]>();
    found.set(match.path, ofFile);
    ofFile.set(match.hdu, [...(ofFile.get(match.hdu) ?? []), label]);
  }
  return found;
}

/** What has become of labels so far. */
interface Drawn {
  /** Pixels of each label that became some, by class. */
  readonly areas: Map<string, number[]>;
  readonly notes: string[];
  images: number;
}

/** The masks of one file's images, one HDU each. */
async function writeMasks(
  open: OpenFiles,
  path: string,
  labels: LabelsOfFile,
  out: string,
  sha256: string,
  drawn: Drawn,
  onImage: () => void,
): Promise<void> {
  const names = blemishCcd.map(({ name }) => name);
  const file = await open.open(path);
  const companions = await findCompanions(path);
  const mask = new PartialFile(out);
  try {
    // An image in the primary HDU has its mask in an extension, which then has these cards.
    const primary = labels.has(0) ? null : file.hdus[0].header;
    await mask.append(
      encodeMaskPrimary(primary, { modelName: 'labels', modelSha256: sha256, version }, null),
    );
    for (const [index, own] of [...labels].sort(([a], [b]) => a - b)) {
      const hdu = file.hdus[index];
      const [height, width] = hdu.shape.slice(-2);
      const pipeline = await readPipelineMask(open, companions, path, hdu, width, height);
      const bits = await maskOf(file, hdu, pipeline, own, drawn, placeName(path, index));
      await mask.append(encodeMask(hdu.header, bits, width, height, names));
      drawn.images++;
      onImage();
    }
    await mask.close();
  } catch (error) {
    await mask.abort();
    throw error;
  }
}

/** One image's labels as taxonomy bits, height × width. */
async function maskOf(
  file: FitsFile,
  hdu: Hdu,
  pipeline: Uint8Array | null,
  labels: readonly Label[],
  { areas, notes }: Drawn,
  place: string,
): Promise<Int32Array> {
  const [height, width] = hdu.shape.slice(-2);
  const bits = new Int32Array(width * height);
  const classes = new Map(blemishCcd.map((klass) => [klass.name, klass]));
  let ccd: LabelledCcd | null | undefined;
  for (const label of labels) {
    const klass = classes.get(label.className);
    if (label.className === noArtifact || label.wrongMask) continue;
    if (klass === undefined) {
      notes.push(`${placeOf(label)}: class '${label.className}' has no bit in masks`);
      continue;
    }
    if (ccd === undefined && label.shape.kind === 'point') {
      const { data } = await file.readImage(hdu, { as: 'float32' });
      ccd = labelledCcd({ width, height, data: data as Float32Array }, pipeline);
    }
    const pixels = pixelsOf(label, klass, ccd ?? null, width, height);
    let area = 0;
    for (let at = 0; at < bits.length; at++) {
      if (pixels === null || pixels[at] === 0) continue;
      bits[at] |= 1 << klass.maskBit;
      area++;
    }
    if (area === 0)
      notes.push(`${placeOf(label)}: nothing to outline for ${label.className} on ${basename(place)}`);
    else areas.set(label.className, [...(areas.get(label.className) ?? []), area]);
  }
  return bits;
}

function pixelsOf(
  { shape }: Label,
  klass: ArtifactClass,
  ccd: LabelledCcd | null,
  width: number,
  height: number,
): Uint8Array | null {
  if (shape.kind === 'image') return klass.extent === 'ccd' ? new Uint8Array(width * height).fill(1) : null;
  if (shape.kind !== 'point') return rasteriseShape(new Uint8Array(width * height), shape, width, height);
  return ccd === null ? null : growLabel(klass, ccd, [shape.x, shape.y]);
}

function placeOf({ origin: { file, row } }: Label): string {
  return `${file} row ${row}`;
}
