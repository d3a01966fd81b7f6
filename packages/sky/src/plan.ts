import type { ArtifactModel, CcdPlace, ExposureContext, Star } from './artifact.ts';
import { artifactModels } from './artifacts/index.ts';
import type { Band } from './bands.ts';
import { conditionModels } from './bad-exposures/models.ts';
import type { ExposureConditions } from './bad-exposures/conditions.ts';
import { bandProperties, bands, drawSkyLevel, magnitudeOfFlux } from './bands.ts';
import { decamPlaces, focalPlaneRadius } from './focal-plane.ts';
import { maskBits } from './mask-bits.ts';
import type { PsfShape } from './psf.ts';
import type { Rng } from './rng.ts';
import type { FieldProperties } from './source-field.ts';
import { drawBrightStars } from './source-field.ts';
import { stream } from './streams.ts';

/** Everything but the seed has a default that is drawn from the seed. */
export interface ExposureOptions {
  /** Non-negative integer. Seeds from 900000 are for tests alone. */
  readonly seed: number;
  /** How many neighbouring CCDs (default 4), or their names. */
  readonly ccds?: number | readonly string[];
  /** Size of a CCD in pixels, default 2046 × 4094; smaller ones keep the layout. */
  readonly width?: number;
  readonly height?: number;
  readonly band?: Band;
  readonly exposureSeconds?: number;
  readonly fwhmPixels?: number;
  /** Sky, electrons a pixel. */
  readonly skyLevel?: number;
  /** Atmospheric transmission, 0 to 1. */
  readonly transparency?: number;
  /** Density of stars over the counts at 45° galactic latitude. */
  readonly starDensity?: number;
  /** Density of galaxies over the mean counts. */
  readonly galaxyDensity?: number;
  /**
   * `random` (default): each CCD clean with probability `cleanFraction`, else one to three classes; `none`; or the classes to make, each
   * once (scope exposure) or on every CCD (scope ccd).
   */
  readonly artifacts?: 'random' | 'none' | readonly string[];
  readonly cleanFraction?: number;
  /** How many times as often as another class of its scope a class is drawn at random; 1 where it is not named, never at 0. */
  readonly classWeights?: Readonly<Record<string, number>>;
  /** Whether the survey took its sky off (default), or the pixels keep it, as in the Community Pipeline's `ooi` files. */
  readonly skySubtracted?: boolean;
  /** Whose masks come with it: DESDM's bits (default) or the Community Pipeline's codes. */
  readonly pipeline?: Pipeline;
}

export const pipelines = ['desdm', 'community'] as const;
export type Pipeline = (typeof pipelines)[number];

export interface PlannedEvent {
  readonly className: string;
  /** The CCD it is on; null for an event of the whole exposure. */
  readonly ccd: string | null;
  readonly parameters: unknown;
  /** The pipeline masked it with this bit, as it should: not an artifact, and not in the truth. */
  readonly handledBit?: number;
}

/** Plain data: survives a structured clone, so that CCDs can be made in other threads. */
export interface ExposurePlan {
  readonly seed: number;
  readonly width: number;
  readonly height: number;
  readonly context: ExposureContext;
  readonly psf: PsfShape;
  /** Angle of the diffraction spikes, radians. */
  readonly spikeAngle: number;
  readonly field: FieldProperties;
  /** Low-frequency error of flat and sky, as a fraction of the sky. */
  readonly floor: number;
  /** Sky gradient across the focal plane: relative change per focal-plane pixel along x and y. */
  readonly gradient: readonly [number, number];
  /** Atmospheric transmission. */
  readonly transparency: number;
  readonly events: readonly PlannedEvent[];
  readonly skySubtracted: boolean;
  readonly pipeline: Pipeline;
  /** What befell the exposure as a whole; null of an ordinary one, whose truth is that of its events. */
  readonly conditions: ExposureConditions | null;
  readonly expnum: number;
  readonly mjd: number;
  /** Pointing, degrees. */
  readonly ra: number;
  readonly dec: number;
}

/** Typical read noise in electrons, for the choice of the sky level. */
export const nominalReadNoise = 7;

