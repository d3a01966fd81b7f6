import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPython } from '@blemish/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SurveyError } from '../src/errors.ts';
import { checkerDatabase } from '../src/labels/checker-sqlite.ts';
import {
  formatCheckerCsv,
  formatCheckerJson,
  parseCheckerCsv,
  parseCheckerJson,
} from '../src/labels/checker-text.ts';
import { formatDs9, parseDs9 } from '../src/labels/ds9.ts';
import { labelClasses, noArtifact } from '../src/labels/label.ts';
import type { Label, LabelShape } from '../src/labels/label.ts';
import { formatLabelTable, parseLabelTable } from '../src/labels/label-table.ts';
import { readLabels } from '../src/labels/read-labels.ts';
import { flips, fromRendering, settleFlip, toRendering } from '../src/labels/rendering.ts';
import { shapeNumbers } from '../src/labels/shape-numbers.ts';
import { formatViaLabels, parseViaLabels } from '../src/labels/via-labels.ts';
import { writeLabels } from '../src/labels/write-labels.ts';
import { regionFile } from '../src/outputs/regions.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'blemish-labels-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const put = async (name: string, content: string | Uint8Array): Promise<string> => {
  const path = join(root, name);
  await writeFile(path, content);
  return path;
};
/** What a label says, without where it is from. */
const said = ({ exposure, ccd, className, shape, wrongMask }: Label) => [
  exposure,
  ccd,
  className,
  shape,
  wrongMask,
];

