import type { Header } from '@blemish/fits';
import { medianInPlace, renderBackground, subtractBackground } from '@blemish/imaging';
import type { Plane } from '@blemish/imaging';
import type { ArtifactModel, CcdScene, ExposureContext, Star } from './artifact.ts';
import { simulatedClasses } from './artifacts/index.ts';
import { addMaskedDefects } from './defects.ts';
import { throughConditions } from './bad-exposures/conditions.ts';
import { detectorOf, meanGain } from './detector.ts';
import { ccdHeader } from './header.ts';
import { KernelPsf } from './kernel-psf.ts';
import { addNoise } from './noise.ts';
import type { ExposurePlan } from './plan.ts';
import { modelOf } from './plan.ts';
import { addInBox, boxOf, clearInBox, clearMasked, maskInBox, planePool } from './planes.ts';
import type { Box, PlanePool } from './planes.ts';
import { addEdgeGlow, fillSky, flatField, flatten } from './illumination.ts';
import { largestRadius, psfProfile } from './psf.ts';
import { clip, maskStars, saturate } from './saturation.ts';
import { sampleSky, skyDifference, surveySky } from './sky-subtraction.ts';
import type { SkySample } from './sky-subtraction.ts';
import { brightStarsOnCcd, drawGalaxies, drawStars } from './source-field.ts';
import { addSources } from './sources.ts';
import { stream } from './streams.ts';
import type { TruthArtifact } from './truth.ts';
import { absorbMask, leastSnr, markTruth, measureTruth } from './truth.ts';

export interface SimulatedCcd {
  readonly name: string;
  readonly ccdnum: number;
  /** ADU; centred on 0 unless the plan keeps the sky. */
  readonly image: Plane;
  /** The pipeline's mask, DESDM bits (`maskBits`), height × width. */
  readonly mask: Uint16Array;
  readonly header: Header;
  /** Events on this CCD with a signal-to-noise of at least 1. */
  readonly truth: readonly TruthArtifact[];
  /** height × width; bit i: class i of `simulatedClasses` exceeds 0.5 × sky rms. */
  readonly truthBits: Uint32Array;
  /** Sky rms, ADU a pixel. */
  readonly skyRms: number;
}

/** An event in the making: its light or charge stays in a plane of the pool until truth has been measured. */
interface LiveEvent {
  readonly model: ArtifactModel<unknown>;
  readonly parameters: unknown;
  readonly delta: Float32Array;
  readonly box: Box;
}

/**
 * Makes one CCD of an exposure, in the order of events: photons (sky, sources through the PSF, light of artifacts), noise, charge
 * (cosmic rays, saturation and bleeding, charge of artifacts), cross-talk, readout, flat-field error, the survey's sky subtraction and its errors, its mask.
 * A function of the plan and the index alone.
 *
 * @param index into `plan.context.ccds`.
 * @throws RangeError for an index without a CCD.
 */
