import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addNoise, augmentImage, cutOut, flipImage, warpImage } from '../src/index.ts';
import type { AugmentOptions, ChannelImage, WarpOptions } from '../src/index.ts';

interface Fixture {
  readonly height: number;
  readonly width: number;
  readonly image: number[];
  readonly cases: { readonly options: WarpOptions; readonly data: number[] }[];
}
// Made by fixtures/warp.py.
const fixture = JSON.parse(readFileSync(new URL('./fixtures/warp.json', import.meta.url), 'utf8')) as Fixture;

function uniform(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 4294967296;
}

function noisy(seed: number, channels: number, height: number, width: number): ChannelImage {
  const random = uniform(seed);
  return { channels, height, width, data: Float32Array.from({ length: channels * height * width }, random) };
}

const images = fc
  .tuple(
    fc.nat(),
    fc.integer({ min: 1, max: 3 }),
    fc.integer({ min: 1, max: 9 }),
    fc.integer({ min: 1, max: 9 }),
  )
  .map((shape) => noisy(...shape));

describe('warpImage', () => {
  it.each(fixture.cases)('agrees with scipy for $options', ({ options, data }) => {
    const { height, width, image } = fixture;
    // Two channels: both are warped alike.
    const both = Float32Array.from([...image, ...image]);
    const warped = warpImage({ channels: 2, height, width, data: both }, options).data;
    [...data, ...data].forEach((value, i) => expect(warped[i]).toBeCloseTo(value, 4));
  });

  it('leaves an image as it is, NaN included, where nothing is asked', () => {
    const image = noisy(1, 2, 5, 4);
    image.data[7] = NaN;
    expect(warpImage(image, {}).data).toEqual(image.data);
  });

  it('shifts by whole pixels exactly, filling what comes in', () => {
    const image: ChannelImage = { channels: 1, height: 2, width: 3, data: Float32Array.of(1, 2, 3, 4, 5, 6) };
    expect([...warpImage(image, { shiftX: 1, shiftY: -1, fill: 9 }).data]).toEqual([9, 4, 5, 9, 9, 9]);
  });

  it('takes half a turn to flipping both ways, and four quarters of a square to itself', () => {
    fc.assert(
      fc.property(images, fc.nat(), fc.integer({ min: 1, max: 8 }), (image, seed, side) => {
        expect(warpImage(image, { rotationDegrees: 180 }).data).toEqual(
          flipImage(image, { x: true, y: true }).data,
        );
        const square = noisy(seed, 2, side, side);
        const quarter = (turned: ChannelImage) => warpImage(turned, { rotationDegrees: 90 });
        expect(quarter(quarter(quarter(quarter(square)))).data).toEqual(square.data);
        // From the x axis towards the y axis: the first row becomes the last column.
        const once = quarter(square).data;
        for (let x = 0; x < side; x++) expect(once[x * side + side - 1]).toBe(square.data[x]);
      }),
    );
  });

  it('names what is out of range', () => {
    expect(() => warpImage(noisy(1, 1, 2, 2), { scale: 0 })).toThrow(
      /scale 0.*must be finite and the scale above 0/,
    );
    expect(() => warpImage({ ...noisy(1, 1, 2, 2), width: 3 }, {})).toThrow(
      /4 values do not fill \[1, 2, 3\]/,
    );
  });
});

describe('flipImage', () => {
  it('twice is the image again, and keeps every value', () => {
    fc.assert(
      fc.property(images, fc.boolean(), fc.boolean(), (image, x, y) => {
        const once = flipImage(image, { x, y });
        expect(flipImage(once, { x, y }).data).toEqual(image.data);
        expect([...once.data].sort()).toEqual([...image.data].sort());
      }),
    );
  });

  it('mirrors each channel by itself', () => {
    const image: ChannelImage = { channels: 2, height: 1, width: 2, data: Float32Array.of(1, 2, 3, 4) };
    expect([...flipImage(image, { x: true }).data]).toEqual([2, 1, 4, 3]);
    expect([...flipImage(image, { y: true }).data]).toEqual([1, 2, 3, 4]);
  });
});

describe('addNoise and cutOut', () => {
  it('adds noise of the deviation asked for', () => {
    const flat: ChannelImage = { channels: 1, height: 100, width: 100, data: new Float32Array(1e4).fill(3) };
    const { data } = addNoise(flat, 0.5, uniform(11));
    const mean = data.reduce((sum, value) => sum + value, 0) / 1e4;
    const deviation = Math.sqrt(data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 1e4);
    // Standard errors of 10⁴ draws: 0.005 and 0.0035.
    expect(Math.abs(mean - 3)).toBeLessThan(0.02);
    expect(Math.abs(deviation - 0.5)).toBeLessThan(0.015);
  });

  it('fills a rectangle of all channels and leaves the rest, also over the edge', () => {
    const { data } = cutOut(noisy(2, 2, 3, 4), { left: 2, top: -1, width: 9, height: 2 }, -5);
    const source = noisy(2, 2, 3, 4).data;
    data.forEach((value, i) => {
      const inside = i % 4 >= 2 && Math.floor(i / 4) % 3 === 0;
      expect(value).toBe(inside ? -5 : source[i]);
    });
  });
});

describe('augmentImage', () => {
  const options: AugmentOptions = {
    flipX: true,
    flipY: true,
    rotationDegrees: 180,
    shift: 2,
    scaleFactor: 1.2,
    noise: 0.1,
    cutOut: 1,
    fill: 0.5,
  };

  it('depends on the seed alone, varies with it, and leaves its input alone', () => {
    fc.assert(
      fc.property(images, fc.nat({ max: 1e6 }), (image, seed) => {
        const before = image.data.slice();
        const varied = augmentImage(image, options, uniform(seed));
        expect(augmentImage(image, options, uniform(seed)).data).toEqual(varied.data);
        const large = noisy(seed, 1, 8, 8);
        const [one, other] = [seed, seed + 1].map((s) => augmentImage(large, options, uniform(s)).data);
        expect(one).not.toEqual(other);
        expect(image.data).toEqual(before);
        expect(varied.data).toHaveLength(before.length);
      }),
    );
  });

  it('stays between what the image and the fill hold, where no noise is added', () => {
    fc.assert(
      fc.property(images, fc.nat({ max: 1e6 }), (image, seed) => {
        const { data } = augmentImage(image, { ...options, noise: 0 }, uniform(seed));
        const values = [...image.data, 0.5];
        expect(Math.min(...data)).toBeGreaterThanOrEqual(Math.min(...values) - 1e-6);
        expect(Math.max(...data)).toBeLessThanOrEqual(Math.max(...values) + 1e-6);
      }),
    );
  });

  it('does nothing where nothing is asked, and refuses what makes no sense', () => {
    const image = noisy(3, 1, 4, 4);
    expect(augmentImage(image, {}, uniform(1))).toBe(image);
    expect(() => augmentImage(image, { cutOut: 5 }, uniform(1))).toThrow(
      /cutOut 5 between 0 and the image's 4/,
    );
  });
});
