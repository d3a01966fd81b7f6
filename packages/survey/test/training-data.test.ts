import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Rng, simulatedClasses } from '@blemish/sky';
import { dataRoot } from '@blemish/testkit';
import { describe, expect, it } from 'vitest';
import { channels, defaultPreprocess, scalars } from '../src/preprocess/settings.ts';
import { artifactClass, blemishCcd, probabilityColumn } from '../src/taxonomy.ts';
import { labelsOf, makeBatch } from '../src/training/ccd-batches.ts';
import { truthCells } from '../src/training/ccd-labels.ts';
import { dequantised, quantise, sampleLayout, sampleRecords } from '../src/training/ccd-sample.ts';
import type { CcdSample } from '../src/training/ccd-sample.ts';
import { SampleStore } from '../src/training/sample-store.ts';

const classes = simulatedClasses.map(artifactClass);
const settings = { ...defaultPreprocess, canvasWidth: 32, canvasHeight: 64, starSize: 4 };
const layout = sampleLayout(settings, classes.length);
const records = sampleRecords(settings, classes.length);

function sample(seed: number): CcdSample {
  const rng = new Rng(seed);
  return {
    image: Uint8Array.from({ length: layout.image }, () => rng.integer(0, 255)),
    evidence: Uint8Array.from({ length: layout.evidence }, () => rng.integer(0, 255)),
    stars: Float32Array.from({ length: layout.stars / 4 }, () => rng.uniform()),
    scalars: Float32Array.from(scalars, () => rng.uniform()),
    cells: Uint32Array.from({ length: layout.cells / 4 }, () =>
      rng.chance(0.1) ? rng.integer(0, 65535) : 0,
    ),
    snr: Float32Array.from(classes, () => (rng.chance(0.2) ? rng.logUniform(1, 100) : 0)),
    hasMask: rng.chance(0.5),
  };
}

describe('taxonomy', () => {
  const shared = join(dataRoot ?? '', '..', 'taxonomy.json');

  it.skipIf(dataRoot === null || !existsSync(shared))(
    'holds the named DES classes and the additions, with their codes',
    () => {
      const all = JSON.parse(readFileSync(shared, 'utf8')) as {
        'des-exposure-checker': { codes: Record<string, number> };
        'blemish-ccd': { adds: string[] };
      };
      const codes = Object.fromEntries(
        Object.entries(all['des-exposure-checker'].codes).filter(
          ([name]) => name !== 'Other' && name !== 'Awesome',
        ),
      );
      for (const name of all['blemish-ccd'].adds) codes[name] = NaN;
      expect(blemishCcd.map(({ name }) => name).sort()).toEqual(Object.keys(codes).sort());
      for (const { name, code } of blemishCcd) expect(code ?? NaN).toBe(codes[name]);
    },
  );

  it('gives every class a mask bit and a column of its own', () => {
    expect(new Set(blemishCcd.map(({ maskBit }) => maskBit)).size).toBe(blemishCcd.length);
    expect(new Set(blemishCcd.map(({ name }) => probabilityColumn(name))).size).toBe(blemishCcd.length);
    expect(probabilityColumn('A/B jump')).toBe('p_a_b_jump');
  });

  it('says what it knows when asked for what it does not', () => {
    expect(() => artifactClass('Goast')).toThrow(/Goast.*Ghost/);
  });
});

describe('truth as cells', () => {
  it('counts two pixels for a thin class, a quarter of the cell for a region', () => {
    const [thin, region] = [artifactClass('Cosmic ray'), artifactClass('Ghost')];
    const truth = new Uint32Array(32 * 32);
    truth[0] = 1;
    truth[1] = 1;
    for (let y = 0; y < 16; y++) for (let x = 16; x < 20; x++) truth[y * 32 + x] = 2;
    for (let y = 16; y < 31; y++) for (let x = 16; x < 20; x++) truth[y * 32 + x] = 2;
    const cells = truthCells(truth, 32, 32, [thin, region], 3, 2);
    expect([...cells]).toEqual([1, 2, 0, 0, 0, 0]);
  });
});

