import { describe, expect, it } from 'vitest';
import { eventIds } from '../src/outputs/events.ts';
import type { EventFinding } from '../src/outputs/events.ts';
import { findingShapes, shapeEnds } from '../src/outputs/shapes.ts';
import { regionFile } from '../src/outputs/regions.ts';
import { median } from '../src/outputs/median.ts';
import { exposureRow } from '../src/outputs/roll-up.ts';
import type { RollUpImage } from '../src/outputs/roll-up.ts';
import { artifactClass } from '../src/taxonomy.ts';

const finding = (className: string, x: number, y: number, area: number) => ({
  className,
  probability: 0.9,
  threshold: 0.5,
  flagged: true,
  x,
  y,
  area,
});

describe('findingShapes', () => {
  it('finds the box of a drawn oriented bar, apart from another class and another piece', () => {
    const width = 400;
    const height = 300;
    const mask = new Int32Array(width * height);
    const satellite = 1 << artifactClass('Satellite').maskBit;
    const angle = (30 * Math.PI) / 180;
    let area = 0;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const u = (x - 180) * Math.cos(angle) + (y - 140) * Math.sin(angle);
        const v = -(x - 180) * Math.sin(angle) + (y - 140) * Math.cos(angle);
        if (Math.abs(u) <= 100 && Math.abs(v) <= 5) {
          mask[y * width + x] |= satellite;
          area++;
        }
        if (x > 380 && y < 10) mask[y * width + x] |= satellite;
        if (x < 20) mask[y * width + x] |= 1 << artifactClass('Ghost').maskBit;
      }
    }
    const [shape] = findingShapes([finding('Satellite', 180, 140, area)], mask, width, height);
    expect(shape).toMatchObject({ kind: 'box' });
    if (shape?.kind !== 'box') return;
    // Uniform bar of 200 × 10 px: second moments give it back within a pixel's size.
    expect(shape.x).toBeCloseTo(180, 0);
    expect(shape.y).toBeCloseTo(140, 0);
    expect(Math.abs(shape.length - 200)).toBeLessThan(2);
    expect(Math.abs(shape.width - 10)).toBeLessThan(1.5);
    expect(shape.angle).toBeCloseTo(30, 0);
    const [from, to] = shapeEnds(shape);
    expect(Math.hypot(to[0] - from[0], to[1] - from[1])).toBeCloseTo(shape.length, 6);
  });

  it('is a circle of the area without a mask, the whole image for a class that covers CCDs', () => {
    const [circle, whole] = findingShapes(
      [finding('Ghost', 10, 20, 400 * Math.PI), finding('Haze', 5, 5, 10)],
      null,
      64,
      128,
    );
    expect(circle).toEqual({ kind: 'circle', x: 10, y: 20, radius: 20 });
    expect(whole).toEqual({ kind: 'box', x: 31.5, y: 63.5, length: 64, width: 128, angle: 0 });
  });
});

it('writes ds9 regions 1-based, with colour, text and a dash below the threshold', () => {
  const text = regionFile(
    [
      {
        ccd: 'N4',
        hdu: 1,
        findings: [
          {
            className: 'Satellite',
            probability: 0.91,
            flagged: true,
            shape: { kind: 'box', x: 0, y: 1, length: 10, width: 2, angle: 30 },
          },
        ],
      },
      {
        ccd: 'S4',
        hdu: 3,
        findings: [
          {
            className: 'Ghost',
            probability: 0.2,
            flagged: false,
            shape: { kind: 'circle', x: 4.5, y: 5, radius: 3 },
          },
        ],
      },
    ],
    [1, 2, 3],
  );
  expect(text).toContain(
    'box(1.00,2.00,10.00,2.00,30.000) # color=#d95f02 text={Satellite 0.910} tag={Satellite}\n',
  );
  expect(text).toContain('circle(5.50,6.00,3.00) # color=#7570b3 text={Ghost 0.200} tag={Ghost} dash=1\n');
  // the image at HDU 2 failed: the third is still ds9's third tile
  expect(text).toContain('# tile 3\nimage\n');
});

