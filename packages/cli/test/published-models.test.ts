import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dataRoot } from '@blemish/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeNpy } from '@blemish/survey/arrays';
import { blemish } from './helpers/run.ts';

/** Published networks with published answers; the files stay where the real data lie. */
const data = dataRoot ?? '';
const repository = fileURLToPath(new URL('../../../', import.meta.url));
const timeout = 180_000;

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'blemish-published-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function run(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await blemish(args, { shipped: true, cwd: repository });
  expect(code, stderr).toBe(0);
  return stdout;
}

/** Cells of a CSV file without quotes, by column name. */
async function columns(path: string, ...names: string[]): Promise<string[][]> {
  const [header, ...rows] = (await readFile(path, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));
  return names.map((name) => rows.map((row) => row[header.indexOf(name)]));
}

describe.skipIf(dataRoot === null)("ZTF's production network, Keras weights", () => {
  it('gives the published real/bogus scores', { timeout }, async () => {
    const folder = join(data, 'ztf-alerts');
    const bundle = join(root, 'braai');
    const scores = join(root, 'scores.csv');
    const architecture = ['--architecture', join(folder, 'braai-d6_m7.architecture.json')];
    const weights = join(folder, 'braai-d6_m7.weights.h5');
    await run('model', 'import', weights, ...architecture, '--preprocess', 'l2-rows', '--out', bundle);
    await run('predict', bundle, join(folder, 'stamps.npy'), '--out', scores);
    const [probability, index, sha] = await columns(scores, 'probability', 'index', 'model_sha256');
    const [published] = await columns(join(folder, 'stamps.csv'), 'drb');
    expect(index).toEqual(published.map((_, k) => String(k)));
    expect(probability.every((text) => text !== '')).toBe(true);
    expect(new Set(sha).size).toBe(1);
    const differences = published
      .map((text, k) => Math.abs(Number(text) - Number(probability[k])))
      .filter((difference) => !Number.isNaN(difference))
      .sort((a, b) => a - b);
    expect(differences).toHaveLength(346);
    // The rest differ by more because ZTF made its stamps anew since.
    expect(differences[173]).toBeLessThanOrEqual(1e-6);
    expect(differences.filter((difference) => difference <= 1e-3).length / 346).toBeGreaterThanOrEqual(0.985);
  });
});

describe.skipIf(dataRoot === null)('the encoder of the ZTF artefact paper, PyTorch weights', () => {
  it('gives the published embeddings of two frames', { timeout }, async () => {
    const folder = join(data, 'ztf-frames');
    const bundle = join(root, 'encoder');
    const out = join(root, 'embeddings.npy');
    const mapping = ['--mapping', join(repository, 'recipes/import/ztf-vae-encoder.toml')];
    const weights = join(folder, 'vae-encoder.safetensors');
    await run('model', 'import', weights, ...mapping, '--preprocess', 'min-max', '--out', bundle);
    const objects = { '683204100034776': 376, '683213200035766': 111 };
    const frames = Object.keys(objects).map((oid) => join(folder, `${oid}.fits`));
    await run('embed', bundle, ...frames, '--out', out);
    const ours = decodeNpy(await readFile(out));
    expect(ours.shape).toEqual([2, 72]);
    // Numbers reach 7, where neighbouring float32 are 5e-7 apart: 1e-6 for those below 1, in proportion above.
    const compare = (oid: string, found: ArrayLike<number | bigint>, wanted: ArrayLike<number | bigint>) => {
      for (let i = 0; i < found.length; i++) {
        const value = Number(wanted[i]);
        const error = Math.abs(Number(found[i]) - value);
        expect(error, `${oid}, number ${i}`).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(value)));
      }
    };
    // By object the means alone are written, as they are published for all objects.
    for (const oid of Object.keys(objects)) {
      await mkdir(join(root, 'frames', oid), { recursive: true });
      await copyFile(join(folder, `${oid}.fits`), join(root, 'frames', oid, 'frame.fits'));
    }
    const arrays = join(root, 'arrays');
    await run('embed', bundle, root, '--by-object', '--min-frames', '1', '--out', arrays);
    for (const [k, [oid, row]] of Object.entries(objects).entries()) {
      const published = decodeNpy(await readFile(join(folder, `${oid}.embeddings.npy`)));
      compare(
        oid,
        ours.data.subarray(k * 72, (k + 1) * 72),
        published.data.subarray(row * 72, (row + 1) * 72),
      );
      const means = decodeNpy(await readFile(join(arrays, `${oid}.npy`)));
      expect(means.shape).toEqual([1, 36]);
      compare(oid, means.data, published.data.subarray(row * 72, row * 72 + 36));
    }
  });
});
