import { FitsError } from './errors.ts';
import type { Header } from './header.ts';

export type HduKind = 'image' | 'compressed-image' | 'table' | 'ascii-table' | 'empty';

/** One header and data unit. Nothing of its data has been read. */
export interface Hdu {
  /** From 0, the primary. */
  readonly index: number;
  /** EXTNAME without blanks around it, '' when there is none. */
  readonly name: string;
  /** EXTVER, 1 when there is none. */
  readonly version: number;
  /** `empty`: no data, or data of a kind nobody here reads (random groups, foreign extensions). */
  readonly kind: HduKind;
  /** For a compressed image the header of the image it stands for, as funpack writes it; else as stored. */
  readonly header: Header;
  /** The header as stored: for a compressed image that of the binary table. */
  readonly storedHeader: Header;
  /** Numpy order, [..., height, width]; for tables [rows, bytes per row]; [] when there is no data. */
  readonly shape: readonly number[];
  /** 8, 16, 32, 64, -32 or -64; for a compressed image that of the image. */
  readonly bitpix: number;
  /** Byte offset of the header and of the data, and the bytes of data without padding. */
  readonly headerOffset: number;
  readonly dataOffset: number;
  readonly dataSize: number;
}

/** What the structural keywords of a stored header say, checked. */
export interface Structure {
  readonly bitpix: number;
  /** NAXISn, in FITS order. */
  readonly axes: readonly number[];
  readonly pcount: number;
  readonly gcount: number;
  readonly groups: boolean;
  readonly dataSize: number;
}

/** A count from the header. @throws FitsError BAD_HEADER */
function count(header: Header, keyword: string, least: number, missing?: number): number {
  const value = header.get(keyword);
  if (value === undefined && missing !== undefined) return missing;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least) {
    const found = value === undefined ? 'is missing' : `has the value ${String(value)}`;
    throw new FitsError('BAD_HEADER', `${keyword} ${found}, but must be an integer of at least ${least}`, {
      keyword,
    });
  }
  return value;
}

/**
 * Reads BITPIX, NAXISn, PCOUNT, GCOUNT (FITS standard 4.0, 4.4.1 and 7).
 * @throws FitsError BAD_HEADER, TOO_LARGE
 */
export function readStructure(header: Header): Structure {
  const bitpix = header.get('BITPIX');
  if (typeof bitpix !== 'number' || ![8, 16, 32, 64, -32, -64].includes(bitpix))
    throw new FitsError('BAD_HEADER', `BITPIX is ${String(bitpix)}, not 8, 16, 32, 64, -32 or -64`, {
      keyword: 'BITPIX',
    });
  const naxis = count(header, 'NAXIS', 0);
  if (naxis > 999) throw new FitsError('BAD_HEADER', `NAXIS is ${naxis}, above 999`, { keyword: 'NAXIS' });
  const axes: number[] = [];
  for (let n = 1; n <= naxis; n++) axes.push(count(header, `NAXIS${n}`, 0));
  const groups = header.get('GROUPS') === true && axes[0] === 0;
  const extension = header.has('XTENSION');
  const pcount = extension || groups ? count(header, 'PCOUNT', 0, 0) : 0;
  const gcount = extension || groups ? count(header, 'GCOUNT', 0, 1) : 1;
  const used = groups ? axes.slice(1) : axes;
  const elements = used.length === 0 ? 0 : used.reduce((product, n) => product * n, 1);
  const dataSize = (Math.abs(bitpix) / 8) * gcount * (pcount + elements);
  if (!Number.isSafeInteger(dataSize))
    throw new FitsError('TOO_LARGE', `NAXIS = ${axes.join(' × ')} makes ${dataSize} bytes`, {
      keyword: 'NAXIS',
    });
  return { bitpix, axes, pcount, gcount, groups, dataSize };
}

/** Axes in FITS order to a numpy shape; [] when there is no element. */
export function toShape(axes: readonly number[]): number[] {
  return axes.includes(0) ? [] : [...axes].reverse();
}

/** One line for messages: `3 (N4, image 2046 × 4094)`. */
export function describeHdu(hdu: Hdu): string {
  const size = hdu.kind === 'empty' ? '' : ` ${[...hdu.shape].reverse().join(' × ')}`;
  const name = hdu.name === '' ? '' : `${hdu.name}${hdu.version === 1 ? '' : `,${hdu.version}`}, `;
  return `${hdu.index} (${name}${hdu.kind}${size})`;
}
