import type { ArtifactModel } from '../artifact.ts';
import { drawAmplitude } from './amplitudes.ts';
import { rowFromRegister } from './place.ts';

export interface ReadoutParameters {
  readonly form: 'hatched edge' | 'stripes';
  /** Amplitude, sky rms. */
  readonly peak: number;
  /** Period along x and along y, pixels. */
  readonly periodX: number;
  readonly periodY: number;
  /** Rows from the serial register that are hatched. */
  readonly depth: number;
  /** Share of the depth with the coarse hatching, next to the good rows. */
  readonly coarse: number;
  readonly phase: number;
  /** Whether the second amplifier runs in phase with the first. */
  readonly mirrored: boolean;
}

/**
 * The electronics themselves. Two forms: while the first ~150 rows are read the video chain has not settled, and they are hatched, fine near the
 * edge and coarse (period ~30 px) after it, tens of σ; or interference through the whole read-out draws diagonal stripes of
 * 0.3–1 × sky rms over the frame. Both amplifiers are read at once towards their own ends, so a disturbance in time is mirrored about
 * x = width/2. Source: the Exposure Checker's example.
 */
export const readoutNoise: ArtifactModel<ReadoutParameters> = {
  className: 'Readout',
  stage: 'readout',
  scope: 'ccd',
  extended: false,
  wholeCcd: false,
  coversCcd: (p) => p.form === 'stripes',
  draw(rng) {
    const form = rng.chance(0.5) ? 'hatched edge' : 'stripes';
    const stripes = form === 'stripes';
    return {
      form,
      peak: drawAmplitude(rng, stripes ? 'Readout (stripes)' : 'Readout (hatched edge)'),
      periodX: rng.sign() * (stripes ? rng.logUniform(15, 200) : rng.uniform(20, 40)),
      periodY: stripes ? rng.logUniform(15, 200) : rng.uniform(20, 60),
      depth: rng.uniform(110, 190),
      coarse: rng.uniform(0.2, 0.45),
      phase: rng.uniform(0, 2 * Math.PI),
      mirrored: rng.chance(0.8),
    };
  },
  render(scene, p, delta) {
    const level = p.peak * scene.skyRms;
    const { height } = scene;
    if (p.form === 'stripes') {
      addWave(scene, p, 0, height, p.periodX, p.periodY, level, 1, delta);
      return;
    }
    const depth = Math.min(height, Math.round(p.depth));
    const fine = Math.round(depth * (1 - p.coarse));
    addWave(scene, p, 0, fine, -0.35 * p.periodX, 0.6 * p.periodY, 0.6 * level, 2, delta);
    addWave(scene, p, fine, depth, p.periodX, p.periodY, level, 3, delta);
  },
};

/** Adds level × clip(gain × sin(2π(x'/periodX + v/periodY) + phase), ±1) on rows [from, to) counted from the register; x' is the order of read-out. */
function addWave(
  scene: Parameters<NonNullable<typeof readoutNoise.render>>[0],
  p: ReadoutParameters,
  from: number,
  to: number,
  periodX: number,
  periodY: number,
  level: number,
  gain: number,
  delta: Float32Array,
): void {
  const { width } = scene;
  const half = width >> 1;
  const sines = new Float64Array(width);
  const cosines = new Float64Array(width);
  for (let x = 0; x < width; x++) {
    const order = x < half ? x : width - 1 - x;
    const a = (2 * Math.PI * order) / periodX + (x < half || p.mirrored ? 0 : 2.1);
    sines[x] = gain * Math.sin(a);
    cosines[x] = gain * Math.cos(a);
  }
  for (let v = from; v < to; v++) {
    const b = p.phase + (2 * Math.PI * v) / periodY;
    const s = Math.sin(b);
    const c = Math.cos(b);
    const base = rowFromRegister(scene, v) * width;
    if (gain === 1) {
      for (let x = 0; x < width; x++) delta[base + x] += level * (sines[x] * c + cosines[x] * s);
      continue;
    }
    for (let x = 0; x < width; x++) {
      const wave = sines[x] * c + cosines[x] * s;
      delta[base + x] += level * (wave > 1 ? 1 : wave < -1 ? -1 : wave);
    }
  }
}