describe('labels of the Exposure Checker', () => {
  // As `api.php` of des-exp-checker answers: positions 4 times those of the rendering, axes not swapped, a flag for wrong masks.
  const answer = JSON.stringify([
    {
      ...{ qa_id: 7, expname: 'DECam_00229650', ccd: 12, band: 'i', problem: 'Ghost', x: 2000, y: 400 },
      ...{ detail: null, false_positive: false, release: 'Y1A1' },
    },
    {
      ...{
        qa_id: 8,
        expname: 'DECam_00229650',
        ccd: 12,
        band: 'i',
        problem: 'Column mask',
        x: '40',
        y: '80',
      },
      ...{ detail: 'none there', false_positive: true, release: 'Y1A1' },
    },
    {
      qa_id: 9,
      expname: 'DECam_00229651',
      ccd: 3,
      band: 'i',
      problem: 'OK',
      x: null,
      y: null,
      false_positive: false,
    },
  ]);

  it('reads an answer of the API: axes swapped, wrong masks marked, good images whole', () => {
    const { labels, notes } = parseCheckerJson(answer, 'a.json');
    expect(notes).toEqual([]);
    expect(labels.map(said)).toEqual([
      ['DECam_00229650', '12', 'Ghost', { kind: 'point', x: 400, y: 2000 }, false],
      ['DECam_00229650', '12', 'Column mask', { kind: 'point', x: 80, y: 40 }, true],
      ['DECam_00229651', '3', noArtifact, { kind: 'image' }, false],
    ]);
    expect(labels[1]).toMatchObject({ band: 'i', note: 'none there', origin: { file: 'a.json', row: 2 } });
  });

  const table =
    'expname,ccd,band,problem,x,y,detail,userid\nE1,2,r,32,500,100,,7\nE1,2,r,-51,10,20,,7\nE2,2,r,999,1,2,"a, b",8\n';

  it('reads codes with positions of the rendering: times 4, axes swapped; a negative code is a wrong mask', () => {
    const { labels } = parseCheckerCsv(table, 'a.csv', { names: new Map([['999', 'Other']]) });
    expect(labels.map(said)).toEqual([
      ['E1', '2', 'Ghost', { kind: 'point', x: 400, y: 2000 }, false],
      ['E1', '2', 'Column mask', { kind: 'point', x: 80, y: 40 }, true],
      ['E2', '2', 'Other', { kind: 'point', x: 8, y: 4 }, false],
    ]);
    expect(labels.map(({ annotator }) => annotator)).toEqual(['7', '7', '8']);
  });

  it('names row and code of a code it does not know, and how to say what it is', () => {
    expect(() => parseCheckerCsv(table, 'a.csv')).toThrow(
      /a\.csv: row 3: unknown problem code 999 .*--class '999=Other'/,
    );
    expect(() => parseCheckerCsv('problem,x,y\n32,a,1\n', 'a.csv')).toThrow(/row 1: x 'a' is not a number/);
    expect(() => parseCheckerCsv('problem,x,y\n,1,1\n', 'a.csv')).toThrow(/row 1: no 'problem'/);
    expect(() => parseCheckerCsv('problem,x,y\n32,1,2\n32,12,\n', 'a.csv')).toThrow(/row 2: x without y/);
    const { notes } = parseCheckerCsv('problem,x,y\n32,2000,400\n', 'a.csv');
    expect(notes[0]).toMatch(
      /1 positions lie outside the 1024 × 512 rendering \(first: row 1\).*--positions pixels/,
    );
  });

  it.each(flips)('settles the flip %s by one star, and refuses where stars cannot tell', (flip) => {
    const stored = [700, 90] as const;
    const [x, y] = fromRendering(stored, flip);
    expect(toRendering([x, y], flip)).toEqual([...stored]);
    expect(settleFlip([{ stored, ccd: [x + 5, y - 7] }]).flip).toBe(flip);
    const middle = fromRendering([512, 256], flip);
    expect(() => settleFlip([{ stored: [512, 256], ccd: middle }])).toThrow(RangeError);
    expect(() => settleFlip([])).toThrow(RangeError);
  });

  const python = findPython('sqlite3');
  /** `sql/files.sql` of des-exp-checker (MIT), its two tables that hold reports. */
  const schema = `
    CREATE TABLE files (fileid INTEGER PRIMARY KEY ASC, expname TEXT, ccd INT, band TEXT, name TEXT);
    CREATE TABLE qa (qaid INTEGER PRIMARY KEY ASC, fileid INT NOT NULL, userid INT NOT NULL, problem INT NOT NULL, x INT, y INT,
      detail TEXT, timestamp TEXT NOT NULL DEFAULT current_timestamp);`;

  it.skipIf(python === null)(
    'reads a database that SQLite itself wrote, and writes one it reads',
    async () => {
      const path = join(root, 'files.db');
      const run = (script: string) => execFileSync(python!, ['-c', script, path], { encoding: 'utf8' });
      run(`import sqlite3, sys
d = sqlite3.connect(sys.argv[1]); d.executescript("""${schema}""")
d.execute("INSERT INTO files VALUES (5, 'DECam_00229650', 31, 'z', 'a/b.fits')")
d.execute("INSERT INTO qa VALUES (11, 5, 3, 32, 500, 100, NULL, '2014-01-02 03:04:05')")
d.execute("INSERT INTO qa VALUES (12, 5, 3, -54, 1, 2, 'no', '2014-01-02 03:04:06')")
d.execute("INSERT INTO qa VALUES (13, 5, 4, 0, NULL, NULL, NULL, '2014-01-02 03:04:07')")
d.commit()`);
      const { labels } = await readLabels(path);
      expect(labels.map(said)).toEqual([
        ['DECam_00229650', '31', 'Ghost', { kind: 'point', x: 400, y: 2000 }, false],
        ['DECam_00229650', '31', 'Cosmic ray', { kind: 'point', x: 8, y: 4 }, true],
        ['DECam_00229650', '31', noArtifact, { kind: 'image' }, false],
      ]);
      expect(labels[0]).toMatchObject({
        annotator: '3',
        time: '2014-01-02 03:04:05',
        origin: { file: path, row: 11 },
      });
      const { bytes } = await checkerDatabase(labels);
      await writeFile(path, bytes);
      const rows = run(`import sqlite3, sys, json
d = sqlite3.connect(sys.argv[1])
print(json.dumps(d.execute("SELECT expname, ccd, band, name, userid, problem, x, y, detail, timestamp FROM qa JOIN files USING (fileid) ORDER BY qaid").fetchall()))`);
      const file = ['DECam_00229650', 31, 'z', 'a/b.fits'];
      expect(JSON.parse(rows)).toEqual([
        [...file, 3, 32, 500, 100, null, '2014-01-02 03:04:05'],
        [...file, 3, -54, 1, 2, 'no', '2014-01-02 03:04:06'],
        [...file, 4, 0, null, null, null, '2014-01-02 03:04:07'],
      ]);
      run(`import sqlite3, sys
d = sqlite3.connect(sys.argv[1]); d.execute("DELETE FROM files"); d.commit()`);
      await expect(readLabels(path)).rejects.toThrow(/qaid 1: no file with fileid 1/);
      await writeFile(path, bytes.subarray(0, 3000));
      await expect(readLabels(path)).rejects.toMatchObject({ code: 'LABELS_INVALID' });
    },
  );
});

