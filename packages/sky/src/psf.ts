/** Shape of a star: an elliptical Moffat core, and around it the aureole that scattering gives every telescope. */
export interface PsfShape {
  readonly fwhmPixels: number;
  readonly beta: number;
  /** Ellipticity components: e = (a − b)/(a + b), e1 along x, e2 along the diagonal. */
  readonly e1: number;
  readonly e2: number;
  /** Share of the flux in the aureole, surface brightness ∝ (1 + r²/r₀²)^(−3/2). */
  readonly aureole: number;
  readonly aureoleRadius: number;
}

// Two tables over q = squared elliptical radius: a fine one for the core, a coarse one for the wings of bright stars.
const fineStep = 1 / 16;
const fineLimit = 1024;
const coarseStep = 16;
/** Largest stamp radius, pixels. */
export const largestRadius = 640;

/** The profile of unit flux as tables over the squared radius, and what a stamp needs. */
export class PsfProfile {
  readonly shape: PsfShape;
  /** Largest stamp radius the tables are made for, pixels. */
  readonly reach: number;
  readonly fine: Float32Array;
  readonly coarse: Float32Array;
  /** q = qa·dx² + 2·qb·dx·dy + qc·dy² */
  readonly qa: number;
  readonly qb: number;
  readonly qc: number;

  constructor(shape: PsfShape, reach = largestRadius) {
    this.shape = shape;
    this.reach = reach;
    const { fwhmPixels, beta, e1, e2, aureole, aureoleRadius } = shape;
    const alpha2 = (fwhmPixels / 2) ** 2 / (2 ** (1 / beta) - 1);
    const e = Math.hypot(e1, e2);
    const angle = Math.atan2(e2, e1) / 2;
    // Axes 1 ± e of unit product: rounder or longer, the area stays.
    const a2 = (1 + e) / (1 - e);
    const c = Math.cos(angle);
    const s = Math.sin(angle);
    this.qa = (c * c) / a2 + s * s * a2;
    this.qc = (s * s) / a2 + c * c * a2;
    this.qb = c * s * (1 / a2 - a2);
    const core = ((1 - aureole) * (beta - 1)) / (Math.PI * alpha2);
    const halo = aureole / (2 * Math.PI * aureoleRadius ** 2);
    const value = (q: number) =>
      core * (1 + q / alpha2) ** -beta + halo * (1 + q / aureoleRadius ** 2) ** -1.5;
    this.fine = Float32Array.from({ length: fineLimit / fineStep + 2 }, (_, i) => value(i * fineStep));
    const longest = reach ** 2 * 2 * a2;
    this.coarse = Float32Array.from({ length: Math.ceil(longest / coarseStep) + 2 }, (_, i) =>
      value(i * coarseStep),
    );
  }

  /** Value per unit flux at squared elliptical radius q. */
  at(q: number): number {
    if (q < fineLimit) {
      const t = q / fineStep;
      const i = t | 0;
      return this.fine[i] + (this.fine[i + 1] - this.fine[i]) * (t - i);
    }
    const t = q / coarseStep;
    const i = t | 0;
    return this.coarse[i] + (this.coarse[i + 1] - this.coarse[i]) * (t - i);
  }

  /** Radius within which a star of this flux is above `level` a pixel, from `least` to `reach`. */
  radius(flux: number, level: number, least = 0): number {
    if (flux * this.at(0) <= level) return least;
    let low = 0;
    let high = this.reach;
    if (flux * this.at(high * high) > level) return high;
    while (high - low > 0.5) {
      const middle = (low + high) / 2;
      if (flux * this.at(middle * middle) > level) low = middle;
      else high = middle;
    }
    return Math.max(least, high);
  }
}

let latest: PsfProfile | null = null;

/** The profile of a shape; that of the last one is kept, since the CCDs of an exposure share it. */
export function psfProfile(shape: PsfShape): PsfProfile {
  const same =
    latest !== null && (Object.keys(shape) as (keyof PsfShape)[]).every((k) => latest?.shape[k] === shape[k]);
  if (latest === null || !same) latest = new PsfProfile(shape);
  return latest;
}

