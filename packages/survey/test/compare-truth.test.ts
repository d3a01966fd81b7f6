import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Header } from '@blemish/fits';
import { FitsWriter } from '@blemish/fits/node';
import { simulatedClasses } from '@blemish/sky';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compareTruth } from '../src/scan/compare-truth.ts';
import type { FileRecord, FindingRecord, ImageRecord } from '../src/scan/records.ts';
import { artifactClass } from '../src/taxonomy.ts';

const width = 100;
const height = 80;
let root: string;

/** One image HDU `N1` with `value` in columns [from, to). */
async function writeMask(path: string, value: number, from: number, to: number): Promise<void> {
  const data = new Int32Array(width * height);
  for (let y = 0; y < height; y++) data.fill(value, y * width + from, y * width + to);
  const writer = await FitsWriter.create(path);
  await writer.append({ header: new Header(), shape: [], data: null });
  await writer.append({ header: new Header().set('EXTNAME', 'N1'), shape: [height, width], data });
  await writer.close();
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'blemish-truth-'));
  for (const folder of ['truth', 'masks']) await mkdir(join(root, folder));
  const row = (hdu: number, name: string, snr: number, whole = 0) =>
    `a.fits.fz,${hdu},1,N${hdu},${name},${snr},1,1,1,1,${whole}`;
  const lines = [
    'path,hdu,exposure,ccd,class,snr,peak,area,x,y,whole_ccd',
    row(1, 'Satellite', 12),
    row(1, 'Haze', 30, 1),
    row(2, 'Satellite', 2),
    row(3, 'Ghost', 50),
  ];
  await writeFile(join(root, 'truth', 'artifacts.csv'), `${lines.join('\n')}\n`);
  await writeMask(join(root, 'truth', 'a_truth.fits.fz'), 1 << simulatedClasses.indexOf('Satellite'), 20, 40);
  await writeMask(join(root, 'masks', 'a.fits.fz'), 1 << artifactClass('Satellite').maskBit, 25, 45);
});
afterAll(() => rm(root, { recursive: true, force: true }));

const image = (hdu: number, flagged: boolean, found: readonly string[]): ImageRecord => ({
  hdu,
  exposure: '1',
  ccd: `N${hdu}`,
  band: null,
  camera: null,
  mjd: null,
  probability: 0.5,
  reason: null,
  flagged,
  action: 'ok',
  maskedFraction: 0,
  classes: {},
  quality: {} as ImageRecord['quality'],
  findings: found.map((className) => ({ className, flagged: true }) as FindingRecord),
  corners: null,
  hasPreview: false,
});

it('counts flags against truth of enough signal-to-noise, and overlaps masks of local classes', async () => {
  async function* records(): AsyncGenerator<FileRecord> {
    yield await Promise.resolve({
      path: '/x/a.fits.fz',
      maskPath: 'masks/a.fits.fz',
      images: [
        image(1, true, ['Satellite']),
        image(2, true, []),
        // Its ghost is no class of this model.
        image(3, false, []),
        image(4, true, []),
        image(5, false, []),
      ],
    } as unknown as FileRecord);
  }
  expect(await compareTruth(root, root, ['Satellite', 'Haze'], records())).toEqual({
    minimumSnr: 5,
    bad: 1,
    found: 1,
    good: 2,
    falseAlarms: 1,
    faint: 2,
    classes: [
      { name: 'Satellite', present: 1, found: 1 },
      { name: 'Haze', present: 1, found: 0 },
    ],
    // Columns 20–39 against 25–44: 15 of 25.
    meanIou: 0.6,
    masksCompared: 1,
  });
});
