import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Header, encodeHdu } from '@blemish/fits';

/** Value that the trivial analyser takes for a satellite. */
export const trailValue = 12345;

export interface SmallCcd {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** Offset of the CCD on the sky, pixels. */
  readonly offset?: readonly [number, number];
  /** Adds to the noise. */
  paint?(data: Float32Array, width: number, height: number): void;
}

/** Bytes of a FITS file with one image extension per CCD (TAN, 0.26″ a pixel) and DECam's keywords in the primary header. */
export function exposureBytes(expnum: number, ccds: readonly SmallCcd[]): Uint8Array {
  const primary = new Header()
    .set('EXPNUM', expnum, 'exposure number')
    .set('FILTER', 'r DECam SDSS c0002 6415.0 1480.0')
    .set('MJD-OBS', 58000.25)
    .set('INSTRUME', 'DECam')
    .set('PLVER', 'V4.8.2a');
  const parts = [encodeHdu({ header: primary, shape: [], data: null }, true)];
  for (const [i, ccd] of ccds.entries()) parts.push(imageHdu(ccd, i + 1, expnum));
  return Buffer.concat(parts);
}

export function imageHdu(ccd: SmallCcd, ccdnum: number, seed: number): Uint8Array {
  const { name, width, height, offset = [0, 0] } = ccd;
  const data = new Float32Array(width * height);
  // A small generator of its own, roughly normal: the same file every time.
  let state = (seed * 2654435761 + ccdnum * 97) >>> 0;
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  for (let i = 0; i < data.length; i++)
    data[i] = 100 + 5 * (uniform() + uniform() + uniform() + uniform() - 2);
  ccd.paint?.(data, width, height);
  const scale = 0.26 / 3600;
  const header = new Header()
    .set('EXTNAME', name)
    .set('CCDNUM', ccdnum)
    .set('INHERIT', true)
    .set('CTYPE1', 'RA---TAN')
    .set('CTYPE2', 'DEC--TAN')
    .set('CRVAL1', 150.1)
    .set('CRVAL2', 2.2)
    .set('CRPIX1', 1 - offset[0])
    .set('CRPIX2', 1 - offset[1])
    .set('CD1_1', -scale)
    .set('CD1_2', 0)
    .set('CD2_1', 0)
    .set('CD2_2', scale)
    .set('BUNIT', 'adu')
    .addHistory('a history card');
  return encodeHdu({ header, shape: [height, width], data }, false);
}

/** A mask file: DECam's integer codes, `code` over the first `columns` columns. */
export function maskBytes(ccds: readonly SmallCcd[], code: number, columns: number): Uint8Array {
  const parts = [encodeHdu({ header: new Header(), shape: [], data: null }, true)];
  for (const { name, width, height } of ccds) {
    const data = new Int16Array(width * height);
    for (let y = 0; y < height; y++) for (let x = 0; x < columns; x++) data[y * width + x] = code;
    parts.push(encodeHdu({ header: new Header().set('EXTNAME', name), shape: [height, width], data }, false));
  }
  return Buffer.concat(parts);
}

/** Three CCDs in a row with one straight trail over all of them, 60 px apart. */
export function trailedCcds(): SmallCcd[] {
  return [0, 1, 2].map((i) => {
    const offset: [number, number] = [i * 260, 0];
    return {
      name: `N${i + 1}`,
      width: 200,
      height: 160,
      offset,
      paint: (data, width, height) => {
        for (let x = 0; x < width; x++) {
          const y = Math.round(40 + 0.1 * (x + offset[0]));
          for (let dy = -2; dy <= 2; dy++)
            if (y + dy >= 0 && y + dy < height) data[(y + dy) * width + x] = trailValue;
        }
      },
    };
  });
}

export const cleanCcd = (name: string, width = 64, height = 48): SmallCcd => ({ name, width, height });

/** A pixel of 5000 at (x, y). */
export const rayCcd = (name: string, x: number, y: number): SmallCcd => ({
  ...cleanCcd(name),
  paint: (data, width) => (data[y * width + x] = 5000),
});

export async function write(folder: string, name: string, bytes: Uint8Array | string): Promise<string> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
  return path;
}

/** An image of 0 × 0 pixels, card by card, since no writer makes one. */
export function emptyImage(): Uint8Array {
  const cards = ["XTENSION= 'IMAGE   '", 'BITPIX  =                  -32', 'NAXIS   =                    2'];
  cards.push('NAXIS1  =                    0', 'NAXIS2  =                    0');
  cards.push('PCOUNT  =                    0', 'GCOUNT  =                    1', 'END');
  return Buffer.from(
    cards
      .map((card) => card.padEnd(80))
      .join('')
      .padEnd(2880),
  );
}
