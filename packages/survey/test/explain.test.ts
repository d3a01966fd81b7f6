import { readFileSync } from 'node:fs';
import { defineNetwork, exportOnnx, initialWeights } from '@blemish/engine';
import type { NetworkDefinition, Weights } from '@blemish/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import type { StampDescription } from '../src/bundle-description.ts';
import {
  centreControl,
  explainStamps,
  gradCam,
  gradCamPlusPlus,
  heatInTruth,
  heatMethods,
  hiResCam,
  truthFigures,
} from '../src/explain/index.ts';
import type { ExplainerOptions, StampSeries } from '../src/explain/index.ts';
import { occlusion } from '../src/explain/occlusion.ts';
import { randomiseNetwork } from '../src/explain/randomise.ts';
import { resizeHeat } from '../src/explain/resize-heat.ts';
import { scoreCam } from '../src/explain/score-cam.ts';
import type { StampBundle } from '../src/stamps/stamp-batch.ts';
import { classNames, side, streakStamps, trainStreaks } from './helpers/streak-stamps.ts';

interface Stored {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}
/** Written by PyTorch: the script of the same name beside it. */
const fixture = JSON.parse(
  readFileSync(new URL('../../engine/test/fixtures/cams.json', import.meta.url), 'utf8'),
) as {
  readonly activation: Stored;
  readonly cases: readonly (Record<'gradient' | 'gradcam' | 'gradcam++', Stored> & {
    readonly class: number;
  })[];
  readonly resize: { readonly from: Stored; readonly to: Stored };
};

const worst = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, value, k) => Math.max(most, Math.abs(value - b[k])), 0);
};

/** A bundle of a network that takes `stamps` [1, H, W] and gives `logits`. */
function bundleOf(
  network: Uint8Array,
  { height, width, classes }: { height: number; width: number; classes: readonly string[] },
): StampBundle {
  const description = {
    task: 'stamp',
    classes,
    output: 'logit',
    input: { channels: 1, height, width, layout: 'channels-first' },
    network: { input: 'stamps', output: 'logits' },
    preprocess: { version: 1, name: 'none' },
  } as unknown as StampDescription;
  return { folder: 'model', description, network };
}

describe('Grad-CAM and Grad-CAM++', () => {
  it('are those that PyTorch gives', () => {
    const [count, channels, height, width] = fixture.activation.shape;
    const size = channels * height * width;
    const part = (stored: Stored, n: number) =>
      Float32Array.from(stored.data.slice(n * size, (n + 1) * size));
    for (const test of fixture.cases) {
      for (let n = 0; n < count; n++) {
        const inputs = [part(fixture.activation, n), part(test.gradient, n)] as const;
        const shape = { channels, height, width };
        const wanted = (name: 'gradcam' | 'gradcam++') =>
          test[name].data.slice(n * height * width, (n + 1) * height * width);
        expect(worst(gradCam(...inputs, shape), wanted('gradcam'))).toBeLessThan(1e-6);
        expect(worst(gradCamPlusPlus(...inputs, shape), wanted('gradcam++'))).toBeLessThan(1e-6);
      }
    }
  });

  it('are enlarged as PyTorch does', () => {
    const { from, to } = fixture.resize;
    const resized = resizeHeat(
      Float32Array.from(from.data),
      { height: 5, width: 4 },
      { height: 11, width: 9 },
    );
    expect(worst(resized, to.data)).toBeLessThan(1e-6);
  });

  it('is the same as HiResCAM where every pixel has the same gradient', () => {
    const activation = Float32Array.of(1, 2, 3, 4, 0, 1, 0, 1);
    const gradient = Float32Array.of(0.5, 0.5, 0.5, 0.5, -1, -1, -1, -1);
    const shape = { channels: 2, height: 2, width: 2 };
    expect([...gradCam(activation, gradient, shape)]).toEqual([0.5, 0, 1.5, 1]);
    expect(hiResCam(activation, gradient, shape)).toEqual(gradCam(activation, gradient, shape));
  });
});

