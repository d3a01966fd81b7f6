import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { viewerPixelArcsec, viewerStretch, viewerUnstretch } from '../src/index.ts';

const { flux, rgb } = JSON.parse(
  readFileSync(new URL('./fixtures/viewer-stretch.json', import.meta.url), 'utf8'),
) as { flux: number[][]; rgb: number[][] };

describe('viewerStretch', () => {
  it('gives the bytes of the published formula, from below the sky to white', () => {
    const got = viewerStretch(Float32Array.from(flux.flat()));
    expect(Array.from(got)).toEqual(rgb.flat());
    // The sky is dark grey, and a pixel without light in any band is black.
    expect(Array.from(viewerStretch(new Float32Array(3)))).toEqual([32, 32, 32]);
    expect(Array.from(viewerStretch(new Float32Array(3).fill(-1)))).toEqual([0, 0, 0]);
    expect(Array.from(viewerStretch(new Float32Array(3).fill(NaN)))).toEqual([32, 32, 32]);
  });

  it('shows the same sky the same, whatever the pixels', () => {
    const one = Float32Array.from(flux.flat());
    const pixelScaleArcsec = 2 * viewerPixelArcsec;
    expect(
      viewerStretch(
        one.map((value) => 4 * value),
        { pixelScaleArcsec },
      ),
    ).toEqual(viewerStretch(one));
    expect(() => viewerStretch(one, { pixelScaleArcsec: 0 })).toThrow(/must be positive/);
    expect(() => viewerStretch(new Float32Array(4))).toThrow(/no pixels of three bands/);
  });

  it('can be undone to the step of a byte', () => {
    const band = (scale: number) => fc.double({ min: -0.02 / scale, max: 1 / scale, noNaN: true });
    fc.assert(
      fc.property(band(6), band(3.4), band(2.2), (g, r, z) => {
        const bytes = viewerStretch(Float32Array.of(g, r, z));
        fc.pre(bytes.every((value) => value > 0 && value < 255));
        const back = viewerUnstretch(bytes);
        // Stretched again it is the same picture, give or take the bytes' own rounding.
        viewerStretch(back).forEach((value, i) => expect(Math.abs(value - bytes[i])).toBeLessThanOrEqual(1));
        // A step of a byte is some 0.001 of scaled flux at the sky and grows with the light.
        const light = Math.max(0.03, (6 * g + 3.4 * r + 2.2 * z) / 3 + 0.03);
        [6 * (back[0] - g), 3.4 * (back[1] - r), 2.2 * (back[2] - z)].forEach((difference) =>
          expect(Math.abs(difference)).toBeLessThan(0.003 + 0.06 * light),
        );
      }),
    );
    expect(Array.from(viewerUnstretch(Uint8Array.of(255, 255, 255)))).toEqual([NaN, NaN, NaN]);
  });
});
