import type { Plane } from '@blemish/imaging';
import { addStar } from '../psf.ts';
import type { Rng } from '../rng.ts';
import { ztfCamera } from '../sequences/camera.ts';
import { stampClassProperties } from './classes.ts';
import { skyRms } from './epoch.ts';
import type { PatchPlan } from './plan-patch.ts';
import type { Planted } from './planted.ts';
import type { SubtractedPatch } from './subtract-patch.ts';

/** One stamp and its row. */
export interface Stamp {
  /** [side, side, 3]: science, reference, difference; NaN where there is no value. */
  readonly pixels: Float32Array;
  /** 1 where the cause of the candidate shows, [side, side]. */
  readonly truth: Uint8Array;
  readonly row: StampRow;
}

export interface StampRow {
  readonly label: string;
  readonly visual: string;
  readonly real: boolean;
  /** Seed of the patch. */
  readonly group: number;
  readonly kind: string;
  /** Whether the difference image showed it at 5 σ; else it stands where it was known to be, give or take. */
  readonly detected: boolean;
  /** Signal-to-noise of a point source there in the difference, negative where light is missing; null where it has no value. */
  readonly snr: number | null;
  /** Of the change (of the star, for a residual), in the units of `electronsOfMagnitude`; null without one. */
  readonly magnitude: number | null;
  readonly hostMagnitude: number | null;
  readonly hostSeparation: number | null;
  readonly fwhmScience: number;
  readonly fwhmReference: number;
  /** From the middle of the stamp to the cause, pixels. */
  readonly xOffset: number;
  readonly yOffset: number;
  /** Share of pixels without a value. */
  readonly edge: number;
}

/** Scatter of forced places along each axis, pixels. */
const forcedScatter = 0.4;

/** Centres a candidate as a pipeline does and cuts it out. */
export function cutStamp(
  plan: PatchPlan,
  patch: SubtractedPatch,
  one: Planted,
  side: number,
  rng: Rng,
): Stamp {
  const found = matched(patch, one);
  const forced = { x: one.x + rng.normal(0, forcedScatter), y: one.y + rng.normal(0, forcedScatter) };
  const { x, y } = found ?? forced;
  const half = side >> 1;
  const [left, top] = [Math.round(x) - half, Math.round(y) - half];
  const pixels = cut([patch.science, patch.reference, patch.difference.image], left, top, side);
  let missing = 0;
  for (const value of pixels) if (value !== value) missing++;
  const { visual, real } = stampClassProperties[one.className];
  const snr = found?.significance ?? significanceAt(patch, Math.round(x), Math.round(y));
  return {
    pixels,
    truth:
      one.truth === 'change'
        ? changeTruth(plan, one, left, top, side)
        : residualTruth(plan, patch, one, left, top, side),
    row: {
      ...{ label: one.className, visual, real, group: plan.seed, kind: one.kind, detected: found !== null },
      snr: Number.isFinite(snr) ? snr : null,
      magnitude: magnitudeOf(one.flux),
      hostMagnitude: magnitudeOf(one.hostFlux),
      hostSeparation: one.hostSeparation,
      fwhmScience: plan.science.psf.shape.fwhmPixels,
      fwhmReference: plan.reference.psf.shape.fwhmPixels,
      xOffset: one.x - left - half,
      yOffset: one.y - top - half,
      edge: missing / pixels.length,
    },
  };
}

function magnitudeOf(flux: number | null): number | null {
  return flux === null ? null : ztfCamera.zeroPoint - 2.5 * Math.log10(Math.abs(flux) / ztfCamera.gain);
}

/** The detection that is this candidate; null without one. */
export function matched(patch: SubtractedPatch, one: Planted): SubtractedPatch['candidates'][number] | null {
  const distance = ({ x, y }: { readonly x: number; readonly y: number }) => Math.hypot(x - one.x, y - one.y);
  // strongest first already
  const near = patch.candidates.filter((candidate) => distance(candidate) <= one.reach);
  if (near.length === 0) return null;
  return one.take === 'strongest' ? near[0] : near.reduce((a, b) => (distance(b) < distance(a) ? b : a));
}

