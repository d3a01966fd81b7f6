import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineNetwork, exportOnnx, initialWeights } from '@blemish/engine';
import { decodeNpy, encodeNpy } from '@blemish/survey/arrays';
import { dataRoot } from '@blemish/testkit';
import { decode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run, runJson } from './helpers/main.ts';

const side = 16;
const count = 12;
/** Where the blob of each stamp is, off the middle. */
const places = Array.from({ length: count }, (_, n) => ({ y: n % 2 === 0 ? 3 : 12, x: 3 + ((n * 5) % 10) }));

let root: string;
let model: string;
let set: string;

/** A network by hand: the mean over 3 × 3 pixels above 1, summed over the stamp, speaks for `blob`. */
async function makeModel(): Promise<string> {
  const network = defineNetwork({
    name: 'blobs',
    inputs: { stamps: ['N', 2, side, side] },
    build(b, { stamps }) {
      const map = b.relu(b.conv2d(stamps, { name: 'mean', out: 2, kernel: 3 }));
      return { answer: b.sigmoid(b.dense(b.globalMean(map), { name: 'out', out: 1 })) };
    },
  });
  const values: Readonly<Record<string, (i: number) => number>> = {
    // Of the first channel into the first map, of the second into the second.
    'mean.weight': (i) => (i < 9 || i >= 27 ? 1 / 9 : 0),
    'mean.bias': () => -1,
    'out.weight': (i) => (i === 0 ? 40 : 5),
    'out.bias': () => -0.5,
  };
  const weights = Object.fromEntries(
    Object.entries(initialWeights(network, 1)).map(([name, { shape, data }]) => [
      name,
      { shape, data: data.map((_, i) => values[name](i)) },
    ]),
  );
  const file = join(root, 'blobs.onnx');
  await writeFile(file, exportOnnx(network, weights));
  const out = join(root, 'blobs');
  await runJson('model', 'import', file, '--preprocess', 'none', '--classes', 'blob', '--out', out);
  return out;
}

/** A set of stamps [N, H, W, 2] with labels, groups and truth; the last stamp has no pixel with a value. */
async function makeSet(name: string): Promise<string> {
  const folder = join(root, name);
  await mkdir(folder);
  const pixels = new Float32Array(count * side * side * 2);
  const truth = new Uint8Array(count * side * side);
  for (const [n, { y, x }] of places.entries()) {
    for (let v = y - 1; v <= y + 1; v++)
      for (let u = x - 1; u <= x + 1; u++) {
        const at = (n * side + v) * side + u;
        pixels[2 * at] = 6;
        truth[at] = 1;
      }
  }
  pixels.fill(NaN, (count - 1) * side * side * 2);
  await writeFile(join(folder, 'stamps.npy'), encodeNpy({ shape: [count, side, side, 2], data: pixels }));
  await writeFile(join(folder, 'truth.npy'), encodeNpy({ shape: [count, side, side], data: truth }));
  const rows = places.map(({ y }, n) => `${n},${y < 8 ? 'low' : 'high'},g${n >> 1}`);
  await writeFile(join(folder, 'stamps.csv'), `index,label,group\n${rows.join('\n')}\n`);
  return folder;
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'blemish-explain-'));
  model = await makeModel();
  set = await makeSet('set');
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** Rows of a CSV file without quotes, by column name. */
async function rowsOf(path: string): Promise<Record<string, string>[]> {
  const [header, ...lines] = (await readFile(path, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));
  return lines.map((cells) => Object.fromEntries(header.map((name, k) => [name, cells[k]])));
}

interface Summary {
  readonly explained: number;
  readonly stamps: number;
  readonly empty: number;
  readonly limited: boolean;
  readonly layer: string | null;
  readonly failed: readonly { readonly code: string }[];
  readonly truth: Readonly<Record<string, { readonly value: number; readonly low: number }>> | null;
}

