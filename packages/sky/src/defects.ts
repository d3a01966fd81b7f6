import type { ArtifactModel, CcdScene } from './artifact.ts';
import { artifactModel } from './artifact.ts';
import { badColumn, firstColumn } from './artifacts/bad-column.ts';
import type { BadColumnParameters } from './artifacts/bad-column.ts';
import { cosmicRay } from './artifacts/cosmic-ray.ts';
import type { CosmicRayTrack } from './artifacts/cosmic-ray.ts';
import { maskBits } from './mask-bits.ts';
import type { Box, PlanePool } from './planes.ts';
import type { Rng } from './rng.ts';

/**
 * What every CCD carries and the pipeline handles: the chip's bad columns (BPM) and 30–60 cosmic rays (CRAY), drawn as the artifact
 * classes of the same cause are, but masked wherever they exceed a fifth of the sky's rms, cosmic rays with one pixel around.
 */
export function addMaskedDefects(
  electrons: Float32Array,
  mask: Uint16Array,
  scene: (model: ArtifactModel<unknown>) => CcdScene,
  badColumns: readonly BadColumnParameters[],
  pool: PlanePool,
  rng: Rng,
): void {
  const columns = scene(artifactModel(badColumn));
  const { width, height, skyRms } = columns;
  const level = 0.2 * skyRms;
  const delta = pool.zeroed();
  for (const parameters of badColumns) {
    badColumn.render?.(columns, parameters, delta);
    const x0 = firstColumn(parameters, width);
    const box = { x0, x1: x0 + parameters.columns, y0: 0, y1: height };
    absorb(electrons, mask, delta, width, height, box, level, maskBits.BPM, 0);
  }
  const rays = scene(artifactModel(cosmicRay));
  const wanted = Math.round((rng.uniform(30, 60) * width * height) / (2046 * 4094));
  const tracks: CosmicRayTrack[] = [];
  while (tracks.length < wanted) tracks.push(...cosmicRay.draw(rng, undefined as never).tracks);
  for (const track of tracks.slice(0, wanted)) {
    cosmicRay.render?.(rays, { tracks: [track] }, delta);
    const reach = Math.ceil(track.lengthPixels) + 8;
    const x = Math.round(track.x * (width - 1));
    const y = Math.round(track.y * (height - 1));
    const box = {
      x0: Math.max(0, x - reach),
      x1: Math.min(width, x + reach + 1),
      y0: Math.max(0, y - reach),
      y1: Math.min(height, y + reach + 1),
    };
    absorb(electrons, mask, delta, width, height, box, level, maskBits.CRAY, 1);
  }
  pool.returnZeroed(delta);
}

/** Adds `delta` in a box, masks what exceeds `level` and `grow` pixels around it, and leaves `delta` zero. */
function absorb(
  electrons: Float32Array,
  mask: Uint16Array,
  delta: Float32Array,
  width: number,
  height: number,
  box: Box,
  level: number,
  bit: number,
  grow: number,
): void {
  for (let y = box.y0; y < box.y1; y++)
    for (let x = box.x0; x < box.x1; x++) {
      const i = y * width + x;
      const d = delta[i];
      if (d === 0) continue;
      delta[i] = 0;
      electrons[i] += d;
      if (d < level && d > -level) continue;
      mask[i] |= bit;
      if (grow === 0) continue;
      for (let v = Math.max(0, y - grow); v <= Math.min(height - 1, y + grow); v++)
        for (let u = Math.max(0, x - grow); u <= Math.min(width - 1, x + grow); u++)
          mask[v * width + u] |= bit;
    }
}
