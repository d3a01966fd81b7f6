import { applyAffine } from '@blemish/imaging';
import type { NoisyPlane, Plane } from '@blemish/imaging';
import { addGalaxy, galaxyProfile } from '../galaxy.ts';
import { addNoise } from '../noise.ts';
import { addStar } from '../psf.ts';
import { saturate } from '../saturation.ts';
import { ztfCamera } from '../sequences/camera.ts';
import { stream } from '../streams.ts';
import type { Epoch } from './epoch.ts';
import { skyRms } from './epoch.ts';
import type { PatchPlan } from './plan-patch.ts';
import { patchSide, referenceMargin } from './plan-patch.ts';
import type { PatchSource } from './planted.ts';

/** One image as a pipeline gets it, in the image's units. */
export interface Observed extends NoisyPlane {
  /** Units at which a pixel overflows. */
  readonly saturation: number;
  /** Units for each electron. */
  readonly unit: number;
}

/** Light of a source is followed to where it is this share of the sky's noise. */
const cut = 0.03;

/** The science image, `patchSide` square. The same plan gives the same pixels. */
export function renderScience(plan: PatchPlan): Observed {
  const { science, sources } = plan;
  const side = patchSide;
  const plane = skyPlane(science, side);
  for (const { x, y, science: flux, psf } of sources)
    if (flux > 0) addPoint(plane, side, science, x, y, flux, psf);
  for (const galaxy of plan.galaxies) addExtended(plane, side, science, galaxy);
  return observe(plan, 'science', plane, side, 0, (source) => source);
}

/** The reference on its own pixels, which lie by the plan's transform, with a margin on each side. */
export function renderReference(plan: PatchPlan): Observed {
  const { reference, sources, transform } = plan;
  const side = patchSide + 2 * referenceMargin;
  const plane = skyPlane(reference, side);
  const placed = (source: PatchSource): PatchSource => {
    const [x, y] = applyAffine(transform, source.x + (source.offsetX ?? 0), source.y + (source.offsetY ?? 0));
    return { ...source, x, y };
  };
  for (const source of sources) {
    if (source.reference <= 0) continue;
    const { x, y } = placed(source);
    addPoint(plane, side, reference, x, y, source.reference);
  }
  for (const galaxy of plan.galaxies) {
    const [x, y] = applyAffine(transform, galaxy.x, galaxy.y);
    addExtended(plane, side, reference, { ...galaxy, x, y });
  }
  return observe(plan, 'reference', plane, side, referenceMargin, placed);
}

function skyPlane({ sky, slopeX, slopeY }: Epoch, side: number): Float32Array {
  const plane = new Float32Array(side * side);
  for (let y = 0, at = 0; y < side; y++)
    for (let x = 0; x < side; x++, at++)
      plane[at] = sky * (1 + slopeX * ((2 * x) / side - 1) + slopeY * ((2 * y) / side - 1));
  return plane;
}

function addPoint(
  plane: Float32Array,
  side: number,
  epoch: Epoch,
  x: number,
  y: number,
  clear: number,
  psf = epoch.psf,
): void {
  const flux = clear * epoch.throughput;
  addStar(
    plane,
    side,
    side,
    psf,
    x,
    y,
    flux,
    psf.radius(flux, cut * skyRms(epoch), 1.5 * psf.shape.fwhmPixels),
  );
}

function addExtended(
  plane: Float32Array,
  side: number,
  epoch: Epoch,
  galaxy: PatchPlan['galaxies'][number],
): void {
  const seen = { ...galaxy, flux: galaxy.flux * epoch.throughput };
  addGalaxy(plane, side, side, galaxyProfile(seen, epoch.psf.shape.fwhmPixels, cut * skyRms(epoch)));
}

/** Marks, noise, charge that overflows, and the mask: electrons expected become an image. */
function observe(
  plan: PatchPlan,
  name: 'science' | 'reference',
  plane: Float32Array,
  side: number,
  margin: number,
  placed: (source: PatchSource) => PatchSource,
): Observed {
  const epoch = plan[name];
  const marks = plan.planted.flatMap(({ marks }) => marks).filter((mark) => mark.epoch === name);
  const paint = (stage: 'photons' | 'electrons') => {
    for (const mark of marks) if (mark.stage === stage) mark.paint(plane, side, side, -margin, -margin);
  };
  paint('photons');
  const { exposures, well, unit } = epoch;
  const readNoise = ztfCamera.readNoise * Math.sqrt(exposures);
  for (let i = 0; i < plane.length; i++) plane[i] *= exposures;
  addNoise(plane, side, side, [readNoise, readNoise], stream(plan.seed, 'noise', name));
  for (let i = 0; i < plane.length; i++) plane[i] /= exposures;
  paint('electrons');
  const stars = plan.sources
    .filter((source) => source[name] * epoch.throughput * epoch.psf.at(0) > 0.5 * well)
    .map((source) => ({ ...placed(source), flux: source[name] * epoch.throughput }));
  saturate(plane, new Uint16Array(side * side), side, side, stars, epoch.psf, well, 2);
  for (let i = 0; i < plane.length; i++) if (plane[i] > well) plane[i] = well;
  const variance = new Float32Array(side * side);
  const noise = ztfCamera.readNoise ** 2;
  for (let i = 0; i < plane.length; i++) {
    variance[i] = ((Math.max(0, plane[i]) + noise) / exposures) * unit * unit;
    plane[i] *= unit;
  }
  const image: Plane = { width: side, height: side, data: plane };
  return { image, variance: { width: side, height: side, data: variance }, saturation: well * unit, unit };
}
