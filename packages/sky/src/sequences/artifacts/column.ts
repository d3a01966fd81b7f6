import type { SequenceArtifact } from '../artifact.ts';
import { cutoutSize, electronsOfMagnitude, ztfCamera } from '../camera.ts';
import { addBrightStar } from './star-light.ts';
import type { BrightStar } from './star-light.ts';

/** Overflowing columns of a star above or below, or a column of the chip that is hot or does not collect. */
export type ColumnParameters =
  | { readonly kind: 'bleed'; readonly star: BrightStar }
  | {
      readonly kind: 'chip';
      /** Column minus the object's x where the sky lies at its usual place, pixels. */
      readonly dx: number;
      readonly columns: number;
      /** Electrons added; or, where negative, the share of the light lost. */
      readonly level: number;
    };

/** Three in four are bleeds, which stay with the sky; the rest stay with the chip, and so reach an object in few of its frames. */
export const column: SequenceArtifact<ColumnParameters> = {
  draw(rng, { exposures, anchor }) {
    if (rng.chance(0.25)) {
      const level = rng.chance(0.6) ? rng.logUniform(30, 3000) * ztfCamera.gain : -rng.uniform(0.3, 0.95);
      const dx = rng.normal(0, 2) + exposures[anchor].shiftX;
      return { kind: 'chip', dx, columns: rng.integer(1, 2), level };
    }
    const distance = rng.uniform(6, 50);
    // The end of the trail lies near the object or beyond it.
    const bleedLength = Math.max(8, distance + rng.uniform(-6, 25));
    return {
      kind: 'bleed',
      star: {
        dx: rng.normal(0, 2),
        dy: rng.sign() * distance,
        flux: electronsOfMagnitude(8.2 - 5 * Math.log10(bleedLength / 30) + rng.normal(0, 0.3)),
        bleedLength,
        bleedWidth: rng.uniform(3, 8),
      },
    };
  },
  render(scene, p) {
    if (p.kind === 'bleed') {
      addBrightStar(scene, p.star);
      return;
    }
    const first = Math.round(scene.objectX + p.dx - scene.exposure.shiftX);
    for (let x = Math.max(0, first); x < Math.min(cutoutSize, first + p.columns); x++)
      for (let i = x; i < scene.plane.length; i += cutoutSize)
        scene.plane[i] = p.level < 0 ? scene.plane[i] * (1 + p.level) : scene.plane[i] + p.level;
  },
};