/** Σ P D / V over √(Σ P² / V) about a pixel. */
export function significanceAt({ difference, psf }: SubtractedPatch, x: number, y: number): number {
  const { width, height, data } = difference.image;
  const radius = psf.width >> 1;
  let [sum, weight] = [0, 0];
  for (let v = -radius, k = 0; v <= radius; v++)
    for (let u = -radius; u <= radius; u++, k++) {
      const [px, py] = [x + u, y + v];
      if (px < 0 || py < 0 || px >= width || py >= height) continue;
      const at = py * width + px;
      if (!Number.isFinite(data[at])) continue;
      sum += (psf.data[k] * data[at]) / difference.variance.data[at];
      weight += psf.data[k] ** 2 / difference.variance.data[at];
    }
  return sum / Math.sqrt(weight);
}

function cut(planes: readonly Plane[], left: number, top: number, side: number): Float32Array {
  const out = new Float32Array(side * side * planes.length).fill(NaN);
  for (const [channel, { width, height, data }] of planes.entries())
    for (let v = Math.max(0, -top); v < Math.min(side, height - top); v++)
      for (let u = Math.max(0, -left); u < Math.min(side, width - left); u++)
        out[(v * side + u) * planes.length + channel] = data[(top + v) * width + left + u];
  return out;
}

/** Where the cause changes the difference by more than the noise of empty sky, or than a third of its largest change where that is less. */
function changeTruth(plan: PatchPlan, one: Planted, left: number, top: number, side: number): Uint8Array {
  const change = expectedChange(plan, one, left, top, side);
  let most = 0;
  for (const value of change) most = Math.max(most, Math.abs(value));
  const level = Math.min(skyRms(plan.science), most / 3);
  return Uint8Array.from(change, (value) => (level > 0 && Math.abs(value) >= level ? 1 : 0));
}

/** Electrons by which the cause changes the difference, without noise, on a window of the patch. */
export function expectedChange(
  plan: PatchPlan,
  one: Planted,
  left: number,
  top: number,
  side: number,
): Float32Array {
  const { science, reference } = plan;
  const plane = new Float32Array(side * side);
  const point = (x: number, y: number, flux: number, psf = science.psf) => {
    if (flux !== 0) addStar(plane, side, side, psf, x - left, y - top, flux, side);
  };
  // a spike's or a bleed's star is another matter
  const sources = one.kind === 'spike' || one.kind === 'bleed' ? [] : one.sources;
  for (const source of sources) {
    const { x, y, offsetX = 0, offsetY = 0, psf } = source;
    point(x, y, source.science * science.throughput, psf);
    point(x + offsetX, y + offsetY, -source.reference * science.throughput);
  }
  for (const mark of one.marks) {
    if (mark.epoch === 'science') {
      mark.paint(plane, side, side, left, top);
      continue;
    }
    const there = new Float32Array(side * side);
    mark.paint(there, side, side, left, top);
    const scale = science.throughput / reference.throughput;
    for (let i = 0; i < plane.length; i++) plane[i] -= scale * there[i];
  }
  return plane;
}

/** Where the star's own light is 20 times the noise and the difference is 4 times it, or has no value. */
function residualTruth(
  plan: PatchPlan,
  patch: SubtractedPatch,
  one: Planted,
  left: number,
  top: number,
  side: number,
): Uint8Array {
  const { science } = plan;
  const { psf } = science;
  const light = new Float32Array(side * side);
  for (const { x, y, science: flux } of one.sources)
    addStar(light, side, side, psf, x - left, y - top, flux * science.throughput, side);
  const truth = new Uint8Array(side * side);
  const sigma = skyRms(science) * science.unit;
  const { width, height, data } = patch.difference.image;
  for (let v = 0, k = 0; v < side; v++)
    for (let u = 0; u < side; u++, k++) {
      const [x, y] = [left + u, top + v];
      if (x < 0 || y < 0 || x >= width || y >= height || light[k] < 20 * skyRms(science)) continue;
      const value = data[y * width + x];
      if (value !== value || Math.abs(value) > 4 * sigma) truth[k] = 1;
    }
  return truth;
}
