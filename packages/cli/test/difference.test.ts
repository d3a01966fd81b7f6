// Difference imaging as a user runs it: a simulated pair in, candidates out, what was changed known.
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Header, encodeHdu } from '@blemish/fits';
import type { Hdu } from '@blemish/fits';
import { openFitsFile } from '@blemish/fits/node';
import { candidateColumns, differenceBits } from '@blemish/survey';
import type { DifferenceSummary } from '@blemish/survey';
import { decodeNpy } from '@blemish/survey/arrays';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run, runJson } from './helpers/main.ts';

let root: string;
let science: string;
let reference: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'blemish-difference-'));
  const pair = join(root, 'pair');
  const size = ['--width', '640', '--height', '600', '--transients', '75'];
  // A test seed: nothing is chosen on it. The bounds below that a comment gives figures for are of seeds 201 to 206, run before it was.
  await runJson('simulate', 'pair', '--out', pair, '--seed', '900072', ...size);
  science = join(pair, 'science_ooi.fits.fz');
  reference = join(pair, 'reference_ooi.fits.fz');
}, 60_000);
afterAll(() => rm(root, { recursive: true, force: true }));

type Csv = Readonly<Record<string, string>>;

async function csv(path: string): Promise<Csv[]> {
  const [head, ...lines] = (await readFile(path, 'utf8')).trimEnd().split('\n');
  const names = head.split(',');
  // the reason, which comes last, is the one field that may be quoted
  return lines.map((line) => Object.fromEntries(line.split(',').map((field, i) => [names[i] ?? '', field])));
}

interface Truth {
  readonly x: number;
  readonly y: number;
  readonly flux: number;
  readonly mag: number;
  readonly kind: string;
}

async function truth(): Promise<Truth[]> {
  const rows = await csv(join(root, 'pair/truth.csv'));
  return rows.map(({ x, y, flux, mag, kind }) => ({
    ...{ x: Number(x), y: Number(y), flux: Number(flux), mag: Number(mag), kind },
  }));
}

const mean = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
const spread = (values: readonly number[]) => Math.sqrt(mean(values.map((v) => (v - mean(values)) ** 2)));

interface Matched {
  readonly truth: Truth;
  /** Index of the candidate; −1 where it was missed. */
  readonly candidate: number;
}

function match(candidates: readonly Csv[], changes: readonly Truth[]): Matched[] {
  return changes.map((one) => {
    const candidate = candidates.findIndex(
      ({ x, y, sign }) =>
        Math.hypot(Number(x) - one.x, Number(y) - one.y) < 2.5 && Number(sign) === Math.sign(one.flux),
    );
    return { truth: one, candidate };
  });
}

