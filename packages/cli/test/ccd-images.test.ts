// The DES paper's classifiers of whole CCDs, from recipe to figures, on CCDs small enough for seconds.
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run, runJson } from './helpers/main.ts';

interface Trained {
  readonly out: string;
  readonly metrics: Readonly<Record<string, number>>;
}
interface Evaluated {
  readonly metrics: {
    readonly n: number;
    readonly metrics: Readonly<Record<string, { readonly value: number | null; readonly reason?: string }>>;
  };
}

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'blemish-ccd-images-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** A recipe of 40 CCDs of 128 × 256 px, and 40 for validation. */
async function recipe(name: string, model: string): Promise<string> {
  const path = join(root, `${name}.toml`);
  const data = 'ccds = 40\nvalidation = 40\nheld_out = 0.25\nwidth = 128\nheight = 256\nminimum_snr = 3\n';
  await writeFile(path, `name = "${name}"\ntask = "ccd-image"\n[data]\n${data}${model}`);
  return path;
}

describe('classifiers of whole CCDs', () => {
  it(
    'train by a recipe, on one simulated set, and are measured on exposures',
    { timeout: 300_000 },
    async () => {
      const set = join(root, 'set');
      const cnn =
        '[model]\nlearner = "cnn"\nanswer = "binary"\n[cnn]\nepochs = 2\npools = [2, 2]\n' +
        '[sweep]\nsizes = [20]\nbins = [16]\ndropout = [0]\n';
      const first = await runJson<Trained>(
        ...['train', await recipe('cnn', cnn), '--data', set, '--out', join(root, 'cnn')],
      );
      expect(first.metrics['held_out_majority_accuracy']).toBe(0.5);
      const metrics = JSON.parse(await readFile(join(first.out, 'metrics.json'), 'utf8')) as {
        readonly sweep: readonly { readonly kind: string; readonly value: number }[];
        readonly epochs: readonly { readonly validation: Readonly<Record<string, number>> }[];
      };
      expect(metrics.sweep.map(({ kind, value }) => [kind, value])).toEqual([
        ['sizes', 20],
        ['bins', 16],
        ['dropout', 0],
      ]);
      expect(Object.keys(metrics.epochs[1].validation).sort()).toEqual([
        'held_out_error',
        'loss',
        'training_error',
        'validation_error',
      ]);

      const svm =
        '[model]\nlearner = "svm"\nanswer = "classes"\n[svm]\nkernel = "rbf"\n[sweep]\nsizes = [10]\n';
      const madeAt = (await stat(join(set, 'chunk-0000.bin'))).mtimeMs;
      await runJson<Trained>(
        ...['train', await recipe('svm', svm), '--data', set, '--out', join(root, 'svm')],
      );
      expect((await stat(join(set, 'chunk-0000.bin'))).mtimeMs).toBe(madeAt);

      const exposures = join(root, 'exposures');
      await run(
        ...['simulate', 'exposures', '--n', '5', '--seed', '800000', '--width', '128', '--height', '256'],
        ...['--out', exposures],
      );
      const before: string[] = [];
      for (const name of ['cnn', 'svm']) {
        const out = join(root, `evaluation-${name}`);
        const { metrics: found } = await runJson<Evaluated>(
          ...['evaluate', join(root, name), '--data', exposures, '--bootstrap', '50', '--out', out],
          ...before.flatMap((other) => ['--beside', other]),
        );
        before.push(out);
        // Stars can mask the whole of a CCD this small.
        expect(found.n).toBeGreaterThan(16);
        expect(found.metrics['majority_accuracy'].value).toBeGreaterThanOrEqual(0.5);
        expect(found.metrics['auc'].value).toBeGreaterThanOrEqual(0);
        if (name === 'cnn') expect(found.metrics['top1_accuracy'].reason).toMatch(/no classes/);
        else expect(found.metrics['top1_with_none_accuracy'].value).not.toBeNull();
        expect(existsSync(join(out, 'predictions.parquet'))).toBe(true);
      }
      const table = await readFile(join(before[1], 'report.html'), 'utf8');
      for (const part of ['Beside other models', '67 % on real DES data', 'The trivial answer'])
        expect(table).toContain(part);
      const page = await readFile(join(root, 'cnn', 'report.html'), 'utf8');
      for (const part of [
        'figure 2',
        'figure 3',
        'figure 4',
        'figure 5',
        'figure 6',
        '67 %',
        'trivial answer',
      ])
        expect(page).toContain(part);
      // What was learned from is no test.
      const seen = join(root, 'seen');
      await cp(exposures, seen, { recursive: true });
      const rows = await readFile(join(seen, 'manifest.csv'), 'utf8');
      await writeFile(join(seen, 'manifest.csv'), rows.replaceAll(/,80000\d,/g, ',700000,'));
      const { code, err } = await run('evaluate', join(root, 'cnn'), '--data', seen);
      expect(code).not.toBe(0);
      expect(err).toMatch(/seed 700000 is one of the model's train seeds/);
    },
  );
});
