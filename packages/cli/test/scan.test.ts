import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Header, encodeHdu } from '@blemish/fits';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataRoot, findPython } from '@blemish/testkit';
import {
  cleanCcd,
  emptyImage,
  exposureBytes,
  imageHdu,
  maskBytes,
  rayCcd,
  trailedCcds,
  write,
} from './helpers/night.ts';
import { blemish } from './helpers/run.ts';
import type { Finished } from './helpers/run.ts';

const python = findPython('astropy.io.fits', 'astropy.wcs');

interface ScanJson {
  readonly processed: number;
  readonly skipped: number;
  readonly images: number;
  readonly failed: readonly { path: string; hdu: number | null; code: string; error: string }[];
  readonly flagged: number;
  readonly seconds: number;
  readonly out: string;
}

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'blemish-scan-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function rows(path: string): Promise<Record<string, unknown>[]> {
  return parquetReadObjects({ file: await asyncBufferFromFile(path) });
}

function json({ stdout }: Finished): ScanJson {
  return JSON.parse(stdout) as ScanJson;
}

async function partials(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  return names.filter((name) => name.includes('partial'));
}

describe('a small night', { timeout: 180_000 }, () => {
  let night: string;
  let out: string;
  let run: Finished;

  beforeAll(async () => {
    night = join(root, 'night');
    out = join(root, 'night-scan');
    const trailed = trailedCcds();
    await write(night, 'c4d_170916_060000_ooi_r_v1.fits', exposureBytes(101, trailed));
    await write(night, 'c4d_170916_060000_ood_r_v1.fits', maskBytes(trailed, 5, 20));
    const ray = rayCcd('S4', 30, 20);
    await write(night, 'a/x.fits', exposureBytes(102, [ray, cleanCcd('S5'), cleanCcd('S6', 12, 12)]));
    // The ray lies under this file's mask.
    await write(night, 'c4d_170916_070000_ooi_r_v1.fits', exposureBytes(103, [ray]));
    await write(night, 'c4d_170916_070000_ood_r_v1.fits', maskBytes([ray], 5, 32));
    await write(night, 'b/x.fits', exposureBytes(104, [cleanCcd('N5')]));
    await write(night, 'truth/c4d_170916_060000_ooi_r_v1.fits', exposureBytes(101, trailed));
    const table = new Header().set('EXPNUM', 105);
    await write(night, 'table.fits', encodeHdu({ header: table, shape: [], data: null }, true));
    run = await blemish(['scan', night, '--out', out, '--json', '--format', 'csv,ecsv,xml']);
  });

  it('prints one JSON document and exits with 0', () => {
    expect(run.stderr).not.toContain('failed:');
    expect(run.code).toBe(0);
    expect(json(run)).toEqual({
      processed: 4,
      skipped: 1,
      exposures: 4,
      duplicates: 0,
      images: 8,
      failed: [],
      flagged: 4,
      unjudged: 1,
      seconds: expect.any(Number) as number,
      out,
    });
  });

  it('writes what the product promises and nothing half done', async () => {
    const names = (await readdir(out)).filter((name) => !name.startsWith('.')).sort();
    const tables = ['catalog', 'exposures', 'images'].flatMap((name) =>
      ['csv', 'ecsv', 'parquet', 'xml'].map((extension) => `${name}.${extension}`),
    );
    expect(names).toEqual([...tables, 'masks', 'regions', 'report.html', 'scan.json'].sort());
    expect(await partials(out)).toEqual([]);
    expect((await readdir(join(out, 'masks'))).sort()).toEqual([
      'c4d_170916_060000_ooi_r_v1.fits.fz',
      'c4d_170916_070000_ooi_r_v1.fits.fz',
      'x-2.fits.fz',
      'x.fits.fz',
    ]);
  });

  it('images.parquet has a row per HDU in the order of the inputs', async () => {
    const images = await rows(join(out, 'images.parquet'));
    expect(
      images.map((row) => [row['exposure'], row['hdu'], row['ccd'], row['flagged'], row['action']]),
    ).toEqual([
      ['102', 1, 'S4', true, 'mask'],
      ['102', 2, 'S5', false, 'ok'],
      ['102', 3, 'S6', false, 'ok'],
      ['104', 1, 'N5', false, 'ok'],
      ['101', 1, 'N1', true, 'mask'],
      ['101', 2, 'N2', true, 'mask'],
      ['101', 3, 'N3', true, 'mask'],
      ['103', 1, 'S4', false, 'ok'],
    ]);
    expect(images[0]).toMatchObject({
      band: 'r',
      mjd: 58000.25,
      p_cosmic_ray: 0.9,
      p_haze: null,
      reason: null,
    });
    // Too small to judge: a result with its reason, not a failure.
    expect(images[2]).toMatchObject({ artifact_probability: null, reason: 'too small: 12 × 12 px' });
    expect(images[4]['masked_fraction']).toBeCloseTo(20 / 200, 6);
  });

  it('catalog.parquet gives one trail over three CCDs one event', async () => {
    const catalog = await rows(join(out, 'catalog.parquet'));
    const trail = catalog.filter((row) => row['class'] === 'Satellite');
    expect(trail.map((row) => row['event_id'])).toEqual(Array(3).fill('101/satellite/1'));
    expect(catalog.find((row) => row['exposure'] === '102')).toMatchObject({
      class: 'Cosmic ray',
      x: 30,
      y: 20,
      area: 1,
      flagged: true,
      model: 'trivial',
    });
    const exposures = await rows(join(out, 'exposures.parquet'));
    expect(exposures.find((row) => row['exposure'] === '101')).toMatchObject({
      n_ccds: 3,
      n_flagged: 3,
      n_events: 1,
    });
  });

  it('csv says the same as Parquet', async () => {
    const lines = (await readFile(join(out, 'catalog.csv'), 'utf8')).trimEnd().split('\n');
    expect(lines).toHaveLength(1 + (await rows(join(out, 'catalog.parquet'))).length);
  });

  it.skipIf(python === null)(
    'masks open in astropy with WCS, shape, EXTNAME and named bits of their input',
    () => {
      const found = checkMasks([
        [
          join(night, 'c4d_170916_060000_ooi_r_v1.fits'),
          join(out, 'masks', 'c4d_170916_060000_ooi_r_v1.fits.fz'),
        ],
        [join(night, 'a/x.fits'), join(out, 'masks', 'x.fits.fz')],
      ]);
      expect(found.map(({ name }) => name)).toEqual(['N1', 'N2', 'N3', 'S4', 'S5', 'S6']);
      for (const ccd of found)
        expect(ccd).toMatchObject({ same: true, wcs: 0, satellite: 20, checksum: true });
      expect(found[0].values).toEqual([0, 1 << 20]);
      expect(found[3].values).toEqual([0, 2]);
      expect(found[3].at).toEqual([[20, 30]]);
      expect(found[0].sha).toBe('ab'.repeat(32));
    },
  );

  it('regions are 1-based, in the colour of the class', async () => {
    const text = await readFile(join(out, 'regions', 'x.reg'), 'utf8');
    expect(text).toMatch(/box\(31\.00,21\.00,.*color=#e6ab02 text=\{Cosmic ray 0\.900\}/);
  });

  it('scan.json names inputs, model, settings and mask scheme', async () => {
    const scan = JSON.parse(await readFile(join(out, 'scan.json'), 'utf8')) as Record<string, unknown>;
    expect(scan).toMatchObject({ status: 'complete', totals: { images: 8 }, model: { name: 'trivial' } });
    expect(JSON.stringify(scan['inputs'])).toContain('NOIRLab Community Pipeline, integer codes');
  });

  it('scans again into the same folder, leaving nothing of the first scan', async () => {
    const again = await blemish(['scan', join(night, 'b'), '--out', out, '--json']);
    expect(json(again)).toMatchObject({ processed: 1, images: 1, flagged: 0 });
    expect(await readdir(join(out, 'masks'))).toEqual(['x.fits.fz']);
    expect(existsSync(join(out, 'catalog.csv'))).toBe(false);
  });
});

/** What astropy finds in mask files beside their inputs. */
function checkMasks(pairs: readonly (readonly [string, string])[]): {
  name: string;
  same: boolean;
  wcs: number;
  satellite: number;
  checksum: boolean;
  values: number[];
  at: number[][];
  sha: string;
}[] {
  const script = `
import sys, json, warnings, numpy as np
warnings.simplefilter('ignore')
for what in ('.*[Cc]hecksum.*', '.*[Dd]atasum.*'): warnings.filterwarnings('error', message=what)
from astropy.io import fits
from astropy.wcs import WCS
out = []
for image, mask in json.load(sys.stdin):
    with fits.open(image) as a, fits.open(mask, checksum=True) as b:
        images = [h for h in a if h.header['NAXIS'] == 2]
        for h, m in zip(images, b[1:]):
            grid = [[0, 0], [3.5, 7.25], [h.shape[1] - 1, h.shape[0] - 1]]
            wa, wb = WCS(h.header), WCS(m.header)
            difference = 0 if not wa.has_celestial else float(np.abs(wa.all_pix2world(grid, 0) - wb.all_pix2world(grid, 0)).max())
            out.append({'name': m.name, 'same': h.shape == m.shape and h.header.get('EXTNAME', '').strip() == m.header.get('EXTNAME', '').strip(),
                'wcs': difference, 'satellite': m.header['MP_SATELLITE'], 'checksum': 'CHECKSUM' in b[0].header,
                'values': sorted(int(v) for v in np.unique(m.data)), 'at': np.argwhere(m.data).tolist()[:5], 'sha': b[0].header['BLMSHA']})
print(json.dumps(out))`;
  return JSON.parse(
    execFileSync(python!, ['-c', script], { encoding: 'utf8', input: JSON.stringify(pairs) }),
  ) as ReturnType<typeof checkMasks>;
}

/** How far catalogue positions lie from those astropy gives to their pixels, degrees. */
function skyOffsets(catalog: readonly Record<string, unknown>[]): number[] {
  const script = `
import sys, json, warnings
warnings.simplefilter('ignore')
from astropy.io import fits
from astropy.wcs import WCS
from astropy.coordinates import SkyCoord
out = []
for path, hdu, x, y, ra, dec in json.load(sys.stdin):
    with fits.open(path) as f:
        there = WCS(f[hdu].header).all_pix2world([[x, y]], 0)[0]
    out.append(SkyCoord(*there, unit='deg').separation(SkyCoord(ra, dec, unit='deg')).deg)
print(json.dumps(out))`;
  const input = catalog
    .filter(({ ra }) => ra !== null)
    .map((row) => ['path', 'hdu', 'x', 'y', 'ra', 'dec'].map((name) => row[name]));
  return JSON.parse(
    execFileSync(python!, ['-c', script], { encoding: 'utf8', input: JSON.stringify(input) }),
  ) as number[];
}

describe('bad input', { timeout: 180_000 }, () => {
  it('is named with what to do, and the rest of the night is processed', async () => {
    const night = join(root, 'bad');
    const whole = exposureBytes(201, [cleanCcd('N1', 200, 200), cleanCcd('N2', 200, 200)]);
    const good = await write(night, 'good.fits', exposureBytes(200, [cleanCcd('N1')]));
    const primary = encodeHdu({ header: new Header(), shape: [], data: null }, true);
    const shaped = (shape: number[], data: Float32Array) =>
      encodeHdu({ header: new Header(), shape, data }, false);
    await write(night, 'truncated.fits', whole.subarray(0, whole.length - 100_000));
    await write(night, 'text.fits', 'This is no FITS file.\n');
    await write(night, 'empty.fits', '');
    await write(night, 'nothing.fits', Buffer.concat([primary, emptyImage()]));
    await write(night, 'spectrum.fits', Buffer.concat([primary, shaped([50], new Float32Array(50))]));
    await write(night, 'cube.fits', Buffer.concat([primary, shaped([2, 20, 20], new Float32Array(800))]));
    await write(
      night,
      'nan.fits',
      Buffer.concat([
        primary,
        shaped([20, 20], new Float32Array(400).fill(Number.NaN)),
        imageHdu(cleanCcd('ok'), 2, 1),
      ]),
    );
    const paired = [cleanCcd('N1')];
    await write(night, 'c4d_1_ooi_r_v1.fits', exposureBytes(202, paired));
    await write(night, 'c4d_1_ood_r_v1.fits', maskBytes([cleanCcd('N1', 10, 10)], 1, 1));
    const out = join(root, 'bad-scan');
    const run = await blemish([
      'scan',
      night,
      `${good}[7]`,
      `${good}[N9]`,
      join(root, 'missing.fits'),
      '--out',
      out,
      '--json',
    ]);
    expect(run.code).toBe(1);
    const { failed, images, processed } = json(run);
    const found = failed.map(({ path, hdu, code }) => [path.replace(`${night}/`, ''), hdu, code]);
    expect(found).toContainEqual(['truncated.fits', 2, 'TRUNCATED_DATA']);
    expect(found).toContainEqual(['text.fits', null, 'NOT_FITS']);
    expect(found).toContainEqual(['empty.fits', null, 'EMPTY_FILE']);
    expect(found).toContainEqual(['nothing.fits', 1, 'IMAGE_SHAPE']);
    expect(found).toContainEqual(['spectrum.fits', 1, 'IMAGE_SHAPE']);
    expect(found).toContainEqual(['cube.fits', 1, 'IMAGE_SHAPE']);
    expect(found).toContainEqual(['nan.fits', 1, 'IMAGE_ALL_NAN']);
    expect(found).toContainEqual(['c4d_1_ooi_r_v1.fits', 1, 'MASK_SHAPE']);
    expect(found.at(0)).toEqual([join(root, 'missing.fits'), null, 'INPUT_NOT_FOUND']);
    expect(failed).toHaveLength(9);
    for (const { path, error } of failed) {
      expect(error).toContain(path);
      // What was found, and then what to do.
      expect(error.length).toBeGreaterThan(path.length + 40);
      expect(run.stderr).toContain(error);
    }
    // good.fits, the first CCD of truncated.fits and the second of nan.fits.
    expect(failed.find(({ code }) => code === 'MASK_SHAPE')!.error).toContain(
      'c4d_1_ood_r_v1.fits[1] is 10 × 10',
    );
    // A CCD that failed keeps its place: its header could be read, and the map hatches it.
    expect(failed.find(({ code }) => code === 'TRUNCATED_DATA')).toMatchObject({
      exposure: '201',
      ccd: 'N2',
    });
    const page = await readFile(join(out, 'report.html'), 'utf8');
    expect(page).toMatch(/fill="url\(#failed\)"[^>]*><title>[^<]*N2/);
    expect([images, processed]).toEqual([3, 1]);
    expect(await partials(out)).toEqual([]);
    const report = await readFile(join(out, 'scan.json'), 'utf8');
    expect(report).toContain('IMAGE_ALL_NAN');
  });

  it('an HDU that does not exist names those there are, and with nothing else done exits with 3', async () => {
    const file = await write(
      join(root, 'one'),
      'x.fits',
      exposureBytes(1, [cleanCcd('N1'), rayCcd('N4', 5, 5)]),
    );
    const out = join(root, 'one-scan');
    const run = await blemish(['scan', `${file}[9]`, `${file}[N9]`, `${file}[0]`, '--out', out, '--json']);
    expect(run.code).toBe(3);
    expect(json(run).failed.map(({ hdu, code }) => [hdu, code])).toEqual([
      [9, 'HDU_NOT_FOUND'],
      [null, 'HDU_NOT_FOUND'],
      [0, 'HDU_NOT_IMAGE'],
    ]);
    expect(json(run).failed[1].error).toContain('N4');
    const one = await blemish(['scan', `${file}[N4]`, '--out', out, '--json']);
    expect(one.code).toBe(0);
    expect(json(one)).toMatchObject({ images: 1, flagged: 1 });
    expect((await rows(join(out, 'images.parquet')))[0]).toMatchObject({ hdu: 2, ccd: 'N4' });
  });

  const canMount = process.getuid?.() === 0 && spawnSync('mount', ['--version']).status === 0;
  it.skipIf(!canMount)(
    'a disk that fills: the file is named, nothing half-written keeps a final name',
    async () => {
      const disk = join(root, 'disk');
      await mkdir(disk);
      if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]).status !== 0) {
        console.warn('no tmpfs can be mounted here: the full disk is not tested');
        return;
      }
      try {
        const night = join(root, 'full');
        // Noise in the mask keeps it from compressing into the 64 KiB.
        for (let i = 0; i < 3; i++) {
          await write(
            night,
            `f${i}.fits`,
            exposureBytes(300 + i, [
              {
                ...cleanCcd('N1', 400, 400),
                paint: (data) => {
                  for (let k = 0; k < data.length; k += 1 + ((k * 7919) % 5)) data[k] = 12345;
                },
              },
            ]),
          );
        }
        const run = await blemish(['scan', night, '--out', join(disk, 'out'), '--json']);
        expect(run.code).toBe(3);
        expect(run.stderr).toContain('no space left on the disk; free space');
        expect(run.stderr).toContain(join(disk, 'out'));
        expect(JSON.parse(run.stdout)).toMatchObject({ error: { code: 'DISK_FULL' } });
        expect(await partials(disk)).toEqual([]);
      } finally {
        spawnSync('umount', [disk]);
      }
    },
  );
});