describe('ds9 regions', () => {
  it('reads what scan wrote, places from 0 and classes without their probability', () => {
    const text = regionFile(
      [
        {
          ...{ ccd: 'N4', hdu: 1 },
          findings: [
            {
              ...{ className: 'Satellite', probability: 0.91, flagged: true },
              shape: { kind: 'box', x: 0, y: 1, length: 10, width: 2, angle: 30 },
            },
          ],
        },
        {
          ...{ ccd: 'S4', hdu: 2 },
          findings: [
            {
              ...{ className: 'Ghost', probability: 0.2, flagged: false },
              shape: { kind: 'circle', x: 4.5, y: 5, radius: 3 },
            },
          ],
        },
      ],
      [1, 2],
    );
    const { labels, notes } = parseDs9(text, 'a.reg', { image: 'a' });
    expect(notes).toEqual([]);
    expect(labels.map(({ image, ccd, className, shape }) => [image, ccd, className, shape])).toEqual([
      ['a', 'N4', 'Satellite', { kind: 'box', x: 0, y: 1, width: 10, height: 2, angle: 30 }],
      ['a', 'S4', 'Ghost', { kind: 'circle', x: 4.5, y: 5, radius: 3 }],
    ]);
  });

  it('reads files as ds9 saves them', () => {
    // Saved by hand in the forms of the ds9 manual: compound lines, quotes, blanks for commas, shapes that are no labels.
    const text = [
      '# Region file format: DS9 version 4.1',
      '# Filename: /data/x.fits[1]',
      'global color=green dashlist=8 3 width=1 font="helvetica 10 normal roman" select=1 highlite=1 dash=0 source=1',
      'image;circle(100,200,20) # color=red text={Ghost}',
      'point(10.5,20.5) # point=x text="Cosmic ray"',
      'ellipse 30 40 5 3 45 # text={haze 0.75}',
      'polygon(1,1,5,1,5,5) # tag={Ghost} tag={wrong mask}',
      'line(1,1,9,9) # line=0 0 text={Satellite}',
      '# text(5,5) text={a note; not a label}',
      'annulus(5,5,1,2) # text={Ghost}',
      '-circle(1,1,1) # text={Ghost}',
      '# segment(1,1,2,2,3,1) text={Satellite}',
    ].join('\n');
    const { labels, notes } = parseDs9(text, 'a.reg');
    expect(
      labels.map(({ className, shape, origin }) => [origin.row, className, shape.kind, shapeNumbers(shape)]),
    ).toEqual([
      [4, 'Ghost', 'circle', [99, 199, 20]],
      [5, 'Cosmic ray', 'point', [9.5, 19.5]],
      [6, 'Haze', 'ellipse', [29, 39, 5, 3, 45]],
      [7, 'Ghost', 'polygon', [0, 0, 4, 0, 4, 4]],
      [8, 'Satellite', 'polyline', [0, 0, 8, 8]],
      [12, 'Satellite', 'polyline', [0, 0, 1, 1, 2, 0]],
    ]);
    expect(labels[3].wrongMask).toBe(true);
    expect(notes).toHaveLength(2);
  });

  it('refuses sky coordinates and regions without a class, by line', () => {
    expect(() => parseDs9('fk5\ncircle(1:2:3,4:5:6,2")\n', 'a.reg')).toThrow(/line 2: coordinates are 'fk5'/);
    expect(() => parseDs9('image\ncircle(1,2,3)\n', 'a.reg')).toThrow(/line 2: .*neither a tag nor a text/);
    expect(() => parseDs9('image\ncircle(1,2) # text={Ghost}\n', 'a.reg')).toThrow(
      /line 2: a circle needs 3 numbers/,
    );
  });
});

