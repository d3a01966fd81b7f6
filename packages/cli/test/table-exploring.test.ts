import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run, runJson } from './helpers/main.ts';
import { blemish } from './helpers/run.ts';
import { candidateRecipe, candidates, put } from './helpers/table.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'blemish-exploring-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

interface Ranked {
  readonly n: number;
  readonly features: readonly string[];
  readonly steps: readonly string[];
  readonly notes: readonly string[];
  readonly anomalies: readonly {
    readonly rank: number;
    readonly row: number;
    readonly id: string;
    readonly score: number;
    readonly label: string;
  }[];
}

describe('anomalies', () => {
  /** Three rows far from all others among 300, at rows 301 to 303; the last lacks a value. */
  const strange = async () => {
    const rows = 'odd-1,n,real,30,0\nodd-2,n,real,0,-25\nodd-3,n,real,-28,\n';
    return put(root, 'strange.csv', candidates(300, 1) + rows);
  };

  it.each(['isolation-forest', 'lof'])('%s ranks rows planted far away first', async (method) => {
    const result = await runJson<Ranked>(
      'anomalies',
      await strange(),
      ...['--method', method, '--label', 'kind', '--id', 'id', '--top', '5'],
    );
    expect(result).toMatchObject({
      n: 303,
      features: ['flux', 'shape'],
      steps: ['impute', 'standard-scale'],
    });
    expect(result.notes).toEqual(["no numbers, so no features: 'night'"]);
    expect(result.anomalies.map(({ rank }) => rank)).toEqual([1, 2, 3, 4, 5]);
    const first = result.anomalies.slice(0, 3);
    expect(first.map(({ id }) => id).sort()).toEqual(['odd-1', 'odd-2', 'odd-3']);
    for (const { id, row, label } of first) expect([row, label]).toEqual([300 + Number(id.at(-1)), 'real']);
    for (const [k, { score }] of result.anomalies.slice(1).entries())
      expect(score).toBeLessThanOrEqual(result.anomalies[k].score);
  });

  it('as a subprocess, by a recipe: CSV, names of the classes, a table without labels too', async () => {
    const recipe = await put(
      root,
      'named.toml',
      candidateRecipe('named').replace('positive = "bogus"', 'classes = { real = "star", bogus = "ghost" }'),
    );
    const out = join(root, 'ranked.csv');
    const { code, stderr } = await blemish(['anomalies', await strange(), '--recipe', recipe, '--out', out]);
    expect([code, stderr]).toEqual([0, expect.stringContaining('303 of 303 rows by 2 columns')]);
    const lines = (await readFile(out, 'utf8')).trimEnd().split('\n');
    expect(lines[0]).toBe('rank,row,id,score,label');
    expect(lines[1]).toMatch(/^1,30[123],odd-[123],0\.\d+,star$/);
    expect(lines).toHaveLength(304);
    const bare = await put(root, 'bare.csv', 'flux,shape\n1,2\n2,1\n3,3\n90,90\n2,2\n');
    const printed = await run('anomalies', bare, '--recipe', recipe, '--method', 'lof', '--k', '2');
    expect(printed.out).toMatch(/^rank,row,score\n1,4,/);
  });

  it('an identifier in numbers and the label never take part', async () => {
    const path = await put(
      root,
      'numbered.csv',
      'id,kind,flux\n1,0,1\n2,0,2\n999999,50,1.5\n3,0,40\n4,0,1\n',
    );
    const { features, anomalies } = await runJson<Ranked>('anomalies', path, '--label', 'kind', '--id', 'id');
    expect(features).toEqual(['flux']);
    expect(anomalies[0].id).toBe('3');
  });

  it.each([
    [['--method', 'nearest'], 2, /Allowed choices are isolation-forest, lof/],
    [['--method', 'lof', '--k', '303'], 2, /303 neighbors of 303 rows: give at most 302/],
    [['--exclude', 'flux,shape'], 2, /no column is left to learn from/],
    [['--exclude', 'fluxx'], 2, /no column 'fluxx' for the excluded column \(did you mean 'flux'\?\)/],
    [['--recipe', 'r.toml', '--label', 'kind'], 2, /cannot be used with option '--label/],
    [['--out', 'ranked.doc'], 2, /must end in \.csv, \.parquet/],
  ])('%j is refused', async (flags, exit, message) => {
    const { code, err } = await run('anomalies', await strange(), ...flags);
    expect(err).toMatch(message);
    expect(code).toBe(exit);
  });

  it('a column without a value, and a single row, are named', async () => {
    const empty = await put(root, 'empty.csv', 'a,b\n1,\n2,\n3,\n');
    expect((await run('anomalies', empty)).err).toMatch(/no value in any of the 3 rows of column 'b'/);
    const single = await put(root, 'single.csv', 'a,b\n1,2\n');
    expect((await run('anomalies', single)).err).toMatch(/1 row: nothing to compare it with/);
  });
});

describe('neighbours', () => {
  interface Evidence {
    readonly n: number;
    readonly steps: readonly string[];
    readonly neighbors: readonly {
      readonly row: number;
      readonly id: string;
      readonly rank: number;
      readonly label: string;
      readonly distance: number;
      readonly reference_row: number;
      readonly reference_id: string;
    }[];
  }

  it('by a recipe: distances are those of standardized columns, worked out by hand', async () => {
    const recipe = await put(root, 'plain.toml', candidateRecipe('plain').replace('exclude = ["night"]', ''));
    // Means 2 and 20, deviations √2 and √200 of the four rows.
    const labelled = await put(
      root,
      'labelled.csv',
      'id,kind,flux,shape\na,real,0,20\nb,bogus,4,20\nc,real,2,0\nd,bogus,2,40\n',
    );
    const query = await put(root, 'query.csv', 'shape,flux,id\n20,4,q1\n,2.5,q2\n');
    const args = ['neighbours', recipe, query, '--reference', labelled, '--k', '2'];
    const { n, steps, neighbors } = await runJson<Evidence>(...args);
    expect([n, steps]).toEqual([2, ['impute', 'standard-scale']]);
    expect(neighbors.map(({ id, rank, reference_id, label }) => [id, rank, reference_id, label])).toEqual([
      ['q1', 1, 'b', 'bogus'],
      // c and d are equally far: the first of the table comes first.
      ['q1', 2, 'c', 'real'],
      ['q2', 1, 'b', 'bogus'],
      ['q2', 2, 'c', 'real'],
    ]);
    const expected = [0, 2, 1.5 / Math.SQRT2, Math.hypot(0.5 / Math.SQRT2, Math.SQRT2)];
    neighbors.forEach(({ distance }, i) => expect(distance).toBeCloseTo(expected[i], 12));
    expect((await run(...args)).out).toMatch(
      /^row,id,rank,label,distance,reference_path,reference_row,reference_id\n1,q1,1,bogus,0,\S+\.csv,2,b\n/,
    );
  });

  it('as a subprocess, by a trained model: the neighbors tell the classes apart, a row is not its own', async () => {
    const train = await put(root, 'near-train.csv', candidates(400, 11, 6));
    const test = await put(root, 'near-test.csv', candidates(100, 12, 6));
    // Trees need no scale: the columns get one here.
    const recipe = await put(
      root,
      'forest.toml',
      candidateRecipe('forest', 'trees = 5\n', 'random-forest').replace(
        'use = "standard-scale"',
        'use = "impute"',
      ),
    );
    const fitted = join(root, 'forest');
    await runJson('train', recipe, '--data', train, '--out', fitted);
    const args = ['neighbours', fitted, test, '--reference', train, '--json'];
    const { code, stdout, stderr } = await blemish(args);
    expect(code, stderr).toBe(0);
    const { steps, neighbors } = JSON.parse(stdout) as Evidence;
    expect(steps.at(-1)).toBe('standard-scale');
    expect(neighbors).toHaveLength(500);
    const right = neighbors.filter(({ row, label }) => label === (row % 2 === 0 ? 'bogus' : 'real'));
    // Means six deviations apart: a row in 740 lies on the other side.
    expect(right.length).toBeGreaterThan(480);
    const own = await runJson<Evidence>('neighbours', fitted, train, '--reference', train, '--k', '1');
    expect(own.neighbors.filter(({ row, reference_row }) => row === reference_row)).toEqual([]);
  });

  it.each([
    [['--k', '401'], 2, /near-train\.csv: 401 neighbours of 400 labelled rows/],
    [['--metric', 'minkowski'], 2, /Allowed choices are euclidean, manhattan, chebyshev, cosine/],
    [['--reference', 'nowhere.csv'], 3, /nowhere\.csv: no such file or folder/],
  ])('%j is refused', async (flags, exit, message) => {
    const train = await put(root, 'near-train.csv', candidates(400, 11, 6));
    const recipe = await put(root, 'near.toml', candidateRecipe('near'));
    const query = await put(root, 'near-query.csv', candidates(5, 13));
    const { code, err } = await run('neighbours', recipe, query, '--reference', train, ...flags);
    expect(err).toMatch(message);
    expect(code).toBe(exit);
  });

  it('an infinite number in the table is named with its place', async () => {
    const train = await put(root, 'near-train.csv', candidates(400, 11, 6));
    const recipe = await put(root, 'near.toml', candidateRecipe('near'));
    const query = await put(root, 'infinite.csv', 'flux,shape\n1,2\n1,inf\n');
    const { code, err } = await run('neighbours', recipe, query, '--reference', train);
    expect([code, err]).toEqual([3, expect.stringMatching(/infinite\.csv: row 2, column 'shape'/)]);
  });
});

describe('map', () => {
  /** Rows of `classes` classes, each of `members` rows close together in three columns and far from the others. */
  function clusters(classes: number, members: number): string {
    const lines = Array.from({ length: classes * members }, (_, i) => {
      const c = i % classes;
      const wobble = (k: number) => Math.sin(12.9898 * (i + 1) * k);
      return `o${i},class ${c},${10 * (c % 3) + wobble(1)},${10 * (Math.floor(c / 3) % 3) + wobble(2)},${10 * Math.floor(c / 9) + wobble(3)}`;
    });
    return `id,kind,a,b,c\n${lines.join('\n')}\n`;
  }

  it.each(['tsne', 'umap'])(
    '%s keeps classes that lie apart apart, the same for the same seed',
    async (method) => {
      const path = await put(root, 'four.csv', clusters(4, 40));
      const out = join(root, `${method}.csv`);
      const args = ['map', path, '--label', 'kind', '--id', 'id', '--method', method, '--out', out];
      const { mapped, page } = await runJson<{ mapped: number; page: string }>(...args);
      expect([mapped, page]).toEqual([160, join(root, `${method}.html`)]);
      const text = await readFile(out, 'utf8');
      const [header, ...lines] = text.trimEnd().split('\n');
      expect(header).toBe('row,id,x,y,label');
      const points = lines
        .map((line) => line.split(','))
        .map(([, , x, y, label]) => ({ x: +x, y: +y, label }));
      const nearest = points.map((p) => {
        const others = points.filter((q) => q !== p);
        const distance = (q: typeof p) => Math.hypot(p.x - q.x, p.y - q.y);
        return others.reduce((best, q) => (distance(q) < distance(best) ? q : best)).label === p.label;
      });
      // The classes lie ten of their radii apart: no row's nearest on the map is of another.
      expect(nearest.filter((same) => !same)).toEqual([]);
      await runJson(...args);
      expect(await readFile(out, 'utf8')).toBe(text);
    },
  );

  it('as a subprocess: a page complete in itself, 27 classes told apart, names no markup, rows drawn', async () => {
    const path = await put(root, 'many.csv', clusters(27, 20).replaceAll('class 5,', '<b>5</b>,'));
    const out = join(root, 'many.parquet');
    const args = [
      'map',
      path,
      '--label',
      'kind',
      '--id',
      'id',
      '--method',
      'umap',
      '--rows',
      '500',
      '--out',
      out,
    ];
    const { code, stderr, stdout } = await blemish(args);
    expect([code, stdout], stderr).toEqual([0, expect.stringContaining('500 of 540 rows')]);
    expect(stderr).toContain('laying out');
    const page = await readFile(join(root, 'many.html'), 'utf8');
    expect(page).toContain('500 of 540 rows are mapped, drawn at random');
    expect(page).not.toMatch(/(?:src|href)="(?!#|data:)/);
    expect(page).not.toContain('<b>5</b>');
    const colors = [...page.matchAll(/swatch" style="background:([^"]+)"/g)].map(([, color]) => color);
    expect([colors.length, new Set(colors).size]).toEqual([27, 27]);
    // All points once for the panels, and once in their colors on the map and on the panels.
    expect(page.match(/M[\d.]+ [\d.]+h0/g)).toHaveLength(3 * 500);
  });

  it.each([
    ['id,a\n1,2\n2,3\n3,4\n', [], 3, /3 rows: a map needs at least 4/],
    ['id,a\n1,2\n2,2\n3,2\n4,2\n5,2\n', [], 3, /every column is constant/],
    ['id,a\n1,2\n2,3\n3,4\n4,1\n5,9\n', ['--k', '3'], 3, /perplexity 3 of 5 rows: give 1 to 1/],
  ])('%j %j is refused', async (text, flags, exit, message) => {
    const path = await put(root, 'few.csv', text);
    const { code, err } = await run('map', path, '--id', 'id', '--out', join(root, 'few-map.csv'), ...flags);
    expect(err).toMatch(message);
    expect(code).toBe(exit);
  });
});
