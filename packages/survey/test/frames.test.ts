import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Header, Wcs, encodeHdu } from '@blemish/fits';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeNpy } from '../src/arrays/index.ts';
import type { Failure } from '../src/errors.ts';
import { findObjects, openObject } from '../src/frames/index.ts';
import type { Frame, ObjectFrames } from '../src/frames/index.ts';
import { placeOnAxis } from '../src/frames/place-frame.ts';
import { observationTime } from '../src/inputs/observation-time.ts';

const input = { channels: 1, height: 28, width: 28, layout: 'channels-first' } as const;

let root: string;
beforeAll(async () => (root = await mkdtemp(join(tmpdir(), 'blemish-frames-'))));
afterAll(() => rm(root, { recursive: true, force: true }));

async function write(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(root, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
  return path;
}

/** A detector whose pixels all differ, with a WCS turned and a little sheared, and the object on it. */
const detector = { width: 200, height: 160 };
const pixel = (x: number, y: number): number => 1000 * y + x;
const astrometry = new Header()
  .set('CTYPE1', 'RA---TAN')
  .set('CTYPE2', 'DEC--TAN')
  .set('CRVAL1', 0.01)
  .set('CRVAL2', 31.2)
  .set('CRPIX1', 90)
  .set('CRPIX2', 80)
  .set('CD1_1', -2.7e-4)
  .set('CD1_2', 4e-5)
  .set('CD2_1', 3e-5)
  .set('CD2_2', 2.8e-4);
const wcs = Wcs.fromHeader(astrometry)!;

interface Cut {
  /** Pixel of the detector that the frame's first one would be, were it whole. */
  readonly left: number;
  readonly top: number;
  readonly cards?: Readonly<Record<string, string | number>>;
}

/** What there is on the detector of the 28 × 28 pixels, with CRPIX shifted to it. */
function cutOut({ left, top, cards = {} }: Cut): Uint8Array {
  const [x0, y0] = [Math.max(0, left), Math.max(0, top)];
  const width = Math.min(detector.width, left + 28) - x0;
  const height = Math.min(detector.height, top + 28) - y0;
  const data = new Float32Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) data[y * width + x] = pixel(x0 + x, y0 + y);
  const header = astrometry
    .clone()
    .set('CRPIX1', 90 - x0)
    .set('CRPIX2', 80 - y0);
  for (const [keyword, value] of Object.entries(cards)) header.set(keyword, value);
  return encodeHdu({ header, shape: [height, width], data }, true);
}

/** The 28 × 28 pixels, NaN where there is no detector. */
function whole({ left, top }: Cut): Float64Array {
  const out = new Float64Array(28 * 28);
  for (let y = 0; y < 28; y++)
    for (let x = 0; x < 28; x++) {
      const [u, v] = [left + x, top + y];
      const on = u >= 0 && v >= 0 && u < detector.width && v < detector.height;
      out[y * 28 + x] = on ? pixel(u, v) : NaN;
    }
  return out;
}

async function readAll(frames: ObjectFrames): Promise<Frame[]> {
  const all: Frame[] = [];
  for await (const frame of frames.read()) all.push(frame);
  return all;
}

async function readObject(path: string): Promise<{ frames: Frame[]; failed: Failure[]; notes: unknown }> {
  const failed: Failure[] = [];
  const onFailure = (failure: Failure): void => void failed.push(failure);
  const [object] = await findObjects([path], { onFailure });
  const opened = await openObject(object, input, { onFailure });
  return { frames: await readAll(opened), failed, notes: opened.notes };
}