// No file has a negative zero.
const coordinate = fc.double({ min: -500, max: 5000, noNaN: true }).map((value) => value + 0);
const extent = fc.double({ min: 0, max: 3000, noNaN: true });
const angle = fc.double({ min: -180, max: 180, noNaN: true }).map((value) => value + 0);
const point = fc.tuple(coordinate, coordinate);
const shape: fc.Arbitrary<LabelShape> = fc.oneof(
  fc.constant({ kind: 'image' as const }),
  fc.record({ kind: fc.constant('point' as const), x: coordinate, y: coordinate }),
  fc.record({ kind: fc.constant('circle' as const), x: coordinate, y: coordinate, radius: extent }),
  fc.record({
    ...{ kind: fc.constant('ellipse' as const), x: coordinate, y: coordinate },
    ...{ radiusX: extent, radiusY: extent, angle },
  }),
  fc.record({
    ...{ kind: fc.constant('box' as const), x: coordinate, y: coordinate, width: extent, height: extent },
    angle,
  }),
  fc.record({
    kind: fc.constant('polygon' as const),
    points: fc.array(point, { minLength: 3, maxLength: 8 }),
  }),
  fc.record({
    kind: fc.constant('polyline' as const),
    points: fc.array(point, { minLength: 2, maxLength: 8 }),
  }),
);
const label: fc.Arbitrary<Label> = fc.record({
  image: fc.constantFrom('', 'c4d_180312_040506_ooi_r_v1.fits.fz', 'a "b", c.fits'),
  exposure: fc.constantFrom('D00229650', '229650', 'x,y'),
  ccd: fc.constantFrom('', 'N4', '12'),
  band: fc.constantFrom('', 'r'),
  className: fc.constantFrom(...labelClasses, 'Gohst'),
  shape,
  wrongMask: fc.boolean(),
  annotator: fc.constantFrom('', 'ann', '7'),
  time: fc.constantFrom('', '2014-01-02 03:04:05'),
  note: fc.constantFrom('', 'two\nlines', 'a "quote", and a comma', ' blanks '),
  origin: fc.record({ file: fc.constantFrom('a.db', 'b,c.json'), row: fc.nat(1000) }),
});

