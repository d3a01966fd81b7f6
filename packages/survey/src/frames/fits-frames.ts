import type { FitsFile, Hdu } from '@blemish/fits';
import { openFitsFile } from '@blemish/fits/node';
import type { StampInput } from '../bundle-description.ts';
import { SurveyError, toFailure } from '../errors.ts';
import { frameFiles } from './find-objects.ts';
import { frameHdu, readFrameHeader } from './frame-header.ts';
import type { FrameHeader } from './frame-header.ts';
import { finishFrame } from './finish-frame.ts';
import { padFrame, placeOnAxis } from './place-frame.ts';
import type { FrameNote, FrameReadOptions, ObjectFrames, ObjectSource } from './types.ts';

/**
 * The FITS cut-outs of a folder in order of time. All headers are read first, then one frame at a time. A frame smaller than the model
 * takes is put in its place by its WCS: around the position its header gives of the object, else that of the object's whole frames.
 */
export async function openFitsFrames(
  { oid, path: folder }: ObjectSource,
  input: StampInput,
  options: FrameReadOptions,
): Promise<ObjectFrames> {
  const { hdus = [], onFailure } = options;
  const open = async <T>(
    path: string,
    use: (file: FitsFile, hdu: Hdu) => Promise<T> | T,
  ): Promise<T | null> => {
    let file: FitsFile | null = null;
    try {
      file = await openFitsFile(path);
      return await use(file, frameHdu(file, path, hdus, input));
    } catch (error) {
      onFailure(toFailure(error, path, null, 'READ_FAILED'));
      return null;
    } finally {
      await file?.close();
    }
  };
  const found: FrameHeader[] = [];
  for (const path of await frameFiles(folder)) {
    const header = await open(path, (file, hdu) => readFrameHeader(file, path, hdu, input));
    if (header !== null) found.push(header);
  }
  const { headers, notes } = inOrder(found, options);
  const place = placement(headers, input);
  return {
    oid,
    notes,
    async *read() {
      for (const header of headers) {
        const stamp = await open(header.path, async (file, hdu) => {
          const [x, y] = place(header);
          const { data } = await file.readImage(hdu);
          return padFrame(data, header, input, x, y);
        });
        if (stamp === null) continue;
        const padded = header.width < input.width || header.height < input.height;
        yield finishFrame({ path: header.path, index: 0, mjd: header.mjd, padded }, stamp);
      }
    },
  };
}

/** By time, equal times by name; by name where no frame has a time. Where some have one, the others are failures. */
function inOrder(
  found: readonly FrameHeader[],
  { onFailure }: FrameReadOptions,
): { readonly headers: readonly FrameHeader[]; readonly notes: readonly FrameNote[] } {
  const timed = found.filter(({ mjd }) => mjd !== null);
  const notes: FrameNote[] = [];
  if (new Set(found.map(({ band }) => band)).size > 1) notes.push('several-bands');
  if (timed.length === 0) return { headers: found, notes: found.length > 1 ? [...notes, 'by-name'] : notes };
  for (const { path, mjd } of found) {
    if (mjd !== null) continue;
    const detail = `has no time where ${timed.length} other frames of its object have one`;
    onFailure(toFailure(new SurveyError('FRAME_NO_TIME', detail, { path }), path, null, 'FRAME_NO_TIME'));
  }
  return { headers: timed.sort((a, b) => a.mjd! - b.mjd!), notes };
}

/** Where a frame's first pixel belongs. @throws SurveyError FRAME_NOT_PLACED */
function placement(
  headers: readonly FrameHeader[],
  { width, height }: StampInput,
): (header: FrameHeader) => readonly [x: number, y: number] {
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
    throw new SurveyError('FRAME_NOT_PLACED', detail, { path: header.path, hdu: header.hdu });
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
