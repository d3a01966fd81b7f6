import { copyFile, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Rng } from '@blemish/sky';
import { encode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBundle } from '../src/bundle.ts';
import { judgePicture } from '../src/pictures/judge-pictures.ts';
import { readMarkedPictures } from '../src/pictures/marked-pictures.ts';
import type { MarkedPicture } from '../src/pictures/marked-pictures.ts';
import { measurePictures, pictureDifference } from '../src/pictures/measure-pictures.ts';
import { compareSegmentation, evaluatePictures } from '../src/pictures/index.ts';
import { tileLabels } from '../src/pictures/tiles.ts';
import { readRecipesFor } from '../src/recipe.ts';
import { trainFromRecipe } from '../src/training/index.ts';

const timeout = 120_000;
const size = 64;
const annotators = 3;

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'blemish-pictures-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const png = (pixels: Uint8Array, width = size) =>
  encode({ width, height: pixels.length / width, data: pixels, channels: 1, depth: 8 });
const circle = (cx: number, cy: number, r: number) => ({
  shape_attributes: { name: 'circle', cx, cy, r },
  region_attributes: { Type: 'Bright' },
});
const entry = (filename: string, regions: readonly object[]) => ({
  filename,
  size: -1,
  regions,
  file_attributes: {},
});

/** Pictures of one bright disc on noise; each annotator draws it a little off. */
async function writeFolder(folder: string, pictures: number, seed: number): Promise<void> {
  await mkdir(join(folder, 'images'), { recursive: true });
  await mkdir(join(folder, 'annotations'));
  const drawn: Record<string, object>[] = Array.from({ length: annotators }, () => ({}));
  for (let i = 0; i < pictures; i++) {
    const rng = new Rng(seed, i);
    const [x, y, r] = [rng.uniform(12, 52), rng.uniform(12, 52), rng.uniform(9, 15)];
    const pixels = Uint8Array.from({ length: size * size }, (_, k) => {
      const inside = Math.hypot((k % size) + 0.5 - x, Math.floor(k / size) + 0.5 - y) < r;
      return Math.max(0, Math.min(255, Math.round(rng.normal(inside ? 90 : 50, 20))));
    });
    const name = `p${seed}-${i}.png`;
    await writeFile(join(folder, 'images', name), png(pixels));
    drawn.forEach((own, a) => {
      own[name] = entry(name, [circle(x + rng.normal(), y + rng.normal(), r + 0.5 * (a - 1))]);
    });
  }
  for (const [a, own] of drawn.entries())
    await writeFile(join(folder, 'annotations', `annotator-${a + 1}.json`), JSON.stringify(own));
}

