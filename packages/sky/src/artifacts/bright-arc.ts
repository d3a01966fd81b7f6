import type { ArtifactModel } from '../artifact.ts';
import { drawAmplitude } from './amplitudes.ts';
import { focalOrigin, randomFieldPoint, smoothStep } from './place.ts';

export interface BrightArcParameters {
  /** Centre of the circle the arc belongs to, focal-plane pixels, and its radius. */
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  /** Direction from the centre to the middle of the arc, radians. */
  readonly angle: number;
  readonly length: number;
  /** Full width at half maximum across, pixels. */
  readonly widthPixels: number;
  /** Brightness of the middle, sky rms. */
  readonly peak: number;
}

/**
 * Light of a star that slips past the edge of the filter: one thin arc, 30–60 px wide and 1000–4000 px long, gently curved (radius
 * 6000–40,000 px), soft across and fading to its ends; a single one, without the parallel companions of a spray. 0.2–2 × sky rms.
 * Source: the Exposure Checker's example.
 */
export const brightArc: ArtifactModel<BrightArcParameters> = {
  className: 'Bright arc',
  stage: 'photons',
  scope: 'exposure',
  extended: false,
  wholeCcd: false,
  draw(rng, exposure) {
    const middle = randomFieldPoint(rng, exposure);
    const radius = rng.logUniform(6000, 40_000);
    const angle = rng.uniform(0, 2 * Math.PI);
    return {
      x: middle.x - radius * Math.cos(angle),
      y: middle.y - radius * Math.sin(angle),
      radius,
      angle,
      length: rng.uniform(1000, 4000),
      widthPixels: rng.uniform(30, 60),
      peak: drawAmplitude(rng, 'Bright arc'),
    };
  },
  render(scene, p, delta) {
    const { width, height } = scene;
    const origin = focalOrigin(scene);
    const cx = p.x - origin.x;
    const cy = p.y - origin.y;
    const ax = Math.cos(p.angle);
    const ay = Math.sin(p.angle);
    const level = p.peak * scene.skyRms;
    const reach = 1.25 * p.widthPixels;
    const outer = p.radius + reach;
    const inner = p.radius - reach;
    const half = p.length / 2;
    // the arc lies within these rows: middle of the arc ± half its length
    const middleY = cy + p.radius * ay;
    const y0 = Math.max(0, Math.floor(middleY - half - reach));
    const y1 = Math.min(height - 1, Math.ceil(middleY + half + reach));
    for (let y = y0; y <= y1; y++) {
      const dy = y - cy;
      const far = outer * outer - dy * dy;
      if (far <= 0) continue;
      const xFar = Math.sqrt(far);
      const near = inner * inner - dy * dy;
      const xNear = near > 0 ? Math.sqrt(near) : 0;
      for (const [low, high] of [
        [cx - xFar, cx - xNear],
        [near > 0 ? cx + xNear : cx, cx + xFar],
      ] as const) {
        const x0 = Math.max(0, Math.ceil(low));
        const x1 = Math.min(width - 1, Math.ceil(high) - 1);
        for (let x = x0; x <= x1; x++) {
          const dx = x - cx;
          const forward = dx * ax + dy * ay;
          if (forward <= 0) continue;
          const across = Math.sqrt(dx * dx + dy * dy) - p.radius;
          const u = across / reach;
          if (u <= -1 || u >= 1) continue;
          const along = p.radius * Math.atan2(dy * ax - dx * ay, forward);
          const end = 1 - smoothStep(0.5 * half, half, Math.abs(along));
          if (end === 0) continue;
          // (1 − u²)⁴ has its half maximum at 0.4 of its reach: full width widthPixels
          const w = (1 - u * u) * (1 - u * u);
          delta[y * width + x] += level * end * w * w;
        }
      }
    }
  },
};
