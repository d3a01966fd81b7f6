import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CardValue } from '../src/index.ts';
import { Header, Wcs } from '../src/index.ts';
import { openFitsFile } from '../src/node/index.ts';
import { dataFiles, dataRoot, python, runPython } from './oracle.ts';

interface Grid {
  x: number[];
  y: number[];
  ra: number[];
  dec: number[];
  back: [number, number][];
}
interface Answer {
  files: Record<string, Record<string, Grid>>;
  headers: Grid[];
}

const makeHeader = (cards: Record<string, CardValue>): Header => {
  const header = new Header();
  for (const [keyword, value] of Object.entries(cards)) header.set(keyword, value);
  return header;
};

const base = {
  NAXIS: 2,
  NAXIS1: 2046,
  NAXIS2: 4094,
  CTYPE1: 'RA---TAN',
  CTYPE2: 'DEC--TAN',
  CRVAL1: 359.99,
  CRVAL2: -62.5,
  CRPIX1: -3000.5,
  CRPIX2: 8000.25,
};
const cd = { CD1_1: -1.2e-7, CD1_2: 7.28e-5, CD2_1: -7.29e-5, CD2_2: 1.1e-8 };
const sip = {
  ...base,
  ...cd,
  CTYPE1: 'RA---TAN-SIP',
  CTYPE2: 'DEC--TAN-SIP',
  CRPIX1: 1000,
  CRPIX2: 2000,
  A_ORDER: 4,
  B_ORDER: 3,
  A_2_0: 2.1e-6,
  A_0_2: -3e-7,
  A_1_1: 1.2e-6,
  A_3_1: 2e-13,
  B_0_2: 2.7e-6,
  B_2_0: -1.1e-6,
  B_1_2: 1e-10,
};
// Every coefficient of TPV, each axis its own.
const tpv: Record<string, CardValue> = {
  ...base,
  ...cd,
  CTYPE1: 'RA---TPV',
  CTYPE2: 'DEC--TPV',
  PV1_1: 1.01,
  PV2_1: 1.005,
};
for (let m = 0; m < 40; m++)
  if (m !== 1) {
    tpv[`PV1_${m}`] = Math.sin(m + 1) * 1e-3;
    tpv[`PV2_${m}`] = Math.cos(m + 1) * 1e-3;
  }

/** One header per way to write a WCS. */
const cases: Record<string, Record<string, CardValue>> = {
  'TAN with CD': { ...base, ...cd },
  'PC and CDELT': { ...base, PC1_1: 0.8, PC1_2: 0.6, PC2_1: -0.6, CDELT1: -1e-4, CDELT2: 1.1e-4 },
  CROTA2: { ...base, CDELT1: -1e-4, CDELT2: 1.3e-4, CROTA2: 33 },
  'CDELT alone': { ...base, CDELT1: -1e-4, CDELT2: 1e-4 },
  'declination first': { ...base, ...cd, CTYPE1: 'DEC--TAN', CTYPE2: 'RA---TAN', CRVAL1: -30, CRVAL2: 0.01 },
  LONPOLE: { ...base, ...cd, LONPOLE: 172.5 },
  'the pole': { ...base, ...cd, CRVAL2: 90 },
  'near the pole': { ...base, ...cd, CRVAL1: 10, CRVAL2: -89.9 },
  arcseconds: {
    ...base,
    CUNIT1: 'arcsec',
    CUNIT2: 'arcsec',
    CRVAL1: 36000.5,
    CRVAL2: -18000,
    CDELT1: -0.27,
    CDELT2: 0.27,
  },
  SIP: sip,
  'SIP with its inverse': { ...sip, AP_ORDER: 2, BP_ORDER: 2, AP_2_0: -2e-6, BP_0_2: -2.6e-6 },
  'SIP not named in CTYPE': { ...sip, CTYPE1: 'RA---TAN', CTYPE2: 'DEC--TAN' },
  'TPV, all 40 terms': tpv,
};

/** Degrees on the sky between two positions. */
function distance(ra1: number, dec1: number, ra2: number, dec2: number): number {
  const da = ((ra1 - ra2 + 540) % 360) - 180;
  return Math.hypot(da * Math.cos((dec1 * Math.PI) / 180), dec1 - dec2);
}

