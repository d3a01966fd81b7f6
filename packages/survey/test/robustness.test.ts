import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Header } from '@blemish/fits';
import { FitsWriter } from '@blemish/fits/node';
import { Rng } from '@blemish/sky';
import { afterAll, describe, expect, it } from 'vitest';
import { starts } from '../src/analyser/run-network.ts';
import { binMaximum } from '../src/preprocess/bin-maximum.ts';
import { ccdFeatures, measureCcd } from '../src/preprocess/ccd-features.ts';
import { channels, defaultPreprocess } from '../src/preprocess/settings.ts';
import { OpenFiles } from '../src/scan/open-files.ts';
import { readPipelineMask } from '../src/scan/pipeline-mask.ts';
import { WorkerPool } from '@blemish/engine/workers';

const folder = mkdtempSync(join(tmpdir(), 'blemish-robust-'));
afterAll(() => rmSync(folder, { recursive: true }));

function noisyPlane(width: number, height: number, seed = 1) {
  const rng = new Rng(seed);
  return { width, height, data: Float32Array.from({ length: width * height }, () => 100 + rng.normal(0, 5)) };
}

describe('worker pool', () => {
  it('replaces a thread that dies and fails only its task', async () => {
    const pool = new WorkerPool<number, number>(
      new URL('./helpers/fragile-worker.ts', import.meta.url),
      2,
      null,
    );
    try {
      expect(await Promise.all([pool.run(1), pool.run(2)])).toEqual([2, 4]);
      for (let death = 0; death < 3; death++) await expect(pool.run(-1)).rejects.toThrow(/exit code 7/);
      expect(await Promise.all([3, 4, 5].map((n) => pool.run(n)))).toEqual([6, 8, 10]);
    } finally {
      await pool.close();
    }
  });
});

describe("the pipeline's mask", () => {
  it.each([
    ['int16', Int16Array],
    ['uint16', Uint16Array],
    ['uint32', Uint32Array],
    ['uint8', Uint8Array],
  ] as const)('marks what is nonzero in %s', async (name, Type) => {
    const path = join(folder, `${name}.fits`);
    const data = new Type(64);
    data[3] = 1;
    data[40] = 7;
    const writer = await FitsWriter.create(path);
    await writer.append({ header: new Header(), shape: [], data: null });
    await writer.append({ header: new Header().set('EXTNAME', 'N4'), shape: [8, 8], data });
    await writer.close();
    const files = new OpenFiles();
    const image = (await files.open(path)).hdus[1];
    const mask = await readPipelineMask(files, { mask: path, weight: null }, path, image, 8, 8);
    expect([...mask!].flatMap((one, at) => (one === 0 ? [] : [at]))).toEqual([3, 40]);
    await (await files.open(path)).close();
  });
});

describe('the network input', () => {
  it('is finite whatever a pixel holds', () => {
    const plane = noisyPlane(512, 512);
    plane.data[1000] = Infinity;
    plane.data[2000] = -Infinity;
    plane.data[3000] = NaN;
    const measured = measureCcd({ plane, mask: null, header: null }, defaultPreprocess)!;
    for (const values of Object.values(ccdFeatures(measured, defaultPreprocess))) {
      expect((values as Float32Array).every(Number.isFinite)).toBe(true);
    }
  });

  it('takes the brightest finite pixel of each bin, the last bin partial', () => {
    const plane = { width: 3, height: 2, data: Float32Array.of(1, NaN, Infinity, 4, 2, NaN) };
    expect([...binMaximum(plane, 2)]).toEqual([4, NaN]);
  });

  it('puts the background where it is, on images that are not whole meshes', () => {
    // A ramp along x is its own background; where the map is read it must have the ramp's value.
    const plane = noisyPlane(600, 600, 2);
    for (let at = 0; at < plane.data.length; at++) plane.data[at] += (at % 600) * 2;
    const measured = measureCcd({ plane, mask: null, header: null }, defaultPreprocess)!;
    const { image } = ccdFeatures(measured, defaultPreprocess);
    const cells = defaultPreprocess.canvasWidth * defaultPreprocess.canvasHeight;
    const sky = image.subarray(channels.indexOf('background') * cells);
    const level = (bin: number) =>
      (Math.sinh(3 * sky[30 * defaultPreprocess.canvasWidth + bin]) * measured.rms) / 8 +
      measured.background.globalLevel;
    // Between the centres of the first two meshes, 128 and 384 px, the map is linear: 100 + 2x.
    for (const bin of [20, 30, 40])
      expect(Math.abs(level(bin) - (100 + 2 * (bin + 0.5) * 8))).toBeLessThan(30);
  });

  it('covers large images with canvases that reach both ends', () => {
    for (const length of [256, 257, 300, 512, 700, 1153]) {
      const all = starts(length, 256, 2);
      expect(all[0]).toBe(0);
      expect(all.at(-1)! + 256).toBeGreaterThanOrEqual(length);
      expect(all.every((start, i) => start % 2 === 0 && (i === 0 || start - all[i - 1] <= 256))).toBe(true);
    }
  });

  it('is a result, not an error, where there is no sky to measure', () => {
    const constant = { width: 256, height: 256, data: new Float32Array(256 * 256).fill(7) };
    expect(measureCcd({ plane: constant, mask: null, header: null }, defaultPreprocess)).toBeNull();
    const masked = noisyPlane(256, 256);
    expect(
      measureCcd({ plane: masked, mask: new Uint8Array(65536).fill(1), header: null }, defaultPreprocess),
    ).toBeNull();
  });
});
