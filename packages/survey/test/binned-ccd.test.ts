import { estimateBackground, renderBackground } from '@blemish/imaging';
import { Rng } from '@blemish/sky';
import { describe, expect, it } from 'vitest';
import { binCcd, binnedPreprocess, binnedSize, greyImage } from '../src/preprocess/binned-ccd.ts';
import type { BinnedCcd } from '../src/preprocess/binned-ccd.ts';

/** Two rows of two bins. */
function bins(mean: number[], counts = [64, 64, 64, 64]): BinnedCcd {
  return {
    ...{ width: 2, height: 2, rms: 4 },
    mean: Float32Array.from(mean),
    counts: Uint8Array.from(counts),
  };
}

describe('a CCD as a grey image', () => {
  it('has the levels of 255 · (arcsinh I − m) / (M − m)', () => {
    // numpy: a = np.arcsinh([-3, 0, 5, 1000]); np.rint(255 * (a - a.min()) / (a.max() - a.min()))
    expect([...greyImage(bins([-3, 0, 5, 1000]), binnedPreprocess.parse({}))]).toEqual([0, 49, 112, 255]);
  });

  it('has next to nothing left with the extremes of I, as the formula is printed', () => {
    // numpy: I = np.array([-3, 0, 5, 1000]); 255 * (np.arcsinh(I) + 3) / 1003 = 0.30, 0.76, 1.35, 2.70
    const grey = greyImage(bins([-3, 0, 5, 1000]), binnedPreprocess.parse({ scaling: 'printed' }));
    expect([...grey]).toEqual([0, 1, 1, 3]);
  });

  it('has sixteenths of arcsinh(I / kσ) from level 64 on, σ that of a bin', () => {
    // numpy: np.rint(64 + 16 * np.arcsinh(np.array([-3, 0, 5, 1000]) / (2 * 4 / 8)))
    const settings = binnedPreprocess.parse({ scaling: 'softened', softening: 2 });
    expect([...greyImage(bins([-3, 0, 5, 1000]), settings)]).toEqual([35, 64, 101, 186]);
  });

  it('takes a bin without a usable pixel for sky', () => {
    const grey = greyImage(bins([-3, 0, 0, 1000], [64, 0, 64, 64]), binnedPreprocess.parse({}));
    expect(grey[1]).toBe(grey[2]);
  });

  it('is made of means over the unmasked pixels less the background, whatever the bin', () => {
    const [width, height] = [83, 101];
    const rng = new Rng(3);
    const data = Float32Array.from({ length: width * height }, () => rng.normal(200, 10));
    const mask = Uint8Array.from(data, () => (rng.chance(0.3) ? 1 : 0));
    for (let i = 0; i < 40; i++) data[rng.integer(0, data.length - 1)] = NaN;
    for (let y = 0; y < 16; y++) mask.fill(1, y * width + 16, y * width + 32);
    const plane = { width, height, data };
    const background = renderBackground(estimateBackground(plane, { mesh: 32, mask }));
    const binned = binCcd(plane, mask, 32)!;
    for (const bin of [8, 16, 24]) {
      const [columns, rows] = [binnedSize(width, bin), binnedSize(height, bin)];
      const expected = Array.from({ length: rows * columns }, (_, i) => {
        const used: number[] = [];
        const [left, top] = [(i % columns) * bin, Math.floor(i / columns) * bin];
        for (let y = top; y < Math.min(height, top + bin); y++) {
          for (let x = left; x < Math.min(width, left + bin); x++) {
            const at = y * width + x;
            if (mask[at] === 0 && !Number.isNaN(data[at])) used.push(data[at] - background[at]);
          }
        }
        return used.length === 0 ? 0 : used.reduce((sum, value) => sum + value, 0) / used.length;
      }).map(Math.asinh);
      const [m, M] = [Math.min(...expected), Math.max(...expected)];
      const grey = greyImage(binned, binnedPreprocess.parse({ bin }));
      expect(grey.length).toBe(expected.length);
      // Half a level of rounding, and single precision.
      grey.forEach((level, i) =>
        expect(Math.abs(level - (255 * (expected[i] - m)) / (M - m))).toBeLessThan(0.51),
      );
    }
  });

  it('is refused where no pixel is usable', () => {
    const plane = { width: 64, height: 64, data: new Float32Array(64 * 64).fill(NaN) };
    expect(binCcd(plane, null, 32)).toBeNull();
  });
});