describe.each(['alard-lupton', 'zogy'] as const)('blemish difference by %s', (method) => {
  let out: string;
  let summary: DifferenceSummary;
  let candidates: Csv[];
  let matched: Matched[];

  beforeAll(async () => {
    out = join(root, method);
    summary = await runJson(
      'difference',
      science,
      reference,
      '--out',
      out,
      '--method',
      method,
      '--fakes',
      '120',
      '--truth',
      join(root, 'pair/truth.csv'),
    );
    candidates = await csv(join(out, 'candidates.csv'));
    matched = match(candidates, await truth());
  }, 120_000);

  it('aligns past a WCS that is wrong, finds the ratio of fluxes, and leaves noise', () => {
    expect(summary.alignmentRms).toBeLessThan(0.15);
    // 12 to 21: the field is small, and fifteen of its stars vary
    expect(summary.kernelStarsUsed).toBeGreaterThan(9);
    // zero points of 30 and 27.6
    expect(Math.abs(summary.fluxRatio / 10 ** (0.4 * 2.4) - 1)).toBeLessThan(0.015);
    expect(summary.pixelPull).toBeGreaterThan(0.94);
    expect(summary.pixelPull).toBeLessThan(1.06);
  });

  it('finds what changed, by magnitude, and little else', () => {
    const efficiency = (from: number, to: number) => {
      const inside = matched.filter(({ truth: { mag } }) => mag >= from && mag < to);
      return inside.filter(({ candidate }) => candidate >= 0).length / inside.length;
    };
    // five errors are magnitude 23.5 or so; some lie under masks
    const table = [20, 21, 22, 22.9, 23.6, 24.2].map((from, i, edges) =>
      efficiency(from, edges[i + 1] ?? 99),
    );
    // 0.8 to 1 of a dozen each
    for (const share of table.slice(0, 3)) expect(share).toBeGreaterThan(0.7);
    expect(table[4]).toBeLessThan(0.6);
    const real = new Set(matched.map(({ candidate }) => candidate));
    const others = candidates.filter((_, i) => !real.has(i));
    // What else is found stands on the brightest stars, where a kernel of twenty stars, or a PSF, is wrong by more than the noise: 1 to 6 by
    // Alard and Lupton (mean 3.2), 3 to 12 by ZOGY (6.7); some are fainter, 0 to 4 (1.5 and 2.8).
    expect(others.length).toBeLessThanOrEqual(method === 'zogy' ? 16 : 9);
    const unexplained = others.filter(({ mag_ref: mag }) => mag === '' || Number(mag) > 17.5);
    expect(unexplained.length).toBeLessThanOrEqual(7);
  });

  it('gives fluxes right within their errors, and bright ones to a few per cent', () => {
    const measured = matched.flatMap(({ truth: { flux }, candidate }) => {
      const { flux: found, flux_err: error, coverage, kernel_reach: reach } = candidates[candidate] ?? {};
      if (found === undefined || reach === 'true' || Number(coverage) < 0.99) return [];
      return [{ ratio: Number(found) / flux, snr: Math.abs(flux) / Number(error) }];
    });
    // fainter ones are found where noise helped
    const faint = measured.filter(({ snr }) => snr > 8 && snr <= 30);
    const pulls = faint.map(({ ratio, snr }) => (ratio - 1) * snr);
    // only that there is something to measure (first put at 8, which this seed has not); 11 to 22
    expect(pulls.length).toBeGreaterThan(4);
    // within three standard errors of a mean of 0, and of the two per cent below
    expect(Math.abs(mean(pulls))).toBeLessThan(0.4 + (3 * spread(pulls)) / Math.sqrt(pulls.length));
    // 0.7 to 1.1; 2.0 and 2.2 where stars under a mask were found
    expect(spread(pulls)).toBeGreaterThan(0.5);
    expect(spread(pulls)).toBeLessThan(2.5);
    // the PSF of few stars is wrong by -2.3 to +1.1 %, whatever the noise
    const ratios = measured.filter(({ snr }) => snr > 30).map(({ ratio }) => ratio);
    const middle = ratios.sort((a, b) => a - b)[ratios.length >> 1];
    expect(Math.abs(middle - 1)).toBeLessThan(0.04);
  });

  it('measures its efficiency by fakes of known flux', async () => {
    const { efficiency } = summary;
    const fakes = await csv(join(out, 'fakes.csv'));
    expect(fakes).toHaveLength(efficiency!.fakes);
    expect(efficiency!.fakes).toBeGreaterThan(30);
    expect(efficiency!.half).toBeGreaterThan(23);
    expect(efficiency!.half).toBeLessThan(24);
    expect(efficiency!.bins.reduce((sum, { fakes: n }) => sum + n, 0)).toBe(fakes.length);
    expect(Math.abs(efficiency!.meanPull!)).toBeLessThan(4 * efficiency!.meanPullError!);
  });

  it('says how many fakes are missed where fewer false detections may pass', async () => {
    const missed = await csv(join(out, 'missed.csv'));
    const fakes = await csv(join(out, 'fakes.csv'));
    const real = new Set(matched.map(({ candidate }) => candidate));
    const falses = candidates.filter(({ sign }, i) => sign === '1' && !real.has(i));
    // a change is known by half a FWHM here and by 2.5 px there
    expect(Math.abs(Number(missed.at(-1)!['false_detections']) - falses.length)).toBeLessThanOrEqual(1);
    for (const { threshold, missed: share, low, high } of missed) {
      const passing = fakes.filter(({ significance }) => Number(significance) > Number(threshold)).length;
      expect(Number(share)).toBeCloseTo(1 - passing / fakes.length, 9);
      expect(Number(low)).toBeLessThanOrEqual(Number(share));
      expect(Number(high)).toBeGreaterThanOrEqual(Number(share));
    }
    const bins = await csv(join(out, 'efficiency.csv'));
    expect(bins.reduce((sum, { found }) => sum + Number(found), 0)).toBe(
      fakes.filter(({ found }) => found === 'true').length,
    );
  });
});

