import type { Rng } from '../rng.ts';
import type { Bands } from './surveys.ts';

// Positions are in arcsec from the centre of the cut-out, x to the right (west) and y down (south); angles are from x towards y.

interface Light {
  readonly x: number;
  readonly y: number;
  /** Total light, nanomaggies in g, r and z. */
  readonly flux: Bands;
  /** Is it (part of) what the label is about? */
  readonly object: boolean;
}

export interface StarLight extends Light {
  readonly kind: 'star';
}

/** A Sérsic profile; `radius` is the half-light radius along the major axis. */
export interface GalaxyLight extends Light {
  readonly kind: 'galaxy';
  readonly radius: number;
  readonly sersicIndex: number;
  readonly axisRatio: number;
  readonly angle: number;
}

/** An exponential disc with logarithmic arms, on one of which lies the point (armX, armY). */
export interface SpiralLight extends Light {
  readonly kind: 'spiral';
  /** Scale length. */
  readonly radius: number;
  readonly axisRatio: number;
  readonly angle: number;
  readonly arms: number;
  /** tan of the pitch angle, negative for arms that wind the other way. */
  readonly pitch: number;
  /** 0…1: light between the arms is this much less. */
  readonly contrast: number;
  readonly armX: number;
  readonly armY: number;
  /** Of the clumps in its arms. */
  readonly seed: number;
}

/** A curved stream: part of a circle around (x, y), Gaussian across, fading to both ends. */
export interface PlumeLight extends Light {
  readonly kind: 'plume';
  readonly radius: number;
  /** Direction of its middle from (x, y), and half its length, radians. */
  readonly angle: number;
  readonly halfLength: number;
  readonly sigma: number;
}

/** A straight trail through (x, y) over the whole cut-out; `flux` is that of one arcsec of it. */
export interface TrailLight extends Light {
  readonly kind: 'trail';
  readonly angle: number;
  readonly sigma: number;
}

/** Dust of the Galaxy that reflects starlight; `flux` is that of a square arcsecond where it is brightest. */
export interface CirrusLight extends Light {
  readonly kind: 'cirrus';
  readonly seed: number;
  /** 0: clouds; 1: filaments. */
  readonly filaments: number;
  /** Radius in which it is brighter than around, arcsec; null where it fills the cut-out. */
  readonly knot: number | null;
}

export type SceneLight = StarLight | GalaxyLight | SpiralLight | PlumeLight | TrailLight | CirrusLight;

/** What is known of the object of a cut-out, for the catalogue; null where it makes no sense. */
export interface CutoutTruth {
  readonly kind: string;
  readonly magnitudes: Bands | null;
  readonly radiusArcsec: number | null;
  readonly ellipticity: number | null;
  readonly sersicIndex: number | null;
}

/** Everything on the sky of a cut-out. */
export interface Scene {
  readonly truth: CutoutTruth;
  readonly lights: readonly SceneLight[];
}

/** Fluxes of an object of this g magnitude and these colours. */
export function fluxOf(g: number, gr: number, rz: number): Bands {
  const flux = (magnitude: number) => 10 ** (0.4 * (22.5 - magnitude));
  return [flux(g), flux(g - gr), flux(g - gr - rz)];
}

export function magnitudesOf(flux: Bands): Bands {
  const magnitude = (value: number) => 22.5 - 2.5 * Math.log10(value);
  return [magnitude(flux[0]), magnitude(flux[1]), magnitude(flux[2])];
}

export function times(flux: Bands, factor: number): Bands {
  return [flux[0] * factor, flux[1] * factor, flux[2] * factor];
}

/** Magnitude of a galaxy with this mean surface brightness within its half-light radius. */
export function magnitudeOfBrightness(surfaceBrightness: number, radius: number): number {
  return surfaceBrightness - 2.5 * Math.log10(2 * Math.PI * radius ** 2);
}

/** Mean surface brightness within the half-light radius, mag/arcsec². */
export function meanBrightness(magnitude: number, radius: number): number {
  return magnitude + 2.5 * Math.log10(2 * Math.PI * radius ** 2);
}

/** A normal deviate within limits. */
export function normalWithin(rng: Rng, mean: number, sigma: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, rng.normal(mean, sigma)));
}

/** Direction and distance as a position. */
export function around(rng: Rng, near: number, far: number): { readonly x: number; readonly y: number } {
  const angle = rng.uniform(0, 2 * Math.PI);
  const distance = rng.uniform(near, far);
  return { x: distance * Math.cos(angle), y: distance * Math.sin(angle) };
}

/** What the catalogue says of a galaxy. */
export function truthOfGalaxy(kind: string, galaxy: GalaxyLight): CutoutTruth {
  return {
    kind,
    magnitudes: magnitudesOf(galaxy.flux),
    radiusArcsec: galaxy.radius,
    ellipticity: 1 - galaxy.axisRatio,
    sersicIndex: galaxy.sersicIndex,
  };
}

/** What it says of several lights taken for one object. */
export function truthOfLights(kind: string, lights: readonly SceneLight[]): CutoutTruth {
  const sum = (b: 0 | 1 | 2) => lights.reduce((total, { flux, object }) => total + (object ? flux[b] : 0), 0);
  const magnitudes = magnitudesOf([sum(0), sum(1), sum(2)]);
  return { kind, magnitudes, radiusArcsec: null, ellipticity: null, sersicIndex: null };
}
