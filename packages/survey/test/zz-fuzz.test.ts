import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exposureCategories } from '@blemish/sky';
import { dataRoot } from '@blemish/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SurveyError } from '../src/errors.ts';
import { readReason, wordRules } from '../src/exposure-lists/category-words.ts';
import {
  exposureLabelColumns,
  exposureListFormats,
  inspectorAgreement,
  parseExposureList,
} from '../src/exposure-lists/index.ts';
import type { ExposureLabel, ReadList } from '../src/exposure-lists/index.ts';
import { csvHeader, csvRow } from '../src/tables/index.ts';

/** What was read of each entry. */
const said = ({ labels }: ReadList) =>
  labels.map(({ exposure, ccd, reasons, analyst, verdict, source }) =>
    [exposure, ccd, reasons.join(';'), analyst, verdict, source].join(' | '),
  );
const errors = ({ failed }: ReadList) => failed.map(({ code, error }) => `${code} ${error.split(';')[0]}`);

describe('words of reasons', () => {
  it.each([
    ['thick clouds', 'Clouds_transparency'],
    ['transapency', 'Clouds_transparency'],
    ['Trailed image, double stars', 'PSF;Telescope_Moving'],
    ['very bad seeing', 'PSF'],
    ['pupil ghost / scattered light', 'Ghost_Scatter'],
    ['expfactor=0.299 seeing=1.9', 'Nonoptimal_exp'],
    ['expfactor=0.3,seeing=2.01 filter=g', 'PSF'],
    ['exp factor < 0.3 ; seeing>2', 'PSF;Nonoptimal_exp'],
    ['insufficient exposure time', 'Nonoptimal_exp'],
    ['no stars', 'NObjects'],
    // Stars that guide are others.
    ['no guide stars', 'Telescope_Moving'],
    ['TelescopeMoving', 'Telescope_Moving'],
    ['telescop moving', 'Telescope_Moving'],
    ['out-of-focus', 'Out_of_focus'],
    ['one noisy backplane', 'Noise'],
    ['bad_ccd', 'Bad_CCD'],
    ['amplifier offsets', 'Bad_CCD'],
    ['bright sky in morning twi', 'Saturated'],
    ['ring pattern', 'Wonky'],
    ['Noise,Telescope_Moving', 'Telescope_Moving;Noise'],
    ['good', 'Good'],
    // A satellite's trail or the stars'; fringes are no fault in the Y band.
    ['trail', ''],
    ['fringing', ''],
    ['champion of ramps', ''],
    ['expfactor=0.9 seeing=1.2 DECaLS_123_g', ''],
  ])('%s: %s', (comment, categories) => {
    expect(readReason(comment).categories.join(';')).toBe(categories);
  });

  it('what says no category is kept word for word; figures and names of tiles are no such words', () => {
    expect(readReason('fringing; transparency + Sky Scrapers').unknown).toEqual(['fringing', 'Sky Scrapers']);
    expect(readReason('expfactor=0.9  seeing=1.2  filter=r  pass=3').unknown).toEqual([]);
  });

  it('the guide shows every category with its words', () => {
    const guide = readFileSync(new URL('../../../docs/guide/bad-exposures.md', import.meta.url), 'utf8');
    for (const { category, pattern } of wordRules) {
      const row = new RegExp(`^\\| \`${category}\` +\\| (.+) \\|$`, 'm').exec(guide)?.[1] ?? '';
      // Every word in the guide's row is one the rule takes.
      for (const [, word] of row.matchAll(/_([^_]+)_/g))
        expect([category, word.match(pattern)]).not.toEqual([category, null]);
      expect(row).not.toBe('');
    }
  });
});

