import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeSafetensors } from '@blemish/engine';
import { Header, encodeHdu } from '@blemish/fits';
import type { TableEvaluation } from '@blemish/survey';
import { decodeNpy, encodeNpy } from '@blemish/survey/arrays';
import { decode } from 'fast-png';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runJson } from './helpers/main.ts';
import { put } from './helpers/table.ts';

const side = 4;
/** File of the bad frame of an artifact; files are numbered from the latest frame on. */
const badFile = 2;

/**
 * Objects of 6 to 9 frames of 4 × 4 pixels on a faint slope: file k has its bright pixel at place k, so that a picture tells which file it
 * is of. One frame of an artifact is much brighter, and a little that of every second `flare`.
 */
async function pictures(folder: string, from: number, count: number): Promise<void> {
  const labels = ['oid,bad,words'];
  for (let i = from; i < from + count; i++) {
    const bad = i % 2;
    labels.push(`${1000 + i},${bad},${bad ? 'artefact ghost' : i % 4 ? 'VAR' : 'flare'}`);
    const path = join(folder, 'frames', `${1000 + i}`);
    await mkdir(path, { recursive: true });
    for (let k = 0; k < 6 + (i % 4); k++) {
      const data = Float32Array.from({ length: side * side }, (_, at) => 0.01 * at);
      data[k] = 5 + 0.1 * ((7 * i + 3 * k) % 5) + (bad && k === badFile ? 200 : 0);
      const header = new Header().set('OBSMJD', 60000 - k);
      await writeFile(join(path, `${k}.fits`), encodeHdu({ header, shape: [side, side], data }, true));
    }
  }
  await put(folder, 'labels.csv', `${labels.join('\n')}\n`);
}

const recipe = `
name = "pictures"
task = "sequence"
[data]
train = "labels.csv"
test = "labels.csv"
frames = { folder = "embeddings" }
label = "bad"
classes = { 0 = "object", 1 = "artifact" }
positive = "artifact"
id = "oid"
tags = "words"
features = []
[split]
folds = 3
[[steps]]
use = "frame-summary"
[model]
learner = "extra-trees"
trees = 20
`;

let root: string;
let model: string;
let other: string;
let evaluation: TableEvaluation;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'blemish-sequence-report-'));
  const toml = `name = "pixels"\ninput = [1, ${side}, ${side}]\noutput = "embedding"\n[[layers]]\ntype = "flatten"\n`;
  const mapping = await put(root, 'pixels.toml', toml);
  const weights = join(root, 'pixels.safetensors');
  await writeFile(weights, encodeSafetensors(new Map(), {}));
  const encoder = join(root, 'encoder');
  await runJson('model', 'import', weights, '--mapping', mapping, '--preprocess', 'none', '--out', encoder);
  const data = join(root, 'data');
  other = join(root, 'other');
  await pictures(data, 0, 48);
  await pictures(other, 100, 32);
  for (const folder of [data, other])
    await runJson('embed', encoder, folder, '--out', `${join(folder, 'embeddings')}/`);
  model = join(root, 'run');
  const path = await put(root, 'recipe.toml', recipe);
  await runJson('train', path, '--data', data, '--out', model);
  evaluation = await runJson<TableEvaluation>('evaluate', model, '--data', other, '--out', join(root, 'out'));
}, 60_000);
afterAll(() => rm(root, { recursive: true, force: true }));

/** Cards of objects in a report, by name. */
async function cards(folder: string): Promise<ReadonlyMap<string, string>> {
  const page = await readFile(join(folder, 'report.html'), 'utf8');
  const parts = page.split('<article class="object">').slice(1);
  return new Map(parts.map((part) => [/<h4>\s*(\w+)/.exec(part)![1], part.split('</article>')[0]]));
}

/** Place of the brightest pixel, counted as in the file: its first row is drawn at the bottom. */
function brightest(uri: string): number {
  const { width, height, data } = decode(Buffer.from(uri, 'base64'));
  const at = data.indexOf(Math.max(...data));
  return (height - 1 - Math.floor(at / width)) * width + (at % width);
}