describe('a folder of marked pictures', () => {
  it('names what is wrong with single files and reads the rest', async () => {
    const folder = join(root, 'wrong');
    await writeFolder(folder, 3, 1);
    await writeFile(join(folder, 'images', 'alone.png'), png(new Uint8Array(size * size)));
    await writeFile(join(folder, 'images', 'small.png'), png(new Uint8Array(32 * 32), 32));
    await writeFile(join(folder, 'images', 'broken.jpg'), 'not a picture');
    const more = {
      'gone.png': entry('gone.png', []),
      'small.png': entry('small.png', []),
      'p1-0.png': entry('p1-0.png', [{ shape_attributes: { name: 'blob' }, region_attributes: {} }]),
    };
    await writeFile(join(folder, 'annotations', 'annotator-4.json'), JSON.stringify(more));
    await writeFile(join(folder, 'annotations', 'list.json'), '[1, 2, 3]');
    const { pictures, annotators: names, failed, notes } = await readMarkedPictures(folder, size);
    expect(pictures.map(({ masks }) => masks.length)).toEqual([4, 3, 3]);
    expect(names).toEqual(['annotator-1', 'annotator-2', 'annotator-3', 'annotator-4']);
    expect(failed.map(({ code }) => code)).toEqual([
      'LABELS_INVALID',
      'IMAGE_UNLABELLED',
      'PICTURE_UNREADABLE',
      'PICTURE_SHAPE',
      'LABELS_WITHOUT_IMAGE',
    ]);
    expect(failed[4].error).toContain("'gone.png'");
    expect(notes[0]).toContain("shape 'blob'");
    expect(notes[1]).toContain('2 of 3 pictures were not seen by all 4 annotators');
  });

  it('takes a picture once, and all entries that one annotator has for it', async () => {
    const folder = join(root, 'twice');
    await writeFolder(folder, 2, 5);
    const [first] = await readdir(join(folder, 'images'));
    await copyFile(join(folder, 'images', first), join(folder, 'images', 'z-copy.png'));
    const box = (x: number) => ({
      shape_attributes: { name: 'rect', x, y: 4, width: 3, height: 3 },
      region_attributes: {},
    });
    const entries = { a: entry(first, [box(4)]), b: entry(first, [box(20)]), c: entry('z-copy.png', []) };
    await writeFile(join(folder, 'annotations', 'twofold.json'), JSON.stringify(entries));
    const { pictures, failed, notes } = await readMarkedPictures(folder, size);
    expect(pictures).toHaveLength(2);
    expect(failed).toMatchObject([{ code: 'PICTURES_REFUSED' }]);
    expect(failed[0].error).toContain(first);
    expect(notes.join()).toContain(`two entries for '${first}'`);
    const { mask } = pictures[0].masks.find(({ annotator }) => annotator === 'twofold')!;
    expect([mask[5 * size + 5], mask[5 * size + 21]]).toEqual([1, 1]);
  });

  it('refuses a folder in which nothing is left', async () => {
    const folder = join(root, 'empty');
    await writeFolder(folder, 0, 1);
    await expect(readMarkedPictures(folder, size)).rejects.toMatchObject({ code: 'PICTURES_REFUSED' });
    await expect(readMarkedPictures(join(root, 'nowhere'), size)).rejects.toMatchObject({
      code: 'INPUT_NOT_FOUND',
    });
  });
});

/** A picture of `side` pixels whose masks are given as text, one line an annotator, `#` for a marked pixel. */
function markedPicture(side: number, lines: readonly string[]): MarkedPicture {
  const masks = lines.map((line, a) => ({
    annotator: String(a),
    mask: Uint8Array.from(line, (letter) => (letter === '#' ? 1 : 0)),
  }));
  const votes = new Uint8Array(side * side);
  for (const { mask } of masks) mask.forEach((value, i) => (votes[i] += value));
  return { name: 'p', sha256: '', pixels: new Uint8Array(side * side), masks, votes };
}

// Two pixels a row in each tile of 2×2: tiles are (0,1,4,5), (2,3,6,7), (8,9,12,13), (10,11,14,15).
const picture = markedPicture(4, [
  '#...............',
  '##.#............',
  '.#.........#....',
  '.......#........',
]);

describe('what is measured', () => {
  it('a tile is positive where half of the annotators marked a quarter of it, negative where nobody marked anything', () => {
    // Pixels 0 and 1 have two votes of four; 3, 7 and 11 one each.
    expect(tileLabels(picture, 4, 2)).toEqual([1, -1, 0, -1]);
  });

  it('annotators and network are laid beside the same majorities of the others', () => {
    const map = Float32Array.from({ length: 16 }, (_, i) => (i < 2 ? 0.9 : 0.1));
    const settings = { size: 4, tile: 2, threshold: 0.5, brightnessThreshold: 1 };
    const judged = judgePicture(picture, map, settings);
    // Of the majority (0 and 1) everything is found.
    expect(judged.network.overlap).toMatchObject({ intersection: 2, union: 2 });
    // Without annotator 0: two of three are needed, which pixel 1 has alone. 0 marked pixel 0.
    expect(judged.leftOut[0].own).toMatchObject({ intersection: 0, union: 2 });
    expect(judged.leftOut[0].network).toMatchObject({ intersection: 1, union: 2 });
    const { annotators: agreement, metrics } = measurePictures([judged], { samples: 5 });
    expect(agreement.byAnnotator[0]).toEqual({ annotator: '0', iou: 0 });
    expect(metrics.auc.value).toBe(1);
    const same = pictureDifference([judged], [judged], { samples: 5 });
    expect(same.iou.difference.value).toBe(0);
  });
});

