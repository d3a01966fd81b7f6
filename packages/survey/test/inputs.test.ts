import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { Header } from '@blemish/fits';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { companionNames, fitsStem, isCompanionName, isFitsName } from '../src/inputs/names.ts';
import { expandInputs } from '../src/inputs/expand.ts';
import { findCompanions } from '../src/inputs/companions.ts';
import { identifyImage } from '../src/inputs/identify.ts';
import { maskScheme } from '../src/inputs/mask-scheme.ts';
import { parseSelector } from '../src/inputs/selector.ts';

let folder: string;

async function touch(path: string, content = ''): Promise<string> {
  const full = join(folder, path);
  await mkdir(join(full, '..'), { recursive: true });
  await writeFile(full, content);
  return full;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'blemish-inputs-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('names', () => {
  it('counts only FITS extensions', () => {
    const names = [
      'a.fits',
      'a.fit',
      'a.fts',
      'a.fz',
      'a.fits.fz',
      'a.FITS.gz',
      'a.gz',
      'a.txt',
      'fits',
      'a.fits.bak',
    ];
    expect(names.filter(isFitsName)).toEqual(['a.fits', 'a.fit', 'a.fts', 'a.fz', 'a.fits.fz', 'a.FITS.gz']);
    expect(fitsStem('/x/c4d_1.S4.fits.fz')).toBe('c4d_1.S4');
  });

  it.each([
    ['c4d_131122_030338_ood_z_ls9.S21.fits', true],
    ['ksb_staticmask_ood_v1.fits.fz', true],
    ['c4d_131122_030338_oow_z_v1.fits.fz', true],
    ['deep2g_ra352_1-ccd1.wht.fits', true],
    ['sim_truth.fits.fz', true],
    ['c4d_131122_030338_ooi_z_v1.fits.fz', false],
    ['food_1.fits', false],
    ['white.fits', false],
  ])('%s is a companion: %s', (name, companion) => {
    expect(isCompanionName(name)).toBe(companion);
  });

  it('names companions with the token replaced, also where a CCD follows', () => {
    const names = companionNames('k4m_151214_021723_oki_zd_v0-ccd2.fits');
    expect(names.mask[0]).toBe('k4m_151214_021723_ood_zd_v0-ccd2.fits');
    expect(names.weight[0]).toBe('k4m_151214_021723_oow_zd_v0-ccd2.fits');
    expect(companionNames('c4d_1_ooi_r_ls9.N12.fits').mask[0]).toBe('c4d_1_ood_r_ls9.N12.fits');
    expect(companionNames('deep2g_1-ccd1.fits').weight[0]).toBe('deep2g_1-ccd1.wht.fits');
    expect(companionNames('deep2g_1-ccd1.fits').mask).toEqual([]);
  });
});

describe('selectors', () => {
  it.each([
    ['a.fits[3]', 'a.fits', 3],
    ['a.fits[N4]', 'a.fits', 'N4'],
    ['a.fits', 'a.fits', null],
    ['a.fits[]', 'a.fits[]', null],
  ])('%s', (text, path, selector) => {
    expect(parseSelector(text)).toEqual({ path, selector });
  });
});

