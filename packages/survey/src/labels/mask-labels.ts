import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { FitsFile, Hdu } from '@blemish/fits';
import { SurveyError, placeName, toFailure } from '../errors.ts';
import type { Failure } from '../errors.ts';
import { findCompanions } from '../inputs/index.ts';
import { encodeMask, encodeMaskPrimary } from '../outputs/mask-hdu.ts';
import { PartialFile } from '../outputs/partial-file.ts';
import { OpenFiles } from '../scan/open-files.ts';
import { readPipelineMask } from '../scan/pipeline-mask.ts';
import { blemishCcd } from '../taxonomy.ts';
import type { ArtifactClass } from '../taxonomy.ts';
import { version } from '../version.ts';
import { growLabel, labelledCcd } from './grow-label.ts';
import type { LabelledCcd } from './grow-label.ts';
import { ImageFinder, indexImages, outside } from './image-index.ts';
import type { IndexedImage } from './image-index.ts';
import { noArtifact, placeOf } from './label.ts';
import type { Label } from './label.ts';
import { formatLabelTable } from './label-table.ts';
import { rasteriseShape } from './rasterise-shapes.ts';

export interface MaskLabelsOptions {
  /** FITS files, folders or lists of the images. */
  readonly images: readonly string[];
  /** Folder to write: `<image>_mask.fits.fz` for each file with a label, `<image>-2_mask.fits.fz` for a second file of that name. */
  readonly out: string;
  /** Replace masks that are there. */
  readonly force?: boolean | undefined;
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
  /** Images that could not be read; the others have their masks. */
  readonly failures: readonly Failure[];
  readonly interrupted: boolean;
}

/**
 * Labels as pixel masks, with the bits and headers that `scan` writes: a point is grown to the extent of its artifact (`growLabel`), a shape is
 * filled. A label of the whole image covers it where its class covers CCDs. Labels of good images give empty masks, so that training finds
 * these, too; labels of wrong masks and of classes outside the taxonomy give none.
 * @throws SurveyError LABELS_REFUSED where no label lies on an image; OUTPUT_EXISTS before anything is written; DISK_FULL, OUTPUT_UNWRITABLE
 */
export async function maskLabels(
  labels: readonly Label[],
  { images: paths, out, force = false, signal, onProgress = () => undefined }: MaskLabelsOptions,
): Promise<MaskedLabels> {
  const notes: string[] = [];
  const index = await indexImages(paths);
  const failures = [...index.failures];
  const found = labelledImages(labels, new ImageFinder(index.images), notes);
  if (found.size === 0)
    throw new SurveyError(
      'LABELS_REFUSED',
      `none of ${labels.length} labels lies on an image in ${paths.join(', ')} (${[...failures.map(({ error }) => error), ...notes][0] ?? 'there are none'})`,
    );
  const masks = [...found].map(([path, { outputName, byHdu }]) => ({
    ...{ path, byHdu },
    file: join(out, `${outputName}_mask.fits.fz`),
  }));
  const there = masks.find(({ file }) => !force && existsSync(file));
  if (there !== undefined) throw new SurveyError('OUTPUT_EXISTS', 'is there already', { path: there.file });
  await mkdir(out, { recursive: true });
  const sha256 = createHash('sha256').update(formatLabelTable(labels)).digest('hex');
  const areas = new Map<string, number[]>();
  const files: string[] = [];
  const images = masks.reduce((sum, { byHdu }) => sum + byHdu.size, 0);
  let done = 0;
  let interrupted = false;
  const open = new OpenFiles();
  try {
    for (const { path, byHdu, file } of masks) {
      interrupted = signal?.aborted ?? false;
      if (interrupted) break;
      try {
        const drawn = await writeMasks(open, path, byHdu, file, sha256, (n) => onProgress(done + n, images));
        notes.push(...drawn.notes);
        for (const [name, own] of drawn.areas) areas.set(name, [...(areas.get(name) ?? []), ...own]);
        files.push(file);
        done += byHdu.size;
      } catch (error) {
        // What cannot be written for one file cannot be for the next.
        if (error instanceof SurveyError && ['DISK_FULL', 'OUTPUT_UNWRITABLE'].includes(error.code))
          throw error;
        failures.push(toFailure(error, path, null, 'READ_FAILED'));
      }
    }
  } finally {
    await open.close();
  }
  const entries = [...areas].map(([name, values]) => {
    const sorted = values.sort((a, b) => a - b);
    return [name, { labels: values.length, medianArea: sorted[sorted.length >> 1] }] as const;
  });
  return {
    files,
    images: done,
    labels: entries.reduce((sum, [, each]) => sum + each.labels, 0),
    classes: Object.fromEntries(entries.sort(([, a], [, b]) => b.labels - a.labels)),
    notes,
    failures,
    interrupted,
  };
}

interface LabelsOfFile {
  readonly outputName: string;
  readonly byHdu: Map<number, Label[]>;
}

function labelledImages(
  labels: readonly Label[],
  finder: ImageFinder,
  notes: string[],
): ReadonlyMap<string, LabelsOfFile> {
  const found = new Map<string, LabelsOfFile>();
  for (const label of labels) {
    const match: IndexedImage | string = finder.find(label);
    const why = typeof match === 'string' ? match : outside(label, match);
    if (typeof match === 'string' || why !== null) {
      notes.push(`${placeOf(label)}: ${why}`);
      continue;
    }
    const { outputName } = match;
    const { byHdu } = found.get(match.path) ?? { byHdu: new Map<number, Label[]>() };
    found.set(match.path, { outputName, byHdu });
    byHdu.set(match.hdu, [...(byHdu.get(match.hdu) ?? []), label]);
  }
  return found;
}

/** What has become of one file's labels. */
interface Drawn {
  /** Pixels of each label that became some, by class. */
  readonly areas: Map<string, number[]>;
  readonly notes: string[];
}

/** The masks of one file's images, one HDU each. */
async function writeMasks(
  open: OpenFiles,
  path: string,
  labels: ReadonlyMap<number, readonly Label[]>,
  out: string,
  sha256: string,
  onImage: (done: number) => void,
): Promise<Drawn> {
  const drawn: Drawn = { areas: new Map(), notes: [] };
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
    let done = 0;
    for (const [index, own] of [...labels].sort(([a], [b]) => a - b)) {
      const hdu = file.hdus[index];
      const [height, width] = hdu.shape.slice(-2);
      const pipeline = await readPipelineMask(open, companions, path, hdu, width, height);
      const bits = await maskOf(file, hdu, pipeline, own, drawn, placeName(path, index));
      await mask.append(encodeMask(hdu.header, bits, width, height, names));
      onImage(++done);
    }
    await mask.close();
    return drawn;
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
