import type { Affine } from '@blemish/imaging';
import type { Galaxy } from '../galaxy.ts';
import { countBrighter, drawMagnitude, galaxyCounts, starCounts } from '../number-counts.ts';
import type { Rng } from '../rng.ts';
import { electronsOfMagnitude, ztfCamera } from '../sequences/camera.ts';
import { drawGalaxy } from '../sequences/neighbours.ts';
import { stream } from '../streams.ts';
import type { StampClass } from './classes.ts';
import { drawEpochs } from './epoch.ts';
import type { Epoch } from './epoch.ts';
import { kindsOfClass } from './kinds/index.ts';
import type { DrawKind } from './kinds/index.ts';
import type { PatchSource, Planted } from './planted.ts';

/** Side of a patch, pixels. */
export const patchSide = 480;
/** The reference reaches this much further on each side, so that it covers the science image after all shifts, pixels. */
export const referenceMargin = 14;
/** Candidates of a patch lie this far apart along one axis at least, so that none is in the middle of another's stamp, pixels. */
const separation = 36;
/** Share of candidates close to the edge of the image. */
const edgeShare = 0.05;
/** Where a candidate has its whole stamp, and where the edge ones are: distance from the edge, pixels. */
const [inside, edge] = [44, [13, 27]] as const;

/** What is on a patch of sky, before a pixel is made. */
export interface PatchPlan {
  readonly seed: number;
  readonly science: Epoch;
  readonly reference: Epoch;
  /** From pixels of the science image to those of the reference, in truth. */
  readonly transform: Affine;
  /** Stars of the field and of the planted things. */
  readonly sources: readonly PatchSource[];
  readonly galaxies: readonly Galaxy[];
  readonly planted: readonly Planted[];
  /** How far about pixels that saturate there is no value, pixels; null where they keep theirs. */
  readonly maskReach: number | null;
}

/**
 * Draws a patch that has a candidate of each of the classes given, in that order. It is a function of the seed and the classes; each part has a generator of its own.
 * @throws RangeError for more candidates than fit
 */
export function planPatch(seed: number, classes: readonly StampClass[]): PatchPlan {
  const kinds = stream(seed, 'kinds');
  return planPatchOf(
    seed,
    classes.map((name) => drawKind(kinds, name)),
  );
}

/** The same with the causes given. */
export function planPatchOf(seed: number, draws: readonly DrawKind[]): PatchPlan {
  const { science, reference } = drawEpochs(stream(seed, 'epochs'));
  const field = stream(seed, 'field');
  const maskReach = field.chance(0.3) ? field.integer(1, 4) : null;
  const context = {
    science,
    reference,
    spikeAngle: Math.PI / 4 + field.normal(0, 0.1),
    masked: maskReach !== null,
  };
  const planted: Planted[] = [];
  // What crosses the patch comes first: the others keep off it.
  const order = draws.map((draw, i) => ({ draw, i }));
  const made = new Map<number, Planted>();
  const drawOne = ({ draw, i }: { readonly draw: DrawKind; readonly i: number }): void => {
    const places = stream(seed, 'place', i);
    for (let tries = 0; tries < 400; tries++) {
      const place = drawPlace(places);
      const one = draw({ ...context, ...place, rng: stream(seed, 'object', i) });
      if (!fits(one, planted)) continue;
      planted.push(one);
      made.set(i, one);
      return;
    }
    throw new RangeError(`planPatch: ${draws.length} candidates do not fit on a patch; give fewer`);
  };
  const crosses = ({ draw, i }: (typeof order)[number]) =>
    draw({ ...context, x: 240, y: 240, rng: stream(seed, 'object', i) }).distance !== undefined;
  const crossing = order.filter(crosses);
  for (const one of crossing) drawOne(one);
  for (const one of order) if (!crossing.includes(one)) drawOne(one);
  const transform = drawTransform(stream(seed, 'pointing'));
  const sky = drawSky(stream(seed, 'sky'), planted);
  const distorted = distortion(stream(seed, 'distortion'));
  return {
    ...{ seed, science, reference, transform, maskReach },
    sources: [...sky.sources, ...planted.flatMap(({ sources }) => sources)].map((source) =>
      distorted(source),
    ),
    galaxies: [...sky.galaxies, ...planted.flatMap(({ galaxies }) => galaxies)],
    planted: draws.map((_, i) => made.get(i)!),
  };
}

function drawKind(rng: Rng, name: StampClass): DrawKind {
  const kinds = kindsOfClass[name];
  let left = rng.uniform(
    0,
    kinds.reduce((sum, [weight]) => sum + weight, 0),
  );
  return (kinds.find(([weight]) => (left -= weight) < 0) ?? kinds[kinds.length - 1])[1];
}

function drawPlace(rng: Rng): { readonly x: number; readonly y: number } {
  const [x, y] = [rng.uniform(inside, patchSide - inside), rng.uniform(inside, patchSide - inside)];
  if (!rng.chance(edgeShare)) return { x, y };
  const off = rng.uniform(edge[0], edge[1]);
  const along = rng.chance(0.5) ? off : patchSide - 1 - off;
  return rng.chance(0.5) ? { x: along, y } : { x, y: along };
}

