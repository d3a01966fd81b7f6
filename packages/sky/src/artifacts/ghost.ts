import type { ArtifactModel } from '../artifact.ts';
import { drawAmplitude } from './amplitudes.ts';
import { pickBrightStar, type CausingStar } from './bright-star.ts';
import { CoarseField } from './coarse-field.ts';
import { focalOrigin, randomFieldPoint, smoothStep } from './place.ts';

export interface GhostImage {
  /** Centre and outer radius, focal-plane pixels. */
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  /** Axis ratio along the direction to the optical axis (vignetting squeezes ghosts far from it). */
  readonly axisRatio: number;
  /** Radius of the central hole over the outer radius, 0 for a full disc, and its shift outwards in units of the radius. */
  readonly hole: number;
  readonly holeShift: number;
  /** Half width of the spider's shadow over the radius, 0 for none, and its angle in radians. */
  readonly vane: number;
  readonly vaneAngle: number;
  /** Brightness inside over that of the rim. */
  readonly inside: number;
  /** Brightness of the rim over that of the event's first image. */
  readonly weight: number;
}

export interface GhostParameters {
  /** Brightness of the first image's rim, sky rms. */
  readonly peak: number;
  readonly images: readonly GhostImage[];
  readonly star: CausingStar;
}

/**
 * Light of a star of ≲ 8 mag reflected between the detector, the filter and the corrector's lenses: defocused images of the pupil, so a disc or
 * an annulus with a hole where the prime-focus cage stands and the shadow of its four vanes, with a sharp rim brighter than its inside.
 * Diameter 1000–24,000 px by the pair of surfaces; small ones lie on the star, large ones are drawn to the optical axis and past it:
 * centre = k × star, k from 1 down to −0.3. One to three images of one star; crosses CCDs. 0.05–3 × sky rms.
 * Source: Kent 2013 (Fermilab TM-2563, ghost images of DECam); Chang et al. 2021 (Astronomy and Computing 36, 100474) for the looks.
 */
export const ghost: ArtifactModel<GhostParameters> = {
  className: 'Ghost',
  stage: 'photons',
  scope: 'exposure',
  extended: true,
  wholeCcd: false,
  draw(rng, exposure) {
    const peak = drawAmplitude(rng, 'Ghost');
    const star = pickBrightStar(rng, exposure);
    const images: GhostImage[] = [];
    const count = 1 + (rng.chance(0.35) ? 1 : 0) + (rng.chance(0.15) ? 1 : 0);
    for (let i = 0; i < count; i++) {
      const diameter = rng.logUniform(1000, 24_000);
      const k = 1 - (1.3 * Math.log(diameter / 1000)) / Math.log(24) + rng.normal(0, 0.05);
      const radius = diameter / 2;
      let x = k * star.x;
      let y = k * star.y;
      if (i === 0) {
        // seen by one of the CCDs at least: an image that would miss them all takes another place on the scale of k
        const target = randomFieldPoint(rng, exposure);
        const distance = Math.hypot(target.x - x, target.y - y);
        const wanted = radius * rng.uniform(0.3, 0.98);
        if (distance > wanted) {
          x = target.x + ((x - target.x) * wanted) / distance;
          y = target.y + ((y - target.y) * wanted) / distance;
        }
      }
      const offAxis = Math.min(1, Math.hypot(x, y) / 15_000);
      images.push({
        x,
        y,
        radius,
        axisRatio: 1 - rng.uniform(0, 0.3) * offAxis,
        hole: rng.chance(0.2) ? 0 : rng.uniform(0.25, 0.5),
        holeShift: rng.uniform(0, 0.15) * offAxis,
        vane: rng.chance(0.75) ? rng.uniform(0.012, 0.03) : 0,
        vaneAngle: Math.PI / 4 + rng.normal(0, 0.03),
        inside: rng.uniform(0.6, 1),
        weight: i === 0 ? 1 : rng.uniform(0.1, 0.6),
      });
    }
    return { peak, images, star };
  },
  stars: ({ star }) => (star.invented ? [star] : []),
  render(scene, p, delta) {
    const origin = focalOrigin(scene);
    // the rim is some 10 px soft (a reflection is never in focus), which a step of 4 px resolves
    const field = new CoarseField(scene.width, scene.height, 4);
    let seen = false;
    for (const image of p.images) {
      const x = image.x - origin.x;
      const y = image.y - origin.y;
      if (addImage(field, image, x, y)) seen = true;
    }
    if (seen) field.addTo(delta, p.peak * scene.skyRms);
  },
};

const rimPixels = 10;

function addImage(field: CoarseField, image: GhostImage, cx: number, cy: number): boolean {
  const { radius } = image;
  const [i0, i1] = field.nodesX(cx - radius, cx + radius);
  const [j0, j1] = field.nodesY(cy - radius, cy + radius);
  if (i0 > i1 || j0 > j1) return false;
  const toAxis = Math.atan2(image.y, image.x);
  const ax = Math.cos(toAxis);
  const ay = Math.sin(toAxis);
  const vx = Math.cos(image.vaneAngle);
  const vy = Math.sin(image.vaneAngle);
  const hole = image.hole * radius;
  const shift = image.holeShift * radius;
  const vane = image.vane * radius;
  let seen = false;
  for (let j = j0; j <= j1; j++) {
    const dy = j * field.step - cy;
    for (let i = i0; i <= i1; i++) {
      const dx = i * field.step - cx;
      const a = (dx * ax + dy * ay) / image.axisRatio;
      const b = dy * ax - dx * ay;
      const r2 = a * a + b * b;
      if (r2 >= radius * radius) continue;
      const r = Math.sqrt(r2);
      let value = smoothStep(0, rimPixels, radius - r);
      const fraction = r / radius;
      value *= image.inside + (1 - image.inside) * fraction ** 4;
      if (hole > 0) {
        const h = Math.hypot(a - shift, b);
        value *= smoothStep(-rimPixels / 2, rimPixels / 2, h - hole);
      }
      if (vane > 0) {
        const across = Math.min(Math.abs(dx * vy - dy * vx), Math.abs(dx * vx + dy * vy));
        value *= smoothStep(-rimPixels / 2, rimPixels / 2, across - vane);
      }
      field.values[j * field.nx + i] += image.weight * value;
      if (value > 0) seen = true;
    }
  }
  return seen;
}