describe('Score-CAM', () => {
  it('weighs each channel by the softmax of what the input behind it scores', async () => {
    const activation = Float32Array.of(0, 2, 0, 0, /**/ 4, 0, 0, 0, /**/ 3, 3, 3, 3);
    const input = Float32Array.of(1, 2, 3, 4);
    const shape = { channels: 3, height: 2, width: 2 };
    const seen: number[][] = [];
    const heat = await scoreCam(activation, shape, input, shape, (inputs, count) => {
      for (let n = 0; n < count; n++) seen.push([...inputs.subarray(4 * n, 4 * n + 4)]);
      return Promise.resolve(Float32Array.of(Math.log(3), 0));
    });
    // The third channel has no contrast: it masks nothing.
    expect(seen).toEqual([
      [0, 2, 0, 0],
      [1, 0, 0, 0],
    ]);
    expect(worst(heat, [1, 1.5, 0, 0])).toBeLessThan(1e-6);
  });
});

describe('occlusion', () => {
  it('gives the score that a pixel carries where patches are single pixels', async () => {
    const weights = [0, 3, -2, 0.5, 0, 1];
    const score = (inputs: Float32Array, count: number) =>
      Promise.resolve(
        Float32Array.from({ length: count }, (_, n) =>
          weights.reduce((sum, w, i) => sum + w * inputs[6 * n + i], 0),
        ),
      );
    const input = Float32Array.of(1, 1, 1, 2, 1, 1);
    const whole = (await score(input, 1))[0];
    const options = { patch: 1, stride: 1, fill: 'zero' as const };
    const heat = await occlusion(input, { height: 2, width: 3 }, whole, options, score);
    expect([...heat]).toEqual([0, 3, 0, 1, 0, 1]);
    // The median of the stamp is what most of it has already.
    const median = await occlusion(
      input,
      { height: 2, width: 3 },
      whole,
      { ...options, fill: 'median' },
      score,
    );
    expect([...median]).toEqual([0, 0, 0, 0.5, 0, 0]);
  });
});

/** Weights by hand: what is not named is 0, what is named by a function is that of the index. */
function handMade(
  network: NetworkDefinition,
  values: Readonly<Record<string, (i: number) => number>>,
): Weights {
  return Object.fromEntries(
    Object.entries(initialWeights(network, 1)).map(([name, { shape, data }]) => [
      name,
      { shape, data: data.map((_, i) => values[name]?.(i) ?? 0) },
    ]),
  );
}

