import { Rng } from '../rng.ts';

/**
 * A smooth random field of unit rms and no mean over the plane, without structure below about `scale`: plane waves of 1.5 to 4 × `scale` in random
 * directions. A function of the seed and the place alone, so that it goes on from CCD to CCD.
 */
export function waveField(seed: number, scale: number): (x: number, y: number) => number {
  const rng = new Rng(seed);
  const waves = Array.from({ length: 10 }, () => {
    const k = (2 * Math.PI) / (scale * rng.logUniform(1.5, 4));
    const direction = rng.uniform(0, 2 * Math.PI);
    return { kx: k * Math.cos(direction), ky: k * Math.sin(direction), phase: rng.uniform(0, 2 * Math.PI) };
  });
  const norm = Math.sqrt(2 / waves.length);
  return (x, y) => {
    let sum = 0;
    for (const { kx, ky, phase } of waves) sum += Math.sin(kx * x + ky * y + phase);
    return norm * sum;
  };
}
