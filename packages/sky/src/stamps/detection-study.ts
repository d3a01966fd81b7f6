import { electronsOfMagnitude, ztfCamera } from '../sequences/camera.ts';
import { drawGalaxy } from '../sequences/neighbours.ts';
import { stream } from '../streams.ts';
import { matched } from './cut-stamp.ts';
import { lightAt } from './fluxes.ts';
import type { DrawKind } from './kinds/index.ts';
import { supernova, transient } from './kinds/real.ts';
import { planPatchOf } from './plan-patch.ts';
import { renderReference, renderScience } from './render-patch.ts';
import { subtractPatch } from './subtract-patch.ts';

/** A point source put into the science image of a patch, and what difference imaging made of it. */
export interface InjectedSource {
  readonly magnitude: number;
  /** Of the host at its place, magnitudes per square arcsecond in the science image's seeing; null without a host. */
  readonly surfaceBrightness: number | null;
  readonly detected: boolean;
  /** Flux over the true one and its standard deviation; null where it was not detected. */
  readonly fluxRatio: number | null;
  readonly fluxRatioError: number | null;
  /** From the true place to the detection, pixels. */
  readonly distance: number | null;
}

export interface DetectionStudy {
  readonly sources: readonly InjectedSource[];
  /** Detections of either sign, and of more light alone, where nothing was put in. */
  readonly falseCandidates: number;
  readonly falsePositive: number;
}

/** Sources of a patch. */
const perPatch = 30;

/**
 * Puts point sources of the magnitudes given (uniformly drawn) on hosts of 13.5–20 mag, within 1.5 half-light radii, or, one in five, on no host, into one patch
 * of sky without any other change, and looks for them. Null where the sky has too few stars to subtract.
 */
export function studyDetection(
  seed: number,
  magnitudes: readonly [brightest: number, faintest: number],
): DetectionStudy | null {
  const drawn = stream(seed, 'magnitudes');
  const flux = Array.from({ length: perPatch }, () => electronsOfMagnitude(drawn.uniform(...magnitudes)));
  const draws = flux.map((electrons): DrawKind => (context) => {
    const { rng } = context;
    if (rng.chance(0.2)) {
      const made = transient(context);
      return { ...made, sources: [{ ...made.sources[0], science: electrons }], flux: electrons };
    }
    const host = drawGalaxy(rng, rng.uniform(13.5, 20), { x: 0, y: 0 });
    const [r, angle] = [host.radius * rng.uniform(0, 1.5), rng.uniform(0, 2 * Math.PI)];
    const place = { host, dx: r * Math.cos(angle), dy: r * Math.sin(angle) };
    return supernova(context, 'SN gold', 'injected', place, electrons);
  });
  const plan = planPatchOf(seed, draws);
  const patch = subtractPatch(renderScience(plan), renderReference(plan), plan.science.psf, plan.maskReach);
  if (patch === null) return null;
  const { science } = plan;
  const sources = plan.planted.map((one): InjectedSource => {
    const found = matched(patch, one);
    const truth = one.flux! * science.throughput * science.unit * patch.enclosed;
    const under = one.galaxies.length === 0 ? 0 : lightAt(one.galaxies, science, one.x, one.y);
    return {
      magnitude: magnitudeOf(one.flux!),
      surfaceBrightness:
        one.galaxies.length === 0
          ? null
          : magnitudeOf(under / science.throughput / ztfCamera.pixelScaleArcsec ** 2),
      detected: found !== null && found.significance > 0,
      fluxRatio: found === null ? null : found.flux / truth,
      fluxRatioError: found === null ? null : found.fluxError / truth,
      distance: found === null ? null : Math.hypot(found.x - one.x, found.y - one.y),
    };
  });
  const others = patch.candidates.filter(({ x, y }) =>
    plan.planted.every((one) => Math.hypot(x - one.x, y - one.y) > one.reach + 2),
  );
  const falsePositive = others.filter(({ significance }) => significance > 0).length;
  return { sources, falseCandidates: others.length, falsePositive };
}

function magnitudeOf(electrons: number): number {
  return ztfCamera.zeroPoint - 2.5 * Math.log10(electrons / ztfCamera.gain);
}