describe('round trips', () => {
  it('labels.csv gives every label back as it was', () => {
    fc.assert(
      fc.property(fc.array(label), (labels) => {
        expect(parseLabelTable(formatLabelTable(labels), 'l.csv').labels).toEqual(labels);
      }),
      { numRuns: 60 },
    );
  });

  it('ds9 keeps shapes to a hundredth of a pixel, classes, wrong masks, annotators and CCDs', () => {
    fc.assert(
      fc.property(fc.array(label, { maxLength: 12 }), (labels) => {
        const { text } = formatDs9(labels);
        const back = parseDs9(text, 'l.reg').labels;
        // Labels without a CCD come first, so that none of the others' is taken for theirs.
        const ccds = [...new Set(['', ...labels.map(({ ccd }) => ccd)])];
        const sorted = ccds.flatMap((ccd) =>
          labels.filter((each) => each.ccd === ccd && each.shape.kind !== 'image'),
        );
        expect(back).toHaveLength(sorted.length);
        back.forEach((found, i) => {
          const { className, wrongMask, annotator, ccd, shape: wanted } = sorted[i];
          expect(found).toMatchObject({ className, wrongMask, annotator, ccd });
          const numbers = shapeNumbers(found.shape);
          shapeNumbers(wanted).forEach((value, k) =>
            expect(Math.abs(numbers[k] - value)).toBeLessThan(0.0051),
          );
        });
      }),
      { numRuns: 60 },
    );
  });

  it('VIA keeps shapes, tilted boxes as their corners', () => {
    fc.assert(
      fc.property(fc.array(label, { maxLength: 12 }), (labels) => {
        const drawn = labels.filter((each) => each.shape.kind !== 'image' && each.shape.kind !== 'box');
        const back = parseViaLabels(formatViaLabels(drawn).text, 'l.json').labels;
        expect(back).toHaveLength(drawn.length);
        const key = (each: Label) =>
          JSON.stringify([each.className, each.ccd, each.wrongMask, each.shape.kind]);
        expect(back.map(key).sort()).toEqual(drawn.map(key).sort());
        const total = (all: readonly Label[]) =>
          all.flatMap((each) => shapeNumbers(each.shape)).reduce((a, b) => a + b, 0);
        expect(total(back)).toBeCloseTo(total(drawn), 6);
      }),
      { numRuns: 60 },
    );
  });

  it.each(flips)('the Exposure Checker keeps points to its 4 × 4 pixels, with flip %s', (flip) => {
    const onCcd = fc.record({
      kind: fc.constant('point' as const),
      x: fc.integer({ min: 0, max: 2045 }),
      y: fc.integer({ min: 0, max: 4093 }),
    });
    const coded = fc.tuple(label, onCcd).map(([each, place]): Label => ({
      ...each,
      className: each.className === noArtifact ? 'Ghost' : each.className,
      shape: place,
    }));
    fc.assert(
      fc.property(fc.array(coded, { maxLength: 12 }), (labels) => {
        const options = { flip };
        for (const back of [
          parseCheckerJson(formatCheckerJson(labels, options).text, 'l.json', options).labels,
          parseCheckerCsv(formatCheckerCsv(labels, options).text, 'l.csv', options).labels,
        ]) {
          const kept = labels.filter(
            ({ className }) => !['Gohst', 'Bad column', 'Bleed trail', 'Out of focus'].includes(className),
          );
          expect(back).toHaveLength(kept.length);
          back.forEach((found, i) => {
            expect(found).toMatchObject({ className: kept[i].className, wrongMask: kept[i].wrongMask });
            const [x, y] = shapeNumbers(found.shape);
            const [wantedX, wantedY] = shapeNumbers(kept[i].shape);
            expect(Math.max(Math.abs(x - wantedX), Math.abs(y - wantedY))).toBeLessThanOrEqual(3);
          });
        }
      }),
      { numRuns: 30 },
    );
  });

  it('writes and reads a file of each format by its content alone', async () => {
    const labels = parseCheckerCsv(
      'expname,ccd,problem,x,y\nE1,2,32,500,100\nE1,3,-51,10,20\n',
      'a.csv',
    ).labels;
    for (const format of ['labels', 'checker-json', 'checker-csv', 'checker-sqlite', 'via', 'ds9'] as const) {
      const out = join(root, `out-${format}.${format === 'ds9' ? 'reg' : 'any'}`);
      const { files } = await writeLabels(labels, out, { format });
      const { labels: back } = await readLabels(files[0]);
      expect(back.map(({ className, shape: place, wrongMask }) => [className, place, wrongMask])).toEqual(
        labels.map(({ className, shape: place, wrongMask }) => [className, place, wrongMask]),
      );
      await expect(writeLabels(labels, out, { format })).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' });
    }
    await expect(readLabels(await put('t.csv', 'a,b\n1,2\n'))).rejects.toMatchObject({
      code: 'LABELS_INVALID',
    });
    await expect(readLabels(join(root, 'none'))).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND' });
    expect(await readFile(join(root, 'out-labels.any'), 'utf8')).toMatch(
      /^image,exposure,ccd,band,class,kind,coordinates/,
    );
  });
});

