import type { Rng } from './rng.ts';

/**
 * Where in the order of events an artifact enters (light first, bits last):
 * `psf` changes the shape of every star and galaxy; `photons` adds light before shot noise; `electrons` adds charge after it (cosmic
 * rays, bleeding); `crosstalk` and `readout` act on the digitised amplifiers, before the flat field and the survey's sky subtraction;
 * `sky` is an error of the sky estimate itself, which nothing takes off again; `mask` changes no pixel, only the pipeline's mask.
 */
export type Stage = 'psf' | 'photons' | 'electrons' | 'crosstalk' | 'readout' | 'sky' | 'mask';

/** A star of the exposure, in pixels of the CCD at hand (may lie outside it); flux in electrons. */
export interface Star {
  readonly x: number;
  readonly y: number;
  readonly flux: number;
}

/** What an artifact may know of the exposure when it draws its parameters. Focal-plane coordinates are pixels, origin on the optical axis. */
export interface ExposureContext {
  readonly band: 'g' | 'r' | 'i' | 'z' | 'Y';
  readonly exposureSeconds: number;
  /** Sky level and rms per pixel, electrons. */
  readonly skyLevel: number;
  readonly skyRms: number;
  readonly fwhmPixels: number;
  readonly width: number;
  readonly height: number;
  /** Centre of each simulated CCD in focal-plane pixels. */
  readonly ccds: readonly CcdPlace[];
  /** Stars bright enough for ghosts, haze and scattered light; x, y in focal-plane pixels, inside the field or just outside. */
  readonly brightStars: readonly Star[];
}

export interface CcdPlace {
  readonly name: string;
  readonly ccdnum: number;
  readonly centreX: number;
  readonly centreY: number;
  /** The row next to the serial register: the first row on one half of the focal plane, the last on the other. */
  readonly readoutEdge: 'bottom' | 'top';
}

/** One CCD while it is made; every plane is `width × height`, row-major, electrons. */
export interface CcdScene extends Omit<ExposureContext, 'ccds'> {
  readonly place: CcdPlace;
  readonly rng: Rng;
  /** Stars of this CCD (and those within 200 px of it), CCD pixels. */
  readonly stars: readonly Star[];
  readonly saturation: number;
  /** The image up to this stage, not to be written: artifacts fill `delta`. */
  readonly electrons: Float32Array;
}

/** A convolution kernel for every star and galaxy: odd size, sums to 1. */
export interface PsfKernel {
  readonly size: number;
  readonly values: Float32Array;
}

/**
 * One artifact class. `draw` fixes an event's parameters (once per exposure for scope `exposure`, so that it crosses CCDs; once per
 * CCD for scope `ccd`); `render` adds the event's electrons to `delta` for one CCD, or for stage `psf` `kernel` gives the kernel.
 * `render` leaves `delta` untouched where the event misses the CCD. Peak amplitudes come from `amplitudes.ts` alone.
 * Parameters are plain data: they survive a structured clone (a worker) and JSON, and fix the event without further draws.
 */
export interface ArtifactModel<P> {
  readonly className: string;
  readonly stage: Stage;
  readonly scope: 'exposure' | 'ccd';
  /** Larger than the sky mesh in part: the survey's sky subtraction is applied to the truth too. */
  readonly extended: boolean;
  /** Covers whole CCDs: counted by class, left out of mask overlap. */
  readonly wholeCcd: boolean;
  /** Relative frequency where a class is drawn at random; bands it can occur in (all when absent). */
  readonly bands?: readonly ExposureContext['band'][];
  draw(rng: Rng, exposure: ExposureContext): P;
  /**
   * Bright stars the event brings along because the exposure has none that could cause it. Added to the sky as ordinary stars (saturation,
   * bleed and mask included), never to the artifact's truth. CCD pixels for scope `ccd`, focal-plane pixels for scope `exposure`; electrons.
   */
  stars?(parameters: P): readonly Star[];
  /** For a class with local and frame-filling forms: whether this event covers the whole CCD. Without it `wholeCcd` holds for all events. */
  coversCcd?(parameters: P): boolean;
  render?(scene: CcdScene, parameters: P, delta: Float32Array): void;
  kernel?(parameters: P, place: CcdPlace): PsfKernel;
  /**
   * What the pipeline's masker makes of the event: sets `maskBits` in `mask`. What it masks of the event's own pixels is handled and leaves
   * its truth; for stage `mask` the pixels masked here are the truth.
   */
  mask?(scene: CcdScene, parameters: P, mask: Uint16Array): void;
}

/** Erases the parameter type, so that models of all classes stand in one table. */
export function artifactModel<P>(model: ArtifactModel<P>): ArtifactModel<unknown> {
  return model;
}