export function simulateCcd(plan: ExposurePlan, index: number): SimulatedCcd {
  const { width, height, context, seed } = plan;
  const place = context.ccds[index];
  if (place === undefined)
    throw new RangeError(`simulateCcd: index = ${index}; the plan has CCDs 0 to ${context.ccds.length - 1}`);
  const detector = detectorOf(place);
  const pool = planePool(width * height);
  const electrons = pool.any();
  const mask = pool.mask();
  const planned = plan.events
    .filter(({ ccd }) => ccd === null || ccd === place.name)
    .map(({ className, parameters, handledBit }) => ({
      model: modelOf(className),
      parameters,
      handledBit,
    }));

  // Sources
  const brought = planned
    .filter(({ model }) => model.scope === 'ccd')
    .flatMap(({ model, parameters }) => model.stars?.(parameters) ?? []);
  const clear: readonly Star[] = [
    ...brightStarsOnCcd(context.brightStars, place, width, height, largestRadius),
    ...brought,
    ...drawStars(stream(seed, 'stars', place.name), plan.field, width, height),
  ].map(({ x, y, flux }) => ({ x, y, flux: flux * plan.transparency }));
  const shining = drawGalaxies(stream(seed, 'galaxies', place.name), plan.field, width, height);
  const { conditions } = plan;
  const { stars, galaxies } =
    conditions === null
      ? { stars: clear, galaxies: shining }
      : throughConditions(plan, conditions, place, { stars: clear, galaxies: shining });
  const psf = psfProfile(plan.psf);
  const sources = { stars, galaxies, spikeAngle: plan.spikeAngle, level: 0.05 * context.skyRms };

  const scene = (model: ArtifactModel<unknown>): CcdScene => ({
    ...exposureOf(context),
    place,
    rng: stream(seed, 'render', model.className, place.name),
    stars,
    saturation: detector.saturation,
    electrons,
  });
  const live: LiveEvent[] = [];
  const happen = (stage: ArtifactModel<unknown>['stage'], perElectron = 1) => {
    for (const { model, parameters, handledBit } of planned) {
      if (model.stage !== stage || !model.render) continue;
      const delta = pool.zeroed();
      model.render(scene(model), parameters, delta);
      const box = boxOf(delta, width, height);
      if (box === null) {
        pool.returnZeroed(delta);
        continue;
      }
      addInBox(electrons, delta, width, box, perElectron);
      if (conditions !== null && handledBit === undefined) {
        // What befell the exposure is known of it as a whole: no truth is measured.
        model.mask?.(scene(model), parameters, mask);
        clearInBox(delta, width, box);
        pool.returnZeroed(delta);
        continue;
      }
      if (handledBit !== undefined) {
        maskInBox(mask, delta, width, box, 0.2 * context.skyRms, handledBit);
        clearInBox(delta, width, box);
        pool.returnZeroed(delta);
        continue;
      }
      if (model.mask) {
        model.mask(scene(model), parameters, mask);
        clearMasked(delta, mask, width, box);
      }
      live.push({ model, parameters, delta, box });
    }
  };

  // Photons
  fillSky(electrons, plan, place);
  const kernelEvents = planned.filter(({ model }) => model.stage === 'psf' && model.kernel !== undefined);
  const kernels = kernelEvents.map(({ model, parameters }) => model.kernel!(parameters, place));
  const blurred = kernels.length > 0 ? new KernelPsf(psf, kernels) : null;
  if (blurred !== null && conditions !== null) {
    addSources(electrons, width, height, sources, psf, blurred);
  } else if (blurred !== null) {
    const plain = pool.any();
    plain.set(electrons);
    addSources(plain, width, height, sources, psf, null);
    addSources(electrons, width, height, sources, psf, blurred);
    const delta = clippedDifference(electrons, plain, detector.saturation, pool.zeroed());
    pool.returnAny(plain);
    const box = boxOf(delta, width, height);
    // Two kernels at once cannot be told apart in the pixels: both events own the whole change.
    for (const [i, { model, parameters }] of kernelEvents.entries()) {
      if (box === null) break;
      live.push({ model, parameters, delta: i === 0 ? delta : delta.slice(), box });
    }
    if (box === null) pool.returnZeroed(delta);
  } else addSources(electrons, width, height, sources, psf, null);
  happen('photons');

  // Charge
  addNoise(electrons, width, height, detector.readNoise, stream(seed, 'noise', place.name));
  addEdgeGlow(electrons, mask, width, height, detector, context.skyLevel);
  addMaskedDefects(electrons, mask, scene, detector.badColumns, pool, stream(seed, 'defects', place.name));
  saturate(electrons, mask, width, height, stars, psf, detector.saturation, blurred?.blur ?? 0);
  if (conditions !== null || live.some(({ model }) => model.stage === 'photons'))
    clip(electrons, mask, detector.saturation);
  maskStars(mask, width, height, stars, psf, context.skyRms, detector.saturation);
  happen('electrons');
  happen('crosstalk');
  happen('readout');

  // Flat field and the survey's sky subtraction
  const flat = flatField(plan, place);
  const gain = meanGain(detector);
  flatten(electrons, width, height, flat, detector.saturation, gain);
  const sample = sampleSky(electrons, mask, width, height);
  const sky = surveySky(sample);
  const image = { width, height, data: electrons };
  // Where all is saturated, all is masked.
  const skyLevel = Number.isFinite(sky.globalLevel) ? sky.globalLevel : medianInPlace(sample.data.slice());
  if (conditions !== null) happen('sky', 1 / gain);
  if (plan.skySubtracted) {
    subtractBackground(image, sky, electrons);
    // An error of the sky estimate; where the pixels keep their sky nobody has made it.
    if (conditions === null) happen('sky', 1 / gain);
  }

  const truthBits = pool.truth();
  const noise = { skyRms: context.skyRms, floor: plan.floor * context.skyLevel };
  // A mask that covers too much hides what lies under it from the truth, too.
  const masks = planned.flatMap(({ model, parameters }) => {
    if (model.stage !== 'mask' || !model.mask) return [];
    const extra = pool.mask();
    model.mask(scene(model), parameters, extra);
    const { className } = model;
    const measured = absorbMask(mask, extra, truthBits, width, simulatedClasses.indexOf(className));
    pool.returnMask(extra);
    return measured === null ? [] : [{ className, ...measured }];
  });
  const truth = live.map((event) => finish(event, plan, mask, truthBits, noise, sample, sky, gain, pool));
  return {
    name: place.name,
    ccdnum: place.ccdnum,
    image,
    mask,
    header: ccdHeader(plan, place, detector, skyLevel),
    truth: [...truth.filter((entry) => entry !== null), ...masks],
    truthBits,
    skyRms: context.skyRms / gain,
  };
}

