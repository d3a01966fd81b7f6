import { copyFile, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeNpy } from '@blemish/survey/arrays';
import { run, runJson } from './helpers/main.ts';

let root: string;
const at = (...names: string[]): string => join(root, ...names);
const size = ['--ccds', '2', '--width', '256', '--height', '256', '--threads', '1'];
const simulated = ['simulate', 'bad-exposures', ...size];
/** Of a mix whose five exposures are three good ones and two bad. */
const night = ['--n', '5', '--seed', '810005', '--categories', 'Good,Noise,Saturated', '--several', '0'];

interface Set {
  readonly pixels: Uint8Array;
  readonly shape: readonly number[];
  readonly rows: readonly Record<string, string>[];
}

async function read(name: string): Promise<Set> {
  const { shape, data } = decodeNpy(new Uint8Array(await readFile(at(name, 'stamps.npy'))), name);
  return { shape, pixels: data as Uint8Array, rows: await table(at(name, 'stamps.csv')) };
}

async function table(path: string): Promise<Record<string, string>[]> {
  const [first, ...lines] = (await readFile(path, 'utf8')).trimEnd().split('\n');
  const columns = first.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, i) => [columns[i], cell])));
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'blemish-bad-exposures-'));
  await runJson(...simulated, ...night, '--out', at('night'));
  await runJson(...simulated, ...night, '--views', '--out', at('views'));
}, 120_000);
afterAll(() => rm(root, { recursive: true, force: true }));

describe('simulate bad-exposures --views', { timeout: 120_000 }, () => {
  it('makes a set that goes on where it stopped and is then the same', async () => {
    const whole = await read('views');
    expect(whole.shape).toEqual([10, 64, 64, 4]);
    const part = [...simulated, ...night.with(1, '3'), '--views', '--out', at('parts')];
    await runJson(...part);
    const rest = await runJson<{ made: number; kept: number }>(
      ...simulated,
      ...[...night, '--views', '--resume', '--out', at('parts')],
    );
    expect([rest.made, rest.kept]).toEqual([2, 3]);
    for (const name of ['stamps.npy', 'stamps.csv', 'stamp-set.json'])
      expect(await readFile(at('parts', name), 'utf8'), name).toBe(await readFile(at('views', name), 'utf8'));
    const refused = await run(...simulated, ...night, '--views', '--out', at('views'));
    expect([refused.code, refused.err.includes('--resume')]).toEqual([2, true]);
  });

  it('tells the reasons of a share of exposures, the truth of all', async () => {
    const { rows: all } = await read('views');
    await runJson(...simulated, ...night, '--views', '--labelled', '0.5', '--out', at('half'));
    const { rows } = await read('half');
    expect(rows.map(({ truth }) => truth)).toEqual(all.map(({ reasons }) => reasons));
    const told = rows.filter(({ reasons }) => reasons !== '');
    expect(told.length).toBeGreaterThan(0);
    expect(told.length).toBeLessThan(rows.length);
    for (const { reasons, reason, truth } of told) expect([reasons, reason]).toEqual([truth, truth]);
    const ofExposure = new Map(rows.map(({ exposure, reasons }) => [exposure, reasons]));
    for (const { exposure, reasons } of rows) expect(reasons).toBe(ofExposure.get(exposure));
    // Saturated ones are told by the sky alone.
    for (const { sky, truth } of all) expect(Number(sky) > 15_000).toBe(truth === 'Saturated');
  });

  it('refuses what cannot be', async () => {
    const bad = await run(...simulated, '--n', '1', '--categories', 'Cloud', '--out', at('no'));
    expect([bad.code, bad.err.includes("'Cloud' must be one of Good")]).toEqual([2, true]);
    const sized = await run(...simulated, '--n', '1', '--size', '32', '--out', at('no'));
    expect([sized.code, sized.err.includes('give --views')]).toEqual([2, true]);
  });
});

