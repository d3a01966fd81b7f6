import { smoothStep } from '../../artifacts/place.ts';
import type { SequenceArtifact } from '../artifact.ts';
import { cutoutSize, ztfCamera } from '../camera.ts';

/** A patch of even light: a rectangle with round corners and an edge as soft as it is out of focus. */
interface Patch {
  /** Centre from the object in the anchor's frame, half sizes, radius of the corners, softness of the edge; pixels. */
  readonly x: number;
  readonly y: number;
  readonly halfWidth: number;
  readonly halfHeight: number;
  readonly corner: number;
  readonly soft: number;
  /** Electrons at the brighter end, and the share of them at the fainter one (growing along +x, or −x where `flipped`). */
  readonly level: number;
  readonly fade: number;
  readonly flipped: boolean;
  /** Pixels over which the fainter end comes up from nothing, and the relative gradient across. */
  readonly tip: number;
  readonly slope: number;
}

export interface GhostParameters {
  readonly patches: readonly Patch[];
  /** Light of the star is reflected: when the sky moves on the chip, the ghost moves by this many times as much against the sky. */
  readonly drift: number;
  readonly anchorX: number;
  readonly anchorY: number;
}

/**
 * Reflections of a bright star elsewhere: bars with a round end (half of them), plateaus with a sharp edge, soft haloes; two in three with a
 * second patch inside. Against the object they move with the pointing, so that a small one comes and goes and a large one is in most frames.
 * 12–300 DN over the sky.
 */
export const ghost: SequenceArtifact<GhostParameters> = {
  draw(rng, { exposures, anchor }) {
    const form = rng.pick(['bar', 'bar', 'plateau', 'halo'] as const);
    const halfWidth = rng.logUniform(14, 60);
    const halfHeight =
      form === 'bar' ? rng.uniform(2, 7) : form === 'plateau' ? rng.uniform(8, 35) : rng.uniform(15, 50);
    // The object lies inside it, or a little way out.
    const x = rng.uniform(-1.05, 1.05) * halfWidth;
    const y = rng.uniform(-1, 1) * halfHeight;
    const main: Patch = {
      ...{ x, y, halfWidth, halfHeight },
      corner: Math.min(halfWidth, halfHeight) * rng.uniform(0.3, 1),
      soft: form === 'halo' ? rng.uniform(6, 20) : rng.uniform(0.5, form === 'bar' ? 1.2 : 3),
      level: rng.logUniform(12, 300) * ztfCamera.gain,
      fade: rng.uniform(0.3, 1),
      flipped: rng.chance(0.5),
      tip: rng.uniform(1, 16),
      slope: rng.normal(0, 0.25),
    };
    const patches = [main];
    if (rng.chance(0.65)) {
      const height = halfHeight * rng.uniform(0.2, 0.7);
      patches.push({
        ...main,
        y: y + rng.sign() * (halfHeight - height),
        halfHeight: height,
        corner: height * rng.uniform(0.1, 0.6),
        soft: rng.uniform(0.5, 1.5),
        level: main.level * rng.uniform(0.2, 1),
      });
    }
    const { shiftX, shiftY } = exposures[anchor];
    return { patches, drift: rng.uniform(1, 3), anchorX: shiftX, anchorY: shiftY };
  },
  render(scene, p) {
    const { shiftX, shiftY, transparency } = scene.exposure;
    const moveX = scene.objectX - p.drift * (shiftX - p.anchorX);
    const moveY = scene.objectY - p.drift * (shiftY - p.anchorY);
    for (const patch of p.patches)
      addPatch(scene.plane, patch, moveX + patch.x, moveY + patch.y, transparency);
  },
};

function addPatch(plane: Float32Array, patch: Patch, x: number, y: number, transparency: number): void {
  const { halfWidth, halfHeight, corner, soft, fade, flipped, tip, slope } = patch;
  for (let row = 0; row < cutoutSize; row++)
    for (let column = 0; column < cutoutSize; column++) {
      const dx = column - x;
      // Distance from the edge of a rounded rectangle, negative inside.
      const u = Math.abs(dx) - halfWidth + corner;
      const v = Math.abs(row - y) - halfHeight + corner;
      const outside = Math.hypot(Math.max(0, u), Math.max(0, v)) + Math.min(0, Math.max(u, v)) - corner;
      if (outside >= soft) continue;
      const fromTip = (flipped ? -dx : dx) + halfWidth + soft;
      const along = (fade + ((1 - fade) * fromTip) / (2 * (halfWidth + soft))) * smoothStep(0, tip, fromTip);
      const across = Math.max(0, 1 + (slope * (row - y)) / halfHeight);
      const level = patch.level * transparency * along * across;
      plane[row * cutoutSize + column] += level * smoothStep(-soft, soft, -outside);
    }
}