describe('interrupted scans', { timeout: 180_000 }, () => {
  let night: string;
  let whole: string;
  const n = 6;

  beforeAll(async () => {
    night = join(root, 'long');
    whole = join(root, 'whole');
    for (let i = 0; i < n; i++)
      await write(night, `f${i}.fits`, exposureBytes(400 + i, [rayCcd('N1', 5, 5 + i), cleanCcd('N2')]));
    await blemish(['scan', night, '--out', whole, '--format', 'csv']);
  });

  async function same(out: string): Promise<void> {
    const tables = ['catalog', 'images', 'exposures'].flatMap((name) => [`${name}.parquet`, `${name}.csv`]);
    const masks = (await readdir(join(whole, 'masks'))).map((name) => join('masks', name));
    expect(masks).toHaveLength(n);
    for (const name of [...tables, ...masks]) {
      expect((await readFile(join(out, name))).equals(await readFile(join(whole, name))), name).toBe(true);
    }
    expect(await partials(out)).toEqual([]);
  }

  const slow = { BLEMISH_TEST_DELAY: '150' };
  const args = (out: string): string[] => ['scan', night, '--out', out, '--format', 'csv', '--threads', '1'];

  it('Ctrl-C: what is finished is written, exit code 130, and --resume completes it', async () => {
    const out = join(root, 'stopped');
    const stopped = await blemish([...args(out), '--json'], {
      env: slow,
      when: { stderr: /\(2 of 6 files\)/, act: (child) => child.kill('SIGINT') },
    });
    expect(stopped.code).toBe(130);
    const done = json(stopped).images;
    expect(done).toBeGreaterThanOrEqual(4);
    expect(done).toBeLessThan(2 * n);
    expect(await rows(join(out, 'images.parquet'))).toHaveLength(done);
    expect(await readFile(join(out, 'scan.json'), 'utf8')).toContain('"interrupted"');
    const resumed = await blemish([...args(out), '--resume']);
    expect(resumed.code).toBe(0);
    await same(out);
    // A mask that comes later makes its image another: that file is done again, the others are not.
    const journal = join(out, '.resume', 'journal.jsonl');
    const lines = (await readFile(journal, 'utf8')).trimEnd().split('\n').length;
    const mask = await write(night, 'f2.wht.fits', exposureBytes(402, [cleanCcd('N1'), cleanCcd('N2')]));
    try {
      expect((await blemish([...args(out), '--resume'])).code).toBe(0);
      expect((await readFile(journal, 'utf8')).trimEnd().split('\n')).toHaveLength(lines + 1);
    } finally {
      await rm(mask);
    }
    const other = await blemish([...args(out), '--resume', '--threshold', '0.3']);
    expect(other.code).toBe(2);
    expect(other.stderr).toContain(
      'differs in the threshold (the default of the model, now --threshold 0.3)',
    );
  });
});