/** Adds a star to the plane: the profile at pixel centres, out to `radius`. */
export function addStar(
  plane: Float32Array,
  width: number,
  height: number,
  psf: PsfProfile,
  x: number,
  y: number,
  flux: number,
  radius: number,
): void {
  const { fine, coarse, qa, qb, qc } = psf;
  const y0 = Math.max(0, Math.ceil(y - radius));
  const y1 = Math.min(height - 1, Math.floor(y + radius));
  const r2 = radius * radius;
  for (let row = y0; row <= y1; row++) {
    const dy = row - y;
    const half = Math.sqrt(Math.max(0, r2 - dy * dy));
    const x0 = Math.max(0, Math.ceil(x - half));
    const x1 = Math.min(width - 1, Math.floor(x + half));
    const linear = 2 * qb * dy;
    const constant = qc * dy * dy;
    const base = row * width;
    for (let column = x0; column <= x1; column++) {
      const dx = column - x;
      const q = (qa * dx + linear) * dx + constant;
      if (q < 1024) {
        const t = q * 16;
        const i = t | 0;
        const v = fine[i];
        plane[base + column] += flux * (v + (fine[i + 1] - v) * (t - i));
      } else {
        const t = q * 0.0625;
        const i = t | 0;
        const v = coarse[i];
        plane[base + column] += flux * (v + (coarse[i + 1] - v) * (t - i));
      }
    }
  }
}

/** Light of a star in its diffraction spikes: share of it per pixel along an arm is strength / (s² + s₀²). */
const spikeStrength = 1.2e-3;
const spikeCore = 12;

function spikeSigma(fwhmPixels: number): number {
  return Math.max(1.2, fwhmPixels / 2.3548);
}

/** Flux of a star whose spikes have `peak` on their ridge `distance` pixels from it. */
export function fluxOfSpike(peak: number, distance: number, fwhmPixels: number): number {
  const across = spikeSigma(fwhmPixels) * Math.sqrt(2 * Math.PI);
  return (peak * (distance ** 2 + spikeCore ** 2) * across) / spikeStrength;
}

/**
 * Adds the four diffraction spikes of the secondary's spider: surface brightness `strength`·flux / (s² + s₀²) along each arm at
 * distance s, Gaussian across with the seeing's width; cut where it falls under `level`.
 */
export function addSpikes(
  plane: Float32Array,
  width: number,
  height: number,
  star: { readonly x: number; readonly y: number; readonly flux: number },
  fwhmPixels: number,
  angle: number,
  level: number,
): void {
  const s0 = spikeCore;
  const sigma = spikeSigma(fwhmPixels);
  const norm = (star.flux * spikeStrength) / (sigma * Math.sqrt(2 * Math.PI));
  const reach2 = norm / level - s0 * s0;
  if (reach2 < 400) return;
  const reach = Math.min(1200, Math.sqrt(reach2));
  for (let arm = 0; arm < 4; arm++) {
    const c = Math.cos(angle + (arm * Math.PI) / 2);
    const s = Math.sin(angle + (arm * Math.PI) / 2);
    const alongX = Math.abs(c) > Math.abs(s);
    const across = 3 * sigma * Math.SQRT2;
    // Walk the arm along its steeper axis, painting a short run across it.
    const steps = Math.floor(reach * Math.max(Math.abs(c), Math.abs(s)));
    for (let k = 0; k <= steps; k++) {
      const main = alongX ? Math.sign(c) * k : Math.sign(s) * k;
      const slope = alongX ? s / c : c / s;
      const mainPixel = Math.round((alongX ? star.x : star.y) + main);
      if (mainPixel < 0 || mainPixel >= (alongX ? width : height)) continue;
      const dm = mainPixel - (alongX ? star.x : star.y);
      const centre = (alongX ? star.y : star.x) + dm * slope;
      const side = alongX ? height : width;
      const from = Math.max(0, Math.ceil(centre - across));
      const to = Math.min(side - 1, Math.floor(centre + across));
      for (let p = from; p <= to; p++) {
        const dp = p - (alongX ? star.y : star.x);
        const dx = alongX ? dm : dp;
        const dy = alongX ? dp : dm;
        const along = dx * c + dy * s;
        if (along < 0) continue;
        const t = dx * s - dy * c;
        const v = (norm / (along * along + s0 * s0)) * Math.exp((-0.5 * t * t) / (sigma * sigma));
        plane[alongX ? p * width + mainPixel : mainPixel * width + p] += v;
      }
    }
  }
}
