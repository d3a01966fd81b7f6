import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { CardValue, FitsFile, Hdu, StoredArray } from '../src/index.ts';
import { openFitsFile } from '../src/node/index.ts';
import { dataFiles, dataRoot, python, runPython } from './oracle.ts';

interface Dumped {
  name: string;
  type: string;
  cards: [string, unknown][];
  history: string[];
  bitpix?: number;
  shape?: number[];
  stored?: string;
  physical?: string;
}

function digest(data: StoredArray): string {
  const copy = data.slice();
  // A NaN has many bit patterns; astropy's script writes this one.
  if (copy instanceof Float32Array || copy instanceof Float64Array)
    for (let i = 0; i < copy.length; i++) if (Number.isNaN(copy[i])) copy[i] = NaN;
  return createHash('sha256')
    .update(new Uint8Array(copy.buffer, copy.byteOffset, copy.byteLength))
    .digest('hex');
}

function plain(value: CardValue | undefined): unknown {
  if (typeof value === 'bigint') return { number: Number(value) };
  return typeof value === 'number' ? { number: value } : (value ?? null);
}
function plainPython(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { int, float } = value as { int?: string; float?: string };
  return { number: Number(int ?? float) };
}

async function compareHdu(file: FitsFile, hdu: Hdu, theirs: Dumped): Promise<void> {
  const where = `${file.name} HDU ${hdu.index}`;
  expect(hdu.name, where).toBe(theirs.name);
  expect(hdu.header.commentary('HISTORY'), where).toEqual(theirs.history);
  // astropy makes up its own header for a compressed image, so there only its cards have to be found.
  const compressed = theirs.type === 'CompImageHDU';
  const mine = hdu.header.cards
    .filter((card) => card.value !== undefined)
    .map((card) => [card.keyword, plain(card.value)]);
  const wanted = theirs.cards.map(([keyword, value]) => [keyword, plainPython(value)]);
  if (!compressed) expect(mine, where).toEqual(wanted);
  else
    for (const [keyword, value] of wanted) {
      // astropy keeps the table's checksums in the image's header.
      if (keyword === 'CHECKSUM' || keyword === 'DATASUM') continue;
      expect(plain(hdu.header.get(keyword as string)), `${where} ${String(keyword)}`).toEqual(value);
    }
  if (theirs.stored === undefined) {
    expect(hdu.kind, where).not.toMatch(/image/);
    return;
  }
  expect(hdu.bitpix, where).toBe(theirs.bitpix);
  expect(hdu.shape, where).toEqual(theirs.shape);
  const stored = await file.readStored(hdu);
  expect(digest(stored.data), `${where} stored`).toBe(theirs.stored);
  const image = await file.readImage(hdu);
  expect(digest(image.data), `${where} physical`).toBe(theirs.physical);
  // The same rows, asked for alone.
  const height = hdu.shape.at(-2)!;
  const rows = [Math.floor(height / 3), Math.floor((2 * height) / 3)] as const;
  const width = hdu.shape.at(-1)!;
  const part = await file.readImage(hdu, { rows });
  expect(part.shape, where).toEqual([rows[1] - rows[0], width]);
  expect(digest(part.data), `${where} rows`).toBe(
    digest(image.data.subarray(rows[0] * width, rows[1] * width)),
  );
}

describe.skipIf(python === null || dataRoot === null)('real files, as astropy reads them', () => {
  for (const folder of ['survey-fits', 'compressed-fits', 'ztf-frames'])
    it(`${folder}: headers, stored and physical pixels are the same bit for bit`, async () => {
      const paths = dataFiles(folder);
      expect(paths.length).toBeGreaterThan(5);
      const theirs = runPython<Record<string, Dumped[]>>('dump.py', [], paths.join('\n'));
      for (const path of paths) {
        const file = await openFitsFile(path);
        expect(file.problems, path).toEqual([]);
        expect(file.hdus.length, path).toBe(theirs[path].length);
        for (const hdu of file.hdus) await compareHdu(file, hdu, theirs[path][hdu.index]);
        await file.close();
      }
    });
});
