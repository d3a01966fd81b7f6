import type { PsfKernel, Star } from './artifact.ts';
import type { Galaxy } from './galaxy.ts';
import { addGalaxy, galaxyProfile } from './galaxy.ts';
import type { PsfProfile } from './psf.ts';
import { largestRadius } from './psf.ts';

/** A point of a kernel: offset in pixels and its share of the light. */
interface KernelPoint {
  readonly dx: number;
  readonly dy: number;
  readonly weight: number;
}

/** A square image sampled `perPixel` times a pixel (or every 1/perPixel pixels), centre on the middle sample. */
interface SampledProfile {
  readonly perPixel: number;
  readonly half: number;
  readonly side: number;
  readonly values: Float32Array;
}

/**
 * The profile of a star seen through a kernel. It is the same for every star of a CCD, so the convolution is done once: on a fine
 * grid (3 samples a pixel) around the core and on a coarse one (every 4 px) for the wings of bright stars; beyond those the kernel no longer
 * matters. Stars are then interpolated from it.
 */
export class KernelPsf {
  readonly psf: PsfProfile;
  readonly points: readonly KernelPoint[];
  /** Half the kernel's extent, pixels. */
  readonly blur: number;
  readonly #fine: SampledProfile;
  readonly #coarse: SampledProfile;

  constructor(psf: PsfProfile, kernels: readonly PsfKernel[]) {
    this.psf = psf;
    const points = kernels.map(pointsOf).reduce(convolvePoints);
    this.blur = Math.ceil(Math.max(...points.map(({ dx, dy }) => Math.max(Math.abs(dx), Math.abs(dy)))));
    this.points = points;
    this.#fine = sampleProfile(psf, points, 3, 24 + this.blur);
    this.#coarse = sampleProfile(psf, mergePoints(points, 4), 1 / 4, 256 + 2 * this.blur);
  }

