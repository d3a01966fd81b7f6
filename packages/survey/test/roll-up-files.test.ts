import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eventIds } from '../src/outputs/events.ts';
import type { FileRecord, FindingRecord, ImageRecord } from '../src/scan/index.ts';
import { exposureNumbers, rollUpFiles } from '../src/scan/roll-up-files.ts';

const finding = (className: string): FindingRecord => ({
  className,
  probability: 0.9,
  threshold: 0.5,
  flagged: true,
  x: 0,
  y: 0,
  area: 1,
  ra: null,
  dec: null,
  shape: { kind: 'circle', x: 0, y: 0, radius: 1 },
  ends: null,
  lengthArcsec: null,
  widthArcsec: null,
});

function image(exposure: string, ccd: string, part: Partial<ImageRecord> = {}): ImageRecord {
  return {
    hdu: 1,
    exposure,
    ccd,
    band: 'r',
    mjd: 1,
    camera: 'DECam',
    probability: 0.9,
    reason: null,
    flagged: true,
    action: 'mask',
    maskedFraction: 0,
    classes: {},
    quality: {} as ImageRecord['quality'],
    findings: [],
    corners: null,
    hasPreview: false,
    ...part,
  };
}

function fileOf(path: string, images: ImageRecord[]): FileRecord {
  return {
    path,
    size: 0,
    mtimeMs: 0,
    outputName: path,
    selectors: null,
    skipped: false,
    images,
    failures: [],
    maskPath: null,
    regionPath: null,
    companionMask: null,
    companionWeight: null,
    maskScheme: null,
    companionStamps: [],
  };
}

async function rolled(files: readonly FileRecord[]) {
  const last = new Map(files.flatMap((file, at) => [...exposureNumbers(file)].map((n) => [n, at] as const)));
  // eslint-disable-next-line @typescript-eslint/require-await -- stands for records read from disk
  async function* records() {
    yield* files;
  }
  const out = [];
  for await (const item of rollUpFiles(records, last)) out.push(item);
  return out;
}

test('while files pass by, exposures and events come out as from all files at once', async () => {
  const classes = ['Haze', 'Cosmic ray', 'Guiding'];
  // Each CCD of the night in a file of its own or with others, exposures interleaved in any way.
  const night = fc
    .array(
      fc.tuple(fc.integer({ min: 0, max: 4 }), fc.array(fc.constantFrom(...classes), { maxLength: 3 })),
      {
        maxLength: 20,
      },
    )
    .chain((ccds) =>
      fc.tuple(fc.constant(ccds), fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 20, maxLength: 20 })),
    );
  await fc.assert(
    fc.asyncProperty(night, async ([ccds, sizes]) => {
      const all = ccds.map(([exposure, found], i) =>
        image(`e${exposure}`, `N${i}`, { findings: found.map(finding) }),
      );
      const files: FileRecord[] = [];
      for (let at = 0; at < all.length; at += sizes[files.length - 1]) {
        files.push(fileOf(`f${files.length}`, all.slice(at, at + sizes[files.length])));
      }
      const items = await rolled(files);
      expect(items.filter(({ kind }) => kind === 'duplicate')).toEqual([]);
      const given = items.flatMap((item) => (item.kind === 'file' ? [item.file.path] : []));
      expect(given).toEqual(files.map(({ path }) => path));
      const names = [...new Set(all.map(({ exposure }) => exposure))];
      const exposures = items.flatMap((item) => (item.kind === 'exposure' ? [item] : []));
      expect(exposures.map(({ name }) => name)).toEqual(names);
      const ids = items
        .flatMap((item) => (item.kind === 'file' ? item.images : []))
        .map((placed) => placed.ids);
      for (const [k, name] of names.entries()) {
        const own = all.flatMap((one, i) => (one.exposure === name ? [i] : []));
        const expected = eventIds(
          name,
          own.flatMap((i) => all[i].findings),
        );
        expect(own.flatMap((i) => ids[i])).toEqual(expected);
        expect([exposures[k].images.length, exposures[k].events]).toEqual([
          own.length,
          new Set(expected).size,
        ]);
      }
    }),
    { numRuns: 200, seed: 8 },
  );
});

test.each<[string, Partial<ImageRecord>, string[]]>([
  ['another CCD of it', { ccd: 'N2' }, ['7']],
  ['the same CCD again', {}, ['7', '7~2']],
  ['another camera', { ccd: 'N2', camera: 'Mosaic-3' }, ['7', '7~2']],
  ['another band', { ccd: 'N2', band: 'g' }, ['7', '7~2']],
  ['an hour later', { ccd: 'N2', mjd: 1 + 1 / 24 }, ['7', '7~2']],
  ['a second later, camera not known', { ccd: 'N2', mjd: 1 + 1 / 86400, camera: null }, ['7']],
])('two files with one exposure number: %s', async (_, part, names) => {
  const items = await rolled([fileOf('a', [image('7', 'N1')]), fileOf('b', [image('7', 'N1', part)])]);
  expect(items.flatMap((item) => (item.kind === 'exposure' ? [item.name] : []))).toEqual(names);
  const duplicates = items.filter(({ kind }) => kind === 'duplicate');
  expect(duplicates).toEqual(
    names.length === 1 ? [] : [{ kind: 'duplicate', number: '7', paths: ['a', 'b'] }],
  );
});
