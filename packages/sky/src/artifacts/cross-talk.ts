import type { ArtifactModel } from '../artifact.ts';
import { drawAmplitude } from './amplitudes.ts';
import { saturatedFlux } from './bright-star.ts';

export interface CrossTalkParameters {
  /** The source, CCD pixels, and its flux, electrons. */
  readonly x: number;
  readonly y: number;
  readonly flux: number;
  /** What a saturated pixel leaves at its mirrored place, sky rms, and its sign. */
  readonly peak: number;
  readonly sign: 1 | -1;
}

/**
 * The video lines of the two amplifiers couple: a fraction of 1e-4…1e-3, often negative, of every pixel appears at the mirrored place
 * x → width − 1 − x of the other amplifier, read out at the same moment. Only saturated stars show, as a knot with the streak of their bleed,
 * ±0.3–7 × sky rms. The event brings a star of 30 to 300 times saturation, enough to bleed; its mirror image is made from the very pixels of the scene above
 * a fifth of saturation (stars, their bleeds), in both directions. Where the scene holds no such pixel (the star was not taken
 * in), a knot and a streak of fixed form stand at the mirrored place. Coupling to the CCDs of the same board, weaker by ten, is left out.
 */
export const crossTalk: ArtifactModel<CrossTalkParameters> = {
  className: 'Cross-talk',
  stage: 'crosstalk',
  scope: 'ccd',
  extended: false,
  wholeCcd: false,
  draw(rng, exposure) {
    return {
      x: Math.round(rng.uniform(0.01, 0.99) * exposure.width),
      y: Math.round(rng.uniform(0.02, 0.98) * exposure.height),
      flux: saturatedFlux(rng.logUniform(30, 300), exposure),
      peak: drawAmplitude(rng, 'Cross-talk'),
      sign: rng.chance(0.6) ? 1 : -1,
    };
  },
  stars: (p) => [{ x: p.x, y: p.y, flux: p.flux }],
  render(scene, p, delta) {
    const { width, height, electrons, saturation, skyLevel } = scene;
    const coefficient = (p.sign * p.peak * scene.skyRms) / (saturation - skyLevel);
    const threshold = skyLevel + 0.2 * (saturation - skyLevel);
    let found = false;
    for (let y = 0; y < height; y++) {
      const base = y * width;
      for (let x = 0; x < width; x++) {
        const value = electrons[base + x];
        if (value > threshold) {
          found = true;
          delta[base + width - 1 - x] += coefficient * (Math.min(value, saturation) - skyLevel);
        }
      }
    }
    if (!found) addFixedForm(scene, p, delta);
  },
};

/** A knot of a star's saturated size and a streak of 3 columns along y that fades over some hundred pixels. */
function addFixedForm(
  scene: {
    readonly width: number;
    readonly height: number;
    readonly skyRms: number;
    readonly fwhmPixels: number;
  },
  p: CrossTalkParameters,
  delta: Float32Array,
): void {
  const level = p.sign * p.peak * scene.skyRms;
  const cx = scene.width - 1 - p.x;
  const radius = 2 * scene.fwhmPixels;
  const streak = 150;
  for (let y = Math.max(0, p.y - streak); y <= Math.min(scene.height - 1, p.y + streak); y++) {
    const dy = y - p.y;
    for (let dx = -Math.ceil(radius); dx <= radius; dx++) {
      const x = cx + dx;
      if (x < 0 || x >= scene.width) continue;
      const knot = Math.max(0, Math.min(1, radius - Math.hypot(dx, dy)));
      const line = Math.abs(dx) <= 1 ? 1 - Math.abs(dy) / (streak + 1) : 0;
      delta[y * scene.width + x] += level * Math.max(knot, line);
    }
  }
}