const survey = join(dataRoot ?? '', 'survey-fits');

it.skipIf(dataRoot === null || python === null)(
  'handles the 45 science images of real surveys',
  { timeout: 180_000 },
  async () => {
    const out = join(root, 'survey');
    const run = await blemish(['scan', survey, '--out', out, '--json']);
    expect(run.code).toBe(0);
    const { failed, skipped } = json(run);
    expect(failed).toEqual([]);
    // other/time_resolved_atlas.fits is a table.
    expect(skipped).toBe(1);
    const images = await rows(join(out, 'images.parquet'));
    const science = images.filter(({ path }) => /_o[ok]i_|deep2/.test(String(path)));
    expect(science).toHaveLength(45);
    // Nothing that goes with an image was scanned as one.
    expect(images.filter(({ path }) => /_oo[dw]_|\.wht\./.test(String(path)))).toEqual([]);
    const scan = JSON.parse(await readFile(join(out, 'scan.json'), 'utf8')) as {
      inputs: { path: string; mask: string | null; weight: string | null; written: string[] }[];
    };
    const inputs = scan.inputs.filter(({ path }) => /_o[ok]i_|deep2/.test(path));
    expect(inputs.every(({ weight }) => weight !== null)).toBe(true);
    expect(inputs.filter(({ mask }) => mask !== null)).toHaveLength(35);
    const masks = checkMasks(
      scan.inputs
        .filter(({ written }) => written.length > 0)
        .map(({ path, written }) => [path, join(out, written[0])]),
    );
    expect(masks).toHaveLength(images.length);
    for (const mask of masks) expect(mask).toMatchObject({ same: true, wcs: 0, satellite: 20 });
    const catalog = await rows(join(out, 'catalog.parquet'));
    expect(catalog.length).toBeGreaterThan(10);
    const offsets = skyOffsets(catalog);
    // Degrees; the project promises 1e-6.
    expect(Math.max(...offsets)).toBeLessThan(1e-6);
  },
);