describe('where the heat lies', () => {
  /** Convolutions without padding and a pooling: the map is a third of the stamp and shows its inner part alone. */
  const shrinking = defineNetwork({
    name: 'shrinking',
    inputs: { stamps: ['N', 1, 31, 31] },
    build(b, { stamps }) {
      const a = b.relu(b.conv2d(stamps, { name: 'a', out: 1, kernel: 5, padding: 0 }));
      const c = b.relu(b.conv2d(b.maxPool(a), { name: 'c', out: 1, kernel: 3, padding: 0 }));
      return { logits: b.dense(b.flatten(c), { name: 'out', out: 1 }) };
    },
  });
  const bytes = exportOnnx(
    shrinking,
    handMade(shrinking, {
      // Each kernel passes its centre on.
      'a.weight': (i) => (i === 12 ? 1 : 0),
      'c.weight': (i) => (i === 4 ? 1 : 0),
      'out.weight': () => 1,
    }),
  );

  it.each([
    [8, 9],
    [15, 15],
    [22, 7],
    [20, 23],
  ])('a pixel at row %i, column %i is found there, though the convolutions have no padding', async (y, x) => {
    const stamp = new Float64Array(31 * 31);
    stamp[y * 31 + x] = 5;
    const bundle = bundleOf(bytes, { height: 31, width: 31, classes: ['bright'] });
    const [found] = await explainStamps(bundle, {
      count: 1,
      stamp: () => stamp.slice(),
      classes: ['bright'],
    });
    let [total, sumY, sumX] = [0, 0, 0];
    found!.heat.forEach((value, i) => {
      total += value;
      sumY += value * Math.floor(i / 31);
      sumX += value * (i % 31);
    });
    // A pixel of the pooled map stands for two by two.
    expect(Math.abs(sumY / total - y)).toBeLessThanOrEqual(0.75);
    expect(Math.abs(sumX / total - x)).toBeLessThanOrEqual(0.75);
  });

  it('what speaks for a class speaks against its opposite, and an unknown class or layer is named', async () => {
    const bundle = bundleOf(bytes, { height: 31, width: 31, classes: ['bright'] });
    const stamp = (): Float64Array => new Float64Array(961).fill(1);
    const one = (classes: readonly string[], options: ExplainerOptions = {}) =>
      explainStamps(bundle, { count: 1, stamp, classes }, options);
    const [decided] = await explainStamps(bundle, { count: 1, stamp });
    expect(decided).toMatchObject({ className: 'bright', peak: 1 });
    const [against] = await one(['not bright']);
    expect(against!.score).toBe(-decided!.score);
    expect(against!.probability).toBeCloseTo(1 - decided!.probability, 6);
    expect(against).toMatchObject({ className: 'not bright', peak: 0 });
    await expect(one(['dim'])).rejects.toThrow('there is no class "dim"; there are "bright", "not bright"');
    await expect(one([], { layer: 'b' })).rejects.toThrow('no layer "b"; there are a (27 × 27), c (11 × 11)');
    await expect(one([], { method: 'occlusion', patch: 40 })).rejects.toMatchObject({
      code: 'OPTION_INVALID',
    });
    const empty: StampSeries = { count: 1, stamp: () => new Float64Array(961).fill(NaN) };
    expect(await explainStamps(bundle, empty)).toEqual([null]);
  });

  it('without a gradient rule there are ways that need none', async () => {
    const soft = defineNetwork({
      name: 'soft',
      inputs: { stamps: ['N', 1, 8, 8] },
      build(b, { stamps }) {
        const map = b.relu(b.conv2d(stamps, { name: 'a', out: 2, kernel: 3 }));
        return { logits: b.dense(b.softplus(b.globalMean(map)), { name: 'out', out: 2 }) };
      },
    });
    const plain = Buffer.from(exportOnnx(soft, initialWeights(soft, 2)));
    // An operator of ONNX that the engine has no rule for, with a name as long.
    plain.write('Softsign', plain.lastIndexOf('Softplus'));
    plain.write('Softsign', plain.indexOf('Softplus'));
    const bundle = bundleOf(new Uint8Array(plain), { height: 8, width: 8, classes: ['a', 'b'] });
    const stamps = {
      count: 2,
      stamp: (n: number) => Float64Array.from({ length: 64 }, (_, i) => (i * (n + 3)) % 7),
    };
    await expect(explainStamps(bundle, stamps)).rejects.toThrow(
      'Softsign after layer "a" has no gradient rule here; choose --method occlusion or scorecam',
    );
    for (const method of ['scorecam', 'occlusion'] as const) {
      const found = await explainStamps(bundle, stamps, { method });
      expect(found.map((each) => each!.peak > 0)).toEqual([true, true]);
    }
  });
});

