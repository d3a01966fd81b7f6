// Classifiers of stamps from recipe to figures and further, on spots small enough for seconds.
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { trainFromRecipe } from '@blemish/survey';
import type { StampComparison } from '@blemish/survey';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeBlobSet } from './helpers/blob-set.ts';
import { run, runJson } from './helpers/main.ts';

interface Figure {
  readonly value: number | null;
  readonly low: number;
  readonly high: number;
}
interface Figures {
  readonly n: number;
  readonly metrics: Readonly<Record<string, Figure>>;
  readonly majority: { readonly answer: string; readonly metrics: Readonly<Record<string, Figure>> };
  readonly notes: readonly string[];
}
interface Predicted {
  readonly predictions: readonly Readonly<Record<string, string | number | null>>[];
}

let root: string;
let set: string;
let other: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'blemish-stamp-models-'));
  set = await writeBlobSet(join(root, 'set'), { count: 240, seed: 1 });
  other = await writeBlobSet(join(root, 'other'), {
    count: 80,
    seed: 2,
    blank: { 5: NaN, 8: 3 },
    columns: { drb: (i) => (i === 2 ? 'nan' : i % 2 === 1 ? 0.9 : 0.1) },
  });
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function recipe(name: string, body: string): Promise<string> {
  const path = join(root, `${name}.toml`);
  await writeFile(path, `name = "${name}"\ntask = "stamp"\n${body}`);
  return path;
}
const data = '[data]\ngroup = "group"\n';
const network = `${data}[augment]\nflips = true\nturns = true\nshift = 1\n[model]\nlearner = "cnn"\nnetwork = "sdss-cnn"\n`;
const training = '[training]\nbatch = 32\nepochs = 3\n';

async function metricsOf(folder: string): Promise<Figures & Readonly<Record<string, unknown>>> {
  return JSON.parse(await readFile(join(folder, 'metrics.json'), 'utf8')) as Figures &
    Record<string, unknown>;
}