/**
 * Draws an exposure: telescope, sky, bright stars, and which artifacts happen where.
 * @throws RangeError for a seed, size, CCD, class, fraction or band that cannot be.
 */
export function planExposure(options: ExposureOptions): ExposurePlan {
  const { seed, width = 2046, height = 4094, skySubtracted = true } = options;
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff)
    throw new RangeError(`planExposure: seed = ${seed}; it must be an integer from 0 to 4294967295`);
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 64 || height < 64)
    throw new RangeError(`planExposure: ${width} × ${height} px; width and height must be integers ≥ 64`);
  const band = chooseBand(options);
  const rng = stream(seed, 'conditions');
  const exposureSeconds = options.exposureSeconds ?? rng.pick([60, 72, 90, 90, 104, 130, 200]);
  const drawnSky = drawSkyLevel(rng, band, nominalReadNoise);
  const skyLevel = options.skyLevel ?? drawnSky;
  const skyRms = Math.sqrt(skyLevel + nominalReadNoise ** 2);
  const drawnFwhm = Math.min(6, Math.max(3, Math.exp(rng.normal(Math.log(4), 0.18))));
  const fwhmPixels = options.fwhmPixels ?? drawnFwhm;
  const ellipticity = Math.abs(rng.normal(0, 0.025));
  const ellipticityAngle = rng.uniform(0, 2 * Math.PI);
  const psf: PsfShape = {
    fwhmPixels,
    beta: rng.uniform(2.5, 4),
    e1: ellipticity * Math.cos(ellipticityAngle),
    e2: ellipticity * Math.sin(ellipticityAngle),
    aureole: rng.uniform(0.006, 0.015),
    aureoleRadius: rng.uniform(8, 14),
  };
  const drawnTransparency = 1 - Math.min(0.2, Math.abs(rng.normal(0, 0.04)));
  const transparency = options.transparency ?? drawnTransparency;
  const starDensity = options.starDensity ?? Math.exp(rng.normal(0.1, 0.6));
  // Five-sigma point source, and a little below: the rest drowns.
  const limitFlux = 5 * skyRms * Math.sqrt(4 * Math.PI) * (fwhmPixels / 2.355);
  const field: FieldProperties = {
    band,
    exposureSeconds,
    limitMagnitude: magnitudeOfFlux(limitFlux * 0.7, band, exposureSeconds * transparency),
    starDensity,
    galaxyDensity: options.galaxyDensity ?? Math.exp(rng.normal(0, 0.25)),
  };
  const ccds = chooseCcds(stream(seed, 'ccds'), options.ccds ?? 4, decamPlaces(width, height));
  const radius = focalPlaneRadius(width, height);
  const context: ExposureContext = {
    band,
    exposureSeconds,
    skyLevel,
    skyRms,
    fwhmPixels,
    width,
    height,
    ccds,
    brightStars: drawBrightStars(stream(seed, 'bright stars'), field, radius * 1.15),
  };
  const { events, stars } = planEvents(options, context);
  const mjdRng = stream(seed, 'time and pointing');
  return {
    seed,
    width,
    height,
    context: { ...context, brightStars: [...context.brightStars, ...stars] },
    psf,
    spikeAngle: Math.PI / 4 + rng.normal(0, 0.01),
    field,
    floor: rng.logUniform(0.003, 0.01),
    gradient: [rng.normal(0, 0.01) / radius, rng.normal(0, 0.01) / radius],
    transparency,
    events,
    skySubtracted,
    pipeline: options.pipeline ?? 'desdm',
    conditions: null,
    expnum: 200000 + (seed % 1_000_000),
    mjd: startOf(seed, mjdRng.uniform()),
    ra: mjdRng.uniform(0, 360),
    dec: (Math.asin(mjdRng.uniform(-0.9, 0.5)) * 180) / Math.PI,
  };
}

/**
 * Neighbouring seeds make a night of 250 exposures, two minutes apart, so that up to a million seeds give as many file names and times.
 * @param share of 40 s of idle time before it, 0 to 1.
 */