describe('a network trained on simulated streaks among brighter stars', () => {
  let bundle: StampBundle;
  beforeAll(async () => {
    bundle = bundleOf(await trainStreaks(150), { height: side, width: side, classes: classNames });
  }, 120_000);
  const area = side * side;

  /** Mean shares of the heat inside the streaks, over their share of the area; the same of the centre; share of right answers. */
  async function measure(options: ExplainerOptions, count: number, offCentre = true) {
    const stamps = streakStamps(count, 77, offCentre);
    const found = await explainStamps(
      bundle,
      {
        count,
        stamp: (n) => Float64Array.from(stamps.pixels.subarray(n * area, (n + 1) * area)),
        classes: stamps.labels.map((label) => classNames[label]),
      },
      options,
    );
    const centre = centreControl({ height: side, width: side });
    let [inside, share, control, right] = [0, 0, 0, 0];
    found.forEach((each, n) => {
      const mask = stamps.truth.subarray(n * area, (n + 1) * area);
      const heat = heatInTruth(each!.heat, mask);
      inside += heat.inside;
      share += heat.area;
      control += heatInTruth(centre, mask).inside;
      if (each!.probability > 0.5) right++;
    });
    return { ratio: inside / share, control: control / share, right: right / count };
  }

  it.each(heatMethods)(
    '%s: heat lies on streaks off the centre, three times their area and above the centre; not after randomising',
    async (method) => {
      const count = method === 'occlusion' ? 16 : 48;
      const trained = await measure({ method }, count);
      expect(trained.right).toBeGreaterThan(0.9);
      expect(trained.ratio).toBeGreaterThan(3);
      expect(trained.ratio).toBeGreaterThan(2 * trained.control);
      let drawn = 0;
      for (const seed of [1, 2, 3])
        drawn += (await measure({ method, randomise: 'all', seed }, count)).ratio / 3;
      expect(drawn).toBeLessThan(3);
      expect(drawn).toBeLessThan(trained.ratio / 2);
    },
  );

  it('heat follows the streak anywhere, and the layer can be chosen', async () => {
    for (const layer of ['conv2', 'conv3']) {
      const { ratio, control } = await measure({ layer }, 48, false);
      expect(ratio).toBeGreaterThan(Math.max(3, control));
    }
  });

  it('weights are drawn anew by a seed, of the head alone on request', () => {
    const [a, again, other] = [5, 5, 6].map((seed) => randomiseNetwork(bundle.network, seed));
    expect(a).toEqual(again);
    expect(a).not.toEqual(other);
    const part = { from: bundle.description.network.input, to: bundle.description.network.output };
    expect(randomiseNetwork(bundle.network, 5, part)).toEqual(a);
  });
});

describe('heat against truth', () => {
  it('is the share inside, beside the share of the area', () => {
    expect(heatInTruth(Float32Array.of(0, 1, 2, 1), [0, 0, 1, 1])).toEqual({ inside: 0.75, area: 0.5 });
    expect(heatInTruth(new Float32Array(4), [1, 0, 0, 0])).toEqual({ inside: 0, area: 0.25 });
    expect(() => heatInTruth(new Float32Array(4), [1])).toThrow(RangeError);
  });

  it('has a control at the centre that is round and central', () => {
    const control = centreControl({ height: 5, width: 5 }, 1);
    expect(control[12]).toBe(1);
    expect(control[7]).toBeCloseTo(Math.exp(-0.5), 6);
    expect(control[7]).toBe(control[11]);
  });

  it('gives evenly spread heat a ratio of 1, and intervals that hold the value', () => {
    const entries = Array.from({ length: 40 }, (_, n) => ({
      heat: { inside: 0.05 + 0.001 * (n % 10), area: 0.05 + 0.001 * (n % 10) },
      centre: 0.02,
      other: 0.05,
      randomised: 0.1,
      group: String(n >> 1),
    }));
    const { ratio, centreRatio, aboveRandomised, inside } = truthFigures(entries, 3);
    expect(ratio).toMatchObject({ value: 1, low: 1, high: 1 });
    expect(centreRatio.value).toBeLessThan(0.4);
    expect(aboveRandomised.value).toBeLessThan(0);
    if (inside.value === null) throw new Error(inside.reason);
    expect(inside.low < inside.value && inside.value < inside.high).toBe(true);
  });
});
