import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Wcs } from '@blemish/fits';
import { openFitsFile } from '@blemish/fits/node';
import { maskBits, planExposure, simulateCcd, simulatedClasses, writeExposure } from '../src/index.ts';

const options = { width: 256, height: 512, ccds: 2, band: 'r' } as const;
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'blemish-sky-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('writeExposure', () => {
  it('writes image, mask and truth that open again as they were made', async () => {
    const plan = planExposure({ ...options, seed: 17, artifacts: ['Satellite', 'Bad column'] });
    const rows = await writeExposure(plan, folder);
    expect(rows).toHaveLength(2);
    expect(rows[0].path).toMatch(/^c4d_\d{6}_\d{6}_ooi_r_v1\.fits\.fz$/);
    const image = await openFitsFile(join(folder, rows[0].path));
    const mask = await openFitsFile(join(folder, rows[0].maskPath));
    const truth = await openFitsFile(join(folder, rows[0].truthPath));
    try {
      const primary = image.hdus[0].header;
      expect(primary.get('SIMULATE')).toBe(true);
      expect(primary.number('SEED')).toBe(17);
      expect(primary.number('EXPNUM')).toBe(plan.expnum);
      expect(primary.string('FILTER')?.startsWith('r ')).toBe(true);
      for (const [i, row] of rows.entries()) {
        const made = simulateCcd(plan, i);
        const hdu = image.hdu(row.hdu);
        expect(hdu.name).toBe(row.ccd);
        expect(hdu.kind).toBe('compressed-image');
        expect(hdu.shape).toEqual([512, 256]);
        const pixels = await image.readImage(hdu);
        let worst = 0;
        made.image.data.forEach((value, k) => (worst = Math.max(worst, Math.abs(value - pixels.data[k]))));
        // Steps of a quarter of a row's noise, which dither rounds to the nearest; rows of few pixels estimate it roughly.
        expect(worst).toBeLessThan(0.4 * made.skyRms);
        const storedMask = await mask.readStored(mask.hdu(row.ccd));
        expect(Array.from(storedMask.data, Number)).toEqual(Array.from(made.mask));
        const storedTruth = await truth.readStored(truth.hdu(row.ccd));
        expect(Array.from(storedTruth.data, Number)).toEqual(Array.from(made.truthBits));
        expect(truth.hdu(row.ccd).header.number('MP_BAD_COLUMN')).toBe(
          simulatedClasses.indexOf('Bad column'),
        );
        expect(mask.hdu(row.ccd).header.number('MP_EDGEBLEED')).toBe(7);
        const sky = Wcs.fromHeader(hdu.header)!.pixelToSky(100, 200);
        expect(Wcs.fromHeader(mask.hdu(row.ccd).header)!.pixelToSky(100, 200)).toEqual(sky);
        expect(row.truth).toEqual(made.truth);
      }
    } finally {
      await Promise.all([image.close(), mask.close(), truth.close()]);
    }
  });

  it("writes the Community Pipeline's codes where they are asked for: masked where DESDM masks, but for halos", async () => {
    const plan = planExposure({ ...options, seed: 18, artifacts: 'none', pipeline: 'community' });
    const [row] = await writeExposure(plan, join(folder, 'community'));
    const made = simulateCcd(plan, 0);
    const mask = await openFitsFile(join(folder, 'community', row.maskPath));
    try {
      expect(mask.hdus[0].header.get('PLVER')).toBe('V5.0');
      const codes = Array.from((await mask.readStored(mask.hdu(row.ccd))).data, Number);
      const { STAR, SSXTALK, CRAY, SATURATE } = maskBits;
      const wrong = codes.filter((code, i) => {
        const bits = made.mask[i];
        if (bits === CRAY) return code !== 5;
        if (bits === SATURATE) return code !== 3;
        return code > 0 !== ((bits & ~(STAR | SSXTALK)) !== 0);
      });
      expect(wrong).toHaveLength(0);
      expect(codes).toContain(1);
    } finally {
      await mask.close();
    }
  });

  it('writes the same bytes for the same seed', async () => {
    const plan = planExposure({ ...options, seed: 18 });
    const other = await mkdtemp(join(tmpdir(), 'blemish-sky-'));
    try {
      const [row] = await writeExposure(plan, folder, { tables: false });
      await writeExposure(planExposure({ ...options, seed: 18 }), other, { tables: false });
      for (const path of [row.path, row.maskPath, row.truthPath]) {
        const [a, b] = await Promise.all([readFile(join(folder, path)), readFile(join(other, path))]);
        expect(a.equals(b), path).toBe(true);
      }
      expect(await readdir(other)).not.toContain('manifest.csv');
    } finally {
      await rm(other, { recursive: true, force: true });
    }
  });

  it('keeps one table when exposures are written side by side', async () => {
    const night = await mkdtemp(join(tmpdir(), 'blemish-sky-'));
    try {
      const seeds = [1, 2, 3, 4];
      const written = await Promise.all(
        seeds.map((seed) =>
          writeExposure(planExposure({ ...options, ccds: 1, seed, artifacts: ['Bad column'] }), night),
        ),
      );
      const manifest = (await readFile(join(night, 'manifest.csv'), 'utf8')).trimEnd().split('\n');
      expect(manifest[0]).toBe('path,hdu,mask,truth,exposure,ccd,band,seed,group');
      expect(manifest).toHaveLength(1 + seeds.length);
      expect(new Set(written.map(([row]) => row.path)).size).toBe(seeds.length);
      const artifacts = (await readFile(join(night, 'truth', 'artifacts.csv'), 'utf8')).trimEnd().split('\n');
      expect(artifacts[0]).toBe('path,hdu,exposure,ccd,class,snr,peak,area,x,y,whole_ccd');
      expect(artifacts).toHaveLength(1 + written.flat().flatMap(({ truth }) => truth).length);
      expect((await readdir(night)).sort()).toEqual(
        ['manifest.csv', 'truth', ...written.flatMap(([row]) => [row.path, row.maskPath])].sort(),
      );
    } finally {
      await rm(night, { recursive: true, force: true });
    }
  });
});
