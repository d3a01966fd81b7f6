import type { ArtifactModel } from '../artifact.ts';
import { Rng } from '../rng.ts';
import { drawAmplitude } from './amplitudes.ts';

export interface TreeRingsParameters {
  /** Amplitude of the strongest ring, per cent of the sky. */
  readonly peak: number;
  /** Rings left over, or taken off twice. */
  readonly sign: 1 | -1;
}

/** Seed of the silicon: the rings of each CCD are the same in every exposure ever simulated. */
const waferSeed = 20140831;

/**
 * The silicon boule grew in layers of differing resistivity: circles about the centre of the wafer, which lies off a corner of the CCD. Their
 * fields draw charge sideways, so that pixels gain and lose area: arcs 20–60 px apart, ±0.2–0.6 % of the sky, the closer and stronger the
 * farther from the centre. Fixed per CCD for ever (a function of CCDNUM alone); amplitude and sign are the event's.
 * Source: Plazas et al. 2014 (PASP 126, 750); Bernstein et al. 2017 (PASP 129, 114502); the Exposure Checker's example.
 */
export const treeRings: ArtifactModel<TreeRingsParameters> = {
  className: 'Tree rings',
  stage: 'readout',
  scope: 'ccd',
  extended: false,
  wholeCcd: true,
  draw(rng) {
    return { peak: drawAmplitude(rng, 'Tree rings'), sign: rng.sign() };
  },
  render(scene, p, delta) {
    const { width, height } = scene;
    const wafer = new Rng(waferSeed, scene.place.ccdnum);
    // the wafer's centre: 100 to 600 px beyond both edges of a corner
    const beyondX = wafer.uniform(100, 600);
    const beyondY = wafer.uniform(100, 600);
    const cx = wafer.chance(0.5) ? -beyondX : width - 1 + beyondX;
    const cy = wafer.chance(0.5) ? -beyondY : height - 1 + beyondY;
    const inner = Math.floor(Math.hypot(beyondX, beyondY));
    const outer = Math.ceil(Math.hypot(beyondX + width - 1, beyondY + height - 1));
    const rings = ringProfile(wafer, inner, outer);
    const level = p.sign * (p.peak / 100) * scene.skyLevel;
    for (let k = 0; k < rings.length; k++) rings[k] *= level;
    for (let y = 0; y < height; y++) {
      const dy2 = (y - cy) ** 2;
      const base = y * width;
      for (let x = 0; x < width; x++) {
        const dx = x - cx;
        delta[base + x] += rings[((Math.sqrt(dx * dx + dy2) - inner) * perPixel) | 0];
      }
    }
  },
};

/** Samples of the profile a pixel of radius: two make steps of a tenth of the amplitude and less. */
const perPixel = 2;

/** The rings from radius `inner` to `outer` pixels, `perPixel` samples a pixel, the strongest at ±1. */
function ringProfile(rng: Rng, inner: number, outer: number): Float32Array {
  const profile = new Float32Array((outer - inner + 1) * perPixel + 1);
  let phase = rng.uniform(0, 2 * Math.PI);
  let spacing = 0;
  let strength = 0;
  let ringEnd = 0;
  let largest = 0;
  for (let k = 0; k < profile.length; k++) {
    if (phase >= ringEnd) {
      // each ring has a spacing and strength of its own
      const outwards = k / profile.length;
      spacing = Math.min(60, Math.max(20, (48 - 22 * outwards) * Math.exp(rng.normal(0, 0.25))));
      strength = (0.3 + 0.7 * outwards) * rng.uniform(0.4, 1);
      ringEnd = Math.ceil((phase + 1e-9) / (2 * Math.PI)) * 2 * Math.PI;
    }
    profile[k] = strength * Math.sin(phase);
    largest = Math.max(largest, Math.abs(profile[k]));
    phase += (2 * Math.PI) / (spacing * perPixel);
  }
  return profile.map((value) => value / largest);
}