describe('lists of bad exposures', () => {
  it('kept by hand: flags, words, single CCDs, headings for lines that say nothing, entries withdrawn', () => {
    const list = parseExposureList(
      [
        '#EXPID\tFlag\tcomments',
        '#Flags: 1=possibly saturated; 2=clouds; 3=other source',
        '300001\t1',
        '300002  2  depth factor < 0.2',
        '300003    3   made offset during exposure',
        '300004 expfactor=0.2  seeing=1.1',
        '# 2018-09-01 thick clouds all night',
        '300005',
        '#300006 expfactor=0.9',
        '# 2018-09-02',
        '300007',
        '# out of focus, or noise',
        '300008-S29',
        '300009-N04 weird',
        '',
      ].join('\r\n'),
      'lists/hand.txt',
    );
    expect(list.format).toBe('hand');
    expect(said(list)).toEqual([
      '300001 |  | Saturated |  | bad | hand.txt:3',
      '300002 |  | Clouds_transparency;Nonoptimal_exp |  | bad | hand.txt:4',
      '300003 |  | Telescope_Moving |  | bad | hand.txt:5',
      '300004 |  | Nonoptimal_exp |  | bad | hand.txt:6',
      '300005 |  | Clouds_transparency |  | bad | hand.txt:8',
      '300007 |  | Other |  | bad | hand.txt:11',
      '300008 | S29 | Other |  | bad | hand.txt:13',
      '300009 | N4 | Other |  | bad | hand.txt:14',
    ]);
    expect(list.labels.map(({ comment }) => comment).slice(4)).toEqual([
      'thick clouds all night',
      '',
      'out of focus, or noise',
      'weird',
    ]);
    expect([...list.unknown]).toEqual([
      ['no word', 1],
      ['out of focus, or noise', 1],
      ['weird', 1],
    ]);
    expect([list.withdrawn, list.failed]).toEqual([1, []]);
  });

  it('with verdicts of inspectors: an empty one is not False', () => {
    const list = parseExposureList(
      `expnum,image_fname,ML_reason,ann_badexp,ann_reason,bob_badexp,bob_reason
100,c4d_150101_010101_ooi_g,"PSF,Noise",True,"trailed, I think",False,
101,c4d_150101_020202_ooi_g,Ghost_Scatter,,,True,
`,
      'dr.csv',
    );
    expect(said(list)).toEqual([
      '100 |  | PSF;Noise | machine | bad | dr.csv:2',
      '100 |  | PSF | ann | bad | dr.csv:2',
      '100 |  |  | bob | not bad | dr.csv:2',
      '101 |  | Ghost_Scatter | machine | bad | dr.csv:3',
      '101 |  |  | ann |  | dr.csv:3',
      '101 |  |  | bob | bad | dr.csv:3',
    ]);
  });

  it.each([
    ['EXPNUM,CCDNUM,REASON,ANALYST\n7,35,Telescope Moving,kit\n8,,Good,kit\n'],
    ['7, 35, Telescope Moving, kit\n8,,Good,kit\n'],
    ['expnum ccdnum reason analyst\n7 35 Telescope Moving kit\n8 nan Good kit\n'],
    ['7 35 Telescope Moving kit\n8 nan Good kit\n'],
    ['#Analyst Nite  Exposure  ccd  Problem\nkit 20130101 7 N4 Telescope Moving\nkit 20130101 8 -- Good\n'],
  ])('of EXPNUM, CCDNUM, REASON, ANALYST: %j', (text) => {
    const list = parseExposureList(text, 'r.txt');
    expect(list.format).toBe('reasons');
    expect(list.labels.map(({ source: _, comment: __, ...rest }) => rest)).toEqual([
      { exposure: '7', ccd: 'N4', reasons: ['Telescope_Moving'], analyst: 'kit', verdict: 'bad' },
      { exposure: '8', ccd: '', reasons: ['Good'], analyst: 'kit', verdict: 'not bad' },
    ]);
  });

  it('of ghosts alone: the reason is the list itself', () => {
    const text = '#date expnum ccd id ccdnum\n20140328 296596 32 N22 53\n20140328 296729 nan nan 10\n';
    expect(said(parseExposureList(text, 'g.txt', { reason: 'ghost' }))).toEqual([
      '296596 | N22 | Ghost_Scatter |  | bad | g.txt:2',
      '296729 | S22 | Ghost_Scatter |  | bad | g.txt:3',
    ]);
  });

  it.each([
    [
      '300001 1\nexposure 300002\n300003-N77 1\n300004\n',
      ["line 2: 'exposure 300002' does not begin with the number of an exposure", "line 3: 'N77' is no CCD"],
    ],
    [
      'expnum,a_badexp\n1,True\n2,perhaps\n3,True,4\n"4,True\nx,True\n',
      [
        "line 3: a_badexp 'perhaps' is neither True nor False",
        'line 4: 3 fields where the header has 2',
        'line 5: quotes that open and do not close',
        "line 6: 'x' is no number of an exposure",
      ],
    ],
    [
      'EXPNUM,CCDNUM,REASON\n1,2,Noise\n2,63,Noise\n3,2\n1.5,2,Noise\n',
      [
        "line 3: '63' is no CCD",
        'line 4: 2 fields where there are 3 columns',
        "line 5: '1.5' is no number of an exposure",
      ],
    ],
  ])('a line that cannot be read is named, the rest goes on: %j', (text, wrong) => {
    const list = parseExposureList(text, 'some.txt');
    expect(list.labels.length).toBeGreaterThan(0);
    expect(list.failed).toHaveLength(wrong.length);
    errors(list).forEach((text, k) => expect(text).toContain(`LIST_LINE some.txt: ${wrong[k]}`));
  });

  it('judgements are written and read back the same', () => {
    const word = fc.stringMatching(/^[\w,;"' +-]{0,12}$/).map((text) => text.trim());
    const label = fc.record({
      exposure: fc.stringMatching(/^[\w.-]{1,12}$/),
      ccd: fc.constantFrom('', 'N4', 'S29'),
      reasons: fc.uniqueArray(fc.constantFrom(...exposureCategories, 'Other')),
      analyst: word,
      verdict: fc.constantFrom('bad' as const, 'not bad' as const, '' as const),
      source: word,
      comment: word,
    });
    fc.assert(
      fc.property(fc.array(label, { minLength: 1, maxLength: 6 }), (labels: readonly ExposureLabel[]) => {
        const rows = labels.map((each) =>
          csvRow(exposureLabelColumns, { ...each, reasons: each.reasons.join(';') }),
        );
        const read = parseExposureList([csvHeader(exposureLabelColumns), ...rows].join(''), 'tidy.csv');
        expect([read.format, read.labels, read.failed]).toEqual(['judgements', labels, []]);
      }),
      { numRuns: 60 },
    );
  });

  it('whatever stands in a list, it is read, or refused by a coded error', () => {
    const bits = [
      '300001',
      '-N4',
      ',',
      '\t',
      ' ',
      '\n',
      '"',
      '#',
      'expnum',
      'a_badexp',
      'True',
      '3',
      'reason',
      ';',
      '{',
      '\r',
      'é',
      'seeing=',
      'EXPID',
    ];
    const text = fc.oneof(
      fc.string({ maxLength: 60 }),
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.array(fc.constantFrom(...bits), { maxLength: 40 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, fc.constantFrom(undefined, ...exposureListFormats), (content, format) => {
        try {
          const { labels, failed } = parseExposureList(content, 'x.txt', { format });
          for (const each of labels) expect(each.exposure).not.toBe('');
          for (const each of failed) expect(each.code).toBe('LIST_LINE');
        } catch (error) {
          if (!(error instanceof SurveyError)) throw error;
          expect(error.code).toBe('LABELS_INVALID');
        }
      }),
      { numRuns: 30000 },
    );
  });
});

describe('agreement of inspectors', () => {
  const rows = (verdicts: readonly string[]) =>
    parseExposureList(
      [
        'expnum,image_fname,ML_reason,a_badexp,b_badexp',
        ...verdicts.map((pair, i) =>
          `${i + 1},c4d_15010${i % 4}_010101_x,${i % 2 ? 'PSF' : 'PSF;Noise'},${pair}`.replace(
            'PSF;Noise',
            '"PSF,Noise"',
          ),
        ),
      ].join('\n'),
      'two.csv',
    ).labels;

  it('of two, by hand: Cohen 1960, agreement on bad and on not bad, who confirms what', () => {
    // 20 both, 5 and 10 one alone, 15 neither: the textbook's example with kappa 0.4.
    const verdicts = [
      ...new Array<string>(20).fill('True,True'),
      ...new Array<string>(5).fill('True,False'),
      ...new Array<string>(10).fill('False,True'),
      ...new Array<string>(15).fill('False,False'),
      // Empty is not False: left out of the pair.
      'True,',
      ',True',
    ];
    const found = inspectorAgreement(rows(verdicts), 'two.csv', { samples: 200, seed: 1 });
    const [pair] = found.pairs;
    expect(pair).toMatchObject({ n: 50, bothBad: 20, onlyFirst: 5, onlySecond: 10, neither: 15 });
    expect(pair.observed.value).toBeCloseTo(0.7, 12);
    expect(pair.kappa.value).toBeCloseTo(0.4, 12);
    expect(pair.positive.value).toBeCloseTo(40 / 55, 12);
    expect(pair.negative.value).toBeCloseTo(30 / 45, 12);
    expect([found.n, found.judgedByAll, found.drawn, found.units]).toEqual([52, 50, 'nights', 4]);
    expect(found.confirmed.map(({ n }) => n)).toEqual([37, 20]);
    expect(found.reasons.map(({ reason, n }) => [reason, n])).toEqual([
      ['PSF', 52],
      ['Noise', 26],
    ]);
    expect(found.inspectors).toMatchObject([
      { name: 'a', bad: 26, notBad: 25, empty: 1 },
      { name: 'b', bad: 31, notBad: 20, empty: 1 },
    ]);
  });

  it('of one there is none', () => {
    expect(() => inspectorAgreement(rows(['True,', 'False,']), 'two.csv')).toThrow(
      /fewer than two inspectors/,
    );
  });
});

const folder = dataRoot === null ? null : join(dataRoot, 'decals-bad-exposures');
describe.skipIf(folder === null)('the real lists', () => {
  const read = (name: string) => parseExposureList(readFileSync(join(folder!, name), 'utf8'), name);

  it('decam-bad_expid.txt: every line is read', () => {
    const list = read('decam-bad_expid.txt');
    expect([list.format, list.labels.length, list.failed, list.withdrawn]).toEqual(['hand', 16238, [], 86]);
    const reasons = (line: number) => list.labels.find(({ source }) => source.endsWith(`:${line}`))?.reasons;
    expect([reasons(3), reasons(4600)]).toEqual([['Nonoptimal_exp'], ['PSF']]);
  });

  it('the DR11 list: kappas are those of scikit-learn, 337 of 939 confirmed by two or more', () => {
    const { labels } = read('dr11_final_selected_bad_exposures.csv');
    const found = inspectorAgreement(labels, 'dr11', { samples: 20 });
    expect(found.confirmed.map(({ n }) => n)).toEqual([939, 337, 68]);
    // sklearn.metrics.cohen_kappa_score on the same columns; Fleiss' formula in numpy.
    expect(found.pairs.map(({ kappa }) => kappa.value)).toEqual(
      [0.10481902848576752, -0.4805197449232348, -0.03870735726576657].map(
        (kappa) => expect.closeTo(kappa, 10) as number,
      ),
    );
    expect(found.fleissKappa.value).toBeCloseTo(-0.23937572737852786, 10);
  });
});