describe('eventIds', () => {
  /** A piece of the straight line through (ra0, dec0) at a position angle, `along` and `length` in degrees. */
  const piece = (
    className: string,
    along: number,
    offset: number,
    angleDeg = 35,
    length = 0.1,
  ): EventFinding => {
    const angle = (angleDeg * Math.PI) / 180;
    const place = (s: number): [number, number] => {
      const xi = s * Math.cos(angle) - offset * Math.sin(angle);
      const eta = s * Math.sin(angle) + offset * Math.cos(angle);
      return inverseGnomonic(xi, eta, 350, -40);
    };
    const [ra, dec] = place(along);
    return {
      className,
      ra,
      dec,
      ends: [place(along - length / 2), place(along + length / 2)],
      lengthArcsec: length * 3600,
      widthArcsec: 5,
    };
  };

  it('joins the pieces of a straight trail over 2 degrees, and keeps a parallel and a crossing one apart', () => {
    const ids = eventIds('1', [
      piece('Satellite', -1, 0),
      piece('Satellite', -0.4, 0),
      piece('Satellite', 0.3, 0.05),
      piece('Satellite', 0.5, 0),
      piece('Satellite', 0, 0, -50),
      piece('Satellite', 1, 0, 35, 0.002),
    ]);
    expect(ids).toEqual([
      '1/satellite/1',
      '1/satellite/1',
      '1/satellite/2',
      '1/satellite/1',
      '1/satellite/3',
      '1/satellite/1',
    ]);
  });

  it('makes one event of what covers an exposure, of reflections that meet, and one each of the rest', () => {
    const ids = eventIds('e', [
      piece('Haze', 0, 0),
      piece('Cosmic ray', 0, 0),
      piece('Ghost', 0, 0, 0, 0.1),
      piece('Haze', 1, 0),
      piece('Cosmic ray', 0, 0),
      piece('Ghost', 0.11, 0, 0, 0.1),
      piece('Ghost', 1, 0, 0, 0.1),
    ]);
    expect(ids).toEqual([
      'e/haze/1',
      'e/cosmic_ray/1',
      'e/ghost/1',
      'e/haze/1',
      'e/cosmic_ray/2',
      'e/ghost/1',
      'e/ghost/2',
    ]);
  });

  it('does without a WCS: each trail its own', () => {
    const bare: EventFinding = {
      className: 'Satellite',
      ra: null,
      dec: null,
      ends: null,
      lengthArcsec: null,
      widthArcsec: null,
    };
    expect(eventIds('e', [bare, bare])).toEqual(['e/satellite/1', 'e/satellite/2']);
  });
});

/** Standard formulae of the tangential projection (Calabretta & Greisen 2002, 5.1.3), degrees. */
function inverseGnomonic(xi: number, eta: number, ra0: number, dec0: number): [number, number] {
  const r = Math.PI / 180;
  const [x, y, d] = [xi * r, eta * r, dec0 * r];
  const below = Math.cos(d) - y * Math.sin(d);
  const ra = ra0 + Math.atan2(x, below) / r;
  const dec = Math.atan2(Math.sin(d) + y * Math.cos(d), Math.hypot(x, below)) / r;
  return [ra, dec];
}

describe('roll-up', () => {
  const image = (changes: Partial<RollUpImage>): RollUpImage => ({
    ccd: 'N1',
    band: 'r',
    mjd: 1,
    probability: 0.1,
    flagged: false,
    action: 'ok',
    maskedFraction: 0.01,
    quality: { fwhm: 4 },
    worstClass: null,
    ...changes,
  });
  it('names the worst, takes medians of what is known, and rejects from half the CCDs on', () => {
    const row = exposureRow(
      '7',
      [
        image({ quality: { fwhm: null } }),
        image({
          ccd: 'N2',
          probability: 0.9,
          flagged: true,
          action: 'reject',
          worstClass: { name: 'Haze', probability: 0.8 },
        }),
        image({ ccd: 'N3', quality: { fwhm: 5 }, probability: null }),
      ],
      1,
    );
    expect(row).toMatchObject({
      n_ccds: 3,
      n_flagged: 1,
      n_events: 1,
      max_probability: 0.9,
      worst_class: 'Haze',
      worst_ccd: 'N2',
      action: 'review',
      fwhm: 4.5,
      sky: null,
    });
    expect(exposureRow('7', [image({ action: 'reject' }), image({})], 0)['action']).toBe('reject');
    expect(exposureRow('7', [image({ action: 'mask' }), image({})], 0)['action']).toBe('mask');
  });
  it('has no median of nothing', () => {
    expect(median([null, Number.NaN])).toBeNull();
  });
});