  addStar(
    plane: Float32Array,
    width: number,
    height: number,
    star: Star,
    level: number,
    leastRadius: number,
  ): void {
    const radius = Math.min(largestRadius, this.psf.radius(star.flux, level, leastRadius) + this.blur);
    const y0 = Math.max(0, Math.ceil(star.y - radius));
    const y1 = Math.min(height - 1, Math.floor(star.y + radius));
    const fineLimit = (this.#fine.half - 2) / this.#fine.perPixel;
    const coarseLimit = (this.#coarse.half - 2) / this.#coarse.perPixel;
    const { psf } = this;
    for (let row = y0; row <= y1; row++) {
      const dy = row - star.y;
      const half = Math.sqrt(Math.max(0, radius * radius - dy * dy));
      const x0 = Math.max(0, Math.ceil(star.x - half));
      const x1 = Math.min(width - 1, Math.floor(star.x + half));
      const absY = Math.abs(dy);
      for (let column = x0; column <= x1; column++) {
        const dx = column - star.x;
        const far = Math.max(absY, Math.abs(dx));
        const value =
          far < fineLimit
            ? interpolate(this.#fine, dx, dy)
            : far < coarseLimit
              ? interpolate(this.#coarse, dx, dy)
              : psf.at((psf.qa * dx + 2 * psf.qb * dy) * dx + psf.qc * dy * dy);
        plane[row * width + column] += star.flux * value;
      }
    }
  }

  /** A galaxy as copies of itself at the kernel's points, merged as far as the galaxy's own size hides. */
  addGalaxy(
    plane: Float32Array,
    width: number,
    height: number,
    galaxy: Galaxy,
    fwhmPixels: number,
    level: number,
  ): void {
    const blurred = Math.hypot(galaxy.radius * galaxy.axisRatio, fwhmPixels / 2);
    const profile = galaxyProfile(galaxy, fwhmPixels, 2 * level);
    for (const { dx, dy, weight } of this.#merged(1.2 * blurred))
      addGalaxy(plane, width, height, profile, dx, dy, weight);
  }

  readonly #mergedBySize = new Map<number, readonly KernelPoint[]>();

  #merged(spacing: number): readonly KernelPoint[] {
    // The finest power of √2 px not above the spacing, so that few sets are made.
    const key = Math.max(1, Math.floor(2 * Math.log2(spacing)));
    let points = this.#mergedBySize.get(key);
    if (!points) {
      points = mergePoints(this.points, 2 ** (key / 2));
      this.#mergedBySize.set(key, points);
    }
    return points;
  }
}

function pointsOf(kernel: PsfKernel): KernelPoint[] {
  const { size, values } = kernel;
  const middle = (size - 1) / 2;
  const points: KernelPoint[] = [];
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    if (values[i] <= 1e-5) continue;
    sum += values[i];
    points.push({ dx: (i % size) - middle, dy: Math.floor(i / size) - middle, weight: values[i] });
  }
  return points.map(({ dx, dy, weight }) => ({ dx, dy, weight: weight / sum }));
}

function convolvePoints(a: readonly KernelPoint[], b: readonly KernelPoint[]): KernelPoint[] {
  const all = a.flatMap((p) =>
    b.map((q) => ({ dx: p.dx + q.dx, dy: p.dy + q.dy, weight: p.weight * q.weight })),
  );
  return mergePoints(all, 1);
}

/** Points that share a cell of `spacing` pixels become one at their centre of light. */
function mergePoints(points: readonly KernelPoint[], spacing: number): KernelPoint[] {
  const cells = new Map<string, { weight: number; x: number; y: number }>();
  for (const { dx, dy, weight } of points) {
    const key = `${Math.round(dx / spacing)},${Math.round(dy / spacing)}`;
    const cell = cells.get(key) ?? { weight: 0, x: 0, y: 0 };
    cell.weight += weight;
    cell.x += weight * dx;
    cell.y += weight * dy;
    cells.set(key, cell);
  }
  return [...cells.values()].map(({ weight, x, y }) => ({ dx: x / weight, dy: y / weight, weight }));
}

function sampleProfile(
  psf: PsfProfile,
  points: readonly KernelPoint[],
  perPixel: number,
  halfPixels: number,
): SampledProfile {
  const half = Math.ceil(halfPixels * perPixel);
  const side = 2 * half + 1;
  const values = new Float32Array(side * side);
  const onSamples = ({ dx, dy }: KernelPoint) =>
    Number.isInteger(dx * perPixel) && Number.isInteger(dy * perPixel);
  // Where points fall on samples, one sampling of the profile serves all of them, shifted: a donut has a thousand.
  const shared =
    points.length > 4 && points.every(onSamples) ? sampleShared(psf, points, perPixel, half) : null;
  for (const { dx, dy, weight } of points) {
    for (let j = 0; j < side; j++) {
      const row = j * side;
      if (shared !== null) {
        const from = (j + shared.pad - dy * perPixel) * shared.side + shared.pad - dx * perPixel;
        for (let i = 0; i < side; i++) values[row + i] += weight * shared.values[from + i];
        continue;
      }
      const v = (j - half) / perPixel - dy;
      const linear = 2 * psf.qb * v;
      const constant = psf.qc * v * v;
      for (let i = 0; i < side; i++) {
        const u = (i - half) / perPixel - dx;
        values[row + i] += weight * psf.at((psf.qa * u + linear) * u + constant);
      }
    }
  }
  return { perPixel, half, side, values };
}

/** The profile itself, `pad` samples larger on each side than the image that its shifted copies make up. */
function sampleShared(
  psf: PsfProfile,
  points: readonly KernelPoint[],
  perPixel: number,
  half: number,
): { pad: number; side: number; values: Float32Array } {
  const reach = Math.max(...points.map(({ dx, dy }) => Math.max(Math.abs(dx), Math.abs(dy))));
  const pad = Math.ceil(reach * perPixel);
  const side = 2 * (half + pad) + 1;
  const values = new Float32Array(side * side);
  for (let j = 0; j < side; j++) {
    const v = (j - half - pad) / perPixel;
    for (let i = 0; i < side; i++) {
      const u = (i - half - pad) / perPixel;
      values[j * side + i] = psf.at((psf.qa * u + 2 * psf.qb * v) * u + psf.qc * v * v);
    }
  }
  return { pad, side, values };
}

function interpolate(profile: SampledProfile, dx: number, dy: number): number {
  const { perPixel, half, side, values } = profile;
  const u = dx * perPixel + half;
  const v = dy * perPixel + half;
  const i = u | 0;
  const j = v | 0;
  const s = u - i;
  const t = v - j;
  const at = j * side + i;
  const low = values[at] + (values[at + 1] - values[at]) * s;
  const high = values[at + side] + (values[at + side + 1] - values[at + side]) * s;
  return low + (high - low) * t;
}
