/** Files that fpack writes, with every option, read as funpack reads them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { StoredPixels } from '../../src/index.ts';
import { encodeHdu, Header } from '../../src/index.ts';
import { openFitsFile } from '../../src/node/index.ts';
import { cfitsio } from './cfitsio.ts';
import type { SampleImage } from './sample-images.ts';
import { sampleImages } from './sample-images.ts';

const tools = cfitsio();
afterAll(() => tools?.clear());

const optionSets = [
  '-r',
  '-g',
  '-g2',
  '-p',
  '-h',
  '-d',
  '-r -w',
  '-p -w',
  '-h -w',
  '-g -q 0',
  '-g2 -q 0',
  '-g -q 4',
  '-g2 -q77 4',
  '-r -q0 4',
  '-r -q -0.01',
  '-r -qz 4',
  '-r -qz10000 8',
  '-r -q9999 2',
  '-r -i2f',
  '-r -n 2',
  '-h -s 4',
  '-h -s -30',
  '-h -q 16 -s 2',
  '-r -t 33,20',
  '-r -t 7,3,2',
  '-g2 -t 33,20',
  '-h -t 33,20',
  '-p -t 33,20',
];

async function readFirst(path: string): Promise<StoredPixels> {
  const file = await openFitsFile(path);
  try {
    return await file.readStored(file.hdus.find((hdu) => hdu.shape.length > 0)!);
  } finally {
    await file.close();
  }
}

const paths = new Map<string, string>();

function pathOf(name: string, { shape, data }: SampleImage): string {
  let path = paths.get(name);
  if (path === undefined) {
    path = join(tools!.folder, `image${paths.size}.fits`);
    paths.set(name, path);
    writeFileSync(path, encodeHdu({ header: new Header(), shape, data }, true));
  }
  return path;
}

describe.skipIf(tools === null)('images packed by fpack', () => {
  it.each(optionSets)('%s', async (options) => {
    let compared = 0;
    for (const [name, image] of Object.entries(sampleImages)) {
      // funpack 4.2 shuffles the pixels of tiles that are narrower than the image and hold undefined ones.
      const cutsRows = options.includes('-t');
      const packed = tools!.fpack(pathOf(name, image), options.split(' '));
      if (packed === null) continue;
      const unpacked = image.hasNan && cutsRows ? null : tools!.funpack(packed);
      const mine = await readFirst(packed);
      expect(mine.shape, name).toEqual(image.shape);
      if (unpacked !== null) {
        const theirs = await readFirst(unpacked);
        expect(mine.data, name).toEqual(theirs.data);
        compared++;
      } else if (image.hasNan) {
        // Then the truth is the judge: what was undefined is, and nothing else.
        expect(Array.from(mine.data, Number.isNaN), name).toEqual(Array.from(image.data, Number.isNaN));
      }
    }
    expect(compared).toBeGreaterThan(5);
  });

  it('gives any rows of any tiling as it gives all', async () => {
    for (const options of ['-r', '-r -t 33,20', '-g2 -w', '-r -t 7,3,2'])
      for (const name of ['float32', 'int16 cube']) {
        const packed = tools!.fpack(pathOf(name, sampleImages[name]), options.split(' '))!;
        const file = await openFitsFile(packed);
        const hdu = file.hdus[1];
        const width = hdu.shape.at(-1)!;
        const all = (await file.readStored(hdu)).data;
        for (const [from, to] of [
          [0, 1],
          [19, 42],
          [44, 45],
          [7, 7],
        ]) {
          const some = await file.readStored(hdu, { rows: [from, to] });
          expect(some.shape).toEqual([to - from, width]);
          expect(some.data, `${name} ${options} ${from}`).toEqual(all.slice(from * width, to * width));
        }
        await file.close();
      }
  });
});