describe('dataset views', { timeout: 120_000 }, () => {
  it('gives of the files what the simulation gave without them', async () => {
    await runJson(
      ...['dataset', 'views', at('night'), '--labels', at('night', 'manifest.csv')],
      ...['--threads', '1', '--out', at('read')],
    );
    const [files, fly] = [await read('read'), await read('views')];
    expect(files.shape).toEqual(fly.shape);
    // Files keep pixels to a quarter of the noise: grey levels move by a few.
    let far = 0;
    for (const [i, level] of fly.pixels.entries()) if (Math.abs(level - files.pixels[i]) > 6) far++;
    expect(far / fly.pixels.length).toBeLessThan(0.005);
    for (const [i, row] of files.rows.entries()) {
      const made = fly.rows[i];
      for (const name of [
        'exposure',
        'ccd',
        'band',
        'mjd',
        'night',
        'reasons',
        'exptime',
        'zero_point',
        'airmass',
      ])
        expect(row[name], name).toBe(made[name]);
      expect(Number(row['sky']) / Number(made['sky'])).toBeCloseTo(1, 2);
      expect(Number(row['masked_fraction'])).toBeCloseTo(Number(made['masked_fraction']), 3);
    }
  });

  it('takes a night as it comes: twice, cut short, one CCD, another camera, labels of what is not there', async () => {
    const names = (await readdir(at('night'))).filter((name) => name.includes('_ooi_'));
    await mkdir(at('odd', 'again'), { recursive: true });
    const [first, second, third] = names;
    await copyFile(at('night', first), at('odd', first));
    await copyFile(at('night', first), at('odd', 'again', first));
    // Its second CCD is gone.
    const bytes = await readFile(at('night', second));
    await writeFile(at('odd', second), bytes.subarray(0, Math.round(bytes.length * 0.7)));
    // The exposure number of the first with another camera.
    const card = (key: string, value: string): string => `${key.padEnd(8)}= ${value}`;
    const other = Buffer.from(await readFile(at('night', third)));
    const number = (buffer: Buffer): string =>
      /EXPNUM {2}= +(\d+)/.exec(buffer.subarray(0, 5760).toString('latin1'))![1];
    const [from, to] = [number(other), number(await readFile(at('night', first)))];
    const edit = (old: string, next: string): void => {
      const place = other.indexOf(old);
      expect(place).toBeGreaterThan(0);
      other.write(next.padEnd(old.length), place, 'latin1');
    };
    edit(from.padStart(20), to.padStart(20));
    edit(card('INSTRUME', "'DECam   '"), card('INSTRUME', "'Mosaic3'"));
    await writeFile(at('odd', third), other);
    await writeFile(at('odd', 'broken.fits'), 'not a FITS file');
    await writeFile(
      at('labels.csv'),
      `exposure,reasons\n${to},Good\n${to},Noise;PSF\n999,Wonky\n${number(bytes)},\n`,
    );
    const { code, out, err } = await run(
      ...['dataset', 'views', at('odd'), '--labels', at('labels.csv'), '--threads', '1', '--json'],
      ...['--out', at('odd-set')],
    );
    expect(code).toBe(1);
    const found = JSON.parse(out) as Record<string, unknown>;
    expect(found).toMatchObject({
      ...{ exposures: 3, ccds: 5, duplicates: 2, renamed: 1, labelled: 1, incomplete: 1 },
      ...{ labelsWithout: ['999'], contradicted: [to], cameras: { DECam: 2, Mosaic3: 1 } },
      ccdsPerExposure: { least: 1, median: 2, most: 2 },
    });
    expect(
      (found['failures'] as { path: string }[]).map(({ path }) => path.replace(/.*\//, '')).sort(),
    ).toEqual(['broken.fits', second]);
    expect(err).toContain('1 labelled exposures are not there: 999');
    const { rows, shape } = await read('odd-set');
    expect(shape[0]).toBe(5);
    expect(rows.map(({ index }) => index)).toEqual(['0', '1', '2', '3', '4']);
    expect(
      rows.filter(({ exposure }) => exposure === to).map(({ reasons, reason }) => [reasons, reason]),
    ).toEqual([1, 2].map(() => ['PSF;Noise', '']));
    expect(rows.filter(({ camera }) => camera === 'Mosaic3').map(({ exposure }) => exposure)).toEqual(
      [1, 2].map(() => `${to}-2`),
    );
  });

  it('names the row of a label that is none, and finds nothing in an empty folder', async () => {
    await writeFile(at('wrong.csv'), 'exposure,reasons\n1,Good\n2,Fuzzy\n');
    const wrong = await run('dataset', 'views', at('night'), '--labels', at('wrong.csv'), '--out', at('w'));
    expect(wrong.code).toBeGreaterThan(0);
    expect(wrong.err).toMatch(/wrong\.csv: row 2: 'Fuzzy' is none of Good/);
    await mkdir(at('empty'));
    const none = await run('dataset', 'views', at('empty'), '--out', at('w'));
    expect([none.code, none.err.includes('no FITS files')]).toEqual([3, true]);
  });
});
