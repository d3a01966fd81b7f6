import { Rng } from '@blemish/sky';
import { describe, expect, it } from 'vitest';
import { labelClasses } from '../src/labels/label.ts';
import { defaultLabelNoise, drawPointLabels, reportProbability } from '../src/labels/point-labels.ts';
import type { LabelNoise } from '../src/labels/point-labels.ts';

const n = 4000;
const faultless: LabelNoise = {
  ...defaultLabelNoise,
  ...{ completeness: 1, halfSnr: 0, wrongClass: 0, wrongPlace: 0, spurious: 0, clickSigma: 0 },
};
const draw = (seed: number, noise: LabelNoise, snr = 1e6) => {
  const rng = new Rng(seed);
  return Array.from({ length: n }, () =>
    drawPointLabels([{ className: 'Ghost', snr, pixel: [100, 200] }], 2046, 4094, rng, noise),
  ).flat();
};
/** Five standard deviations of a count over n. */
const near = (share: number) => 5 * Math.sqrt((share * (1 - share)) / n) + 1e-9;

describe('simulated labels', () => {
  it('are the artifact and its pixel where nothing goes wrong, anywhere for what covers the CCD', () => {
    expect(
      draw(1, faultless).every(
        ({ className, pixel: [x, y] }) => className === 'Ghost' && x === 100 && y === 200,
      ),
    ).toBe(true);
    const rng = new Rng(2);
    const whole = Array.from({ length: n }, () =>
      drawPointLabels([{ className: 'Haze', snr: 50, pixel: null }], 2000, 4000, rng, faultless),
    ).flat();
    const mean = (of: (pixel: readonly [number, number]) => number) =>
      whole.reduce((sum, { pixel }) => sum + of(pixel), 0) / n;
    // A uniform deviate of 1 has a standard deviation of 0.29.
    expect(Math.abs(mean(([x]) => x) / 2000 - 0.5)).toBeLessThan((5 * 0.29) / Math.sqrt(n));
    expect(Math.abs(mean(([, y]) => y) / 4000 - 0.5)).toBeLessThan((5 * 0.29) / Math.sqrt(n));
  });

  it.each([2, 6, 30])('are as complete as the model says at a signal-to-noise of %d', (snr) => {
    const wanted = reportProbability(snr, defaultLabelNoise);
    const noise = { ...defaultLabelNoise, spurious: 0 };
    expect(Math.abs(draw(3, noise, snr).length / n - wanted)).toBeLessThan(near(wanted));
    expect(reportProbability(6, defaultLabelNoise)).toBeCloseTo(0.475, 9);
  });

  it('have the wrong class of the same group, and the wrong place, as often as the model says', () => {
    const reports = draw(4, { ...faultless, wrongClass: 0.1, wrongPlace: 0.2 });
    const wrong = reports.filter(({ className }) => className !== 'Ghost');
    expect(Math.abs(wrong.length / n - 0.1)).toBeLessThan(near(0.1));
    expect(new Set(wrong.map(({ className }) => className))).toEqual(
      new Set(['Bright spray', 'Brush strokes', 'Bright arc']),
    );
    const moved = reports.filter(({ pixel: [x, y] }) => x !== 100 || y !== 200);
    expect(Math.abs(moved.length / n - 0.2)).toBeLessThan(near(0.2));
  });

  it('scatter about the pixel meant and never leave the CCD', () => {
    const xs = draw(5, { ...faultless, clickSigma: 10 }).map(({ pixel: [x] }) => x - 100);
    const spread = Math.sqrt(xs.reduce((sum, x) => sum + x * x, 0) / n);
    expect(Math.abs(spread / 10 - 1)).toBeLessThan(5 / Math.sqrt(2 * n));
    for (const {
      pixel: [x, y],
    } of draw(6, { ...faultless, clickSigma: 5000 })) {
      expect(x >= 0 && x < 2046 && y >= 0 && y < 4094).toBe(true);
    }
  });

  it('report what is not there now and then, and Other for classes the checker lacks', () => {
    const rng = new Rng(7);
    const spurious = Array.from({ length: n }, () =>
      drawPointLabels([], 64, 64, rng, { ...faultless, spurious: 0.05 }),
    ).flat();
    expect(Math.abs(spurious.length / n - 0.05)).toBeLessThan(near(0.05));
    expect(spurious.every(({ className }) => labelClasses.includes(className))).toBe(true);
    const lacking = drawPointLabels(
      [{ className: 'Bad column', snr: 99, pixel: [1, 2] }],
      64,
      64,
      rng,
      faultless,
    );
    expect(lacking).toEqual([{ className: 'Other', pixel: [1, 2] }]);
  });
});
