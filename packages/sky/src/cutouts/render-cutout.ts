import { addGalaxy, galaxyProfile } from '../galaxy.ts';
import { PsfProfile, addSpikes, addStar } from '../psf.ts';
import type { Rng } from '../rng.ts';
import { stream } from '../streams.ts';
import { aureole, drawShape, indexStep, isDiffuse } from './diffuse-light.ts';
import type { CutoutGrid } from './diffuse-light.ts';
import { octaveField } from './octave-field.ts';
import type { CutoutPlan } from './plan-cutout.ts';
import type { SceneLight } from './scene.ts';
import type { CutoutSurvey, CutoutSurveyName } from './surveys.ts';
import { cutoutSurveys } from './surveys.ts';

/** A cut-out as the survey measures it. */
export interface RenderedCutout {
  /** Nanomaggies a pixel, [size, size, 3] in the order g, r, z; north up, east to the left. */
  readonly flux: Float32Array;
  /** 1 where the light of what the label is about stands out of the noise, [size, size]. */
  readonly truth: Uint8Array;
}

/** Stars brighter than this (nanomaggies, r) have an aureole and spikes worth drawing: 18 and 15.5 mag. */
const aureoleFlux = 10 ** (0.4 * (22.5 - 18));
const spikeFlux = 10 ** (0.4 * (22.5 - 15.5));
/** Neighbouring pixels of a coadd share some noise: weights of a pixel's neighbours, along each axis. */
const shared = 0.12;
/** Direction of the diffraction spikes, radians: the spiders of both telescopes stand at 45°. */
const spikeAngle = Math.PI / 4;
/** Farthest a star's profile is drawn, pixels of the coadd. */
const starReach = 240;

/** Renders a plan: the same plan gives the same pixels. */
export function renderCutout(plan: CutoutPlan): RenderedCutout {
  const survey: CutoutSurvey = cutoutSurveys[plan.survey];
  const grid: CutoutGrid = { size: plan.size, pixelArcsec: survey.pixelScaleArcsec * survey.binning };
  const own = drawLights(
    plan,
    survey,
    grid,
    plan.lights.filter(({ object }) => object),
  );
  const other = drawLights(
    plan,
    survey,
    grid,
    plan.lights.filter(({ object }) => !object),
  );
  const sigma = survey.noise.map((noise) => noise * plan.sky.noise * grid.pixelArcsec);
  const cloudy = plan.lights.some(({ kind, object }) => object && kind === 'cirrus');
  const truth = markTruth(own, sigma, cloudy);
  const rng = stream(plan.seed, 'cutout-noise', plan.survey);
  const flux = new Float32Array(3 * grid.size ** 2);
  const residuals = drawResiduals(rng, survey, grid);
  for (let b = 0; b < 3; b++) {
    const expected = own[b];
    for (let i = 0; i < expected.length; i++) expected[i] += other[b][i];
    const noise = drawNoise(rng, grid.size, expected, sigma[b], survey.electrons[b]);
    for (let i = 0; i < expected.length; i++) flux[3 * i + b] = expected[i] + residuals[b][i] + noise[i];
  }
  return { flux, truth };
}

/** The lights' fluxes in each pixel of the cut-out, a plane a band. */
function drawLights(
  plan: CutoutPlan,
  survey: CutoutSurvey,
  grid: CutoutGrid,
  lights: readonly SceneLight[],
): Float32Array[] {
  const { size } = grid;
  const planes = [0, 1, 2].map((b) => {
    const side = size * survey.binning;
    const fine = new Float32Array(side * side);
    for (const light of lights) drawCompact(fine, side, light, survey, plan, b);
    return addBins(fine, size, survey.binning);
  });
  const shape = new Float32Array(size * size);
  for (const light of lights) {
    if (!isDiffuse(light) && !(light.kind === 'star' && light.flux[1] > aureoleFlux)) continue;
    drawShape(shape, grid, light, survey.fwhmArcsec[1] * plan.sky.seeing);
    for (let b = 0; b < 3; b++) addTimes(planes[b], shape, light.flux[b]);
  }
  return planes;
}

function addTimes(plane: Float32Array, shape: Float32Array, factor: number): void {
  for (let i = 0; i < plane.length; i++) plane[i] += factor * shape[i];
}

/** Stars and small galaxies, on the coadd's own pixels and with the band's own seeing. */
function drawCompact(
  plane: Float32Array,
  side: number,
  light: SceneLight,
  survey: CutoutSurvey,
  plan: CutoutPlan,
  b: number,
): void {
  if (isDiffuse(light)) return;
  const scale = survey.pixelScaleArcsec;
  const x = (side - 1) / 2 + light.x / scale;
  const y = (side - 1) / 2 + light.y / scale;
  const flux = light.flux[b];
  // A twentieth of the noise of a pixel.
  const level = 0.05 * survey.noise[b] * scale;
  const psf = starProfile(plan.survey, b, plan.sky.seeing);
  const { fwhmPixels } = psf.shape;
  if (light.kind === 'galaxy') {
    const galaxy = { ...light, x, y, flux, radius: light.radius / scale };
    addGalaxy(plane, side, side, galaxyProfile(galaxy, fwhmPixels, level, indexStep));
    return;
  }
  const inCore = light.flux[1] > aureoleFlux ? flux * (1 - aureole.share) : flux;
  addStar(plane, side, side, psf, x, y, inCore, psf.radius(inCore, level, 3 * fwhmPixels));
  if (light.flux[1] > spikeFlux)
    addSpikes(plane, side, side, { x, y, flux }, fwhmPixels, spikeAngle, 4 * level);
}