describe('the report of objects with frames', () => {
  it('says what becomes of each word, in the page and in the figures of both commands', async () => {
    expect(evaluation.byTag).toMatchObject([
      { tag: 'artefact', class: 'artifact', n: 16, flagged: { value: 1 } },
      { tag: 'ghost', class: 'artifact', n: 16 },
      { tag: 'flare', class: 'object', n: 8, flagged: { value: 0 } },
      { tag: 'VAR', class: 'object', n: 8 },
    ]);
    for (const [folder, n] of [
      [model, 24],
      [join(root, 'out'), 16],
    ] as const) {
      const metrics = JSON.parse(await readFile(join(folder, 'metrics.json'), 'utf8')) as TableEvaluation;
      expect(metrics.byTag[1]).toMatchObject({ tag: 'ghost', n });
      const page = await readFile(join(folder, 'report.html'), 'utf8');
      for (const what of [`ghost (${n})`, 'Error rates against threshold', 'Frames that decided'])
        expect(page).toContain(what);
    }
  });

  it('shows the frames that decided, each with the picture of its own file', async () => {
    const found = await cards(join(root, 'out'));
    expect(found.size).toBe(8);
    for (const [oid, card] of found) {
      const length = 6 + ((Number(oid) - 1000) % 4);
      const stamps = card.split(/<div class="(?=stamp[ "])/).slice(1);
      const frames = stamps.map((stamp) => ({
        number: Number(/<b>(\d+)<\/b>/.exec(stamp)![1]),
        file: brightest(/base64,([^"]+)/.exec(stamp)![1]),
        odd: stamp.startsWith('stamp odd"'),
      }));
      // Those that are odd at all, five at most, and an ordinary one. Times run against the names of the files.
      expect(frames.length).toBeGreaterThan(1);
      expect(frames.length).toBeLessThanOrEqual(6);
      for (const { number, file } of frames) expect(file).toBe(length - 1 - number);
      expect(frames[0]).toMatchObject({ file: badFile, odd: true });
    }
    // Of training as well, by models that have not seen the object.
    expect((await cards(model)).size).toBe(8);
  });

  it('leaves a row for each frame', async () => {
    const file = await asyncBufferFromFile(join(root, 'out', 'frames.parquet'));
    const rows = (await parquetReadObjects({ file })) as {
      oid: string;
      frame: number;
      oddness: number;
      share: number | null;
      flagged: boolean;
      probability: number;
    }[];
    for (const name of await readdir(join(other, 'embeddings'))) {
      if (!name.endsWith('.npy')) continue;
      const { shape } = decodeNpy(await readFile(join(other, 'embeddings', name)));
      const own = rows.filter(({ oid }) => `${oid}.npy` === name);
      expect(own.map(({ frame }) => frame)).toEqual(Array.from({ length: shape[0] }, (_, k) => k));
      const bad = Number(own[0].oid) % 2 === 1;
      expect(own.filter(({ flagged }) => flagged).map(({ frame }) => frame)).toEqual(
        bad ? [shape[0] - 1 - badFile] : [],
      );
      expect(own[0].probability > 0.5).toBe(bad);
    }
  });

  it('draws nothing where the table of frames is of other arrays', async () => {
    for (const name of await readdir(join(other, 'embeddings'))) {
      if (!name.endsWith('.npy')) continue;
      const path = join(other, 'embeddings', name);
      const { shape, data } = decodeNpy(await readFile(path));
      const shorter = data.subarray(shape[1]) as Float32Array;
      await writeFile(path, encodeNpy({ shape: [shape[0] - 1, shape[1]], data: shorter }));
    }
    const out = join(root, 'shorter');
    await runJson('evaluate', model, '--data', other, '--out', out);
    const found = await cards(out);
    expect(found.size).toBeGreaterThan(0);
    for (const card of found.values()) expect(card).not.toContain('base64');
  });
});
