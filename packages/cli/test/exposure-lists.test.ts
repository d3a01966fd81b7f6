import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readExposureLabels } from '@blemish/survey';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run, runJson } from './helpers/main.ts';
import { put } from './helpers/table.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'blemish-lists-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const inspected = `expnum,image_fname,ML_reason,a_badexp,a_reason,b_badexp,b_reason
100,c4d_150101_010101_ooi_g,PSF,True,trailed,True,
101,c4d_150101_020202_ooi_g,Noise,False,,True,sky scrapers
102,c4d_150102_020202_ooi_g,Noise,True,,True,
103,c4d_150103_020202_ooi_g,Wonky,True,,False,
`;

describe('dataset import-list', () => {
  it('several lists into one table; a line that cannot be read is named, the rest is written', async () => {
    const hand = await put(root, 'hand.txt', '200 out of focus\n200\nnonsense\n201-N4 2\n');
    const out = join(root, 'labels.csv');
    const list = await put(root, 'list.csv', inspected);
    const { code, out: said, err } = await run('dataset', 'import-list', hand, list, '--out', out);
    expect([code, err]).toEqual([1, expect.stringMatching(/hand\.txt: line 3: 'nonsense' does not begin/)]);
    expect(said).toContain(
      "words that say no category (kept in the column comment): 1 'no word', 1 'sky scrapers'",
    );
    const lines = (await readFile(out, 'utf8')).split('\n');
    expect(lines.slice(0, 5)).toEqual([
      'exposure,ccd,reasons,analyst,verdict,source,comment',
      '200,,Out_of_focus,,bad,hand.txt:1,out of focus',
      '200,,Other,,bad,hand.txt:2,',
      '201,N4,Clouds_transparency,,bad,hand.txt:4,2',
      '100,,PSF,machine,bad,list.csv:2,c4d_150101_010101_ooi_g',
    ]);
    expect((await run('dataset', 'import-list', list, '--out', out)).err).toMatch(/is there already/);
    // The table reads back as the list it was made of.
    const again = await runJson<{ judgements: number }>(
      ...['dataset', 'import-list', out, '--out', join(root, 'again.csv')],
    );
    expect(again.judgements).toBe(15);
    expect(await readFile(join(root, 'again.csv'), 'utf8')).toBe(lines.join('\n'));
  });

  it('labels exposures of a set: what several said adds up, Other is no label', async () => {
    const list = await put(root, 'list.csv', inspected);
    const out = join(root, 'said.csv');
    await runJson('dataset', 'import-list', list, '--force', '--out', out);
    const { reasons } = await readExposureLabels(out);
    expect([...reasons]).toEqual([
      ['100', ['PSF']],
      ['101', ['Noise']],
      ['102', ['Noise']],
      ['103', ['Wonky']],
    ]);
  });

  it('keeps what enough people confirm, and one analyst', async () => {
    const list = await put(root, 'list.csv', inspected);
    const args = ['dataset', 'import-list', list, '--force', '--out', join(root, 'confirmed.csv')];
    const result = await runJson<{ judgements: number; reasons: object }>(
      ...[...args, '--confirmed', '2', '--analyst', 'machine'],
    );
    expect(result).toMatchObject({ judgements: 2, exposures: 2, reasons: { PSF: 1, Noise: 1 } });
    expect((await run(...args, '--analyst', 'nobody')).err).toMatch(
      /none of 12 judgements is left; the analysts are machine, a, b/,
    );
  });

  it.each([
    ['', /of no format of lists of exposures by its content/],
    ['{"images": []}', /of no format of lists/],
    ['expnum,a_badexp\nx,True\n', /no entry can be read .*line 2: 'x' is no number of an exposure/],
  ])('%j is refused', async (text, message) => {
    const list = await put(root, 'odd.txt', text);
    const { code, err } = await run('dataset', 'import-list', list, '--out', join(root, 'odd.csv'));
    expect([code, err]).toEqual([1, expect.stringMatching(message)]);
  });
});

describe('dataset agreement', () => {
  it('of a list, and of the table made of it: the same figures, and what they are worth', async () => {
    const list = await put(root, 'list.csv', inspected);
    const out = join(root, 'agreement');
    const { code, out: said } = await run('dataset', 'agreement', list, '--out', out);
    expect(code).toBe(0);
    const page = await readFile(join(out, 'report.html'), 'utf8');
    for (const text of [said, page])
      expect(text).toMatch(/holds only exposures that somebody, or the machine, called bad/);
    expect(page).not.toMatch(/(?:src|href)="(?!#|data:)/);
    // Chance 3/4 × 3/4 + 1/4 × 1/4; two of four alike.
    expect(await readFile(join(out, 'pairs.csv'), 'utf8')).toMatch(/\na,b,4,2,1,1,0,0\.5,[^]*,-0\.3333/);
    expect(await readFile(join(out, 'reasons.csv'), 'utf8')).toMatch(/\nNoise,2,1,2,2,1,/);
    const table = join(root, 'table.csv');
    await runJson('dataset', 'import-list', list, '--force', '--out', table);
    const [one, other] = await Promise.all(
      [list, table].map((path) => runJson<Record<string, unknown>>('dataset', 'agreement', path)),
    );
    expect({ ...other, list: '' }).toEqual({ ...one, list: '' });
  });
});