function compare(wcs: Wcs, grid: Grid, where: string): { sky: number; pixel: number } {
  let sky = 0;
  let pixel = 0;
  for (let i = 0; i < grid.x.length; i++) {
    const [ra, dec] = wcs.pixelToSky(grid.x[i], grid.y[i]);
    const [x, y] = wcs.skyToPixel(grid.ra[i], grid.dec[i]);
    sky = Math.max(sky, distance(ra, dec, grid.ra[i], grid.dec[i]));
    pixel = Math.max(pixel, Math.hypot(x - grid.x[i], y - grid.y[i]));
    expect(ra >= 0 && ra < 360, where).toBe(true);
  }
  expect(sky, `${where}: degrees off`).toBeLessThan(1e-9);
  expect(pixel, `${where}: pixels off on the way back`).toBeLessThan(1e-4);
  return { sky, pixel };
}

describe.skipIf(python === null)('Wcs agrees with astropy', () => {
  it('for every way to write a WCS, to 1e-9 degrees', () => {
    const headers = Object.values(cases);
    const answer = runPython<Answer>('wcs.py', [], JSON.stringify({ paths: [], headers }));
    Object.keys(cases).forEach((name, i) => {
      compare(Wcs.fromHeader(makeHeader(headers[i]))!, answer.headers[i], name);
    });
  });

  it.skipIf(dataRoot === null)('for every real image, both ways', async () => {
    const paths = [...dataFiles('survey-fits'), ...dataFiles('ztf-frames')];
    const { files } = runPython<Answer>('wcs.py', [], JSON.stringify({ paths, headers: [] }));
    const worst = { sky: 0, pixel: 0, images: 0 };
    for (const path of paths) {
      const file = await openFitsFile(path);
      for (const [index, grid] of Object.entries(files[path])) {
        const wcs = Wcs.fromHeader(file.hdu(Number(index)).header);
        expect(wcs, path).not.toBeNull();
        const { sky, pixel } = compare(wcs!, grid, `${path} HDU ${index}`);
        worst.sky = Math.max(worst.sky, sky);
        worst.pixel = Math.max(worst.pixel, pixel);
        worst.images++;
      }
      await file.close();
    }
    expect(worst.images).toBeGreaterThan(100);
    console.log(`WCS: ${worst.images} real images, worst ${worst.sky} degrees, ${worst.pixel} pixels`);
  });
});

describe('Wcs', () => {
  it('finds the pixel it came from', () => {
    for (const [name, cards] of Object.entries(cases)) {
      const wcs = Wcs.fromHeader(makeHeader(cards))!;
      fc.assert(
        fc.property(fc.integer({ min: 0, max: 2045 }), fc.integer({ min: 0, max: 4093 }), (x, y) => {
          const [bx, by] = wcs.skyToPixel(...wcs.pixelToSky(x, y));
          return Math.hypot(bx - x, by - y) < 1e-5;
        }),
        { numRuns: 50, examples: [[0, 0]] },
      );
      expect(wcs.pixelScaleArcsec, name).toBeGreaterThan(0.2);
    }
  });

  it('reads TAN with the PV cards of SCAMP as TPV', () => {
    const scamp = Wcs.fromHeader(makeHeader({ ...tpv, CTYPE1: 'RA---TAN', CTYPE2: 'DEC--TAN' }))!;
    expect(scamp.pixelToSky(100, 200)).toEqual(Wcs.fromHeader(makeHeader(tpv))!.pixelToSky(100, 200));
  });

  it('takes TPV without PV cards for plain TAN, as the convention says (wcslib takes PVn_1 for 0)', () => {
    const plain = Wcs.fromHeader(makeHeader({ ...base, ...cd }))!;
    const bare = Wcs.fromHeader(makeHeader({ ...base, ...cd, CTYPE1: 'RA---TPV', CTYPE2: 'DEC--TPV' }))!;
    expect(bare.pixelToSky(10, 20)).toEqual(plain.pixelToSky(10, 20));
  });

  it('is null without celestial axes, for projections it does not have, and for a singular matrix', () => {
    expect(Wcs.fromHeader(new Header())).toBeNull();
    expect(Wcs.fromHeader(makeHeader({ ...base, ...cd, CTYPE1: 'RA---ZPN', CTYPE2: 'DEC--ZPN' }))).toBeNull();
    expect(Wcs.fromHeader(makeHeader({ ...base, CD1_1: 1, CD1_2: 1, CD2_1: 1, CD2_2: 1 }))).toBeNull();
    expect(Wcs.fromHeader(makeHeader({ ...base, ...cd, CTYPE2: 'VELO' }))).toBeNull();
  });

  it('has no pixel for the other half of the sky', () => {
    expect(Wcs.fromHeader(makeHeader({ ...base, ...cd }))!.skyToPixel(180, 62)).toEqual([NaN, NaN]);
  });
});