/** Hands the arrays of a CCD that is no longer looked at back, for the next one: 83 MB that need not be found, cleared and collected. */
export function recycleCcd({ image, mask, truthBits }: SimulatedCcd): void {
  const pool = planePool(image.data.length);
  pool.returnAny(image.data);
  pool.returnMask(mask);
  pool.returnTruth(truthBits);
}

/** What a CCD's scene shares with its exposure. */
function exposureOf(context: ExposureContext): Omit<ExposureContext, 'ccds'> {
  const { band, exposureSeconds, skyLevel, skyRms, fwhmPixels, width, height, brightStars } = context;
  return { band, exposureSeconds, skyLevel, skyRms, fwhmPixels, width, height, brightStars };
}

/** Measures an event and hands its plane back. */
function finish(
  event: LiveEvent,
  plan: ExposurePlan,
  mask: Uint16Array,
  truthBits: Uint32Array,
  noise: { skyRms: number; floor: number },
  sample: SkySample,
  sky: ReturnType<typeof surveySky>,
  gain: number,
  pool: PlanePool,
): TruthArtifact | null {
  const { model, parameters, delta } = event;
  const { width, height } = plan;
  let { box } = event;
  let answer: Float32Array | null = null;
  if (model.extended) {
    // What the survey's sky would have been without the event, all else equal.
    const without = new Float32Array(sample.data.length);
    for (let i = 0; i < without.length; i++) without[i] = sample.data[i] - delta[sample.index[i]] / gain;
    const difference = skyDifference(sky, surveySky(sample, without));
    for (let i = 0; i < difference.level.length; i++) difference.level[i] *= gain;
    if (difference.level.some((value) => Math.abs(value) > 0.005 * noise.skyRms)) {
      answer = renderBackground(difference, pool.any());
      box = { x0: 0, x1: width, y0: 0, y1: height };
    }
  }
  const measured = measureTruth(delta, answer, mask, width, height, box, noise, model.extended);
  const kept = measured.snr >= leastSnr;
  if (kept && measured.area > 0)
    markTruth(truthBits, delta, answer, width, box, noise.skyRms, simulatedClasses.indexOf(model.className));
  if (answer !== null) pool.returnAny(answer);
  clearInBox(delta, width, event.box);
  pool.returnZeroed(delta);
  if (!kept) return null;
  return {
    className: model.className,
    ...measured,
    wholeCcd: model.coversCcd?.(parameters) ?? model.wholeCcd,
  };
}

/** What a kernel changed in pixels that a full well cuts. */
function clippedDifference(
  withKernel: Float32Array,
  without: Float32Array,
  saturation: number,
  out: Float32Array,
): Float32Array {
  for (let i = 0; i < out.length; i++) {
    const a = withKernel[i];
    const b = without[i];
    if (a !== b) out[i] = (a < saturation ? a : saturation) - (b < saturation ? b : saturation);
  }
  return out;
}
