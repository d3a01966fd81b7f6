import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeNpy } from '../../survey/src/arrays/index.ts';
import type { CrossvalResult, TableEvaluation } from '@blemish/survey';
import { run, runJson } from './helpers/main.ts';
import { put } from './helpers/table.ts';

interface Predicted {
  readonly rows: number;
  readonly predictions: readonly {
    readonly oid: string;
    readonly class: string;
    readonly probability: number;
    readonly frames: number;
    readonly odd_frames: number;
    readonly top_frames: string;
  }[];
}

/**
 * A folder of `count` objects from number `from` on, of 4 to 20 frames of 3 numbers: one frame in four of an artifact is far off. Fields
 * of ten objects each. A column of a second table tells a little.
 */
async function objects(folder: string, from: number, count: number): Promise<void> {
  await mkdir(join(folder, 'arrays'), { recursive: true });
  const labels = ['oid,bad,words'];
  const features = ['oid,slope'];
  let state = from + 1;
  const uniform = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  for (let i = from; i < from + count; i++) {
    const oid = `${100 + Math.floor(i / 10)}2${10000 + i}`;
    const bad = i % 2;
    const length = 4 + (i % 17);
    const data = new Float32Array(length * 3).map(() => uniform() - 0.5);
    if (bad) for (let t = 0; t < length; t += 4) data[3 * t + 2] += 4;
    await writeFile(join(folder, 'arrays', `${oid}.npy`), encodeNpy({ shape: [length, 3], data }));
    labels.push(`${oid},${bad},${bad ? 'artefact ghost' : i % 4 ? 'VAR' : 'VAR flare'}`);
    features.push(`${oid},${(bad + 3 * uniform()).toFixed(3)}`);
  }
  await put(folder, 'labels.csv', `${labels.join('\n')}\n`);
  await put(folder, 'lightcurves.csv', `${features.join('\n')}\n`);
}

const recipe = (name: string, model: string, columns = false): string => `
name = "${name}"
task = "sequence"
[data]
train = "labels.csv"
test = "labels.csv"
frames = { folder = "arrays" }
label = "bad"
classes = { 0 = "object", 1 = "artifact" }
positive = "artifact"
id = "oid"
tags = "words"
derive = { from = "oid", pattern = '^(?<field>\\d{3})2' }
${columns ? 'join = { file = "lightcurves.csv", on = "oid", keep = true }\nexclude = ["field"]' : 'features = []'}
[split]
folds = 3
${model}`;

const gru = '[model]\nlearner = "recurrent"\nhidden = 8\nepochs = 6\nlearningRate = 0.03\nbatch = 16\n';
const fusion = `[model]
learner = "stacking"
folds = 3
[[model.members]]
name = "frames"
inputs = "frames"
learner = "attention"
hidden = 8
heads = 2
epochs = 12
learningRate = 0.02
[[model.members]]
name = "both"
steps = [{ use = "impute" }, { use = "frame-summary" }]
learner = "extra-trees"
trees = 20
`;

let root: string;
let data: string;
let other: string;
let fused: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'blemish-sequences-'));
  [data, other] = [join(root, 'data'), join(root, 'other')];
  await objects(data, 0, 120);
  await objects(other, 500, 80);
  fused = join(root, 'fused');
  const path = await put(root, 'fusion.toml', recipe('fusion', fusion, true));
  await runJson('train', path, '--data', data, '--out', fused);
}, 120_000);
afterAll(() => rm(root, { recursive: true, force: true }));

describe('objects with frames on disk', () => {
  it(
    'are judged out of fold, whole fields apart, with figures by word and pass by pass',
    { timeout: 60_000 },
    async () => {
      const path = await put(root, 'gru.toml', recipe('gru', gru));
      const options = ['--data', data, '--folds', '3', '--bootstrap', '50'];
      const result = await runJson<CrossvalResult>(
        'crossval',
        path,
        ...options,
        '--watch',
        '3',
        '--group',
        'field',
      );
      expect(result).toMatchObject({ n: 120, folds: 3, group: 'field', learner: 'recurrent' });
      expect(result.metrics['auc'].value).toBeGreaterThan(0.9);
      expect(result.byPass.map(({ pass }) => pass)).toEqual([3, 6]);
      expect(result.byPass[1].mean).toBeCloseTo(result.overFolds['auc']!.mean, 12);
      expect(result.byTag).toMatchObject([
        { tag: 'artefact', class: 'artifact', n: 60 },
        { tag: 'ghost', class: 'artifact', n: 60 },
        { tag: 'VAR', class: 'object', n: 60 },
        { tag: 'flare', class: 'object', n: 30 },
      ]);
    },
  );

  it('of another folder are measured by a run, and objects learned from are refused', async () => {
    const result = await runJson<TableEvaluation>(
      'evaluate',
      fused,
      '--data',
      other,
      '--out',
      join(root, 'evaluation'),
    );
    expect(result.n).toBe(80);
    expect(result.metrics['auc'].value).toBeGreaterThan(0.95);
    const seen = await run('evaluate', fused, '--data', data);
    expect([seen.code, seen.err.includes('with which the model was made')]).toEqual([2, true]);
  });

  it('get a verdict with the frames that made it: a folder, one array, with and without columns', async () => {
    const frames = join(root, 'frames.csv');
    const all = await runJson<Predicted>('predict', fused, other, '--frames', frames);
    expect(all.rows).toBe(80);
    const bad = all.predictions.find(({ class: name, frames: count }) => name === 'artifact' && count > 12)!;
    // Every fourth frame is off.
    expect(bad.odd_frames).toBe(Math.ceil(bad.frames / 4));
    expect(Number(bad.top_frames.split(' ')[0]) % 4).toBe(0);
    const lines = (await readFile(frames, 'utf8')).trimEnd().split('\n');
    expect(lines[0]).toBe('oid,frame,oddness,share,flagged,probability');
    expect(lines.filter((line) => line.startsWith(`${bad.oid},`))).toHaveLength(bad.frames);
    const one = await runJson<Predicted>('predict', fused, join(other, 'arrays', `${bad.oid}.npy`));
    expect(one.predictions[0].probability).toBeCloseTo(bad.probability, 6);
    await mkdir(join(root, 'lonely'));
    const file = join(root, 'lonely', `${bad.oid}.npy`);
    await writeFile(file, await readFile(join(other, 'arrays', `${bad.oid}.npy`)));
    const lonely = await run('predict', fused, file);
    expect([lonely.code, lonely.err.includes('columns the model looks at are missing')]).toEqual([0, true]);
  });
});

