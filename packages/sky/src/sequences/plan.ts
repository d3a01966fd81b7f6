import { Header, Wcs } from '@blemish/fits';
import type { Galaxy } from '../galaxy.ts';
import type { Rng } from '../rng.ts';
import { stream } from '../streams.ts';
import type { SequenceTag } from './artifact.ts';
import { sequenceTags } from './artifact.ts';
import { sequenceArtifacts } from './artifacts/index.ts';
import type { ReadoutChannel } from './camera.ts';
import { ztfCamera } from './camera.ts';
import type { FieldExposure } from './field.ts';
import { drawField, fieldChannels, fieldNumbers } from './field.ts';
import { drawPlace, isMeasured, moveToEdge } from './frame-edge.ts';
import type { ChipPlace } from './frame-edge.ts';
import type { LightCurve, SourceKind } from './light-curves.ts';
import { drawLightCurve } from './light-curves.ts';
import type { Neighbours } from './neighbours.ts';
import { drawGalaxy, drawNeighbours } from './neighbours.ts';

export interface SequenceOptions {
  /** 0…99,999,999: it is part of the object's number. */
  readonly seed: number;
  /** Median number of frames of an object; default 100 (that of the real data is 428). */
  readonly frames?: number;
  /** `random`: half of the objects have one; `none`; or the tags to pick one from for every object. Default `random`. */
  readonly artifacts?: 'random' | 'none' | readonly SequenceTag[];
  /** Share of objects without an artifact, with `random`; default 0.5. */
  readonly cleanFraction?: number;
}

/** One object and all its frames, before a pixel is made. */
export interface SequencePlan {
  readonly seed: number;
  /** Object number of the data releases: field, filter, CCD (2 digits), quadrant, number (8 digits, here the seed). */
  readonly oid: string;
  readonly field: number;
  readonly channel: ReadoutChannel;
  readonly kind: SourceKind;
  /** The catalogue's tags for the object itself. */
  readonly tags: readonly string[];
  readonly exposures: readonly FieldExposure[];
  /** True magnitude of the object, a number an exposure. */
  readonly magnitudes: readonly number[];
  readonly place: ChipPlace;
  /** World coordinates of the channel's middle and of the object, degrees. */
  readonly channelRa: number;
  readonly channelDec: number;
  readonly ra: number;
  readonly dec: number;
  readonly neighbours: Neighbours;
  readonly spikeAngle: number;
  /** DN at which a pixel of the channel overflows. */
  readonly wellDn: number;
  readonly artifacts: readonly { readonly tag: SequenceTag; readonly parameters: unknown }[];
}

/** How often each tag is in the catalogue of real objects (labels of 1,784 of them). */
const tagWeights: Readonly<Record<SequenceTag, number>> = {
  bright_star: 79,
  ghost: 225,
  defocusing: 61,
  column: 86,
  spike: 56,
  frame_edge: 26,
  track: 87,
  cosmic: 6,
};

/** Degrees of a pixel. North is down and east right, as in the survey's images. */
const degreesPerPixel = ztfCamera.pixelScaleArcsec / 3600;

/** The number of the object that `planSequence` gives for a seed, without the cost of the rest. @throws RangeError */
export function sequenceOid(seed: number): string {
  const { field, channel } = placeOf(seed);
  const ccd = String(channel.ccd).padStart(2, '0');
  return `${field}${ztfCamera.filterId}${ccd}${channel.quadrant}${String(seed).padStart(8, '0')}`;
}

function placeOf(seed: number): { field: number; channel: ReadoutChannel } {
  if (!Number.isInteger(seed) || seed < 0 || seed > 99_999_999)
    throw new RangeError(
      `seed must be an integer from 0 to 99999999, as it is part of the object's number; got ${seed}`,
    );
  const rng = stream(seed, 'place');
  const field = rng.pick(fieldNumbers);
  return { field, channel: rng.pick(fieldChannels(field)) };
}