describe('a frame cut by the edge of the detector', () => {
  it('is put exactly in its place, however its program rounds, wherever the edge is', async () => {
    // The object at a fraction of a pixel; corners by rounding to 13.5 as ZTF's, or to 14.
    for (const [convention, name] of [
      [13.5, 'ztf'],
      [14, 'middle'],
    ] as const) {
      const objects = [
        [3.3, 70.8],
        [196.45, 12.1],
        [60.2, 0.4],
        [188.9, 152.7],
        [12.1, 80.2],
      ];
      for (const [k, [x, y]] of objects.entries()) {
        const [ra, dec] = wcs.pixelToSky(x, y);
        const cards = { OIDRA: ra, OIDDEC: dec, OBSMJD: 58000 };
        // One whole frame of the object elsewhere on a detector, from which the convention is seen.
        const shift = { left: Math.round(100 - convention), top: Math.round(80 - convention) };
        const [ra0, dec0] = wcs.pixelToSky(100.2, 79.9);
        const edge: Cut = {
          left: Math.round(x - convention),
          top: Math.round(y - convention),
          cards: { ...cards, OBSMJD: 58001 },
        };
        const folder = `edges-${name}/${k}`;
        await write(`${folder}/a.fits`, cutOut({ ...shift, cards: { ...cards, OIDRA: ra0, OIDDEC: dec0 } }));
        await write(`${folder}/b.fits`, cutOut(edge));
        const { frames, failed } = await readObject(join(root, folder));
        expect(failed).toEqual([]);
        expect(frames.map(({ padded }) => padded)).toEqual([false, true]);
        expect(frames[1].stamp).toEqual(whole(edge));
      }
    }
  });

  it("is placed by the object's whole frames where its header gives no position, across right ascension 0", async () => {
    const cut = (mjd: number, left: number, top: number, shift = 0): Cut => ({
      left,
      top,
      cards: { 'MJD-OBS': mjd, CRVAL1: (0.01 + shift + 360) % 360 },
    });
    // The object is at pixel (3, 60); for the whole frames the telescope pointed 0.03° in right ascension away.
    const [ra, dec] = wcs.pixelToSky(3, 60);
    const [x, y] = wcs.skyToPixel(ra - 0.03, dec);
    const [left, top] = [Math.round(x - 13.5), Math.round(y - 13.5)];
    await write('without/a.fits', cutOut(cut(1, left, top, 0.03)));
    await write('without/b.fits', cutOut(cut(2, left, top, 0.03)));
    const edge = cut(3, -11, 46);
    await write('without/c.fits', cutOut(edge));
    const { frames, failed } = await readObject(join(root, 'without'));
    expect(failed).toEqual([]);
    expect(frames[2].stamp).toEqual(whole(edge));
  });

  it('lies on the canvas whatever its size and position, or nowhere', () => {
    const sizes = fc.integer({ min: 1, max: 28 });
    fc.assert(
      fc.property(sizes, fc.double({ min: -60, max: 60, noNaN: true }), (size, position) => {
        const place = placeOnAxis(position, 13.5, size, 28);
        if (place === null) return;
        expect(Number.isInteger(place) && place >= 0 && place + size <= 28).toBe(true);
        if (size < 28) expect(Math.abs(place + position - 13.5)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('frames of an object', () => {
  it('are in order of time by whatever keyword says it', async () => {
    const at = { left: 80, top: 70 };
    await write('order/1.fits', cutOut({ ...at, cards: { 'DATE-OBS': '2018-07-31T12:00:00' } }));
    await write('order/2.fits', cutOut({ ...at, cards: { OBSMJD: 58330.25 } }));
    await write('order/3.fits', cutOut({ ...at, cards: { OBSJD: 2458330.9 } }));
    const { frames, notes } = await readObject(join(root, 'order'));
    expect(frames.map(({ path }) => path.at(-6))).toEqual(['2', '3', '1']);
    expect(frames.map(({ mjd }) => mjd!.toFixed(3))).toEqual(['58330.250', '58330.400', '58330.500']);
    expect(notes).toEqual([]);
  });

  it('are in order of name, said, where no header has a time; a frame without one among others is left out', async () => {
    const at = { left: 80, top: 70 };
    await write('names/b.fits', cutOut(at));
    await write('names/a.fits', cutOut({ ...at, cards: { FILTER: 'ZTF_g' } }));
    const named = await readObject(join(root, 'names'));
    expect(named.frames.map(({ path }) => path.at(-6))).toEqual(['a', 'b']);
    expect(named.notes).toEqual(['several-bands', 'by-name']);
    await write('names/c.fits', cutOut({ ...at, cards: { OBSMJD: 58330.25 } }));
    const { frames, failed } = await readObject(join(root, 'names'));
    expect(frames).toHaveLength(1);
    expect(failed.map(({ code }) => code)).toEqual(['FRAME_NO_TIME', 'FRAME_NO_TIME']);
  });

  it('that cannot be used are named, and the rest goes on', async () => {
    const time = (mjd: number) => ({ OBSMJD: mjd });
    const good = cutOut({ left: 80, top: 70, cards: time(1) });
    await write('bad/a.fits', good);
    await write('bad/b.fits', good.subarray(0, 3000));
    await write('bad/c.fits', new Uint8Array(100));
    const large = new Float32Array(40 * 28);
    await write('bad/d.fits', encodeHdu({ header: new Header(), shape: [28, 40], data: large }, true));
    // Small, without WCS.
    const small = new Float32Array(20 * 28);
    const header = new Header().set('OBSMJD', 2);
    await write('bad/e.fits', encodeHdu({ header, shape: [28, 20], data: small }, true));
    // Small, its object far away, as RA and DEC of a pointing are.
    const edge: Cut = { left: -9, top: 70, cards: { ...time(3), RA: 4, DEC: 30 } };
    await write('bad/f.fits', cutOut(edge));
    await write('bad/z.fits', cutOut({ left: 80, top: 70, cards: time(4) }));
    await write('bad/notes.txt', new Uint8Array(3));
    const { frames, failed } = await readObject(join(root, 'bad'));
    expect(frames.map(({ path }) => path.at(-6))).toEqual(['a', 'z']);
    expect(Object.fromEntries(failed.map(({ path, code }) => [path.at(-6), code]))).toEqual({
      b: 'TRUNCATED_DATA',
      c: expect.stringMatching(/NOT_FITS|TRUNCATED_HEADER/) as string,
      d: 'STAMP_SHAPE',
      e: 'FRAME_NOT_PLACED',
      f: 'FRAME_NOT_PLACED',
    });
  });

  it('without a pixel that has a value are zeros and say so; a stack keeps its order', async () => {
    const data = new Float32Array(3 * 784).fill(NaN, 784, 1568);
    data.fill(7, 1568);
    const path = await write('stack/12.npy', encodeNpy({ shape: [3, 28, 28], data }));
    const { frames } = await readObject(path);
    expect(frames.map(({ index, empty, stamp }) => [index, empty, stamp[5]])).toEqual([
      [0, false, 0],
      [1, true, 0],
      [2, false, 7],
    ]);
  });
});

describe('objects', () => {
  const codes = async (...inputs: string[]) => {
    const failed: Failure[] = [];
    const objects = await findObjects(inputs, { onFailure: (failure) => failed.push(failure) });
    return { oids: objects.map(({ oid }) => oid), codes: failed.map(({ code }) => code), failed };
  };

  it('are found under frames/, side by side, and alone; what is twice or stray is named', async () => {
    const frame = cutOut({ left: 80, top: 70 });
    for (const name of ['set/frames/2/a.fits', 'set/frames/1/a.fits', 'set/labels.csv', 'set/frames.csv'])
      await write(name, frame);
    const stack = await write('other/3.npy', encodeNpy({ shape: [2, 28, 28], data: new Float32Array(1568) }));
    expect(await codes(join(root, 'set'))).toMatchObject({ oids: ['1', '2'], codes: [] });
    expect(await codes(join(root, 'set/frames'))).toMatchObject({ oids: ['1', '2'], codes: [] });
    expect(await codes(join(root, 'set/frames/1'), stack)).toMatchObject({ oids: ['1', '3'], codes: [] });
    expect(await codes(join(root, 'set'), join(root, 'set/frames/2'))).toMatchObject({
      oids: ['1', '2'],
      codes: ['OBJECT_TWICE'],
    });
    await write('other/stray.fits', frame);
    const { oids, failed } = await codes(join(root, 'other'), join(root, 'nowhere'));
    expect(oids).toEqual(['3']);
    expect(failed[0].error).toContain('1 FITS files (stray.fits …) lie beside');
    expect(failed[1]).toMatchObject({ code: 'INPUT_NOT_FOUND', path: join(root, 'nowhere') });
    await mkdir(join(root, 'nothing'));
    await expect(findObjects([join(root, 'nothing')], { onFailure: () => undefined })).rejects.toThrow(
      /no objects with frames there/,
    );
  });
});

describe('the time of an observation', () => {
  it('is MJD from any keyword, and null for what is no time', () => {
    const of = (keyword: string, value: string) =>
      observationTime((name) => (name === keyword ? value : null))?.mjd ?? null;
    expect(of('OBSJD', '2458330.5')).toBe(58330);
    expect(of('DATE-OBS', '2018-07-31 06:00:00')).toBe(58330.25);
    expect(of('MJD-OBS', '')).toBeNull();
    expect(of('DATE-OBS', '31/07/18')).toBeNull();
  });
});