describe('a model of marked pictures', () => {
  it('finds what annotators mark on pictures it has not seen', { timeout }, async () => {
    await writeFolder(join(root, 'training'), 16, 2);
    await writeFolder(join(root, 'test'), 8, 3);
    const recipe = join(root, 'tiny.toml');
    await writeFile(
      recipe,
      `name = "tiny"
task = "segmentation"
[data]
size = ${size}
tile = 16
[model]
network = "picture-unet"
width = 4
[training]
epochs = 25
learning_rate = 1e-2
ema = 0.9
shift = 4
`,
    );
    const run = join(root, 'run');
    const data = join(root, 'training');
    await trainFromRecipe(recipe, { data, out: run });
    const bundle = await openBundle(run, 'segmentation');
    const result = await evaluatePictures(bundle, {
      data: join(root, 'test'),
      out: join(root, 'evaluation'),
    });
    expect(result.n).toBe(8);
    expect(result.metrics.auc.value).toBeGreaterThan(0.9);
    // Discs of 12 px that two people draw a pixel apart overlap by some 0.85; every pixel marked gives 0.1.
    expect(result.metrics.iou.value).toBeGreaterThan(0.5);
    expect(result.annotators.median.value).toBeGreaterThan(0.7);
    expect(await readFile(join(root, 'evaluation', 'report.html'), 'utf8')).toContain('data:image/png');
    await expect(evaluatePictures(bundle, { data, out: null })).rejects.toMatchObject({
      code: 'DATASET_SEEN',
    });

    // A training that starts from these weights is where they left off.
    const next = join(root, 'next.toml');
    const text = (await readFile(recipe, 'utf8')).replace('[data]', `start = "${run}"\n[data]`);
    await writeFile(
      next,
      text.replace('epochs = 25', 'epochs = 1').replace('1e-2', '1e-6').replace('ema = 0.9', 'ema = 0'),
    );
    await writeFolder(join(root, 'others'), 16, 4);
    const others = join(root, 'others');
    await writeFile(join(others, 'images', 'broken.jpg'), 'not a picture');
    const { failed } = await trainFromRecipe(next, { data: others, out: join(root, 'next') });
    expect(failed).toMatchObject([{ code: 'PICTURE_UNREADABLE' }]);
    const again = await evaluatePictures(await openBundle(join(root, 'next'), 'segmentation'), {
      data: join(root, 'test'),
      out: null,
    });
    expect(again.metrics.auc.value).toBeGreaterThan(0.9);

    // Out of fold two recipes are measured on the same pictures.
    const cold = join(root, 'cold.toml');
    await writeFile(cold, text.replace(/start = .*\n/, '').replace('epochs = 25', 'epochs = 1'));
    const files = await readRecipesFor([cold, next], 'segmentation');
    // … which the start of one of them must not have seen.
    await expect(compareSegmentation(files, { data, out: join(root, 'seen') })).rejects.toMatchObject({
      code: 'DATASET_SEEN',
    });
    const comparison = await compareSegmentation(files, {
      data: others,
      out: join(root, 'comparison'),
      bootstrap: 50,
    });
    expect(comparison.models.map(({ n, folds }) => [n, folds])).toEqual([
      [16, 5],
      [16, 5],
    ]);
    const [{ of, auc }] = comparison.differences;
    expect(of).toEqual(['tiny', 'tiny']);
    expect(auc.difference.value).toBeCloseTo(
      comparison.models[1].metrics.auc.value! - comparison.models[0].metrics.auc.value!,
      12,
    );
    expect(await readFile(join(root, 'comparison', 'report.html'), 'utf8')).toContain('tiny less tiny');
  });
});
