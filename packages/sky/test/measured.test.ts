import { describe, expect, it } from 'vitest';
import { estimateBackground, measureStars, subtractBackground } from '@blemish/imaging';
import { planExposure, simulateCcd } from '../src/index.ts';

describe('a simulated CCD, measured as a real one is', () => {
  for (const seed of [300, 304])
    it(`shows the seeing and the noise of its plan (seed ${seed})`, () => {
      const plan = planExposure({ seed, width: 1024, height: 2048, ccds: 1, band: 'r', artifacts: 'none' });
      const ccd = simulateCcd(plan, 0);
      const mask = Uint8Array.from(ccd.mask, (value) => (value === 0 ? 0 : 1));
      const background = estimateBackground(ccd.image, { mask });
      expect(Math.abs(background.globalRms / ccd.skyRms - 1)).toBeLessThan(0.05);
      expect(Math.abs(background.globalLevel)).toBeLessThan(0.05 * ccd.skyRms);
      const stars = measureStars(subtractBackground(ccd.image, background), background.globalRms, mask);
      expect(stars.count).toBeGreaterThan(15);
      const fwhm = Float32Array.from(stars.fwhm.subarray(0, stars.count)).sort()[stars.count >> 1];
      // A median over some dozens of stars, among them a few compact galaxies.
      expect(Math.abs(fwhm / plan.context.fwhmPixels - 1)).toBeLessThan(0.06);
    });
});