describe('expandInputs', () => {
  it('walks folders in order, passing over companions, truth, hidden files and earlier masks', async () => {
    const root = join(folder, 'night');
    for (const name of [
      'b_ooi_r.fits.fz',
      'b_ood_r.fits.fz',
      'a.fits',
      'a.wht.fits',
      'notes.txt',
      '.hidden.fits',
      'sub/c.fit',
      'truth/b_ooi_r.fits',
      'c_truth.fits.fz',
      'scan/scan.json',
      'scan/masks/a.fits.fz',
      'scan/kept.fits',
    ]) {
      await touch(`night/${name}`);
    }
    const { files, failures, companions } = await expandInputs([root]);
    expect(files.map(({ path }) => relative(root, path))).toEqual([
      'a.fits',
      'b_ooi_r.fits.fz',
      'scan/kept.fits',
      'sub/c.fit',
    ]);
    expect(failures).toEqual([]);
    expect(companions).toBe(3);
  });

  it('joins HDUs of one file, and the whole file takes them in', async () => {
    const file = await touch('one/x.fits');
    const some = await expandInputs([`${file}[1]`, `${file}[N4]`, `${file}[1]`]);
    expect(some.files).toEqual([{ path: file, selectors: [1, 'N4'], outputName: 'x' }]);
    const all = await expandInputs([`${file}[1]`, join(folder, 'one')]);
    expect(all.files[0].selectors).toBeNull();
  });

  it('reads list files, relative to themselves, with comments, blank lines and CRLF', async () => {
    const a = await touch('lists/a.fits');
    await touch('lists/deep/b.fits');
    const list = await touch('lists/list.txt', '# night 1\r\na.fits[2]\r\n\r\n  deep  \n');
    const other = await touch('lists/plain', 'a.fits');
    const { files, failures } = await expandInputs([list]);
    expect(failures).toEqual([]);
    expect(files.map(({ path, selectors }) => [relative(folder, path), selectors])).toEqual([
      ['lists/a.fits', [2]],
      ['lists/deep/b.fits', null],
    ]);
    expect((await expandInputs([`@${other}`])).files[0].path).toBe(a);
  });

  it('names each bad path with what to do, and goes on', async () => {
    const good = await touch('mixed/good.fits');
    const loop = await touch('mixed/loop.txt', 'loop.txt\n');
    const binary = await touch('mixed/binary.lst', 'a\0b');
    const picture = await touch('mixed/picture.png');
    const { files, failures } = await expandInputs([
      join(folder, 'nowhere.fits[2]'),
      loop,
      binary,
      picture,
      good,
    ]);
    expect(files.map(({ path }) => path)).toEqual([good]);
    expect(failures.map(({ code }) => code)).toEqual([
      'INPUT_NOT_FOUND',
      'LIST_FILE_INVALID',
      'LIST_FILE_INVALID',
      'NOT_FITS_NAME',
    ]);
    expect(failures[0].error).toContain(join(folder, 'nowhere.fits'));
    expect(failures[0].error).toContain('check the path');
  });

  it('scans a file once, whatever links lead to it', async () => {
    const file = await touch('links/real/x.fits');
    await symlink(join(folder, 'links/real'), join(folder, 'links/real/again'));
    const { files } = await expandInputs([join(folder, 'links'), file]);
    expect(files).toHaveLength(1);
  });

  it('tells clashing names apart without making new clashes', async () => {
    for (const name of ['p/x.fits', 'q/x.fits.fz', 'r/x.fits', 's/x-2.fits']) await touch(`clash/${name}`);
    const { files } = await expandInputs([join(folder, 'clash')]);
    expect(files.map(({ outputName }) => outputName)).toEqual(['x', 'x-3', 'x-4', 'x-2']);
  });
});

it('finds companions stored with another extension', async () => {
  const image = await touch('pair/c4d_1_ooi_r_v1.fits');
  const mask = await touch('pair/c4d_1_ood_r_v1.fits.fz');
  expect(await findCompanions(image)).toEqual({ mask, weight: null });
});

describe('identifyImage', () => {
  it('prefers the header, and inherits from the primary', () => {
    const primary = new Header()
      .set('EXPNUM', 396388)
      .set('FILTER', 'z DECam SDSS c0004 9260.0 1520.0')
      .set('MJD-OBS', 57032.25);
    const header = new Header().set('EXTNAME', 'S11').set('CCDNUM', 22);
    expect(identifyImage('x/c4d_150110_053718_ooi_z_v1.fits.fz', primary, header, 5)).toEqual({
      exposure: '396388',
      ccd: 'S11',
      band: 'z',
      mjd: 57032.25,
    });
  });

  it('falls back on the name', () => {
    const bare = identifyImage('x/ksb_160203_115029_ooi_r_v1-ccd2.fits', null, new Header(), 1);
    expect(bare).toMatchObject({ exposure: 'ksb_160203_115029', ccd: 'ccd2', band: 'r' });
    // 2016-02-03T11:50:29 by astropy.time: 57421.49339120
    expect(bare.mjd).toBeCloseTo(57421.4933912, 6);
    expect(identifyImage('deep2g_ra352_1-ccd1.fits', null, new Header().set('FILTER', 'bokr'), 1)).toEqual({
      exposure: 'deep2g_ra352_1',
      ccd: 'ccd1',
      band: 'r',
      mjd: null,
    });
    expect(identifyImage('plain.fits', null, new Header(), 3)).toEqual({
      exposure: 'plain',
      ccd: '3',
      band: null,
      mjd: null,
    });
  });
});

describe('maskScheme', () => {
  const scheme = (instrument: string, version?: string) => {
    const primary = new Header().set('INSTRUME', instrument);
    if (version !== undefined) primary.set('PLVER', version);
    return maskScheme(primary, new Header())?.kind ?? null;
  };
  it.each([
    ['DECam', 'V3.4.9', 'bits'],
    ['DECam', 'V3.5', 'codes'],
    ['DECam', 'V3.10', 'codes'],
    ['DECam', 'V4.8.2a', 'codes'],
    ['DECam', undefined, 'bits'],
    ['90prime', 'V1.0', 'codes'],
    ['Mosaic3', 'V2.3', 'codes'],
    ['other', undefined, null],
  ])('%s %s: %s', (instrument, version, kind) => {
    expect(scheme(instrument, version)).toBe(kind);
  });
});
