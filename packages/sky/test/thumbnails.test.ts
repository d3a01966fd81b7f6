import { describe, expect, it } from 'vitest';
import { ccdAreas, thumbnailSize } from '../src/thumbnails/layout.ts';
import { simulateThumbnail } from '../src/thumbnails/simulate-thumbnail.ts';

describe('pictures of the focal plane', () => {
  it('hold 61 CCDs that do not overlap, with gaps between them', () => {
    const covered = new Uint8Array(thumbnailSize * thumbnailSize);
    for (const { left, right, top, bottom } of ccdAreas) {
      expect(right - left).toBeGreaterThan(40);
      for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) covered[y * thumbnailSize + x]++;
    }
    expect(ccdAreas).toHaveLength(61);
    expect(covered.every((ccds) => ccds <= 1)).toBe(true);
    // On the mean of the survey's own pictures 62 % of the pixels are brighter than the ground.
    const share = covered.reduce((a, b) => a + b) / covered.length;
    expect(share).toBeGreaterThan(0.58);
    expect(share).toBeLessThan(0.66);
  });

  it('are the same for a seed, dark beside the CCDs, and brighter noise where something is marked', () => {
    const { pixels, mask } = simulateThumbnail(101);
    expect(simulateThumbnail(101)).toEqual({ pixels, mask });
    expect(pixels[0]).toBe(23);
    const marked = mask.reduce((a, b) => a + b);
    expect(marked).toBeGreaterThan(1000);
    // Differences of neighbours: rims and shadows add to them.
    const roughness = (value: 0 | 1): number => {
      const steps: number[] = [];
      for (const { left, right, top, bottom } of ccdAreas) {
        for (let y = top; y < bottom; y++) {
          for (let x = left + 1; x < right; x++) {
            const i = y * thumbnailSize + x;
            if (mask[i] === value) steps.push(Math.min(60, Math.abs(pixels[i] - pixels[i - 1])));
          }
        }
      }
      return steps.reduce((a, b) => a + b, 0) / steps.length;
    };
    expect(roughness(1)).toBeGreaterThan(roughness(0));
  });
});