/**
 * Draws an object: where it is, what it is, when it was observed and what spoils it. All of it depends on the options alone; each part has its
 * own generator, so `{ ...plan, artifacts: [] }` is the same object, noise included, without its artifacts.
 * @throws RangeError
 */
export function planSequence(options: SequenceOptions): SequencePlan {
  const { seed, frames = 100 } = options;
  if (!Number.isFinite(frames) || frames < 1)
    throw new RangeError(`frames must be a number from 1 on, the median of objects; got ${frames}`);
  const { field: number, channel } = placeOf(seed);
  const field = drawField(number, frames);
  const tags = drawTags(options);
  const anchors = stream(seed, 'anchors');

  let place = drawPlace(stream(seed, 'chip'));
  if (tags.includes('frame_edge')) place = moveToEdge(stream(seed, 'edge'), place, field.exposures);
  const lost = stream(seed, 'lost');
  // One exposure of twenty fails some cut of the survey.
  const measured = field.exposures.filter((exposure) => isMeasured(place, exposure) && !lost.chance(0.05));
  const exposures = measured.length > 0 ? measured : field.exposures.filter((e) => isMeasured(place, e));

  const kind = drawKind(seed, tags);
  const curve = drawLightCurve(
    kind,
    stream(seed, 'light curve'),
    exposures.map(({ mjd }) => mjd),
  );
  const channelRng = stream(number, 'channel', channel.ccd, channel.quadrant);
  const spikeAngle = Math.PI / 4 + channelRng.normal(0, 0.12);
  const wellDn = channelRng.uniform(55_000, 64_000);
  const [channelRa, channelDec] = channelCentre(field.ra, field.dec, channel);
  const [ra, dec] = Wcs.fromHeader(wcsHeader(channelRa, channelDec, 0, 0))!.pixelToSky(place.x, place.y);
  return {
    ...{ seed, oid: sequenceOid(seed), field: number, channel, kind, tags: curve.tags, exposures, place },
    magnitudes: curve.magnitudes,
    ...{ channelRa, channelDec, ra, dec, spikeAngle, wellDn },
    neighbours: withHost(seed, drawNeighbours(stream(seed, 'neighbours'), field.starDensity), kind, curve),
    artifacts: tags.map((tag) => ({
      tag,
      parameters:
        tag === 'frame_edge'
          ? null
          : sequenceArtifacts[tag].draw(stream(seed, 'artifact', tag), {
              ...{ exposures, anchor: anchors.integer(0, exposures.length - 1), spikeAngle },
            }),
    })),
  };
}

/** Tags in the catalogue's order; one object of twelve with an artifact has a second one. */
function drawTags({ seed, artifacts = 'random', cleanFraction = 0.5 }: SequenceOptions): SequenceTag[] {
  if (!(cleanFraction >= 0 && cleanFraction <= 1))
    throw new RangeError(`cleanFraction must be from 0 to 1; got ${cleanFraction}`);
  const rng = stream(seed, 'tags');
  if (artifacts === 'none') return [];
  if (artifacts !== 'random') {
    const unknown = artifacts.find((tag) => !sequenceTags.includes(tag));
    if (unknown !== undefined || artifacts.length === 0)
      throw new RangeError(
        `artifacts must be among ${sequenceTags.join(', ')}; got ${unknown ?? 'none of them'}`,
      );
    return [rng.pick(artifacts)];
  }
  if (rng.chance(cleanFraction)) return [];
  const drawn = new Set([drawTag(rng)]);
  if (rng.chance(1 / 12)) drawn.add(drawTag(rng));
  return sequenceTags.filter((tag) => drawn.has(tag));
}

function drawTag(rng: Rng): SequenceTag {
  return pickWeighted(rng, sequenceTags, tagWeights);
}

/** One of `names`, each as often as its weight says. */
function pickWeighted<T extends string>(
  rng: Rng,
  names: readonly T[],
  weights: Readonly<Record<T, number>>,
): T {
  let left = rng.uniform(
    0,
    names.reduce((sum, name) => sum + weights[name], 0),
  );
  return names.find((name) => (left -= weights[name]) < 0) ?? names[names.length - 1];
}