function startOf(seed: number, share: number): number {
  const night = Math.floor(seed / 250) % 4000;
  return 56500 + night + 0.02 + (seed % 250) * 0.0014 + share * 0.00046;
}

function chooseBand(options: ExposureOptions): Band {
  const drawn = stream(options.seed, 'band');
  const forced = Array.isArray(options.artifacts)
    ? (options.artifacts as readonly string[]).map(modelOf)
    : [];
  const possible = bands.filter((band) => forced.every((model) => occursIn(model, band)));
  if (options.band !== undefined) {
    if (!(options.band in bandProperties))
      throw new RangeError(
        `planExposure: band = ${String(options.band)}; it must be one of ${bands.join(', ')}`,
      );
    if (!possible.includes(options.band))
      throw new RangeError(
        `planExposure: band = ${options.band}, where not all of ${forced.map((m) => m.className).join(', ')} occur; leave out the band or choose one of ${possible.join(', ') || '(none)'}`,
      );
    return options.band;
  }
  if (possible.length === 0)
    throw new RangeError(
      `planExposure: no band has all the artifacts ${forced.map((m) => m.className).join(', ')}`,
    );
  return drawn.pick(possible);
}

function occursIn(model: ArtifactModel<unknown>, band: Band): boolean {
  return model.bands?.includes(band) ?? true;
}

/** The model of a class. @throws RangeError for a class that is not simulated. */
export function modelOf(className: string): ArtifactModel<unknown> {
  const model = [...artifactModels, ...conditionModels].find(
    (candidate) => candidate.className === className,
  );
  if (model) return model;
  throw new RangeError(
    `artifact class '${className}' is not simulated; known: ${artifactModels.map((m) => m.className).join(', ')}`,
  );
}

/** The CCDs named, or a random one and its nearest neighbours; never N30, which is dead. In the order of CCDNUM. */
function chooseCcds(rng: Rng, wanted: number | readonly string[], places: readonly CcdPlace[]): CcdPlace[] {
  if (typeof wanted !== 'number') {
    const chosen = wanted.map((name) => {
      const place = places.find((candidate) => candidate.name === name);
      if (!place)
        throw new RangeError(`planExposure: ccds has '${name}'; DECam's CCDs are S1…S31 and N1…N31`);
      return place;
    });
    if (chosen.length === 0 || new Set(chosen).size !== chosen.length)
      throw new RangeError('planExposure: ccds must name at least one CCD, and none twice');
    return chosen;
  }
  const live = places.filter(({ name }) => name !== 'N30');
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > live.length)
    throw new RangeError(
      `planExposure: ccds = ${wanted}; it must be an integer from 1 to ${live.length}, or names`,
    );
  const first = rng.pick(live);
  const distance = (place: CcdPlace) =>
    Math.hypot(place.centreX - first.centreX, place.centreY - first.centreY);
  return live
    .toSorted((a, b) => distance(a) - distance(b))
    .slice(0, wanted)
    .sort((a, b) => a.ccdnum - b.ccdnum);
}

/**
 * Which events happen. At random, the exposure and each CCD stay clean independently with probability √cleanFraction; an unclean one
 * has one (60 %), two (30 %) or three (10 %) different classes of its scope, and now and then what the same cause brings along (`companions`). A class confined to some bands is drawn more often in
 * them, so that all classes are about equally frequent over the bands.
 */