describe('objects whose frames are not as they should be', () => {
  it('are named and counted and left out, or refuse the run, as the recipe says', async () => {
    const folder = join(root, 'trouble');
    await objects(folder, 300, 40);
    const file = (i: number) => join(folder, 'arrays', `${100 + Math.floor(i / 10)}2${10000 + i}.npy`);
    await rm(file(301));
    await writeFile(file(302), encodeNpy({ shape: [1, 3], data: new Float32Array(3) }));
    await writeFile(file(303), encodeNpy({ shape: [5, 4], data: new Float32Array(20) }));
    await writeFile(file(304), 'not an array');
    await writeFile(
      file(305),
      encodeNpy({ shape: [6, 3], data: new Float32Array(18).fill(1).fill(NaN, 3, 6) }),
    );
    await writeFile(
      join(folder, 'arrays', '999.npy'),
      encodeNpy({ shape: [3, 3], data: new Float32Array(9) }),
    );
    const text = recipe('short', gru.replace('epochs = 6', 'epochs = 1'));
    const path = await put(root, 'short.toml', text);
    const { code, err } = await run('crossval', path, '--data', folder, '--bootstrap', '10');
    expect(code, err).toBe(0);
    expect(err).toMatch(/4 of 40 rows have no usable frames and are left out: /);
    for (const what of [
      '130210301: no array',
      '130210302: 1 frames, fewer than 2',
      '130210303: frames of 4 numbers, not 3',
      '130210304: cannot be read',
      '1 arrays in',
      ': 999',
      '1 frames without a value are left out',
    ])
      expect(err).toContain(what);
    const strict = await put(
      root,
      'strict.toml',
      text.replace('folder = "arrays"', 'folder = "arrays", missing = "refuse"'),
    );
    const refused = await run('crossval', strict, '--data', folder);
    expect([refused.code, refused.err.includes('4 of 40 rows have no usable frames')]).toEqual([3, true]);
    const nowhere = await run(
      'crossval',
      await put(root, 'no.toml', text.replace('"arrays"', '"none"')),
      '--data',
      folder,
    );
    expect([nowhere.code, nowhere.err.includes('blemish embed')]).toEqual([3, true]);
  });

  it('are failures of their own where objects are judged, and the others get their verdict', async () => {
    const folder = join(root, 'new');
    await objects(folder, 700, 4);
    await writeFile(
      join(folder, 'arrays', 'short.npy'),
      encodeNpy({ shape: [1, 3], data: new Float32Array(3) }),
    );
    // An object that the table of light curves does not know, and a frame without a value before the others.
    const data = new Float32Array(15).fill(NaN, 0, 3);
    data[14] = 9;
    await writeFile(join(folder, 'arrays', 'stranger.npy'), encodeNpy({ shape: [5, 3], data }));
    const { code, out } = await run('predict', fused, folder, '--json');
    const { rows, failed, predictions } = JSON.parse(out) as Predicted & { failed: { error: string }[] };
    expect([code, rows, failed.length]).toEqual([1, 5, 1]);
    expect(failed[0].error).toContain('short: 1 frames, fewer than 2');
    const stranger = predictions.find(({ oid }) => oid === 'stranger')!;
    // Frames are named by their rows in the array, whose first holds no value.
    expect([stranger.frames, stranger.top_frames.split(' ').sort().join(' ')]).toEqual([4, '1 2 3 4']);
    const only = join(root, 'only-short');
    await mkdir(only);
    await writeFile(join(only, 'short.npy'), encodeNpy({ shape: [1, 3], data: new Float32Array(3) }));
    expect((await run('predict', fused, only)).code).toBe(3);
  });

  it('a recipe that cannot be meant is refused with its field', async () => {
    const wrong = [
      [
        recipe('a', gru).replace('task = "sequence"', 'task = "table"'),
        "data.frames: goes with the task 'sequence'",
      ],
      [recipe('a', gru).replace('id = "oid"', ''), 'data.id: names the arrays'],
      [recipe('a', fusion.replace('hidden = 8', 'hiden = 8'), true), 'model.members.0'],
      [recipe('a', gru).replace('(?<field>', '('), 'data.derive.pattern'],
    ] as const;
    for (const [text, message] of wrong) {
      const { code, err } = await run('crossval', await put(root, 'wrong.toml', text), '--data', data);
      expect([code, err.includes(message)], err).toEqual([2, true]);
    }
  });
});
