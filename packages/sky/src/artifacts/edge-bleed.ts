import type { ArtifactModel } from '../artifact.ts';
import { drawAmplitude } from './amplitudes.ts';
import { saturatedFlux } from './bright-star.ts';
import { rowFromRegister } from './place.ts';

export interface EdgeBleedParameters {
  /** Place of the star, CCD pixels, its distance from the serial register, and its flux, electrons. */
  readonly x: number;
  readonly y: number;
  readonly fromRegister: number;
  readonly flux: number;
  /** Level of the bright strip, sky rms, and of the dark one relative to it. */
  readonly peak: number;
  readonly dark: number;
  /** Side of the trail that is bright: towards higher or lower x. */
  readonly brightSide: 1 | -1;
  /** Rows of the dark strip and of the bright one. */
  readonly depth: number;
  readonly brightDepth: number;
  /** Pixels along x over which the strips fade. */
  readonly fade: number;
  /** Strength of the mirrored twin in the other amplifier; may be negative. */
  readonly twin: number;
  readonly trailColumns: number;
  /** How much shallower the dark strip gets away from the trail. */
  readonly slant: number;
}

/**
 * A star of ≲ 9 mag bleeds down its column into the serial register and floods it: along the read-out edge a strip of 50–300 rows, bright on
 * one side of the trail, on the other negative with a soft end (the overscan of the flooded rows is too high), out to the end of the
 * amplifier, and a weaker twin mirrored into the other amplifier. The trail from the star to the edge belongs to it; the star is brought
 * along. No range in the specification, so the general one: 0.3–30 × sky rms. Read-out stage: the dark part is an error of the bias, not of the light.
 * Source: the Exposure Checker's example; the `edge-bleed` step of the DES pipeline (Bernstein et al. 2018, PASP 130, 054501).
 */
export const edgeBleed: ArtifactModel<EdgeBleedParameters> = {
  className: 'Edge-bleed',
  stage: 'readout',
  scope: 'ccd',
  extended: true,
  wholeCcd: false,
  draw(rng, exposure) {
    const depth = rng.logUniform(50, 300);
    const fromRegister = Math.round(rng.uniform(0.02, 0.5) * exposure.height);
    // an event of one CCD: the context lists that one alone
    const place = exposure.ccds[0];
    return {
      x: Math.round(rng.uniform(0.03, 0.97) * exposure.width),
      y: rowFromRegister({ place, height: exposure.height }, fromRegister),
      fromRegister,
      flux: saturatedFlux(rng.logUniform(20, 200), exposure),
      peak: drawAmplitude(rng, 'Edge-bleed'),
      dark: rng.uniform(0.3, 1),
      brightSide: rng.sign(),
      depth,
      brightDepth: depth * rng.uniform(0.2, 0.7),
      fade: rng.logUniform(300, 4000),
      twin: rng.sign() * rng.uniform(0.05, 0.4),
      trailColumns: rng.integer(2, 14),
      slant: rng.uniform(0, 0.05),
    };
  },
  stars: (p) => [{ x: p.x, y: p.y, flux: p.flux }],
  render(scene, p, delta) {
    const { width, height } = scene;
    const level = p.peak * scene.skyRms;
    const half = width >> 1;
    const [from, to] = p.x < half ? [0, half] : [half, width];
    const rows = Math.min(height, Math.ceil(p.depth * 1.6));
    const firstTrail = Math.max(0, p.x - (p.trailColumns >> 1));
    const endTrail = Math.min(width, firstTrail + p.trailColumns);
    for (let v = 0; v < rows; v++) {
      const base = rowFromRegister(scene, v) * width;
      for (let x = from; x < to; x++) {
        const distance = (x - p.x) * p.brightSide;
        const reach = Math.abs(distance);
        const fade = p.fade / (p.fade + reach);
        let value: number;
        if (x >= firstTrail && x < endTrail) value = 1;
        else if (distance >= 0) value = fade * softEnd(v, p.brightDepth, 3);
        // the dark strip gets a little shallower away from the trail and ends softly
        else value = -p.dark * fade * softEnd(v, p.depth - p.slant * reach, 0.3 * p.depth);
        if (value === 0) continue;
        delta[base + x] += level * value;
        delta[base + width - 1 - x] += level * p.twin * value;
      }
    }
    const end = Math.min(height, p.fromRegister);
    for (let v = rows; v < end; v++) {
      const base = rowFromRegister(scene, v) * width;
      const value = level * Math.min(1, (end - v) / 10);
      for (let x = firstTrail; x < endTrail; x++) delta[base + x] += value;
    }
  },
};

/** 1 up to `end` rows, then down to 0 over `soft` rows. */
function softEnd(v: number, end: number, soft: number): number {
  return v <= end - soft ? 1 : v >= end + soft ? 0 : 0.5 - (v - end) / (2 * soft);
}
