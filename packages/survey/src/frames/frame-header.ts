import type { FitsFile, Hdu, Header } from '@blemish/fits';
import { Wcs } from '@blemish/fits';
import type { StampInput } from '../bundle-description.ts';
import { SurveyError } from '../errors.ts';
import { observationTime } from '../inputs/observation-time.ts';
import type { HduSelector } from '../inputs/index.ts';
import { chooseHdus } from '../stamps/fits-source.ts';
import type { Size } from './place-frame.ts';

/** What the header of a cut-out says of it. */
export interface FrameHeader extends Size {
  readonly path: string;
  readonly hdu: number;
  readonly mjd: number | null;
  readonly band: string | null;
  /** Where the object lies in it by its header, pixels from 0; null where that says nothing sensible. */
  readonly object: readonly [x: number, y: number] | null;
  /** Right ascension and declination of its middle, degrees; null without a WCS. */
  readonly center: readonly [ra: number, dec: number] | null;
  /** Of a frame smaller than the canvas. */
  readonly wcs: Wcs | null;
}

/** Position of the object in degrees. ZTF's cut-outs have the first; RA and DEC of a whole exposure's header point elsewhere, see below. */
const positionKeywords = [
  ['OIDRA', 'OIDDEC'],
  ['RA_OBJ', 'DEC_OBJ'],
  ['RA', 'DEC'],
] as const;

/** The image of an open file that holds the frame. @throws SurveyError STAMP_SHAPE, HDU_NOT_IMAGE; FitsError */
export function frameHdu(file: FitsFile, path: string, hdus: readonly HduSelector[], input: StampInput): Hdu {
  const [hdu] = chooseHdus(file, path, hdus, 1);
  const size = imageSize(hdu);
  if (size !== null && size.width <= input.width && size.height <= input.height) return hdu;
  const found =
    size === null ? `an array [${hdu.shape.join(', ')}]` : `${size.width} × ${size.height} pixels`;
  throw new SurveyError(
    'STAMP_SHAPE',
    `holds ${found} where a frame of at most ${input.width} × ${input.height} is needed`,
    { path, hdu: hdu.index },
  );
}

/** Null where it is no plane with a pixel. */
function imageSize({ shape }: Hdu): Size | null {
  const plane = shape.filter((extent, axis) => extent !== 1 || axis >= shape.length - 2);
  if (plane.length !== 2 || plane.includes(0)) return null;
  return { height: plane[0], width: plane[1] };
}

/** @param hdu as {@link frameHdu} gives it */
export function readFrameHeader(file: FitsFile, path: string, hdu: Hdu, canvas: Size): FrameHeader {
  const header = file.inheritedHeader(hdu);
  const text = (keyword: string): string | null => {
    const value = header.get(keyword) ?? file.hdus[0].header.get(keyword) ?? null;
    return value === null || typeof value === 'boolean' ? null : String(value).trim();
  };
  const size = imageSize(hdu)!;
  const wcs = Wcs.fromHeader(header);
  return {
    ...size,
    path,
    hdu: hdu.index,
    mjd: observationTime(text)?.mjd ?? null,
    band: text('FILTER') ?? text('BAND') ?? text('FILTERID'),
    object: wcs === null ? null : objectPixel(header, wcs, size, canvas),
    center: wcs === null ? null : wcs.pixelToSky((size.width - 1) / 2, (size.height - 1) / 2),
    wcs: size.width === canvas.width && size.height === canvas.height ? null : wcs,
  };
}

/** The first position that lies on a canvas the frame could be part of: that of a pointing does not. */
function objectPixel(header: Header, wcs: Wcs, size: Size, canvas: Size): readonly [number, number] | null {
  for (const [ra, dec] of positionKeywords) {
    const [x, y] = wcs.skyToPixel(header.number(ra) ?? NaN, header.number(dec) ?? NaN);
    const inside = (at: number, extent: number, reach: number) => at > extent - 1 - reach && at < reach;
    if (inside(x, size.width, canvas.width) && inside(y, size.height, canvas.height)) return [x, y];
  }
  return null;
}