describe('what blemish difference writes', () => {
  let out: string;
  beforeAll(() => {
    out = join(root, 'alard-lupton');
  });

  it('is a difference with noise, mask and kernel, and a header that tells how', async () => {
    expect((await readdir(out)).sort()).toEqual([
      'candidates.csv',
      'candidates.parquet',
      'candidates.reg',
      'difference.fits.fz',
      'efficiency.csv',
      'fakes.csv',
      'missed.csv',
      'stamps.csv',
      'stamps.npy',
    ]);
    const file = await openFitsFile(join(out, 'difference.fits.fz'));
    try {
      expect(file.hdus.map(({ name }) => name)).toEqual(['', 'DIFFERENCE', 'NOISE', 'MASK', 'KERNEL']);
      const { header } = file.hdus[0];
      expect(header.string('DIFMETH')).toBe('alard-lupton');
      expect(header.string('SCIFILE')).toBe('science_ooi.fits.fz');
      expect(header.string('REFMASK')).toBe('reference_ood.fits.fz');
      const read = async (hdu: Hdu) => (await file.readImage(hdu, { as: 'float32' })).data as Float32Array;
      const [image, noise, mask, kernel] = await Promise.all(file.hdus.slice(1).map(read));
      expect(kernel.reduce((sum, v) => sum + v, 0)).toBeCloseTo(header.number('FLXRATIO')!, 2);
      for (let i = 0; i < image.length; i++) {
        const hasValue = (mask[i] & ~differenceBits.kernelReach) === 0;
        if (Number.isNaN(image[i]) === hasValue || Number.isNaN(noise[i]) === hasValue)
          throw new Error(`pixel ${i}: ${image[i]} ± ${noise[i]} with mask ${mask[i]}`);
      }
      // where stars and galaxies are and nothing changed, the difference is noise too
      const changes = await truth();
      const sciencePixels = await scienceImage();
      const pulls: number[] = [];
      for (let y = 12; y < 588; y++)
        for (let x = 12; x < 628; x++) {
          const at = y * 640 + x;
          if (!(sciencePixels[at] > 320 + 90) || Number.isNaN(image[at])) continue;
          if (changes.some((one) => Math.hypot(one.x - x, one.y - y) < 14)) continue;
          pulls.push(image[at] / noise[at]);
        }
      expect(pulls.length).toBeGreaterThan(300);
      // Within which 68.3 % lie, since a single bright star with a kernel that misses it makes the rms (0.97 to 2.1): 0.94 to 1.28. On a
      // whole CCD with 120 stars for the kernel the rms is 1.01 to 1.10; here some twenty make it.
      const within = pulls.map(Math.abs).sort((a, b) => a - b)[Math.floor(0.683 * pulls.length)];
      expect(within).toBeGreaterThan(0.85);
      expect(within).toBeLessThan(1.4);
    } finally {
      await file.close();
    }
  });

  async function scienceImage(): Promise<Float32Array> {
    const file = await openFitsFile(science);
    try {
      return (await file.readImage(file.hdus[1], { as: 'float32' })).data as Float32Array;
    } finally {
      await file.close();
    }
  }

  it('is candidates of both signs, placed on the sky, each empty feature with its reason', async () => {
    const rows = await parquetReadObjects({
      file: await asyncBufferFromFile(join(out, 'candidates.parquet')),
    });
    expect(Object.keys(rows[0])).toEqual(candidateColumns.map(({ name }) => name));
    expect(rows.map((row): unknown => row['sign'])).toContain(-1);
    for (const row of rows) {
      expect(Math.sign(row['flux'] as number)).toBe(row['sign']);
      expect(row['snr']).toBeGreaterThanOrEqual(5);
      const empty = candidateColumns.filter(({ name }) => row[name] === null && name !== 'reason');
      for (const { name } of empty) expect(row['reason']).toContain(name);
      if (empty.length === 0) expect(row['reason']).toBeNull();
    }
    const [{ ra, dec, x, y }] = await csv(join(root, 'pair/truth.csv'));
    const nearest = rows.find(
      (row) => Math.hypot((row['x'] as number) - Number(x), (row['y'] as number) - Number(y)) < 2,
    );
    if (nearest !== undefined) {
      expect(Math.abs((nearest['ra'] as number) - Number(ra)) * 3600).toBeLessThan(0.6);
      expect(Math.abs((nearest['dec'] as number) - Number(dec)) * 3600).toBeLessThan(0.6);
    }
    const regions = (await readFile(join(out, 'candidates.reg'), 'utf8')).trimEnd().split('\n');
    expect(regions.filter((line) => line.startsWith('circle('))).toHaveLength(rows.length);
  });

  it('is a stamp set in the order of the candidates, NaN past the edge', async () => {
    const { shape, data } = decodeNpy(await readFile(join(out, 'stamps.npy')));
    const rows = await csv(join(out, 'stamps.csv'));
    const candidates = await csv(join(out, 'candidates.csv'));
    expect(shape).toEqual([rows.length, 63, 63, 3]);
    expect(rows.map(({ id, edge }) => [id, edge])).toEqual(candidates.map(({ id, edge }) => [id, edge]));
    expect(new Set(rows.map(({ group }) => group)).size).toBe(1);
    const edges = rows.flatMap(({ edge }, i) => (edge === 'true' ? [i] : []));
    expect(edges.length).toBeGreaterThan(0);
    const stamp = 63 * 63 * 3;
    for (const i of edges) {
      const part = Array.from(data.slice(i * stamp, (i + 1) * stamp) as Float32Array);
      expect(part.some(Number.isNaN)).toBe(true);
      expect(part.some((value) => !Number.isNaN(value))).toBe(true);
    }
    // the strongest change stands in the middle of the difference
    const middle = (Math.floor(63 / 2) * 63 + Math.floor(63 / 2)) * 3 + 2;
    expect(Math.sign(Number(data[middle]))).toBe(Number(candidates[0]['sign']));
  });

  it('turns its signs where the images are exchanged, and blurs the sharper one still', async () => {
    const exchanged = join(root, 'exchanged');
    const summary = await runJson<DifferenceSummary>('difference', reference, science, '--out', exchanged);
    expect(summary.convolved).toBe('science');
    expect(Math.abs(summary.fluxRatio * 10 ** (0.4 * 2.4) - 1)).toBeLessThan(0.015);
    const bright = (await csv(join(out, 'candidates.csv'))).filter(({ snr }) => Number(snr) > 20);
    const signs = (await csv(join(exchanged, 'candidates.csv'))).filter(({ snr }) => Number(snr) > 10);
    const count = (rows: readonly Csv[], sign: number) =>
      rows.filter((row) => Number(row['sign']) === sign).length;
    expect(count(signs, -1)).toBeGreaterThanOrEqual(0.8 * count(bright, 1));
    expect(count(signs, 1)).toBeGreaterThanOrEqual(0.8 * count(bright, -1));
  }, 60_000);
});

