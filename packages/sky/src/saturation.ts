import type { Star } from './artifact.ts';
import { maskBits } from './mask-bits.ts';
import type { PsfProfile } from './psf.ts';

/** Pixels are called saturated from this share of the full well: where they stop being linear. */
export const flagged = 0.95;

/**
 * Charge above the full well spills along its column to both sides until it finds room; the pipeline masks what is full (SATURATE)
 * and where spilled charge went (TRAIL, with a pixel of its neighbours).
 *
 * @param stars in pixels of this CCD; `blur` is how far a kernel may have moved their light.
 */
export function saturate(
  electrons: Float32Array,
  mask: Uint16Array,
  width: number,
  height: number,
  stars: readonly Star[],
  psf: PsfProfile,
  saturation: number,
  blur: number,
): void {
  for (const star of stars) {
    if (star.flux * psf.at(0) < saturation * 0.8) continue;
    const radius = Math.ceil(psf.radius(star.flux, saturation * 0.8)) + 2 + blur;
    const x0 = Math.max(0, Math.floor(star.x - radius));
    const x1 = Math.min(width - 1, Math.ceil(star.x + radius));
    const y0 = Math.max(0, Math.floor(star.y - radius));
    const y1 = Math.min(height - 1, Math.ceil(star.y + radius));
    for (let x = x0; x <= x1; x++) spill(electrons, mask, width, height, x, y0, y1, saturation);
  }
}

function spill(
  electrons: Float32Array,
  mask: Uint16Array,
  width: number,
  height: number,
  x: number,
  y0: number,
  y1: number,
  saturation: number,
): void {
  let excess = 0;
  let low = height;
  let high = -1;
  for (let y = y0; y <= y1; y++) {
    const i = y * width + x;
    const over = electrons[i] - saturation;
    if (electrons[i] >= saturation * flagged) mask[i] |= maskBits.SATURATE;
    if (over < 0) continue;
    excess += over;
    electrons[i] = saturation;
    if (y < low) low = y;
    if (y > high) high = y;
  }
  if (excess <= 0) return;
  // Both fronts advance in turn; what reaches an end of the column is lost into the register or the channel stop.
  let down = low - 1;
  let up = high + 1;
  while (excess > 0 && (down >= 0 || up < height)) {
    if (up < height) excess = fill(electrons, mask, up++ * width + x, x, width, excess, saturation);
    if (excess > 0 && down >= 0)
      excess = fill(electrons, mask, down-- * width + x, x, width, excess, saturation);
  }
  // A front that ran into another saturated star's gap leaves everything between masked anyway.
  for (let y = low; y <= high; y++) mask[y * width + x] |= maskBits.TRAIL;
}

function fill(
  electrons: Float32Array,
  mask: Uint16Array,
  i: number,
  x: number,
  width: number,
  excess: number,
  saturation: number,
): number {
  const taken = Math.min(Math.max(0, saturation - electrons[i]), excess);
  electrons[i] += taken;
  mask[i] |= electrons[i] >= saturation * flagged ? maskBits.TRAIL | maskBits.SATURATE : maskBits.TRAIL;
  if (x > 0) mask[i - 1] |= maskBits.TRAIL;
  if (x < width - 1) mask[i + 1] |= maskBits.TRAIL;
  return excess - taken;
}

/** Cuts light that no star explains (an airplane) at the full well and masks it; after the stars' charge has spilled. */
export function clip(electrons: Float32Array, mask: Uint16Array, saturation: number): void {
  for (let i = 0; i < electrons.length; i++)
    if (electrons[i] >= saturation * flagged) {
      electrons[i] = Math.min(electrons[i], saturation);
      mask[i] |= maskBits.SATURATE;
    }
}

/** The circles that the pipeline's star mask puts on stars well above saturation: where their wings exceed 2 σ, up to 250 px. */
export function maskStars(
  mask: Uint16Array,
  width: number,
  height: number,
  stars: readonly Star[],
  psf: PsfProfile,
  skyRms: number,
  saturation: number,
): void {
  for (const star of stars) {
    if (star.flux * psf.at(0) < 4 * saturation) continue;
    const radius = Math.min(250, psf.radius(star.flux, 2 * skyRms));
    const y0 = Math.max(0, Math.ceil(star.y - radius));
    const y1 = Math.min(height - 1, Math.floor(star.y + radius));
    for (let y = y0; y <= y1; y++) {
      const half = Math.sqrt(Math.max(0, radius * radius - (y - star.y) ** 2));
      const x0 = Math.max(0, Math.ceil(star.x - half));
      const x1 = Math.min(width - 1, Math.floor(star.x + half));
      for (let x = x0; x <= x1; x++) mask[y * width + x] |= maskBits.STAR;
    }
  }
}