describe('a network for stamps', () => {
  let model: string;
  beforeAll(async () => {
    model = join(root, 'cnn');
    await runJson('train', await recipe('cnn', `${network}${training}`), '--data', set, '--out', model);
  }, 60_000);

  it('leaves figures above the trivial answer, and says that the stamps are simulated', async () => {
    const figures = await metricsOf(model);
    expect(figures.metrics['auc'].value).toBeGreaterThan(0.95);
    expect(figures.majority.metrics['auc'].value).toBe(0.5);
    expect(figures.majority.metrics['accuracy'].value).toBeCloseTo(0.5, 1);
    expect(figures['parts']).toMatchObject({ test: 60, validation: 56, flipped: 0 });
    for (const name of ['balancedAccuracy', 'mcc', 'f1', 'logLoss', 'ece', 'precision', 'recall'])
      expect(figures.metrics).toHaveProperty(name);
    const report = await readFile(join(model, 'report.html'), 'utf8');
    expect(report).toContain('Simulated stamps: no real pixel.');
    expect(report.match(/data:image\/png/g)!.length).toBeGreaterThan(8);
  });

  it('is measured on other stamps by label and against the score of another model', async () => {
    const measured = await runJson<Figures>(
      'evaluate',
      model,
      '--data',
      other,
      '--out',
      join(root, 'measured'),
    );
    // Two say nothing: no pixel with a value, one value alone.
    expect(measured.n).toBe(78);
    expect(measured.notes.join()).toMatch(
      /2 stamps have no score, the first in row 6 \(no pixel has a value\)/,
    );
    expect(measured.metrics['auc'].value).toBeGreaterThan(0.95);
    expect(existsSync(join(root, 'measured', 'report.html'))).toBe(true);
    const against = await runJson<Figures>('evaluate', model, '--data', other, '--against', 'drb');
    expect(against.n).toBe(77);
    expect(against.notes.join()).toMatch(/1 stamps have no drb/);
    expect(against.metrics['auc'].value).toBeGreaterThan(0.95);
    const sure = await runJson<Figures>('evaluate', model, '--data', other, '--max-fpr', '0.2');
    expect(sure).toMatchObject({ thresholdChoice: { criterion: { kind: 'max-fpr', maxFpr: 0.2 } } });
  });

  it('refuses the set it learned from, unknown labels with the nearest known one, and stamps of another size', async () => {
    const codeOf = async (path: string) => {
      const { code, out } = await run('evaluate', model, '--data', path, '--json');
      expect(code).not.toBe(0);
      return (JSON.parse(out) as { readonly error: { readonly code: string; readonly message: string } })
        .error;
    };
    expect(await codeOf(set)).toMatchObject({ code: 'DATASET_SEEN' });
    const misspelt = await writeBlobSet(join(root, 'misspelt'), {
      count: 8,
      seed: 3,
      labels: ['boguss', 'real'],
    });
    expect(await codeOf(misspelt)).toMatchObject({
      code: 'TABLE_LABELS',
      message: expect.stringMatching(/row 1: .*'boguss' \(did you mean 'bogus'\?\)/) as string,
    });
    const small = await writeBlobSet(join(root, 'small'), { count: 8, seed: 3, size: 12 });
    expect(await codeOf(small)).toMatchObject({
      code: 'STAMP_SHAPE',
      message: expect.stringMatching(/12 × 12 pixels .* takes 16 × 16/) as string,
    });
    const short = join(root, 'short');
    await mkdir(short);
    await copyFile(join(other, 'stamps.npy'), join(short, 'stamps.npy'));
    await writeFile(join(short, 'stamps.csv'), 'label\nreal\nbogus\n');
    expect(await codeOf(short)).toMatchObject({
      code: 'STAMP_SET_INVALID',
      message: expect.stringMatching(/stamps\.csv: has 2 rows for 80 stamps/) as string,
    });
  });

  it('scores stamps, those that say nothing with a reason', async () => {
    const { predictions } = await runJson<Predicted>('predict', model, join(other, 'stamps.npy'));
    const judged = predictions.filter(({ probability }) => probability !== null);
    const right = judged.filter(
      ({ index, class: name }) => name === (Number(index) % 2 === 1 ? 'real' : 'bogus'),
    );
    expect(right.length / judged.length).toBeGreaterThan(0.9);
    expect(predictions[5]).toMatchObject({ probability: null, reason: 'no pixel has a value' });
    expect(predictions[8]['probability']).toBeNull();
    expect(predictions[8]['reason']).toMatch(/one value/);
  });

  it('is trained further on few labels, from the model on better than from a start at random', async () => {
    const study = await recipe(
      'further',
      `${data}[model]\nlearner = "cnn"\n${training}[finetune]\nlabels = [20]\n`,
    );
    const out = join(root, 'further');
    const args = ['finetune', model, '--recipe', study, '--data', other, '--out', out];
    interface Study {
      readonly points: readonly {
        readonly mode: string;
        readonly labels: number;
        readonly metrics: Figures['metrics'];
      }[];
    }
    const { points } = await runJson<Study>(...args);
    expect(points.map(({ mode, labels }) => `${mode} ${labels}`)).toEqual([
      'zero-shot 0',
      'features 20',
      'nothing 20',
      'scratch 20',
    ]);
    const auc = (mode: string) => points.find((point) => point.mode === mode)!.metrics['auc'].value!;
    expect(auc('features')).toBeGreaterThan(0.95);
    expect(auc('features')).toBeGreaterThanOrEqual(auc('scratch'));
    // Gone on with, nothing is trained again.
    const again = await runJson<Study>(...args, '--resume');
    expect(again.points).toEqual(points);
    expect(
      (await runJson<Predicted>('predict', join(out, 'model'), join(other, 'stamps.npy'))).predictions,
    ).toHaveLength(80);
  }, 60_000);

  it('gives, stopped and gone on with, what it gives in one go', async () => {
    const path = join(root, 'cnn.toml');
    const out = join(root, 'stopped');
    const stop = new AbortController();
    let steps = 0;
    const first = await trainFromRecipe(path, {
      ...{ data: set, out, signal: stop.signal },
      onProgress: () => void (++steps === 6 && stop.abort()),
    });
    expect(first.interrupted).toBe(true);
    expect(existsSync(join(out, 'bundle'))).toBe(false);
    expect((await run('train', path, '--data', set, '--out', out)).err).toMatch(/add --resume/);
    await runJson('train', path, '--data', set, '--out', out, '--resume');
    const [whole, resumed] = await Promise.all([metricsOf(model), metricsOf(out)]);
    expect(resumed.metrics).toEqual(whole.metrics);
  }, 60_000);
});

