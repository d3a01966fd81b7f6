/** Files that fpack writes, with every option, read as funpack reads them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { StoredPixels } from '../../src/index.ts';
import { encodeHdu, Header } from '../../src/index.ts';
import { openFitsFile } from '../../src/node/index.ts';
import { cfitsio } from './cfitsio.ts';
import { expectSamePixels, sampleImages } from './sample-images.ts';

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

async function readAll(path: string): Promise<StoredPixels[]> {
  const file = await openFitsFile(path);
  try {
    const images: StoredPixels[] = [];
    for (const hdu of file.hdus) if (hdu.shape.length > 0) images.push(await file.readStored(hdu));
    return images;
  } finally {
    await file.close();
  }
}

const paths = new Map<string, string>();

/** A file of these images, one an HDU. */
function fileOf(names: readonly string[]): string {
  const key = names.join();
  let path = paths.get(key);
  if (path === undefined) {
    path = join(tools!.folder, `images${paths.size}.fits`);
    paths.set(key, path);
    const hdus = names.map((name, i) => encodeHdu({ header: new Header(), ...sampleImages[name] }, i === 0));
    writeFileSync(path, Buffer.concat(hdus));
  }
  return path;
}

// fpack refuses a file for one image it cannot pack: those of a kind go together, the odd ones alone.
const names = Object.keys(sampleImages);
const groups = [
  names.filter((name) => /^u?int/.test(name) && !/cube|row/.test(name)),
  names.filter((name) => name.startsWith('float') && !name.includes('cube')),
  ...names.filter((name) => /cube|row/.test(name)).map((name) => [name]),
];

/** Packs, and compares what we read with what funpack makes of it. Returns the images compared; null when fpack refuses. */
async function compare(group: readonly string[], options: string): Promise<number | null> {
  const packed = tools!.fpack(fileOf(group), options.split(' '));
  if (packed === null) return null;
  const unpacked = tools!.funpack(packed);
  const mine = await readAll(packed);
  const theirs = unpacked === null ? null : await readAll(unpacked);
  group.forEach((name, i) => {
    const image = sampleImages[name];
    expect(mine[i].shape, name).toEqual(image.shape);
    if (image.hasNan && options.includes('-t')) {
      // funpack 4.2 shuffles the pixels of tiles that are narrower than the image and hold undefined ones. Then the
      // truth is the judge: what was undefined is, and nothing else.
      expect(Array.from(mine[i].data, Number.isNaN), name).toEqual(Array.from(image.data, Number.isNaN));
    } else if (theirs !== null) expectSamePixels(mine[i].data, theirs[i].data, name);
  });
  return theirs === null ? 0 : group.length;
}

describe.skipIf(tools === null)('images packed by fpack', { timeout: 120_000 }, () => {
  it.each(optionSets)('%s', async (options) => {
    let compared = 0;
    for (const group of groups) {
      const together = await compare(group, options);
      if (together !== null && together > 0) compared += together;
      else if (group.length > 1) for (const name of group) compared += (await compare([name], options)) ?? 0;
    }
    expect(compared).toBeGreaterThan(5);
  });

  it('gives any rows of any tiling as it gives all', async () => {
    for (const options of ['-r', '-r -t 33,20', '-g2 -w', '-r -t 7,3,2'])
      for (const name of ['float32', 'int16 cube']) {
        const packed = tools!.fpack(fileOf([name]), options.split(' '))!;
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
