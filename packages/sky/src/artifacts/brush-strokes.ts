import type { ArtifactModel } from '../artifact.ts';
import { Rng } from '../rng.ts';
import { drawAmplitude } from './amplitudes.ts';
import { CoarseField } from './coarse-field.ts';
import { focalOrigin, randomFieldPoint } from './place.ts';

export interface BrushStrokesParameters {
  /** Centre of the bundle, focal-plane pixels, and the direction of its filaments there, radians. */
  readonly x: number;
  readonly y: number;
  readonly angle: number;
  /** Length and width of the bundle, and the radius its filaments curve with (signed), pixels. */
  readonly length: number;
  readonly width: number;
  readonly curvature: number;
  /** Brightest filament, sky rms. */
  readonly peak: number;
  readonly seed: number;
}

interface Filament {
  readonly across: number;
  readonly half: number;
  readonly from: number;
  readonly to: number;
  readonly weight: number;
}

/**
 * Weaker scatter off the telescope's structure than a spray: bundles of parallel, slightly curved filaments like the hairs of a brush, each
 * 20–40 px wide, the bundle 150–400 px wide and 1000–2000 px long, 0.3–3 × sky rms, with soft ends.
 * Source: the Exposure Checker's class of this name.
 */
export const brushStrokes: ArtifactModel<BrushStrokesParameters> = {
  className: 'Brush strokes',
  stage: 'photons',
  scope: 'exposure',
  extended: true,
  wholeCcd: false,
  draw(rng, exposure) {
    const { x, y } = randomFieldPoint(rng, exposure);
    return {
      x,
      y,
      angle: rng.uniform(0, Math.PI),
      length: rng.logUniform(1000, 2000),
      width: rng.logUniform(150, 400),
      curvature: rng.sign() * rng.logUniform(1500, 10_000),
      peak: drawAmplitude(rng, 'Brush strokes'),
      seed: rng.uint32(),
    };
  },
  render(scene, p, delta) {
    const origin = focalOrigin(scene);
    const field = new CoarseField(scene.width, scene.height, 4);
    const filaments = drawFilaments(p);
    const cx = p.x - origin.x;
    const cy = p.y - origin.y;
    const ux = Math.cos(p.angle);
    const uy = Math.sin(p.angle);
    // how far the ends curve aside
    const sag = p.length ** 2 / (8 * Math.abs(p.curvature));
    const reach = Math.hypot(p.length / 2, p.width / 2 + sag + 60);
    const [i0, i1] = field.nodesX(cx - reach, cx + reach);
    const [j0, j1] = field.nodesY(cy - reach, cy + reach);
    let seen = false;
    for (let j = j0; j <= j1; j++) {
      const dy = j * field.step - cy;
      for (let i = i0; i <= i1; i++) {
        const dx = i * field.step - cx;
        const along = dx * ux + dy * uy;
        if (Math.abs(along) > p.length / 2) continue;
        const across = dy * ux - dx * uy - along ** 2 / (2 * p.curvature);
        let value = 0;
        for (const f of filaments) {
          const d = (across - f.across) / f.half;
          if (d <= -1 || d >= 1 || along <= f.from || along >= f.to) continue;
          const ends = Math.min(
            1,
            (4 * (along - f.from)) / (f.to - f.from),
            (4 * (f.to - along)) / (f.to - f.from),
          );
          value = Math.max(value, f.weight * ends * (1 - d * d));
        }
        if (value === 0) continue;
        field.values[j * field.nx + i] = value;
        seen = true;
      }
    }
    if (seen) field.addTo(delta, p.peak * scene.skyRms);
  },
};

/** Side by side across the bundle, each with ends and a brightness of its own; the first is the brightest. */
function drawFilaments({ width, length, seed }: BrushStrokesParameters): Filament[] {
  const rng = new Rng(seed);
  const filaments: Filament[] = [];
  for (let across = -width / 2; across < width / 2;) {
    const half = rng.uniform(10, 20);
    across += half;
    const cut = rng.uniform(0.5, 1) * length;
    const from = -length / 2 + rng.uniform() * (length - cut);
    filaments.push({ across, half, from, to: from + cut, weight: rng.uniform(0.2, 1) });
    across += half * rng.uniform(0.8, 1.6);
  }
  const brightest = Math.max(...filaments.map(({ weight }) => weight));
  return filaments.map((f) => ({ ...f, weight: f.weight / brightest }));
}
