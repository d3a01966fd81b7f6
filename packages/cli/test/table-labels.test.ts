import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dataRoot } from '@blemish/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run, runJson } from './helpers/main.ts';
import { candidateRecipe, candidates, put } from './helpers/table.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'blemish-labels-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('dataset suspects', () => {
  it('finds labels that were swapped, by row and name', async () => {
    const data = join(root, 'swapped');
    await mkdir(data);
    const [header, ...lines] = candidates(600, 11, 8).trimEnd().split('\n');
    const swapped = lines.flatMap((_, i) => (i % 37 === 5 ? [i + 1] : []));
    const swap = { real: 'bogus', bogus: 'real' };
    const wrong = lines.map((line, i) =>
      swapped.includes(i + 1) ? line.replace(/real|bogus/, (kind) => swap[kind as 'real']) : line,
    );
    await put(data, 'train.csv', `${[header, ...wrong].join('\n')}\n`);
    const recipe = await put(root, 'bayes.toml', candidateRecipe('bayes'));
    const out = join(root, 'suspects.csv');
    const flags = [data, '--recipe', recipe, '--out', out];
    const { suspects, noise, n } = await runJson<{
      n: number;
      noise: number;
      suspects: { row: number; id: string; label: string; suggested: string; probability: number }[];
    }>('dataset', 'suspects', ...flags);
    // Eight deviations apart the classes do not overlap: there is nothing else to suspect.
    expect(suspects.map(({ row }) => row).sort((a, b) => a - b)).toEqual(swapped);
    expect(noise).toBeCloseTo(swapped.length / n, 3);
    for (const { id, row, label, suggested, probability } of suspects) {
      expect(id).toBe(`c11-${row - 1}`);
      expect([label, suggested]).toEqual(row % 2 === 1 ? ['bogus', 'real'] : ['real', 'bogus']);
      expect(probability).toBeLessThan(0.5);
    }
    const table = (await readFile(out, 'utf8')).trimEnd().split('\n');
    expect(table[0]).toBe('rank,path,row,id,label,suggested,probability,suggested_probability');
    expect(table).toHaveLength(1 + suspects.length);
    const { out: printed } = await run('dataset', 'suspects', ...flags, '--top', '1');
    expect(printed).toContain(`% of 600 labels seem wrong; ${suspects.length} suspects`);
    expect(printed.split('\n').filter((line) => line.includes('c11-'))).toHaveLength(1);
  });
});

interface Found {
  readonly n: number;
  readonly withoutVote: number;
  readonly fleissKappa: { readonly value: number | null; readonly reason?: string };
  readonly krippendorffAlpha: { readonly value: number };
  readonly annotators: readonly { readonly name: string; readonly reliability: number }[];
  readonly sameAsLabel: { readonly same: number; readonly n: number } | null;
}

describe('dataset consensus', () => {
  it('one label an item, missing votes, an unreliable annotator, rows without a vote', async () => {
    // Three agree, the fourth answers by the weather; every seventh vote of the first is missing.
    const lines = Array.from({ length: 60 }, (_, i) => {
      const kind = i % 3 === 0 ? 'trail' : 'ghost';
      const random = i % 2 === 0 ? 'trail' : 'ghost';
      return `${i % 7 === 0 ? '' : kind},${kind},${kind},${random},i${i}`;
    });
    const path = await put(root, 'votes.csv', `a_1,a_2,a_3,b,name\n${lines.join('\n')}\n,,,,empty\n`);
    const out = join(root, 'labels.csv');
    const flags = [path, '--votes', 'a_*,b', '--id', 'name', '--out', out];
    const found = await runJson<Found>('dataset', 'consensus', ...flags);
    expect(found).toMatchObject({ n: 60, withoutVote: 1, sameAsLabel: null });
    expect(found.annotators.map(({ name }) => name)).toEqual(['a_1', 'a_2', 'a_3', 'b']);
    for (const { name, reliability } of found.annotators)
      if (name === 'b') expect(Math.abs(reliability - 0.5)).toBeLessThan(0.05);
      else expect(reliability).toBeGreaterThan(0.99);
    // Unequal numbers of votes: kappa says so, alpha does not mind.
    expect(found.fleissKappa).toMatchObject({
      value: null,
      reason: expect.stringContaining('votes') as string,
    });
    expect(found.krippendorffAlpha.value).toBeGreaterThan(0.3);
    const [header, ...rows] = (await readFile(out, 'utf8')).trimEnd().split('\n');
    expect(header).toBe('row,name,label,probability,votes,agreeing');
    expect(rows).toHaveLength(60);
    rows.forEach((row, i) => {
      const [number, name, label] = row.split(',');
      expect([number, name, label]).toEqual([String(i + 1), `i${i}`, i % 3 === 0 ? 'trail' : 'ghost']);
    });
    const { out: printed, err } = await run('dataset', 'consensus', ...flags);
    expect(err).toContain('1 rows without a vote are left out');
    expect(printed).toMatch(/60 items: 40 ghost, 20 trail/);
  });

  it.each([
    ['a,b\n1,1\n1,1\n', 'a,b', 3, /all votes are for '1': a consensus needs two classes/],
    ['a,b\n,\n,\n', 'a,b', 3, /there is no vote/],
    ['a,b\n1,0\n', 'a', 2, /1 column of votes: a consensus needs two/],
    ['anna,bert\n1,0\n', 'ana,bert', 2, /no column 'ana'.*anna/s],
  ])('refuses %j by %s', async (text, votes, code, message) => {
    const path = await put(root, 'bad.csv', text);
    const result = await run('dataset', 'consensus', path, '--votes', votes);
    expect(result.err).toMatch(message);
    expect(result.code).toBe(code);
  });

  it.skipIf(dataRoot === null)('gives the latent-class labels of the MeerLICHT volunteers', async () => {
    const out = join(root, 'meerlicht.csv');
    const found = await runJson<Found>(
      ...['dataset', 'consensus', join(dataRoot!, 'meerlicht-votes', 'votes.csv')],
      ...['--votes', 'volunteer_*', '--id', 'transientid', '--label', 'label', '--out', out],
    );
    expect(found.annotators).toHaveLength(10);
    expect(found.sameAsLabel).toEqual({ same: 5000, n: 5000 });
    expect(found.fleissKappa.value).toBeGreaterThan(0.75);
    // Two of the ten take a quarter of the bogus ones for real.
    const least = [...found.annotators].sort((a, b) => a.reliability - b.reliability);
    expect(least.slice(0, 2).map(({ name }) => name)).toEqual(['volunteer_9', 'volunteer_10']);
    expect((await readFile(out, 'utf8')).split('\n')[1]).toMatch(/^1,510,0,/);
  });
});