const profiles = new Map<string, PsfProfile>();

/** Profiles take milliseconds to make and are few: a band's seeing comes in steps. */
function starProfile(name: CutoutSurveyName, b: number, seeing: number): PsfProfile {
  const key = `${name} ${b} ${seeing}`;
  let profile = profiles.get(key);
  if (profile === undefined) {
    const { fwhmArcsec, pixelScaleArcsec } = cutoutSurveys[name];
    const rng = stream(0, 'cutout-psf', key);
    const fwhmPixels = (fwhmArcsec[b] * seeing) / pixelScaleArcsec;
    const [e1, e2] = [rng.normal(0, 0.015), rng.normal(0, 0.015)];
    profile = new PsfProfile({ fwhmPixels, beta: 3, e1, e2, aureole: 0, aureoleRadius: 1 }, starReach);
    profiles.set(key, profile);
  }
  return profile;
}

function addBins(fine: Float32Array, size: number, binning: number): Float32Array {
  const out = new Float32Array(size * size);
  const side = size * binning;
  for (let y = 0; y < side; y++) {
    const row = Math.floor(y / binning) * size;
    let at = y * side;
    for (let i = 0; i < size; i++) {
      let sum = 0;
      for (let k = 0; k < binning; k++) sum += fine[at++];
      out[row + i] += sum;
    }
  }
  return out;
}

/** What the sky subtraction leaves: much the same in all bands, in patches of 7″ and more. */
function drawResiduals(rng: Rng, survey: CutoutSurvey, { size, pixelArcsec }: CutoutGrid): Float32Array[] {
  const octaves = [
    { scale: 7 / pixelArcsec, rms: 0.5 },
    { scale: 16 / pixelArcsec, rms: 0.7 },
    { scale: 40 / pixelArcsec, rms: 0.5 },
  ];
  const common = octaveField(rng, size, octaves);
  return survey.residual.map((rms) => {
    const field = octaveField(rng, size, octaves.slice(1));
    const scale = 0.7 * rms * pixelArcsec ** 2;
    for (let i = 0; i < field.length; i++) field[i] = scale * (field[i] + common[i]);
    return field;
  });
}

/** Gaussian noise of the sky and of the light itself; neighbours share some of it, the variance stays. */
function drawNoise(
  rng: Rng,
  size: number,
  expected: Float32Array,
  sigma: number,
  electrons: number,
): Float32Array {
  const white = new Float32Array(size * size);
  for (let i = 0; i < white.length; i++)
    white[i] = rng.normal() * Math.sqrt(sigma * sigma + Math.max(0, expected[i]) / electrons);
  const norm = 1 / Math.sqrt(1 + 2 * shared * shared);
  return shareNoise(shareNoise(white, size, 1, norm), size, size, norm);
}

/** Mixes each pixel with its two neighbours `step` values away, in lines of `size`; at an end the far neighbour stands in for the missing one. */
function shareNoise(values: Float32Array, size: number, step: number, norm: number): Float32Array {
  const out = new Float32Array(values.length);
  const mix = (at: number, before: number, after: number): void => {
    out[at] = norm * (values[at] + shared * (values[before] + values[after]));
  };
  const nextLine = step === 1 ? size : 1;
  for (let line = 0; line < size; line++) {
    const first = line * nextLine;
    const last = first + (size - 1) * step;
    mix(first, first + 2 * step, first + step);
    for (let at = first + step; at < last; at += step) mix(at, at - step, at + step);
    mix(last, last - step, last - 2 * step);
  }
  return out;
}

/**
 * Pixels whose light is above the noise, all bands together; of an object fainter than that the brightest, down to a third of its peak. Cirrus has no edge:
 * marked is what is at least 0.4 of its peak.
 */
function markTruth(own: readonly Float32Array[], sigma: readonly number[], cloudy: boolean): Uint8Array {
  const significance = new Float32Array(own[0].length);
  own.forEach((plane, b) => {
    for (let i = 0; i < plane.length; i++) significance[i] += (plane[i] / sigma[b]) ** 2;
  });
  let most = 0;
  for (let i = 0; i < significance.length; i++) {
    significance[i] = Math.sqrt(significance[i]);
    most = Math.max(most, significance[i]);
  }
  const least = Math.max(Math.min(1, most / 3), cloudy ? 0.4 * most : 0);
  const truth = new Uint8Array(significance.length);
  for (let i = 0; i < truth.length; i++) truth[i] = significance[i] > 0 && significance[i] >= least ? 1 : 0;
  return truth;
}