describe('samples on disk', () => {
  it('come back as they went', () => {
    const one = sample(1);
    expect(records.unpack(records.pack(one))).toEqual(one);
  });

  it('are quantised within half a step where not clipped', () => {
    for (const value of [-2, -0.4, 0, 0.3, 5.9]) {
      expect(Math.abs(dequantised[quantise(Float32Array.of(value))[0]] - value)).toBeLessThanOrEqual(
        0.5 / 32,
      );
    }
  });

  it('are made once, resumed at the chunk that is missing, and refused for other settings', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'blemish-samples-'));
    try {
      const made: number[] = [];
      // eslint-disable-next-line @typescript-eslint/require-await
      const make = async function* (from: number, to: number) {
        for (let i = from; i < to; i++) {
          if (made.length === 70) throw new Error('interrupted');
          made.push(i);
          yield sample(i);
        }
      };
      await expect(SampleStore.open(folder, 'key', 120, records, make)).rejects.toThrow('interrupted');
      expect(readdirSync(folder).filter((name) => name.endsWith('.partial'))).toEqual([]);
      made.length = 0;
      // eslint-disable-next-line @typescript-eslint/require-await
      const rest = async function* (from: number, to: number) {
        for (let i = from; i < to; i++) {
          made.push(i);
          yield sample(i);
        }
      };
      const store = await SampleStore.open(folder, 'key', 120, records, rest);
      expect(made[0]).toBe(50); // the chunk that was begun is begun again, the finished one is kept
      expect(await store.read(3)).toEqual(sample(3));
      expect(await store.read(119)).toEqual(sample(119));
      await store.close();
      await expect(SampleStore.open(folder, 'other', 120, records, rest)).rejects.toThrow(/other settings/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('labels', () => {
  const snr = (values: Record<string, number>) => Float32Array.from(classes, ({ name }) => values[name] ?? 0);
  const at = (name: string) => simulatedClasses.indexOf(name);
  const any = classes.length;

  it('leaves an artifact below the least signal-to-noise out of the loss, and "any" with it', () => {
    const { labels, weights } = labelsOf(snr({ Ghost: 2 }), true, classes, 3);
    expect([labels[at('Ghost')], weights[at('Ghost')], weights[any]]).toEqual([0, 0, 0]);
    const strong = labelsOf(snr({ Ghost: 2, Satellite: 9 }), true, classes, 3);
    expect([strong.labels[any], strong.weights[any], strong.labels[at('Satellite')]]).toEqual([1, 1, 1]);
  });

  it('leaves classes that a mask defines out where there was none', () => {
    const { weights, labels } = labelsOf(snr({ 'Cosmic ray': 50 }), false, classes, 3);
    expect([weights[at('Cosmic ray')], weights[at('Bad column')], weights[at('Ghost')]]).toEqual([0, 0, 1]);
    expect([labels[any], weights[any]]).toEqual([0, 0]);
  });
});

describe('batches', () => {
  it('show a sample as it is without augmentation', () => {
    const one = sample(4);
    const batch = makeBatch([one], classes, settings, 0);
    expect([...batch.image.subarray(0, 99)]).toEqual(
      [...one.image.subarray(0, 99)].map((byte) => dequantised[byte]),
    );
    const size = one.cells.length;
    for (let k = 0; k < classes.length; k++) {
      for (let c = 0; c < size; c++) expect(batch.cells[k * size + c]).toBe((one.cells[c] >>> k) & 1);
    }
  });

  it('keep image and truth together under flips and windows', () => {
    // An image whose first channel holds its own truth: each cell's two bins a side are 255 where class 0 is.
    const one = sample(5);
    const columns = settings.canvasWidth / 2;
    one.image.fill(64);
    for (let y = 0; y < settings.canvasHeight; y++) {
      for (let x = 0; x < settings.canvasWidth; x++) {
        const cell = one.cells[Math.floor(y / 2) * columns + Math.floor(x / 2)];
        if ((cell & 1) === 1) one.image[y * settings.canvasWidth + x] = 255;
      }
    }
    for (let seed = 0; seed < 40; seed++) {
      const batch = makeBatch([one], classes, settings, 0, { rng: new Rng(seed), crop: 0.7 });
      for (let y = 0; y < settings.canvasHeight; y++) {
        for (let x = 0; x < settings.canvasWidth; x++) {
          const lit = batch.image[y * settings.canvasWidth + x] > 1;
          const cell = batch.cells[Math.floor(y / 2) * columns + Math.floor(x / 2)] === 1;
          if (lit !== cell) expect.fail(`seed ${seed}: image and cells differ at ${x}, ${y}`);
        }
      }
    }
  });

  it('repeat under the same seed', () => {
    const samples = [sample(6), sample(7)];
    const draw = () => makeBatch(samples, classes, settings, 0, { rng: new Rng(3), crop: 0.5 });
    expect(draw()).toEqual(draw());
    expect(draw().image).toHaveLength(2 * channels.length * settings.canvasWidth * settings.canvasHeight);
  });
});
