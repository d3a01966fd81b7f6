import type { ArtifactModel } from '../artifact.ts';
import type { Rng } from '../rng.ts';
import { drawAmplitude } from './amplitudes.ts';
import { pickBrightStar, type CausingStar } from './bright-star.ts';
import { CoarseField } from './coarse-field.ts';
import { focalOrigin, randomFieldPoint, smoothStep, type Point } from './place.ts';

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
    let star = pickBrightStar(rng, exposure);
    let first = drawImage(rng, star, 1);
    // an edge of it on one of the CCDs at least: draw until there is, and only then give up that its place follows the star
    const target = randomFieldPoint(rng, exposure);
    const edgeReach = 0.4 * Math.min(exposure.width, exposure.height);
    for (let attempt = 0; attempt < 200 && !shows(first, target, edgeReach); attempt++) {
      star = pickBrightStar(rng, exposure);
      first = drawImage(rng, star, 1);
    }
    if (!shows(first, target, edgeReach)) {
      const distance = first.axisRatio * first.radius - 0.3 * edgeReach;
      first = { ...first, x: target.x + distance * Math.SQRT1_2, y: target.y + distance * Math.SQRT1_2 };
    }
    const images = [first];
    if (rng.chance(0.35)) images.push(drawImage(rng, star, rng.uniform(0.1, 0.6)));
    if (rng.chance(0.15)) images.push(drawImage(rng, star, rng.uniform(0.1, 0.6)));
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

function drawImage(rng: Rng, star: Point, weight: number): GhostImage {
  const diameter = rng.logUniform(1000, 24_000);
  const k = 1 - (1.3 * Math.log(diameter / 1000)) / Math.log(24) + rng.normal(0, 0.05);
  const offAxis = Math.min(1, (Math.abs(k) * Math.hypot(star.x, star.y)) / 15_000);
  return {
    x: k * star.x,
    y: k * star.y,
    radius: diameter / 2,
    axisRatio: 1 - rng.uniform(0, 0.3) * offAxis,
    hole: rng.chance(0.2) ? 0 : rng.uniform(0.25, 0.5),
    holeShift: rng.uniform(0, 0.15) * offAxis,
    vane: rng.chance(0.75) ? rng.uniform(0.012, 0.03) : 0,
    vaneAngle: Math.PI / 4 + rng.normal(0, 0.03),
    inside: rng.uniform(0.6, 1),
    weight,
  };
}

/** Whether an edge of the image passes within `edgeReach` px of a point: inside a plateau larger than the sky mesh there is nothing to see. */
function shows(image: GhostImage, point: Point, edgeReach: number): boolean {
  const dx = point.x - image.x;
  const dy = point.y - image.y;
  const distance = Math.hypot(dx, dy);
  if (distance > 0.98 * image.axisRatio * image.radius) return false;
  if (image.radius - distance < edgeReach) return true;
  if (image.hole > 0 && Math.abs(distance - image.hole * image.radius) < edgeReach) return true;
  const c = Math.cos(image.vaneAngle);
  const s = Math.sin(image.vaneAngle);
  const across = Math.min(Math.abs(dx * s - dy * c), Math.abs(dx * c + dy * s));
  return image.vane > 0 && distance > image.hole * image.radius && across < edgeReach;
}

/** Adds one image whose centre lies at pixel (cx, cy); false where it misses the CCD. Only nodes near an edge pay for its soft step. */
function addImage(field: CoarseField, image: GhostImage, cx: number, cy: number): boolean {
  const { radius, inside, weight } = image;
  const { step, values, nx } = field;
  const [i0, i1] = field.nodesX(cx - radius, cx + radius);
  const [j0, j1] = field.nodesY(cy - radius, cy + radius);
  const toAxis = Math.atan2(image.y, image.x);
  const ax = Math.cos(toAxis);
  const ay = Math.sin(toAxis);
  const vx = Math.cos(image.vaneAngle);
  const vy = Math.sin(image.vaneAngle);
  const squeeze = 1 / image.axisRatio;
  const shift = image.holeShift * radius;
  const radius2 = radius * radius;
  const flat2 = (radius - rimPixels) ** 2;
  const half = rimPixels / 2;
  const hole = image.hole * radius;
  const dark2 = hole > 0 ? (hole - half) ** 2 : -1;
  const light2 = hole > 0 ? (hole + half) ** 2 : -1;
  const vane = image.vane * radius;
  const vaneReach = vane > 0 ? vane + half : -1;
  const limb = (1 - inside) / (radius2 * radius2);
  let seen = false;
  for (let j = j0; j <= j1; j++) {
    const dy = j * step - cy;
    for (let i = i0; i <= i1; i++) {
      const dx = i * step - cx;
      const a = (dx * ax + dy * ay) * squeeze;
      const b = dy * ax - dx * ay;
      const r2 = a * a + b * b;
      if (r2 >= radius2) continue;
      const h2 = (a - shift) * (a - shift) + b * b;
      if (h2 < dark2) continue;
      let value = inside + limb * r2 * r2;
      if (r2 > flat2) value *= smoothStep(0, rimPixels, radius - Math.sqrt(r2));
      if (h2 < light2) value *= smoothStep(-half, half, Math.sqrt(h2) - hole);
      const across = Math.min(Math.abs(dx * vy - dy * vx), Math.abs(dx * vx + dy * vy));
      if (across < vaneReach) value *= smoothStep(-half, half, across - vane);
      values[j * nx + i] += weight * value;
      if (value > 0) seen = true;
    }
  }
  return seen;
}