function planEvents(
  options: ExposureOptions,
  context: ExposureContext,
): { events: PlannedEvent[]; stars: Star[] } {
  const { seed, artifacts = 'random', cleanFraction = 0.5, classWeights = {} } = options;
  if (!(cleanFraction >= 0 && cleanFraction <= 1))
    throw new RangeError(`planExposure: cleanFraction = ${cleanFraction}; it must be from 0 to 1`);
  for (const [name, weight] of Object.entries(classWeights)) {
    const { className } = modelOf(name);
    if (!(weight >= 0 && weight < Infinity))
      throw new RangeError(`planExposure: the weight of ${className} is ${weight}; it must be 0 or more`);
  }
  const events: PlannedEvent[] = [];
  const stars: Star[] = [];
  const weightOf = ({ className }: ArtifactModel<unknown>) => classWeights[className] ?? 1;
  const choose = (scope: 'exposure' | 'ccd', rng: Rng): ArtifactModel<unknown>[] => {
    if (artifacts === 'none') return [];
    if (artifacts !== 'random') return artifacts.map(modelOf).filter((model) => model.scope === scope);
    if (rng.chance(Math.sqrt(cleanFraction))) return [];
    const pool = artifactModels.filter(
      (model) => model.scope === scope && occursIn(model, context.band) && weightOf(model) > 0,
    );
    const draw = rng.uniform();
    const chosen = drawClasses(rng, pool, draw < 0.6 ? 1 : draw < 0.9 ? 2 : 3, weightOf);
    const brought = companions
      .filter(({ of, chance }) => chosen.some(({ className }) => className === of) && rng.chance(chance))
      .map(({ className }) => modelOf(className));
    return [...new Set([...chosen, ...brought.filter((model) => pool.includes(model))])];
  };
  const add = (model: ArtifactModel<unknown>, ccd: CcdPlace | null) => {
    const seen = { ...context, brightStars: [...context.brightStars, ...stars] };
    const one = ccd === null ? seen : { ...seen, ccds: [ccd] };
    const rng = stream(seed, 'event', model.className, ccd?.name ?? 'exposure');
    const parameters = model.draw(rng, one);
    events.push({ className: model.className, ccd: ccd?.name ?? null, parameters });
    if (ccd === null) stars.push(...(model.stars?.(parameters) ?? []));
  };
  for (const model of choose('exposure', stream(seed, 'events', 'exposure'))) add(model, null);
  for (const ccd of context.ccds)
    for (const model of choose('ccd', stream(seed, 'events', ccd.name))) add(model, ccd);
  for (const ccd of context.ccds) {
    const rng = stream(seed, 'handled', ccd.name);
    for (const { className, bit, chance } of handled) {
      const happens = rng.chance(chance);
      if (!happens || events.some((event) => event.ccd === ccd.name && event.className === className))
        continue;
      const parameters = modelOf(className).draw(rng.fork(className), { ...context, ccds: [ccd] });
      events.push({ className, ccd: ccd.name, parameters, handledBit: bit });
    }
  }
  return { events, stars };
}

/** What a star bright enough for one artifact causes besides, and how often: such classes come together. */
const companions = [
  { of: 'Edge-bleed', className: 'Cross-talk', chance: 0.3 },
  { of: 'Edge-bleed', className: 'Anti-bleed', chance: 0.15 },
  { of: 'Edge-bleed', className: 'Dark halo', chance: 0.15 },
  { of: 'Bleed trail', className: 'Cross-talk', chance: 0.15 },
  { of: 'Anti-bleed', className: 'Dark halo', chance: 0.15 },
  { of: 'Ghost', className: 'Brush strokes', chance: 0.1 },
  { of: 'Ghost', className: 'Bright arc', chance: 0.1 },
  { of: 'Bright spray', className: 'Brush strokes', chance: 0.15 },
] as const;

/** Events that the pipeline usually masks whole, and how many CCDs have one: what tells them from the artifact is the mask alone. */
const handled = [
  { className: 'Edge-bleed', bit: maskBits.EDGEBLEED, chance: 0.04 },
  { className: 'Bleed trail', bit: maskBits.TRAIL, chance: 0.08 },
] as const;

function drawClasses(
  rng: Rng,
  pool: readonly ArtifactModel<unknown>[],
  count: number,
  weightOf: (model: ArtifactModel<unknown>) => number,
): ArtifactModel<unknown>[] {
  const left = [...pool];
  const chosen: ArtifactModel<unknown>[] = [];
  while (chosen.length < count && left.length > 0) {
    const weights = left.map(
      (model) => weightOf(model) * (bands.length / (model.bands?.length ?? bands.length)),
    );
    let at = rng.uniform(
      0,
      weights.reduce((a, b) => a + b, 0),
    );
    let k = 0;
    while (k < left.length - 1 && at >= weights[k]) at -= weights[k++];
    chosen.push(...left.splice(k, 1));
  }
  return chosen;
}
