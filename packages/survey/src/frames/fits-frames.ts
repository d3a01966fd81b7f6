import type { FitsFile, Hdu } from '@blemish/fits';
import { openFitsFile } from '@blemish/fits/node';
import type { StampInput } from '../bundle-description.ts';
import { SurveyError, toFailure } from '../errors.ts';
import type { Failure } from '../errors.ts';
import type { HduSelector } from '../inputs/index.ts';
import { frameFiles } from './find-objects.ts';
import { frameHdu, readFrameHeader } from './frame-header.ts';
import type { FrameHeader } from './frame-header.ts';
import { finishFrame } from './finish-frame.ts';
import { padFrame, placeOnAxis } from './place-frame.ts';
import type { FrameNote, FrameReadOptions, ObjectFrames, ObjectSource } from './types.ts';

/** Files read at the same time. */
const together = 8;
/** Frames whose pixels are kept from the reading of the headers on; those of a longer sequence are read again. */
const keptFrames = 4096;

/**
 * The FITS cut-outs of a folder in order of time. All headers are read first, and the pixels of a sequence that is not very long; then one
 * frame at a time is handed out. A frame smaller than the model takes is put in its place by its WCS: around the position its header gives of
 * the object, else that of the object's whole frames.
 */
export async function openFitsFrames(
  { oid, path: folder }: ObjectSource,
  input: StampInput,
  options: FrameReadOptions,
): Promise<ObjectFrames> {
  const { hdus = [], onFailure } = options;
  const read = <T>(path: string, use: (file: FitsFile, hdu: Hdu) => Promise<T>): Promise<T | Failure> =>
    withFrame(path, hdus, input, use).catch((error: unknown) => toFailure(error, path, null, 'READ_FAILED'));
  const found: FoundFrame[] = [];
  const files = await frameFiles(folder);
  for (let from = 0; from < files.length; from += together) {
    const keep = from < keptFrames;
    const some = files.slice(from, from + together).map((path) =>
      read(path, async (file, hdu) => {
        const header = readFrameHeader(file, path, hdu, input);
        return { header, pixels: keep ? await readPixels(file, hdu) : null };
      }),
    );
    for (const each of await Promise.all(some)) {
      if ('code' in each) onFailure(each);
      else found.push(each);
    }
  }
  const { frames, notes } = inOrder(found, options);
  const headers = frames.map(({ header }) => header);
  const place = placement(headers, input);
  return {
    oid,
    notes,
    async *read() {
      for (const { header, pixels: kept } of frames) {
        const { path, mjd, width, height } = header;
        const pixels = kept ?? (await read(path, readPixels));
        const placed = 'code' in pixels ? pixels : place(header);
        if ('code' in pixels) onFailure(pixels);
        else if ('code' in placed) onFailure(placed);
        else {
          const padded = width < input.width || height < input.height;
          const stamp = padFrame(pixels, header, input, ...placed);
          yield finishFrame({ path, index: 0, mjd, padded }, stamp);
        }
      }
    },
  };
}

interface FoundFrame {
  readonly header: FrameHeader;
  readonly pixels: Float32Array | Float64Array | null;
}

async function withFrame<T>(
  path: string,
  hdus: readonly HduSelector[],
  input: StampInput,
  use: (file: FitsFile, hdu: Hdu) => Promise<T>,
): Promise<T> {
  const file = await openFitsFile(path);
  try {
    return await use(file, frameHdu(file, path, hdus, input));
  } finally {
    await file.close();
  }
}

async function readPixels(file: FitsFile, hdu: Hdu): Promise<Float32Array | Float64Array> {
  return (await file.readImage(hdu)).data;
}

/** By time, equal times by name; by name where no frame has a time. Where some have one, the others are failures. */
function inOrder(
  found: readonly FoundFrame[],
  { onFailure }: FrameReadOptions,
): { readonly frames: readonly FoundFrame[]; readonly notes: readonly FrameNote[] } {
  const timed = found.filter(({ header }) => header.mjd !== null);
  const notes: FrameNote[] = [];
  if (new Set(found.map(({ header }) => header.band)).size > 1) notes.push('several-bands');
  if (timed.length === 0) return { frames: found, notes: found.length > 1 ? [...notes, 'by-name'] : notes };
  for (const { header } of found) {
    const { path, mjd } = header;
    if (mjd !== null) continue;
    const detail = `has no time where ${timed.length} other frames of its object have one`;
    onFailure(toFailure(new SurveyError('FRAME_NO_TIME', detail, { path }), path, null, 'FRAME_NO_TIME'));
  }
  return { frames: timed.sort((a, b) => a.header.mjd! - b.header.mjd!), notes };
}

/** Where a frame's first pixel belongs, or why nowhere: FRAME_NOT_PLACED. */
function placement(
  headers: readonly FrameHeader[],
  { width, height }: StampInput,
): (header: FrameHeader) => readonly [x: number, y: number] | Failure {
  const middle = [(width - 1) / 2, (height - 1) / 2] as const;
  const whole = headers.filter((header) => header.width === width && header.height === height);
  // Programs that cut frames round differently: where the object lies is seen on the whole ones.
  const seen = whole.flatMap(({ object }) => (object === null ? [] : [object]));
  const usual =
    seen.length === 0 ? middle : ([median(seen.map(([x]) => x)), median(seen.map(([, y]) => y))] as const);
  const sky = meanPosition(whole.flatMap(({ center }) => (center === null ? [] : [center])));
  return (header) => {
    if (header.width === width && header.height === height) return [0, 0];
    const bySky = sky === null ? null : (header.wcs?.skyToPixel(...sky) ?? null);
    const [object, wanted] = header.object === null ? [bySky, middle] : [header.object, usual];
    const x = object === null ? null : placeOnAxis(object[0], wanted[0], header.width, width);
    const y = object === null ? null : placeOnAxis(object[1], wanted[1], header.height, height);
    if (x !== null && y !== null) return [x, y];
    const detail =
      object === null
        ? `${header.width} × ${header.height} pixels, with no WCS or no position of the object`
        : `${header.width} × ${header.height} pixels, and its object at (${object[0].toFixed(1)}, ${object[1].toFixed(1)}) would put it beyond ${width} × ${height}`;
    const error = new SurveyError('FRAME_NOT_PLACED', detail, { path: header.path, hdu: header.hdu });
    return toFailure(error, header.path, header.hdu, 'FRAME_NOT_PLACED');
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return 0.5 * (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.floor(sorted.length / 2)]);
}

/** Mean of positions that lie close together, right ascension 0 among them or not. */
function meanPosition(
  positions: readonly (readonly [ra: number, dec: number])[],
): readonly [ra: number, dec: number] | null {
  if (positions.length === 0) return null;
  const [first] = positions[0];
  let east = 0;
  let north = 0;
  for (const [ra, dec] of positions) {
    east += ((((ra - first + 180) % 360) + 360) % 360) - 180;
    north += dec;
  }
  return [first + east / positions.length, north / positions.length];
}
