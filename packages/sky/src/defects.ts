import type { ArtifactModel, CcdScene } from './artifact.ts';
import { artifactModel } from './artifact.ts';
import { badColumn } from './artifacts/bad-column.ts';
import { cosmicRay } from './artifacts/cosmic-ray.ts';
import type { CosmicRayTrack } from './artifacts/cosmic-ray.ts';
import type { Detector } from './detector.ts';
import { maskBits } from './mask-bits.ts';
import type { PlanePool } from './planes.ts';
import type { Rng } from './rng.ts';

/**
 * What every CCD carries and the pipeline handles: the chip's bad columns (BPM) and 30–60 cosmic rays (CRAY), drawn as the artifact
 * classes of the same cause are, but masked wherever they exceed a fifth of the sky's rms, cosmic rays with one pixel around.
 */
export function addMaskedDefects(
  electrons: Float32Array,
  mask: Uint16Array,
  scene: (model: ArtifactModel<unknown>) => CcdScene,
  detector: Detector,
  pool: PlanePool,
  rng: Rng,
): void {
  const columns = scene(artifactModel(badColumn));
  const { width, height, skyRms } = columns;
  const delta = pool.zeroed();
  for (const parameters of detector.badColumns) badColumn.render?.(columns, parameters, delta);
  absorb(electrons, mask, delta, width, height, 0.2 * skyRms, maskBits.BPM, 0);

  const rays = scene(artifactModel(cosmicRay));
  const wanted = Math.round((rng.uniform(30, 60) * width * height) / (2046 * 4094));
  const tracks: CosmicRayTrack[] = [];
  while (tracks.length < wanted) tracks.push(...cosmicRay.draw(rng, undefined as never).tracks);
  cosmicRay.render?.(rays, { tracks: tracks.slice(0, wanted) }, delta);
  absorb(electrons, mask, delta, width, height, 0.2 * skyRms, maskBits.CRAY, 1);
  pool.returnZeroed(delta);
}

/** Adds `delta`, masks what exceeds `level` and `grow` pixels around it, and leaves `delta` zero. */
function absorb(
  electrons: Float32Array,
  mask: Uint16Array,
  delta: Float32Array,
  width: number,
  height: number,
  level: number,
  bit: number,
  grow: number,
): void {
  for (let i = 0; i < delta.length; i++) {
    const d = delta[i];
    if (d === 0) continue;
    delta[i] = 0;
    electrons[i] += d;
    if (d < level && d > -level) continue;
    mask[i] |= bit;
    if (grow === 0) continue;
    const x = i % width;
    const y = (i - x) / width;
    for (let v = Math.max(0, y - grow); v <= Math.min(height - 1, y + grow); v++)
      for (let u = Math.max(0, x - grow); u <= Math.min(width - 1, x + grow); u++) mask[v * width + u] |= bit;
  }
}