describe('blemish explain', () => {
  it('writes pictures, heat, a table and a page for a set of stamps', async () => {
    const out = join(root, 'explained');
    const summary = await runJson<Summary>('explain', model, set, '--out', out, '--threads', '1');
    expect(summary).toMatchObject({
      stamps: count,
      explained: count - 1,
      empty: 1,
      limited: false,
      failed: [],
    });
    expect(summary.layer).toBe('mean, 2 channels of 16 × 16');
    expect((await readdir(out)).sort()).toEqual(
      ['explanations.csv', 'explanations.json', 'heat.npy', 'index.html', 'pictures'].sort(),
    );
    const heat = decodeNpy(await readFile(join(out, 'heat.npy')));
    expect(heat.shape).toEqual([count, side, side]);
    const rows = await rowsOf(join(out, 'explanations.csv'));
    for (const [n, { y, x }] of places.slice(0, -1).entries()) {
      expect(rows[n]).toMatchObject({ index: String(n), class: 'blob', reason: '', method: 'gradcam' });
      expect([rows[n]['hottest_y'], rows[n]['hottest_x']]).toEqual([String(y), String(x)]);
      expect(heat.data[(n * side + y) * side + x]).toBe(1);
      const { width, channels } = decode(await readFile(join(out, rows[n]['picture'])));
      expect([width > 200, channels]).toEqual([true, 3]);
    }
    expect(rows[count - 1]).toMatchObject({ class: '', probability: '', reason: 'no pixel has a value' });
    expect(heat.data[(count - 1) * side * side]).toBeNaN();
    const page = await readFile(join(out, 'index.html'), 'utf8');
    expect(page.match(/<img src="data:image\/png/g)).toHaveLength(count - 1);
    expect(page).toContain('Grad-CAM of blobs');
    expect(await readdir(join(out, 'pictures'))).toHaveLength(count - 1);
  });

  it('replaces an explanation by --force alone, and never a folder of something else', async () => {
    const out = join(root, 'explained');
    const again = await run('explain', model, set, '--out', out);
    expect([again.code, again.err.includes('holds explanations already')]).toEqual([2, true]);
    const { explained, limited } = await runJson<Summary>(
      'explain',
      model,
      join(set, 'stamps.npy'),
      ...['--out', out, '--force', '--limit', '3', '--method', 'occlusion', '--patch', '3', '--stride', '1'],
    );
    expect([explained, limited, (await readdir(join(out, 'pictures'))).length]).toEqual([3, true, 3]);
    expect(await run('explain', model, set, '--out', set, '--force')).toMatchObject({ code: 2 });
  });

  it('measures heat against truth, beside controls that know nothing', async () => {
    const out = join(root, 'truth');
    const { truth } = await runJson<Summary>('explain', model, set, '--out', out, '--against-truth');
    expect(truth!['stamps']).toBe(count - 1);
    // A blob of 3 × 3 pixels seen through 3 × 3 pixels: more than half of the heat is on it.
    expect(truth!['inside'].value).toBeGreaterThan(0.5);
    expect(truth!['ratio'].low).toBeGreaterThan(3);
    expect(truth!['centreRatio'].value).toBeLessThan(truth!['ratio'].value);
    expect(truth!['aboveCentre'].low).toBeGreaterThan(0);
    expect(truth!['otherRatio'].value).toBeLessThan(3);
    const printed = await run('explain', model, set, '--out', out, '--against-truth', '--force');
    expect(printed.out).toMatch(/heat inside \/ area +\d+\.\d{4} {2}\[/);
    expect(await readFile(join(out, 'index.html'), 'utf8')).toContain('Against truth');
    const [first] = await rowsOf(join(out, 'explanations.csv'));
    expect(Number(first['inside_truth'])).toBeGreaterThan(0.5);
  });

  it('shows the labelled stamps that resemble each, none its own neighbour', async () => {
    const out = join(root, 'near');
    const reference = ['--method', 'neighbours', '--reference', set, '--k', '3'];
    await runJson('explain', model, set, '--out', out, ...reference, '--limit', '4');
    const rows = await rowsOf(join(out, 'explanations.csv'));
    expect(rows).toHaveLength(12);
    for (const row of rows) {
      expect(row['reference_index']).not.toBe(row['index']);
      // All blobs are alike to the mean of the map.
      expect(Number(row['distance'])).toBeLessThan(1e-6);
      expect(['low', 'high']).toContain(row['label']);
    }
    expect(
      (await run('explain', model, set, '--out', join(root, 'x'), '--method', 'neighbours')).err,
    ).toContain('needs --reference');
  });

  it('names what is wrong with a set, a class, a layer, and goes on past bad files', async () => {
    const fresh = (name: string) => ['--out', join(root, name)];
    const bad = await makeSet('bad');
    await writeFile(join(bad, 'stamps.csv'), 'label\nlow\n');
    const few = await run('explain', model, bad, ...fresh('a'), '--against-truth');
    expect([few.code, few.err.includes(`stamps.csv: has 1 rows for ${count} stamps`)]).toEqual([3, true]);
    await rm(join(bad, 'truth.npy'));
    const none = await run('explain', model, bad, ...fresh('a'), '--against-truth');
    expect(none.err).toContain('has no truth.npy beside it');
    const unknown = await run('explain', model, set, ...fresh('a'), '--class', 'star');
    expect([unknown.code, unknown.err.includes('there are "blob", "not blob"')]).toEqual([2, true]);
    expect((await run('explain', model, set, ...fresh('a'), '--layer', 'x')).err).toContain('mean (16 × 16)');
    const cut = join(root, 'cut.npy');
    await writeFile(cut, (await readFile(join(set, 'stamps.npy'))).subarray(0, 500));
    const { code, out } = await run('explain', model, cut, set, ...fresh('b'), '--json');
    expect(code).toBe(1);
    const { failed, explained } = JSON.parse(out) as Summary;
    expect([failed.map((each) => each.code), explained]).toEqual([['ARRAY_INVALID'], count - 1]);
  });
});

describe('the shipped model of CCDs', () => {
  it('shows a class on each CCD, in bins', { timeout: 120_000 }, async () => {
    const night = join(root, 'night');
    const sky = ['--n', '1', '--ccds', '2', '--width', '512', '--height', '512', '--seed', '900007'];
    await runJson('simulate', 'exposures', ...sky, '--artifacts', 'Satellite', '--out', night);
    const out = join(root, 'ccds');
    const summary = await runJson<Summary>(
      'explain',
      'blemish-ccd',
      night,
      '--out',
      out,
      '--class',
      'Satellite',
    );
    expect(summary).toMatchObject({
      stamps: 2,
      explained: 2,
      layer: 'down0b, 32 channels of 64 × 128',
      failed: [],
    });
    const rows = await rowsOf(join(out, 'explanations.csv'));
    expect(rows.map(({ hdu, class: name }) => [hdu, name])).toEqual([
      ['1', 'Satellite'],
      ['2', 'Satellite'],
    ]);
    const { shape, data } = decodeNpy(await readFile(join(out, 'pictures', '00000.npy')));
    expect(shape).toEqual([64, 64]);
    expect(Math.max(...Array.from(data as Float32Array))).toBe(1);
    const refused = await run(
      'explain',
      'blemish-ccd',
      night,
      '--out',
      join(root, 'no'),
      '--method',
      'occlusion',
    );
    expect([refused.code, refused.err.includes('CCDs are explained by --method gradcam')]).toEqual([2, true]);
  });
});

describe.skipIf(dataRoot === null)("ZTF's production network", () => {
  it('looks at the transient in the middle of real alerts', { timeout: 120_000 }, async () => {
    const folder = join(dataRoot ?? '', 'ztf-alerts');
    const bundle = join(root, 'braai');
    const weights = join(folder, 'braai-d6_m7.weights.h5');
    const architecture = ['--architecture', join(folder, 'braai-d6_m7.architecture.json')];
    const options = ['--preprocess', 'l2-rows', '--classes', 'real', '--out', bundle];
    await runJson('model', 'import', weights, ...architecture, ...options);
    const out = join(root, 'braai-explained');
    const limit = ['--limit', '40', '--class', 'real', '--method', 'hirescam'];
    await runJson('explain', bundle, folder, '--out', out, ...limit);
    const rows = await rowsOf(join(out, 'explanations.csv'));
    const published = (await rowsOf(join(folder, 'stamps.csv'))).map((row) => Number(row['drb']));
    const { data } = decodeNpy(await readFile(join(out, 'heat.npy')));
    let [near, all, agreeing, scored] = [0, 0, 0, 0];
    for (const [n, row] of rows.entries()) {
      if (!Number.isNaN(published[n])) scored++;
      if (Math.abs(Number(row['probability']) - published[n]) < 1e-3) agreeing++;
      if (Number(row['probability']) < 0.9) continue;
      for (let i = 0; i < 63 * 63; i++) {
        const heat = Number(data[n * 63 * 63 + i]);
        all += heat;
        if (Math.hypot((i % 63) - 31, Math.floor(i / 63) - 31) <= 8) near += heat;
      }
    }
    // The scores are the published ones, but for stamps that ZTF has made anew since.
    expect(agreeing / scored).toBeGreaterThan(0.9);
    // Transients are at the centre of an alert's stamps: the disk of 8 pixels has 5 % of the area.
    expect(near / all).toBeGreaterThan(0.4);
  });
});