describe('other classifiers of stamps', () => {
  it.each([
    ['random-forest', '{ trees = 40 }'],
    ['knn', '{ neighbors = 5 }'],
    ['mec', '{}'],
  ])('%s sees principal components of the pixels', async (learner, options) => {
    const body = `${data}[model]\nlearner = "${learner}"\noptions = ${options}\n[features]\nchannels = [1]\ncomponents = 12\n`;
    const out = join(root, learner);
    await runJson('train', await recipe(learner, body), '--data', set, '--out', out);
    expect((await metricsOf(out)).metrics['auc'].value).toBeGreaterThan(0.75);
    const { predictions } = await runJson<Predicted>('predict', out, join(other, 'stamps.npy'));
    expect(predictions.filter(({ probability }) => probability === null)).toHaveLength(2);
  });

  it('are put into one table beside published figures, with differences and the cost of wrong labels', async () => {
    const body = (noise: number) =>
      `[data]\ngroup = "group"\nlabel_noise = ${noise}\n[model]\nlearner = "random-forest"\noptions = { trees = 40 }\n[features]\nchannels = [1]\ncomponents = 12\n`;
    const papers = join(root, 'papers');
    await mkdir(papers);
    const published = '[paper]\ntitle = "Somebody 2020"\nfigures = { auc = 0.75, accuracy = 0.5 }\n';
    for (const [name, noise] of [
      ['clean', 0],
      ['noisy', 0.4],
    ] as const)
      await runJson('train', await recipe(name, body(noise)), '--data', set, '--out', join(root, name));
    await copyFile(await recipe('clean', `${body(0)}${published}`), join(papers, 'clean.toml'));
    const unseen = await recipe('unseen', `${body(0)}${published.replace('0.75', '0.25')}`);
    await copyFile(unseen, join(papers, 'unseen.toml'));
    const forests = [join(root, 'clean'), join(root, 'noisy')];
    const out = join(root, 'compared');
    const { blocks } = await runJson<StampComparison>(
      'compare',
      ...[...forests, join(root, 'cnn'), join(root, 'further')],
      ...['--paper', papers, '--reference', 'cnn', '--out', out],
    );
    expect(blocks).toHaveLength(1);
    const { models, set: measured, n, labelNoise } = blocks[0];
    expect([measured.simulated, n]).toEqual([true, 60]);
    expect(models.map(({ name }) => name)).toEqual(['clean', 'noisy', 'cnn', 'unseen', 'always “bogus”']);
    expect(models[0].paper?.figures).toEqual({ auc: 0.75, accuracy: 0.5 });
    const { a, b, difference } = models[0].differences!['auc'];
    expect([a.value, b.value]).toEqual([models[0], models[2]].map(({ metrics }) => metrics!['auc'].value));
    expect(difference.value).toBeCloseTo(a.value! - b.value!, 12);
    expect(labelNoise[0].points.map(({ wrong }) => wrong)).toEqual([0, expect.closeTo(0.4, 2)]);
    const report = await readFile(join(out, 'report.html'), 'utf8');
    for (const text of ['simulated, 60 stamps', 'Somebody 2020', 'Transfer of cnn', 'What wrong labels cost'])
      expect(report).toContain(text);
    // Figures on other stamps, real ones and recipes do not go into this table.
    const measuredOn = async (folder: string) => {
      const path = join(root, `on-${folder}`);
      await runJson('evaluate', join(root, 'clean'), '--data', join(root, folder), '--out', path);
      return path;
    };
    const elsewhere = await run('compare', ...forests, await measuredOn('other'), '--json');
    expect(elsewhere.out).toMatch(/EVALUATION_INVALID.*clean was measured on other stamps than clean/);
    expect((await run('compare', join(root, 'clean'), join(root, 'clean.toml'))).err).toMatch(/not both/);
    const real = await writeBlobSet(join(root, 'real'), { count: 60, seed: 4 });
    await rm(join(real, 'stamp-set.json'));
    const apart = await runJson<StampComparison>('compare', forests[0], await measuredOn('real'));
    expect(apart.blocks.map(({ set: { simulated }, n: count }) => [simulated, count])).toEqual([
      [true, 60],
      [false, 60],
    ]);
  }, 60_000);

  it('several networks, and passes with dropout, say how far they agree and where they do not know', async () => {
    const body = `${data}[model]\nlearner = "cnn"\nnetwork = "sdss-cnn-refined"\n[training]\nbatch = 32\nepochs = 2\n[decision]\naccuracy = 0.8\n`;
    for (const [name, uncertainty] of [
      ['members', 'members = 2'],
      ['passes', 'passes = 4'],
    ]) {
      const out = join(root, name);
      await runJson(
        'train',
        await recipe(name, `${body}[uncertainty]\n${uncertainty}\n`),
        '--data',
        set,
        '--out',
        out,
      );
      const { predictions } = await runJson<Predicted>('predict', out, join(other, 'stamps.npy'));
      const judged = predictions.filter(({ probability }) => probability !== null);
      expect(judged.every(({ spread }) => Number(spread) > 0 && Number(spread) < 0.5)).toBe(true);
      const { decision } = (await metricsOf(out)) as unknown as {
        readonly decision: { readonly confidence: number | null };
      };
      for (const { probability, answer, class: own } of judged) {
        const sure = Math.max(Number(probability), 1 - Number(probability));
        if (decision.confidence !== null)
          expect(answer).toBe(sure >= decision.confidence ? own : "don't know");
      }
    }
  }, 60_000);
});