describe('what else an export keeps', () => {
  const table =
    'image,exposure,ccd,class,kind,coordinates,time\nnight1/ccd.fits,,2,Ghost,point,400 2000,2014-01-02\nnight2/ccd.fits,,2,Ghost,point,80 40,2014-01-03\n,E1,2,Ghost,point,8 4,\n';
  const { labels } = parseLabelTable(table, 'l.csv');
  const about = (all: readonly Label[]) =>
    all.map(({ image, exposure, shape: place }) => [image, exposure, place]);

  it.each(['checker-json', 'checker-csv'] as const)('%s: image, exposure and time', async (format) => {
    const { files } = await writeLabels(labels, join(root, `kept-${format}`), { format });
    const { labels: back } = await readLabels(files[0]);
    expect(about(back)).toEqual(about(labels));
    expect(back.map(({ time }) => time)).toEqual(labels.map(({ time }) => time));
  });

  it('ds9: image and exposure, one file for each image of one name', async () => {
    const { files } = await writeLabels(labels, join(root, 'kept-ds9'), { format: 'ds9' });
    expect(files.map((path) => path.slice(join(root, 'kept-ds9').length + 1))).toEqual([
      'ccd.reg',
      'ccd-2.reg',
      'E1.reg',
    ]);
    const back = await Promise.all(files.map((path) => readLabels(path)));
    expect(back.flatMap((read) => about(read.labels))).toEqual(about(labels));
    expect((await readLabels(files[0], { image: 'x.fits' })).labels[0].image).toBe('x.fits');
  });

  it('a flip is for the Exposure Checker alone', async () => {
    const via = await put('via.json', formatViaLabels(labels).text);
    await expect(readLabels(via, { flip: 'y' })).rejects.toThrow(/turn pictures/);
    await expect(writeLabels(labels, join(root, 'f'), { format: 'via', flip: 'y' })).rejects.toMatchObject({
      code: 'OPTION_INVALID',
    });
  });
});

describe('damaged files', () => {
  const parsers: Record<string, (text: string) => unknown> = {
    'labels.csv': (text) => parseLabelTable(text, 'f'),
    'checker JSON': (text) => parseCheckerJson(text, 'f'),
    'checker CSV': (text) => parseCheckerCsv(text, 'f'),
    VIA: (text) => parseViaLabels(text, 'f'),
    ds9: (text) => parseDs9(text, 'f'),
  };
  const good = fc
    .array(label, { minLength: 1, maxLength: 6 })
    .map((labels) => [
      formatLabelTable(labels),
      formatCheckerJson(labels).text,
      formatCheckerCsv(labels).text,
      formatViaLabels(labels).text,
      formatDs9(labels).text,
    ]);
  const cut = fc
    .tuple(good, fc.nat(), fc.nat(), fc.string({ maxLength: 8 }))
    .map(([texts, at, length, junk]) =>
      texts.map((text) => {
        const from = at % text.length;
        return text.slice(0, from) + junk + text.slice(from + (length % 40));
      }),
    );

  it.each(Object.entries(parsers))('%s gives labels or a coded error, whatever it is given', (_, parse) => {
    const survives = (text: string) => {
      try {
        parse(text);
      } catch (error) {
        expect(error).toBeInstanceOf(SurveyError);
      }
    };
    fc.assert(
      fc.property(cut, fc.string(), fc.json(), (texts, junk, json) => {
        [...texts, junk, json].forEach(survives);
      }),
      { numRuns: 100 },
    );
  });
});