/** Whether a candidate, and the bright stars that it brings, keep off the others and off what crosses the patch. */
function fits(one: Planted, others: readonly Planted[]): boolean {
  const places = [one, ...one.occupied];
  return others.every((other) => {
    const apart = [other, ...other.occupied].every((there) =>
      places.every((here) => Math.max(Math.abs(here.x - there.x), Math.abs(here.y - there.y)) >= separation),
    );
    const clear = other.distance === undefined || places.every(({ x, y }) => other.distance!(x, y) >= 8);
    return apart && clear && (one.distance === undefined || one.distance(other.x, other.y) >= 8);
  });
}

/** A few pixels of shift, a tenth of a degree of rotation, a scale that differs by a few parts in 10,000. */
function drawTransform(rng: Rng): Affine {
  const middle = (patchSide - 1) / 2;
  const angle = rng.normal(0, 0.0017);
  const scale = 1 + rng.normal(0, 1.5e-4);
  const [cos, sin] = [scale * Math.cos(angle), scale * Math.sin(angle)];
  const [dx, dy] = [rng.uniform(-3, 3), rng.uniform(-3, 3)];
  const at = middle + referenceMargin;
  return [cos, -sin, at - cos * middle + sin * middle + dx, sin, cos, at - sin * middle - cos * middle + dy];
}

const [brightest, faintest] = [12.5, 22.5];
/** Sources are drawn this far beyond the patch, pixels. */
const around = 30;
/** Stars over the counts of intermediate latitudes: the least, without which no kernel can be fitted, and the most, in sparse and in dense fields. */
const [leastDensity, sparse, dense] = [1, 3, 12];

/** Stars and galaxies of the field. Those on a planted thing are left out, and those that saturate near one. */
function drawSky(
  rng: Rng,
  planted: readonly Planted[],
): { readonly sources: readonly PatchSource[]; readonly galaxies: readonly Galaxy[] } {
  const area = ((patchSide + 2 * around) * ztfCamera.pixelScaleArcsec) ** 2 / 3600 ** 2;
  const number = (counts: typeof starCounts) =>
    area * (countBrighter(counts, faintest) - countBrighter(counts, brightest));
  const place = () => ({
    x: rng.uniform(-around, patchSide + around),
    y: rng.uniform(-around, patchSide + around),
  });
  const density = rng.logUniform(leastDensity, rng.chance(0.3) ? dense : sparse);
  const free = (x: number, y: number, distance: number) =>
    planted.every((one) => Math.max(Math.abs(one.x - x), Math.abs(one.y - y)) > distance);
  const sources: PatchSource[] = [];
  for (let k = rng.poisson(number(starCounts) * density); k > 0; k--) {
    const { x, y } = place();
    const magnitude = drawMagnitude(rng, starCounts, brightest, faintest);
    const flux = electronsOfMagnitude(magnitude);
    if (free(x, y, magnitude < 14 ? 16 : 6)) sources.push({ x, y, science: flux, reference: flux });
  }
  const galaxies: Galaxy[] = [];
  for (let k = rng.poisson(number(galaxyCounts)); k > 0; k--) {
    const galaxy = drawGalaxy(rng, drawMagnitude(rng, galaxyCounts, 14, faintest), place());
    if (free(galaxy.x, galaxy.y, 6 + galaxy.radius)) galaxies.push(galaxy);
  }
  return { sources, galaxies };
}

/**
 * What no alignment takes off: waves of 80 to 300 px across the patch, 0.02 to 0.1 px strong (in one patch of six up to 0.35), and 0.02 px of each source's own.
 */
function distortion(rng: Rng): (source: PatchSource) => PatchSource {
  const strength = rng.chance(1 / 6) ? rng.uniform(0.1, 0.35) : rng.logUniform(0.02, 0.1);
  const waves = Array.from({ length: 4 }, () => {
    const length = rng.logUniform(80, 300);
    const direction = rng.uniform(0, 2 * Math.PI);
    return {
      kx: (2 * Math.PI * Math.cos(direction)) / length,
      ky: (2 * Math.PI * Math.sin(direction)) / length,
      phase: rng.uniform(0, 2 * Math.PI),
      ax: rng.normal(0, strength / Math.SQRT2),
      ay: rng.normal(0, strength / Math.SQRT2),
    };
  });
  return (source) => {
    let [offsetX, offsetY] = [source.offsetX ?? 0, source.offsetY ?? 0];
    for (const { kx, ky, phase, ax, ay } of waves) {
      const wave = Math.sin(kx * source.x + ky * source.y + phase);
      offsetX += ax * wave;
      offsetY += ay * wave;
    }
    offsetX += rng.normal(0, 0.02);
    offsetY += rng.normal(0, 0.02);
    return { ...source, offsetX, offsetY };
  };
}