describe('what blemish difference refuses', () => {
  const size = 220;

  async function image(
    name: string,
    { wcs = [150, 2] as readonly [number, number] | null, nan = false, extensions = 1, width = size } = {},
  ): Promise<string> {
    const parts = [encodeHdu({ header: new Header(), shape: [], data: null }, true)];
    for (let k = 0; k < extensions; k++) {
      let state = 77 + k;
      const data = Float32Array.from({ length: width * size }, () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return nan ? NaN : 100 + state / 2 ** 30;
      });
      const header = new Header().set('EXTNAME', `E${k + 1}`);
      if (wcs !== null) {
        header
          .set('CTYPE1', 'RA---TAN')
          .set('CTYPE2', 'DEC--TAN')
          .set('CRVAL1', wcs[0])
          .set('CRVAL2', wcs[1]);
        header
          .set('CRPIX1', 110)
          .set('CRPIX2', 110)
          .set('CD1_1', -7e-5)
          .set('CD2_2', 7e-5)
          .set('CD1_2', 0)
          .set('CD2_1', 0);
      }
      parts.push(encodeHdu({ header, shape: [size, width], data }, false));
    }
    const path = join(root, name);
    await writeFile(path, Buffer.concat(parts));
    return path;
  }

  it('says what is wrong, and with which file', async () => {
    const noise = await image('noise.fits');
    const none = await image('no-wcs.fits', { wcs: null });
    const far = await image('far.fits', { wcs: [200, -40] });
    const nan = await image('nan.fits', { nan: true });
    const several = await image('several.fits', { extensions: 3 });
    const wide = await image('wide.fits', { width: 230 });
    const cases: readonly (readonly [string, readonly string[], string])[] = [
      ['INPUT_NOT_FOUND', [noise, join(root, 'absent.fits')], 'absent.fits: the reference cannot be opened'],
      ['WCS_MISSING', [noise, none], 'no-wcs.fits[1]: no WCS'],
      ['NO_OVERLAP', [noise, far], 'far.fits[1]: no pixel of the science image'],
      ['IMAGE_ALL_NAN', [nan, noise], 'nan.fits[1]: no pixel of the science image has a value'],
      ['OPTION_INVALID', [several, noise], 'has 3 images: 1 (E1), 2 (E2), 3 (E3)'],
      ['HDU_NOT_FOUND', [`${several}[9]`, noise], 'several.fits'],
      ['MASK_SHAPE', [noise, noise, '--reference-mask', wide], 'is 230 × 220 pixels, the image 220 × 220'],
      // white noise holds no star
      ['STARS_TOO_FEW', [noise, noise], 'too few agree on a shift'],
      ['STARS_TOO_FEW', [none, none, '--align', 'none'], 'do not fix a kernel'],
      ['OPTION_INVALID', [noise, noise, '--threshold', '0'], 'above 0'],
    ];
    for (const [code, words, text] of cases) {
      const out = join(root, 'refused');
      const { code: exit, out: printed, err } = await run('difference', ...words, '--out', out, '--json');
      const { error } = JSON.parse(printed) as { error: { code: string; message: string } };
      expect([error.code, exit > 0], err).toEqual([code, true]);
      expect(error.message).toContain(text);
      expect(await readdir(root)).not.toContain('refused');
    }
    const again = await run('difference', science, reference, '--out', join(root, 'zogy'));
    expect(again.err).toContain('--force');
    expect(again.code).toBe(2);
  }, 60_000);
});