/** Objects of each kind among a hundred without an artifact, roughly as the catalogue's. */
const kindShares: Readonly<Record<SourceKind, number>> = {
  constant: 15,
  faint: 0,
  pulsating: 12,
  eclipsing: 14,
  longPeriod: 10,
  activeNucleus: 25,
  supernova: 12,
  flare: 7,
  dwarfNova: 5,
};

/**
 * What is called an artifact is mostly a faint star, whose measurements the artifact spoils; one out of focus has to be bright enough to show it.
 */
function drawKind(seed: number, tags: readonly SequenceTag[]): SourceKind {
  const rng = stream(seed, 'kind');
  if (tags.length > 0 && rng.chance(0.85)) return tags.includes('defocusing') ? 'constant' : 'faint';
  return pickWeighted(rng, Object.keys(kindShares) as SourceKind[], kindShares);
}

/** The galaxy around a nucleus, or beside the place of a supernova. */
function withHost(seed: number, around: Neighbours, kind: SourceKind, curve: LightCurve): Neighbours {
  if (curve.hostMagnitude === null) return around;
  const rng = stream(seed, 'host');
  const host: Galaxy = drawGalaxy(rng, curve.hostMagnitude, { x: 0, y: 0 });
  const offset = kind === 'supernova' ? host.radius * rng.uniform(0, 1.2) : 0;
  const angle = rng.uniform(0, 2 * Math.PI);
  const galaxy = { ...host, x: offset * Math.cos(angle), y: offset * Math.sin(angle) };
  return { stars: around.stars, galaxies: [...around.galaxies, galaxy] };
}

/** Middle of a channel: four by four CCDs of two by two channels, about 0.87° and 0.866° apart. */
function channelCentre(ra: number, dec: number, { ccd, quadrant }: ReadoutChannel): [number, number] {
  const column = 2 * ((ccd - 1) % 4) + (quadrant === 1 || quadrant === 4 ? 1 : 0) - 3.5;
  const row = 2 * Math.floor((ccd - 1) / 4) + (quadrant <= 2 ? 1 : 0) - 3.5;
  const centre = Wcs.fromHeader(wcsHeader(ra, dec, 0, 0))!;
  const middle = [(ztfCamera.width - 1) / 2, (ztfCamera.height - 1) / 2] as const;
  return centre.pixelToSky(
    middle[0] - (column * 0.87) / degreesPerPixel,
    middle[1] - (row * 0.866) / degreesPerPixel,
  );
}

/** WCS cards of a channel whose sky is moved by (shiftX, shiftY) pixels. */
export function wcsHeader(ra: number, dec: number, shiftX: number, shiftY: number): Header {
  return new Header()
    .set('WCSAXES', 2, 'Number of WCS axes')
    .set('RADESYS', 'ICRS', 'Coordinate reference system')
    .set('CTYPE1', 'RA---TAN', 'Name of coord X axis')
    .set('CTYPE2', 'DEC--TAN', 'Name of coord Y axis')
    .set('CRPIX1', (ztfCamera.width + 1) / 2 + shiftX, 'Coord system X ref pixel')
    .set('CRPIX2', (ztfCamera.height + 1) / 2 + shiftY, 'Coord system Y ref pixel')
    .set('CRVAL1', ra, 'Coord system value at CRPIX1')
    .set('CRVAL2', dec, 'Coord system value at CRPIX2')
    .set('CUNIT1', 'deg', 'Coordinate units for X axis')
    .set('CUNIT2', 'deg', 'Coordinate units for Y axis')
    .set('CD1_1', -degreesPerPixel, 'WCS matrix')
    .set('CD1_2', 0, 'WCS matrix')
    .set('CD2_1', 0, 'WCS matrix')
    .set('CD2_2', -degreesPerPixel, 'WCS matrix');
}
