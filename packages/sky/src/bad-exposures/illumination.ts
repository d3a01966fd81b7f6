import type { ArtifactModel } from '../artifact.ts';
import { CoarseField } from '../artifacts/coarse-field.ts';
import { focalOrigin } from '../artifacts/place.ts';
import { focalPlaneRadius } from '../focal-plane.ts';
import { waveField } from './wave-field.ts';

/** Light that is unevenly spread over the focal plane; lengths in focal-plane radii, which smaller CCDs keep. */
export type IlluminationParameters =
  | {
      /** Rings about the optical axis, wider outwards: amplitude × cos(2π (r / period)^power + phase). */
      readonly form: 'rings';
      readonly amplitude: number;
      readonly period: number;
      readonly power: number;
      readonly phase: number;
    }
  | {
      /** Patches of the sky's light, as moonlight on clouds makes. */
      readonly form: 'patches';
      readonly amplitude: number;
      readonly scale: number;
      readonly seed: number;
    }
  | {
      /** The dome or a cover in the beam: from full light to `left` of it across an edge at `distance` from the axis. */
      readonly form: 'shadow';
      readonly left: number;
      readonly angle: number;
      readonly distance: number;
      readonly softness: number;
    };

/** An exposure unevenly lit, sky and sources alike for a shadow, the sky alone else. */
export const illumination: ArtifactModel<IlluminationParameters> = {
  className: 'illumination of the exposure',
  stage: 'photons',
  scope: 'exposure',
  extended: true,
  wholeCcd: true,
  draw: () => {
    throw new RangeError('illumination: its parameters are drawn with the exposure');
  },
  render(scene, p, delta) {
    const origin = focalOrigin(scene);
    const radius = focalPlaneRadius(scene.width, scene.height);
    const value = pattern(p);
    const field = new CoarseField(scene.width, scene.height, 8);
    for (let j = 0; j < field.ny; j++)
      for (let i = 0; i < field.nx; i++)
        field.values[j * field.nx + i] = value(
          (origin.x + i * field.step) / radius,
          (origin.y + j * field.step) / radius,
        );
    if (p.form !== 'shadow') {
      field.addTo(delta, scene.skyLevel);
      return;
    }
    field.addTo(delta, 1);
    for (let k = 0; k < delta.length; k++) delta[k] *= scene.electrons[k];
  },
};

/** Relative change of the light at a place in focal-plane radii. */
function pattern(p: IlluminationParameters): (x: number, y: number) => number {
  if (p.form === 'patches') {
    const field = waveField(p.seed, p.scale);
    return (x, y) => p.amplitude * field(x, y);
  }
  if (p.form === 'rings') {
    const { amplitude, period, power, phase } = p;
    return (x, y) => amplitude * Math.cos(2 * Math.PI * (Math.hypot(x, y) / period) ** power + phase);
  }
  const { left, angle, distance, softness } = p;
  const c = Math.cos(angle);
  const s = Math.sin(angle);
  return (x, y) => -(1 - left) / (1 + Math.exp(-(x * c + y * s - distance) / softness));
}
